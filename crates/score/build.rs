//! Turns the chord tables of `tables/` into JSON, which the crate reads without the feature `toml`.

#![allow(
    clippy::disallowed_methods,
    reason = "it runs when the crate is built: files are what it is for"
)]

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=tables");
    let mut names: Vec<_> = fs::read_dir("tables")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    names.sort();
    let tables = names
        .iter()
        .map(|name| Ok(fs::read_to_string(name)?.parse::<toml::Table>()?))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let json = serde_json::to_string(&serde_json::json!({ "table": tables }))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("tables.json"), json)?;
    Ok(())
}
