//! The `aeolian` binary: a station from the command line.

mod usage;

mod access;
mod controls;
mod tls;

mod cli;

mod bench;
mod config;
mod learn;
mod render;

mod setup;

mod serve;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Render(args) => render::run(&args),
        Command::Learn(args) => learn::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Config(args) => serve::check(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

/// The reader of our output has gone, which is its right.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[expect(clippy::print_stderr, reason = "this is where a person is told why it failed")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("aeolian: {error:#}");
    ExitCode::from(if error.is::<usage::Usage>() { 2 } else { 1 })
}
