//! `swarm`: the load generator as a command.

use std::io::{self, Write};
use std::process::ExitCode;
use std::{fs, path::Path};

use aeolian_swarm::options::Options;
use aeolian_swarm::report::RunReport;
use aeolian_swarm::run::run;
use anyhow::{Context, Result};
use clap::Parser;

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let report = run(&options)?;
    print(&report, options.json, options.out.as_deref())?;
    Ok(ExitCode::from(u8::from(!report.clean)))
}

fn print(report: &RunReport, as_json: bool, file: Option<&Path>) -> Result<()> {
    let json = serde_json::to_string_pretty(report)?;
    if let Some(file) = file {
        fs::write(file, &json).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut out = io::stdout().lock();
    let written = if as_json { writeln!(out, "{json}") } else { write!(out, "{report}") };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot print"),
    }
}
