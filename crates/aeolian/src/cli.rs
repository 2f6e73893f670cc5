//! The command line: one definition of every flag, for the parser and the help.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::controls::ControlArgs;

/// What was asked for is not allowed: exit code 2, as for a flag that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A self-hosted generative music station: it composes endless ambient music, plays it live, and
/// streams it to everyone who listens.
#[derive(Parser, Debug)]
#[command(name = "aeolian", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Write a piece of a station's music to a file
    Render(RenderArgs),
}

/// The flags of `render`.
#[derive(Args, Debug)]
pub struct RenderArgs {
    /// The file to write, ending in .wav; `-` writes WAV to standard output
    #[arg(required_unless_present = "score")]
    pub out: Option<PathBuf>,
    /// How long: 90s, 3m, 1h30m
    #[arg(long, default_value = "3m", value_parser = duration)]
    pub duration: Duration,
    /// The music's seed: the same seed and controls give the same file [default: a fresh one]
    #[arg(long, env = "AEOLIAN_SEED", value_name = "N")]
    pub seed: Option<u64>,
    /// Write the notes too, as .mid or .json; without OUT only them, which takes no time
    #[arg(long, value_name = "S.mid|S.json")]
    pub score: Option<PathBuf>,
    /// Steer by a control log: JSON lines, as the server writes them
    #[arg(long, value_name = "CONTROL.jsonl")]
    pub log: Option<PathBuf>,
    /// What the music starts with.
    #[command(flatten)]
    pub controls: ControlArgs,
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("allowed is a length above zero such as 90s, 3m or 1h30m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_flags_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5400)));
        for bad in ["", "0s", "3", "-1s", "forever"] {
            assert!(duration(bad).unwrap_err().contains("1h30m"), "{bad:?}");
        }
    }
}
