//! What `--help` prints, as it stands in `snapshots/`. Whoever changes a flag sees there what the operator
//! will read: `INSTA_UPDATE=always cargo test -p aeolian --test help` writes the files anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

/// What the binary prints where the environment says nothing, in a terminal of no known width.
fn help(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
    let output = command.args(args).arg("--help").env_clear().output().unwrap();
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<&str> {
    let list = help.split_once("Commands:\n").unwrap().1.split("\n\n").next().unwrap();
    let names = list.lines().map(|line| line.split_whitespace().next().unwrap());
    names.filter(|name| *name != "help").collect()
}

#[test]
fn the_help_of_every_command_is_as_it_was_read_last() {
    let all = help(&[]);
    insta::assert_snapshot!("aeolian", all);
    let commands = commands(&all);
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        insta::assert_snapshot!(command, help(&[command]));
    }
}
