//! The swarm against a small server of its own, which can be made to break each promise.
#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use aeolian_swarm::options::Options;
use aeolian_swarm::report::{Heard, RunReport};
use aeolian_swarm::run::run;
use clap::Parser;

/// What a server does wrong to its second listener.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Leaves out every fifth chunk.
    Loses,
    /// Leaves out every fifth chunk and says so.
    Skips,
    /// Sends every chunk twice.
    Repeats,
    /// Sends other sound than to the others.
    Differs,
    /// Says goodbye.
    Closes,
    /// Answers the opening handshake with 503.
    Refuses,
}

fn station(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let start = Instant::now();
    thread::spawn(move || {
        for (i, stream) in listener.incoming().enumerate() {
            let fault = if i == 1 { fault } else { Fault::None };
            thread::spawn(move || serve(stream.unwrap(), start, fault));
        }
    });
    address
}

/// Ends when the listener goes.
fn serve(mut stream: TcpStream, start: Instant, fault: Fault) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let json = lines.next()?.ok()?.contains("format=json");
    while !lines.next()?.ok()?.is_empty() {}
    if fault == Fault::Refuses {
        return stream.write_all(b"HTTP/1.1 503 Full\r\n\r\n").ok();
    }
    stream.write_all(b"HTTP/1.1 101 Switching\r\n\r\n").ok()?;
    let welcome = br#"{"type":"welcome"}"#;
    stream.write_all(&frame(true, welcome)).ok()?;
    let first = start.elapsed().as_millis() as u64 / 100;
    for seq in first.. {
        let due = Duration::from_millis(seq * 100);
        thread::sleep(due.saturating_sub(start.elapsed()));
        let missing = seq % 5 == 0 && matches!(fault, Fault::Loses | Fault::Skips);
        if missing {
            continue;
        }
        let gap = fault == Fault::Skips && seq % 5 == 1;
        let sound = if fault == Fault::Differs { 1 } else { 0 };
        let chunk = frame(json, &chunk(json, seq, gap, sound));
        stream.write_all(&chunk).ok()?;
        if fault == Fault::Repeats {
            stream.write_all(&chunk).ok()?;
        }
        if fault == Fault::Closes && seq > first + 5 {
            stream.write_all(&[0x88, 2, 0x03, 0xF5]).ok()?;
        }
    }
    None
}

fn frame(text: bool, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![if text { 0x81 } else { 0x82 }, 126];
    frame.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

fn chunk(json: bool, seq: u64, gap: bool, sound: u8) -> Vec<u8> {
    let (frame, audio) = (seq * 4_410, [sound; 17_640]);
    if json {
        let gap = if gap { r#""discontinuity":true,"# } else { "" };
        let data = base64_simd::STANDARD.encode_to_string(audio);
        return format!(
            r#"{{"type":"audio_chunk","seq":{seq},"frame":{frame},"timestamp":1.5,"sample_rate":44100,"channels":2,"duration_ms":100,"num_samples":4410,{gap}"data":"{data}"}}"#
        )
        .into_bytes();
    }
    let mut bytes = (seq as u32).to_le_bytes().to_vec();
    bytes.extend_from_slice(&frame.to_le_bytes());
    bytes.extend_from_slice(&[u8::from(gap), 0, 0, 0]);
    bytes.extend_from_slice(&audio);
    bytes
}

fn swarm(fault: Fault, args: &[&str]) -> RunReport {
    let server = station(fault).to_string();
    let fixed =
        ["swarm", &server, "-n", "4", "--alone-s", "0", "--settle-s", "0", "--measure-s", "2"];
    run(&Options::try_parse_from([&fixed, args].concat()).unwrap()).unwrap()
}

fn heard(fault: Fault) -> Heard {
    let report = swarm(fault, &["--format", "json,pcm"]);
    assert!(!report.clean);
    report.heard["all"].clone()
}

#[test]
fn a_server_that_keeps_its_promises_is_clean() {
    let report = swarm(Fault::None, &["--format", "json,pcm"]);
    assert!(report.clean, "{report}");
    assert_eq!(report.heard["json"].listeners, 2);
    assert_eq!(report.heard["pcm"].listeners, 2);
    let all = &report.heard["all"];
    assert_eq!(all.sampled, all.chunks);
    assert!(all.chunks >= 4 * 18, "{report}");
}

#[test]
fn a_lost_chunk_is_noticed() {
    let heard = heard(Fault::Loses);
    assert!(heard.lost > 0 && heard.skipped == 0);
}

#[test]
fn a_chunk_that_is_skipped_and_said_so_is_told_apart() {
    let heard = heard(Fault::Skips);
    assert!(heard.skipped > 0 && heard.lost == 0);
}

#[test]
fn a_chunk_that_comes_twice_is_noticed() {
    assert!(heard(Fault::Repeats).disordered > 0);
}

#[test]
fn a_listener_who_hears_something_else_is_noticed() {
    assert!(heard(Fault::Differs).different > 0);
}

#[test]
fn a_listener_who_is_sent_away_is_noticed() {
    assert_eq!(heard(Fault::Closes).ends["closed with 1013"], 1);
}

#[test]
fn a_listener_who_is_refused_is_noticed() {
    assert_eq!(heard(Fault::Refuses).ends["refused with 503"], 1);
}

#[test]
fn stalled_listeners_are_no_fault_of_the_server() {
    let report = swarm(Fault::None, &["--stalled", "2"]);
    assert!(report.clean, "{report}");
    assert_eq!(report.heard["all"].listeners, 2);
}
