//! The control log: what was asked of a station, and the frame from which it holds.
//!
//! A station's audio is a pure function of its seed, its first controls and this log. On disk it is
//! JSON, one entry a line: `{"frame":881920,"revision":3,"change":{"bpm":80}}`. Where a station is
//! kept, a change that has to wait for its bar or phrase has a line before that one, with the tick
//! that it waits for in place of the frame: `{"tick":23040,"revision":3,"change":{"bpm":80}}`. It
//! waits until a line with its revision has a frame.

mod delayed;

use aeolian_score::Change;
use serde_json::{Value, json};

pub use delayed::Delayed;

/// One accepted change.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The frame from which it holds: the start of a quantum. Entries are in order of frames;
    /// those of one frame are composed as one.
    pub frame: u64,
    /// The revision that it made. Counts from 1.
    pub revision: u64,
    /// What was asked. Its `apply` is `now`: a delayed change is an entry when it takes hold.
    pub change: Change,
}

impl Entry {
    /// The entry as one line of JSON, without the line feed.
    #[must_use]
    pub fn to_line(&self) -> String {
        to_line(("frame", self.frame), self.revision, &self.change)
    }
}

fn to_line((clock, time): (&str, u64), revision: u64, change: &Change) -> String {
    json!({ clock: time, "revision": revision, "change": change.to_json() }).to_string()
}

/// A line of a control log that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the control log: {reason}")]
pub struct Error {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// What a line of a log says.
enum LogLine {
    Holds(Entry),
    Waits(Delayed),
}

impl LogLine {
    fn parse(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let number = |field: &str| {
            let value = value.get(field).and_then(Value::as_u64);
            value.ok_or_else(|| format!("{field} must be a whole number"))
        };
        let change = value.get("change").and_then(Value::as_object);
        let change = change.ok_or("change must be an object")?;
        let change = Change::from_json(change).map_err(|errors| {
            errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        })?;
        let revision = number("revision")?;
        Ok(match value.get("tick") {
            Some(_) => Self::Waits(Delayed { tick: number("tick")?, revision, change }),
            None => Self::Holds(Entry { frame: number("frame")?, revision, change }),
        })
    }

    /// Reads a line with its line feed, which comes behind `last`.
    fn from_bytes(line: &[u8], last: Option<&Entry>) -> Result<Self, String> {
        let line = line.strip_suffix(b"\n").ok_or("the line does not end")?;
        let line = std::str::from_utf8(line).map_err(|error| error.to_string())?;
        Self::parse(line)?.behind(last)
    }

    fn behind(self, last: Option<&Entry>) -> Result<Self, String> {
        match (&self, last) {
            (Self::Holds(entry), Some(last)) if entry.frame < last.frame => {
                Err(format!("frame {} comes after {}", entry.frame, last.frame))
            }
            _ => Ok(self),
        }
    }
}

/// Reads a log of one entry a line. Empty lines are passed over, and changes that wait: one that
/// took hold has an entry too.
///
/// # Errors
/// [`Error`] for the first line that is no entry, or whose frame lies before the one above.
pub fn read(text: &str) -> Result<Vec<Entry>, Error> {
    let mut entries: Vec<Entry> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line = LogLine::parse(line).and_then(|line| line.behind(entries.last()));
        if let LogLine::Holds(entry) = line.map_err(|reason| Error { line: i + 1, reason })? {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// The lines of a log that are whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    /// The changes that took hold.
    pub entries: Vec<Entry>,
    /// Those that wait, in the order in which they were asked for.
    pub delayed: Vec<Delayed>,
    /// How long they are, line feeds included.
    pub bytes: usize,
}

/// Reads a log that may have been cut off while it was written: lines at its end that say nothing
/// are left out.
///
/// # Errors
/// [`Error`] for the first line that says nothing, where others behind it do.
pub fn read_whole(log: &[u8]) -> Result<Whole, Error> {
    let mut whole = Whole::default();
    let mut lines = (1..).zip(log.split_inclusive(|byte| *byte == b'\n'));
    while let Some((number, line)) = lines.next() {
        match LogLine::from_bytes(line, whole.entries.last()) {
            Ok(LogLine::Holds(entry)) => {
                whole.delayed.retain(|delayed| delayed.revision != entry.revision);
                whole.entries.push(entry);
            }
            Ok(LogLine::Waits(delayed)) => whole.delayed.push(delayed),
            Err(reason) => {
                if lines.any(|(_, line)| LogLine::from_bytes(line, None).is_ok()) {
                    return Err(Error { line: number, reason });
                }
                break;
            }
        }
        whole.bytes += line.len();
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> Change {
        Change::from_json(serde_json::from_str::<Value>(json).unwrap().as_object().unwrap())
            .unwrap()
    }

    #[test]
    fn an_entry_comes_back_from_its_line_exactly() {
        for json in [
            r#"{"key":"Bb dorian","bpm":71.234567}"#,
            r#"{"key":"61","mode":"harmonic_minor","intensity":0.1}"#,
            r#"{"parts":{"bass":0.3,"texture":0.7},"preset":"night","space":0.123456789,"wander":0.7}"#,
        ] {
            let entry = Entry { frame: 64, revision: 2, change: change(json) };
            let text = format!("{}\n\n", entry.to_line());
            assert_eq!(read(&text).unwrap(), [entry]);
        }
    }

    #[test]
    fn a_change_waits_until_its_revision_has_a_frame() {
        let delayed = |revision| Delayed { tick: 3840, revision, change: change(r#"{"bpm":80}"#) };
        let entry = |revision| Entry { frame: 64, revision, change: change(r#"{"bpm":80}"#) };
        let lines = [delayed(1).to_line(), delayed(2).to_line(), entry(3).to_line()];
        let log = lines.join("\n") + "\n";
        let whole = read_whole(log.as_bytes()).unwrap();
        assert_eq!((whole.entries, whole.delayed), (vec![entry(3)], vec![delayed(1), delayed(2)]));
        let log = log + &entry(1).to_line() + "\n";
        let whole = read_whole(log.as_bytes()).unwrap();
        assert_eq!(
            (&whole.entries, &whole.delayed),
            (&vec![entry(3), entry(1)], &vec![delayed(2)])
        );
        assert_eq!(read(&log).unwrap(), whole.entries, "what waits does not hold");
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = Entry { frame: 64, revision: 1, change: change("{}") }.to_line();
        for (bad, reason) in [
            ("{", "EOF"),
            (r#"{"frame":-1,"revision":1,"change":{}}"#, "frame must be"),
            (r#"{"frame":64,"revision":1,"change":{"bpm":300}}"#, "bpm: 300 is not allowed"),
            (r#"{"frame":0,"revision":1,"change":{}}"#, "frame 0 comes after 64"),
            (r#"{"tick":0.5,"revision":1,"change":{}}"#, "tick must be a whole number"),
        ] {
            let error = read(&format!("{good}\n{bad}\n")).unwrap_err().to_string();
            assert!(error.starts_with("line 2 of the control log: "), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_torn_end_is_left_out_and_a_broken_middle_refused() {
        let line = |frame, revision| {
            Entry { frame, revision, change: change(r#"{"bpm":80}"#) }.to_line() + "\n"
        };
        let good = line(64, 1) + &line(64, 2) + &line(128, 3);
        let cut = &good[..good.len() - 1];
        let zeros = good.clone() + "\0\0\0\0\n\0";
        let waits = Delayed { tick: 3840, revision: 4, change: change("{}") }.to_line() + "\n";
        let torn = good.clone() + &waits[..waits.len() - 9];
        for (log, entries) in
            [(good.as_str(), 3), (cut, 2), (&zeros, 3), (&torn, 3), ("", 0), ("{", 0)]
        {
            let whole = read_whole(log.as_bytes()).unwrap();
            assert_eq!(whole.entries.len(), entries, "{log:?}");
            assert_eq!(log[..whole.bytes].matches('\n').count(), entries);
        }
        for middle in ["{\n", "\n", "\u{fffd}\n", &line(0, 9)] {
            for end in [&line(192, 4), &waits] {
                let log = good.clone() + middle + end;
                let error = read_whole(log.as_bytes()).err().unwrap().to_string();
                assert!(error.starts_with("line 4 of the control log: "), "{error}");
            }
        }
    }
}
