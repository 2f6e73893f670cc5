//! The names of all settings, for who misspelt one.

use std::iter;

use aeolian_score::control::ROWS;

use super::lines::{Setting, Wrong};

/// The names of the settings.
fn names() -> String {
    format!(
        "listen, data_dir, log_format, {}, tls_cert, tls_key, listen_token, control_token, \
         admin_token, open_control, allowed_hosts, allowed_origins, limits.…, stations.NAME.…",
        settings()
    )
}

/// The names of a station's settings.
fn settings() -> String {
    let controls = ROWS.iter().map(|row| row.name);
    iter::once("seed").chain(controls).chain(["chords"]).collect::<Vec<_>>().join(", ")
}

/// The refusal of a setting that there is not.
pub fn unknown(setting: &Setting) -> Wrong {
    let of_a_station = setting.path.len() > 2 && setting.path[0] == "stations";
    let names = if of_a_station { settings() } else { names() };
    setting.wrong(format_args!("there is no such setting; there are {names}"))
}
