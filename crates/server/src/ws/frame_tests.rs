//! What clients may send, and what they may not.

use super::*;

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ mask[i & 3]));
    frame
}

/// Every message in `bytes`, read `step` bytes at a time.
fn read(bytes: &[u8], step: usize) -> Result<Vec<Message>, Violation> {
    let mut reader = Reader::new(4096);
    let mut messages = Vec::new();
    for part in bytes.chunks(step) {
        reader.feed(part);
        loop {
            match reader.next()? {
                Outcome::Message(message) => messages.push(message),
                Outcome::Fragment => {}
                Outcome::Incomplete => break,
            }
        }
    }
    Ok(messages)
}

fn text(text: &str) -> Message {
    Message::Text(text.to_owned())
}

#[test]
fn messages_come_out_whole_however_they_are_cut() {
    let long = "x".repeat(4096);
    let mut bytes = masked(FIN | TEXT, b"one");
    bytes.extend(masked(TEXT, "tw\u{f6}".as_bytes().split_at(3).0));
    bytes.extend(masked(FIN | PING, b"between"));
    bytes.extend(masked(CONTINUATION, "tw\u{f6}".as_bytes().split_at(3).1));
    bytes.extend(masked(FIN | CONTINUATION, b"!"));
    bytes.extend(masked(FIN | TEXT, long.as_bytes()));
    bytes.extend(masked(FIN | CLOSE, &[0x03, 0xE8]));
    let expected = [
        text("one"),
        Message::Ping(b"between".to_vec()),
        text("tw\u{f6}!"),
        text(&long),
        Message::Close(Some(1000)),
    ];
    for step in [1, 2, 3, 7, 64, bytes.len()] {
        assert_eq!(read(&bytes, step).unwrap(), expected, "step {step}");
    }
}

#[test]
fn a_message_too_big_is_refused_by_its_header_alone() {
    let head = [FIN | TEXT, 0x80 | 127, 0, 0, 1, 0, 0, 0, 0, 0];
    assert_eq!(read(&head, 10), Err(Violation::TooBig));
    assert_eq!(read(&masked(FIN | TEXT, &[b'x'; 4097]), 5000), Err(Violation::TooBig));
    let mut fragments = masked(TEXT, &[b'x'; 4000]);
    fragments.extend(masked(CONTINUATION, &[b'x'; 97]));
    assert_eq!(read(&fragments, 64), Err(Violation::TooBig));
}

#[test]
fn what_breaks_the_rules_ends_the_connection() {
    let unmasked = [FIN | TEXT, 1, b'x'];
    let cases: [(&[u8], Violation); 11] = [
        (&unmasked, Violation::Unmasked),
        (&masked(FIN | TEXT | 0x40, b"compressed"), Violation::Extension),
        (&masked(FIN | 0x3, b"unknown opcode"), Violation::Opcode),
        (&masked(FIN | CONTINUATION, b"nothing to go on with"), Violation::NothingToContinue),
        (&[masked(TEXT, b"a"), masked(FIN | TEXT, b"b")].concat(), Violation::Interleaved),
        (&masked(PING, b"a ping in pieces"), Violation::ControlFrame),
        (&masked(FIN | PING, &[0; 126]), Violation::ControlFrame),
        (&masked(FIN | CLOSE, &[3]), Violation::HalfCloseCode),
        (&masked(FIN | CLOSE, &1005_u16.to_be_bytes()), Violation::CloseCode),
        (&masked(FIN | CLOSE, &999_u16.to_be_bytes()), Violation::CloseCode),
        (&masked(FIN | CLOSE, &5000_u16.to_be_bytes()), Violation::CloseCode),
    ];
    for (bytes, violation) in cases {
        assert_eq!(read(bytes, bytes.len()), Err(violation), "{bytes:?}");
        assert_eq!(violation.close().0, 1002, "{violation:?}");
    }
    assert_eq!(read(&masked(FIN | TEXT, b"\xff\xfe"), 64), Err(Violation::NotUtf8));
    assert_eq!(read(&masked(FIN | CLOSE, b"\x03\xe8\xff"), 64), Err(Violation::NotUtf8));
}

#[test]
fn an_idle_reader_holds_no_memory() {
    let mut reader = Reader::new(4096);
    reader.feed(&masked(FIN | TEXT, &[b'x'; 4000]));
    while reader.next().unwrap() != Outcome::Incomplete {}
    assert_eq!(reader.unparsed.capacity(), 0);
}

#[test]
fn control_frames_are_short_and_their_reasons_stay_text() {
    assert_eq!(ping()[..], [0x89, 0]);
    assert_eq!(pong(b"ab")[..], [0x8A, 2, b'a', b'b']);
    assert_eq!(close(1001, "bye")[..], [0x88, 5, 0x03, 0xE9, b'b', b'y', b'e']);
    let long = close(1013, &"ö".repeat(100));
    assert!(long[1] <= 125);
    assert!(std::str::from_utf8(&long[4..]).is_ok());
}
