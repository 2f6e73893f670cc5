//! What clients cannot do to the server. After each attempt a listener still hears music.

use std::time::Duration;

use aeolian_server::{Config, Limits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::embedded::{Ear, Embedded, answer, start};

/// A WebSocket whose bytes the test writes itself. What the server has sent since is thrown away
/// by [`RawSocket::close_code`].
struct RawSocket(TcpStream);

async fn raw_socket(server: &Embedded) -> RawSocket {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!(
        "GET /ws/stream?format=pcm HTTP/1.1\r\nhost: {}\r\nupgrade: websocket\r\n\
         connection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert_eq!(answer(&head).status, 101);
    RawSocket(stream)
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

impl RawSocket {
    async fn send(&mut self, bytes: &[u8]) {
        // A server that has closed already has made its point.
        let _ = self.0.write_all(bytes).await;
    }

    /// Reads frames up to the server's close. None where it only closed the socket.
    async fn close_code(&mut self) -> Option<u16> {
        loop {
            let first = self.0.read_u8().await.ok()?;
            let length = match self.0.read_u8().await.ok()? {
                126 => usize::from(self.0.read_u16().await.ok()?),
                127 => usize::try_from(self.0.read_u64().await.ok()?).unwrap(),
                length => usize::from(length),
            };
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await.ok()?;
            if first == 0x88 {
                return Some(u16::from_be_bytes(payload[..2].try_into().unwrap()));
            }
        }
    }
}

async fn still_plays(server: &Embedded, ear: &mut Ear) {
    let released = server.get("/api/status").await.json()["frame"].as_u64();
    while ear.json("audio_chunk").await["frame"].as_u64() <= released {}
}

#[tokio::test]
async fn what_breaks_the_websocket_rules_is_closed_with_its_code() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    let dust: Vec<u8> = (0..2000).flat_map(|_| frame(0x00, b"x")).collect();
    let dust = [frame(0x01, b"x"), dust].concat();
    let pings: Vec<u8> = (0..2000).flat_map(|_| frame(0x89, b"x")).collect();
    let chatter: Vec<u8> = (0..2000).flat_map(|_| frame(0x81, b"{}")).collect();
    for (what, bytes, code) in [
        ("unmasked", &[0x81, 1, b'x'][..], 1002),
        ("reserved bits", &frame(0xC1, b"x"), 1002),
        ("no such opcode", &frame(0x83, b"x"), 1002),
        ("bad UTF-8", &frame(0x81, b"\xff"), 1007),
        ("1 MiB of text", &[0x81, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0], 1009),
        ("fragments as dust", &dust, 1008),
        ("a flood of pings", &pings, 1008),
        ("a flood of messages", &chatter, 1008),
    ] {
        let mut socket = raw_socket(&server).await;
        socket.send(bytes).await;
        let code_got = timeout(Duration::from_secs(10), socket.close_code()).await;
        assert_eq!(code_got.unwrap(), Some(code), "{what}");
    }
    still_plays(&server, &mut ear).await;
    assert_eq!(server.metric("aeolian_violations_total").await, 4.0);
    assert_eq!(server.metric("aeolian_limit_hits_total{limit=\"message_bytes\"}").await, 1.0);
    assert!(server.metric("aeolian_limit_hits_total{limit=\"messages\"}").await >= 3.0);
}

#[tokio::test]
async fn too_large_headers_and_bodies_are_refused() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    let header = format!("x: {}\r\n", "y".repeat(20 * 1024));
    assert_eq!(server.request("GET", "/api/status", &header, b"").await.status, 431);
    let json = "content-type: application/json\r\n";
    let body = vec![b' '; 1024 * 1024];
    assert_eq!(server.request("POST", "/api/control", json, &body).await.status, 413);
    let deep = "[".repeat(16 * 1024);
    assert_eq!(server.control(&deep).await.status, 400);
    still_plays(&server, &mut ear).await;
    for limit in ["header_bytes", "body_bytes"] {
        let hits = server.metric(&format!("aeolian_limit_hits_total{{limit=\"{limit}\"}}")).await;
        assert_eq!(hits, 1.0, "{limit}");
    }
}

#[tokio::test]
async fn headers_and_bodies_that_do_not_come_are_not_waited_for() {
    let header_timeout = Duration::from_millis(300);
    let limits = Limits { header_timeout, ..Limits::default() };
    let server = start(Config { limits, ..Config::default() }).await;
    let mut ear = server.listen("").await;
    server.raw(b"GET / HTTP/1.1\r\nhost: 127").await;
    let request = b"POST /api/control HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\
                    content-type: application/json\r\n\r\n{";
    assert_eq!(answer(&server.raw(request).await).status, 408);
    assert_eq!(answer(&server.raw(b"\x16\x03\x01 not HTTP at all\r\n\r\n").await).status, 400);
    still_plays(&server, &mut ear).await;
    let timed_out = server.metric("aeolian_limit_hits_total{limit=\"header_timeout\"}").await;
    assert!(timed_out >= 1.0);
    let timed_out = server.metric("aeolian_limit_hits_total{limit=\"body_timeout\"}").await;
    assert_eq!(timed_out, 1.0);
    assert_eq!(server.metric("aeolian_requests_malformed_total").await, 1.0);
}

#[tokio::test]
async fn thousands_of_half_open_connections_shut_nobody_out() {
    let limits = Limits { connections_per_ip: 0, ..Limits::default() };
    let server = start(Config { limits, ..Config::default() }).await;
    let mut ear = server.listen("").await;
    let mut half_open = Vec::new();
    for _ in 0..1500 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        half_open.push(stream);
    }
    assert_eq!(server.get("/healthz").await.status, 200);
    still_plays(&server, &mut ear).await;
    let pushed_out = server.metric("aeolian_limit_hits_total{limit=\"handshakes\"}").await;
    assert!(pushed_out >= 1500.0 - 256.0, "{pushed_out}");
}

#[tokio::test]
async fn one_address_gets_so_many_connections_and_is_told_when_it_has_them() {
    let limits = Limits { connections_per_ip: 8, ..Limits::default() };
    let server = start(Config { limits, ..Config::default() }).await;
    let mut ears = Vec::new();
    for _ in 0..8 {
        ears.push(server.listen("").await);
    }
    assert_eq!(server.get("/healthz").await.status, 429);
    let mut last = ears.pop().unwrap();
    last.say_goodbye(1000).await;
    last.close_code().await;
    drop(last);
    while server.get("/healthz").await.status != 200 {
        tokio::task::yield_now().await;
    }
    still_plays(&server, &mut ears[0]).await;
    let refused = server.metric("aeolian_limit_hits_total{limit=\"connections_per_ip\"}").await;
    assert!(refused >= 1.0);
}

#[tokio::test]
async fn a_listener_that_stops_reading_disturbs_nobody_and_is_closed() {
    let stall_timeout = Duration::from_millis(500);
    let limits = Limits { stall_timeout, ..Limits::default() };
    let server = start(Config { limits, ..Config::default() }).await;
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let socket = raw_socket(&server).await;
        socket2::SockRef::from(&socket.0).set_recv_buffer_size(4096).unwrap();
        stalled.push(socket);
    }
    let mut ear = server.listen("").await;
    let mut seq = ear.json("audio_chunk").await["seq"].as_u64().unwrap();
    while server.metric("aeolian_evicted_total").await < 20.0 {
        seq += 1;
        let chunk = ear.json("audio_chunk").await;
        assert_eq!(chunk["seq"], seq);
        assert!(chunk.get("discontinuity").is_none());
    }
    assert!(server.metric("aeolian_limit_hits_total{limit=\"stall_timeout\"}").await > 0.0);
}

#[tokio::test]
async fn a_server_ends_in_time_whatever_its_clients_do() {
    let mut server = start(Config::default()).await;
    let mut half_open = TcpStream::connect(server.address).await.unwrap();
    half_open.write_all(b"GET / HT").await.unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await.unwrap();
    idle.read_u8().await.unwrap();
    let _stalled = raw_socket(&server).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    let (code, ended) =
        tokio::join!(ear.close_code(), timeout(Duration::from_secs(4), server.end()));
    assert_eq!(code, Some(1001));
    ended.expect("an end within the time to drain");
}
