//! What `docs/protocol.md` says of tables in this crate.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aeolian_wire::{Format, code};

fn protocol() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn each_error_code_has_a_row_in_the_documents_and_each_row_its_code() {
    let text = protocol();
    for row in code::ROWS {
        let start = match row.status {
            Some(status) => format!("| `{}` | {status} | ", row.name),
            None => format!("| `{}` | ", row.name),
        };
        assert!(text.lines().any(|line| line.starts_with(&start)), "no row begins {start}");
    }
    let (_, section) = text.split_once("## Errors over HTTP").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, code::ROWS.iter().filter(|row| row.status.is_some()).count());
}

#[test]
fn each_format_of_the_socket_is_in_the_documents() {
    let text = protocol();
    for format in Format::all() {
        assert!(text.contains(&format!("`{}`", format.name())), "{}", format.name());
    }
}
