//! The command line: one definition of every flag, for the parser and the help.

use std::path::PathBuf;
use std::time::Duration;

use aeolian_codec::container;
use aeolian_export::Bits;
use aeolian_score::learn::Order;
use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::access::AccessArgs;
use crate::controls::ControlArgs;
use crate::tls::TlsArgs;
use crate::usage::SEEDS_ALLOWED;

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
    /// Play live, and serve the page, the stream and the controls
    Serve(ServeArgs),
    /// Render a station's music to a file
    Render(RenderArgs),
    /// Learn chord tables from MIDI files, for --chords
    Learn(LearnArgs),
    /// Measure how many stations this machine could play
    Bench(BenchArgs),
    /// Check a configuration file and the environment, as serve would
    Config(ConfigArgs),
}

/// The flags of `serve`.
#[derive(Args, Debug)]
#[command(after_help = LOG_HELP)]
pub struct ServeArgs {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8000]
    #[arg(long, env = "AEOLIAN_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Configuration file (TOML); flags and environment override it
    #[arg(long, env = "AEOLIAN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The music's seed: the same seed and controls give the same music [default: random]
    #[arg(long, env = "AEOLIAN_SEED", value_name = "N", value_parser = seed,
          allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// Keep stations in this folder: their seeds, controls and control logs survive a restart
    #[arg(long, env = "AEOLIAN_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Format of the log on standard error; AEOLIAN_LOG sets what is logged [default: text]
    #[arg(long, env = "AEOLIAN_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Who may do what.
    #[command(flatten)]
    pub access: AccessArgs,
    /// The certificate.
    #[command(flatten)]
    pub tls: TlsArgs,
    /// What the music starts with.
    #[command(flatten)]
    pub controls: ControlArgs,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

/// What the environment alone sets.
const LOG_HELP: &str = "Environment:
  AEOLIAN_LOG  What is logged: error, warn, info, debug, trace or off, for everything or per crate,
               such as warn,aeolian_station=debug [default: info]";

impl ServeArgs {
    /// What the environment gives where no flag is given. Ends the program where that is not allowed, as
    /// [`Parser::parse`] does.
    pub fn of_environment() -> Self {
        let command = Self::augment_args(clap::Command::new("aeolian"));
        let read = Self::from_arg_matches(&command.get_matches_from(["aeolian"]));
        read.unwrap_or_else(|error| error.exit())
    }
}

/// The flags of `config`.
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// Report every unknown or invalid line of the file
    #[arg(long, required = true)]
    pub check: bool,
    /// The file
    #[arg(env = "AEOLIAN_CONFIG", default_value = "aeolian.toml")]
    pub file: PathBuf,
}

/// What `render` may write: the containers that there are.
fn out_help() -> String {
    let endings = container::table::endings();
    format!("The file to write, ending in {endings}; `-` writes WAV to standard output")
}

/// The flags of `render`.
#[derive(Args, Debug)]
pub struct RenderArgs {
    /// The file to write.
    #[arg(help = out_help(), required_unless_present_any = ["score", "stems", "plot"])]
    pub out: Option<PathBuf>,
    /// How long: 90s, 3m, 1h30m
    #[arg(long, default_value = "3m", value_parser = duration, allow_hyphen_values = true)]
    pub duration: Duration,
    /// The music's seed: the same seed and controls give the same file [default: random]
    #[arg(long, env = "AEOLIAN_SEED", value_name = "N", value_parser = seed,
          allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// Bits per sample: 16 (dithered), or for .wav 32 (floating point)
    #[arg(long, default_value = "16", value_parser = bits, allow_hyphen_values = true)]
    pub bits: Bits,
    /// Also write the notes, as .mid or .json; without OUT, write only them, at once
    #[arg(long, value_name = "S.mid|S.json")]
    pub score: Option<PathBuf>,
    /// Replay a control log: JSON lines, as the server writes them
    #[arg(long, value_name = "CONTROL.jsonl")]
    pub log: Option<PathBuf>,
    /// Also write stems: a file per part, without effects, 32-bit floating point
    #[arg(long, value_name = "DIR")]
    pub stems: Option<PathBuf>,
    /// Also draw waveform, spectrum, loudness and score; without OUT, draw only them
    #[arg(long, value_name = "P.png")]
    pub plot: Option<PathBuf>,
    /// What the music starts with.
    #[command(flatten)]
    pub controls: ControlArgs,
}

/// The flags of `learn`.
#[derive(Args, Debug)]
pub struct LearnArgs {
    /// MIDI files, or folders to search for them
    #[arg(required = true, value_name = "DIR_OR_FILES")]
    pub paths: Vec<PathBuf>,
    /// The table to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// 2: each chord depends on the one before; 3: on the two before, where that pair is common
    #[arg(long, default_value = "2", value_parser = order, allow_hyphen_values = true)]
    pub order: Order,
}

/// The flags of `bench`.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// What to measure [default: everything]
    pub subject: Option<BenchSubject>,
    /// Print the figures as one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What `bench` can measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BenchSubject {
    /// Seconds of audio per second of one core, in the worst case and for the default station
    Engine,
    /// Default stations that one core can play
    Stations,
    /// Microseconds to encode a chunk, for each format
    Encode,
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("allowed is a length above zero such as 90s, 3m or 1h30m".to_owned()),
    }
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("allowed is {SEEDS_ALLOWED}"))
}

fn order(text: &str) -> Result<Order, String> {
    match text {
        "2" => Ok(Order::Bigrams),
        "3" => Ok(Order::Trigrams),
        _ => Err("allowed is 2 or 3".to_owned()),
    }
}

fn bits(text: &str) -> Result<Bits, String> {
    match text {
        "16" => Ok(Bits::Sixteen),
        "32" => Ok(Bits::Float),
        _ => Err("allowed is 16 or 32".to_owned()),
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
