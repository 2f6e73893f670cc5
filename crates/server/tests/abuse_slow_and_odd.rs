//! What clients cannot do to the server by being slow, half there or absurd. Whatever they do, a
//! listener hears every chunk meanwhile.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::time::Duration;

use aeolian_server::{Config, Limits};
use aeolian_station::{Config as StationConfig, Registry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Long for a server that has to do something, short for one that waits for a bad client.
const SOON: Duration = Duration::from_secs(10);

/// A server whose patience is short enough for a test.
async fn start() -> SocketAddr {
    let registry = Registry::start(StationConfig::new("main", 7), 1).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let header_timeout = Duration::from_millis(400);
    let limits = Limits { header_timeout, ..Limits::default() };
    let config = Config { limits, ..Config::default() };
    tokio::spawn(aeolian_server::run(listener, registry, config, std::future::pending()));
    address
}

async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

fn upgrade(query: &str) -> String {
    format!(
        "GET /ws/stream{query} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\n\
         connection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A frame of a client, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A listener whose bytes the test writes itself.
async fn socket(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address).await;
    stream.write_all(upgrade("?format=pcm").as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 101"));
    stream
}

/// Opcode and payload of the server's next frame.
async fn next_frame(stream: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let first = stream.read_u8().await?;
    let length = match stream.read_u8().await? {
        126 => usize::from(stream.read_u16().await?),
        127 => usize::try_from(stream.read_u64().await?).unwrap(),
        length => usize::from(length),
    };
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await?;
    Ok((first & 0x0F, payload))
}

/// Somebody who listens all the while, and fails where a chunk is missing.
struct GoodListener(JoinHandle<()>);

impl GoodListener {
    async fn join(address: SocketAddr) -> Self {
        let mut stream = socket(address).await;
        Self(tokio::spawn(async move {
            let mut expected = None;
            loop {
                let (opcode, payload) = next_frame(&mut stream).await.unwrap();
                if opcode == 2 {
                    let seq = u32::from_le_bytes(*payload.first_chunk().unwrap());
                    assert_eq!(expected.unwrap_or(seq), seq, "a chunk is missing");
                    assert_eq!(payload[12], 0, "a discontinuity");
                    expected = Some(seq + 1);
                }
            }
        }))
    }

    fn heard_everything(&self) {
        assert!(!self.0.is_finished(), "the listener was disturbed");
    }
}

/// Everything up to the end of the connection.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = timeout(SOON, stream.read_to_end(&mut bytes)).await;
    // However it ends, it ends.
    let _ = read.expect("the server holds the connection open");
    bytes
}

async fn metric(address: SocketAddr, name: &str) -> f64 {
    let mut stream = connect(address).await;
    let request = "GET /api/metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let text = String::from_utf8(rest(stream).await).unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn headers_that_trickle_in_have_one_deadline_for_all_of_them() {
    let address = start().await;
    let listener = GoodListener::join(address).await;
    let (mut read, mut write) = connect(address).await.into_split();
    let trickle = tokio::spawn(async move {
        write.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n").await.unwrap();
        while write.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    });
    let mut bytes = Vec::new();
    let read = timeout(SOON, read.read_to_end(&mut bytes)).await;
    assert!(read.is_ok(), "a byte now and then keeps the connection open");
    trickle.await.unwrap();
    listener.heard_everything();
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed() {
    let address = start().await;
    let mut stream = connect(address).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    rest(stream).await;
}

#[tokio::test]
async fn a_request_that_two_parsers_would_read_differently_is_refused() {
    let address = start().await;
    let listener = GoodListener::join(address).await;
    let smuggled = "0\r\n\r\nGET /api/metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    for headers in [
        "content-length: 4\r\ncontent-length: 50\r\n",
        "content-length: +5\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "content length: 5\r\n",
        "x\0y: z\r\n",
    ] {
        let mut stream = connect(address).await;
        let request = format!(
            "POST /api/control HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
             {headers}\r\n{smuggled}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let answers = String::from_utf8(rest(stream).await).unwrap();
        assert!(answers.starts_with("HTTP/1.1 4"), "{headers:?}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{headers:?}: {answers}");
    }
    listener.heard_everything();
}

#[tokio::test]
async fn an_endless_body_in_small_chunks_is_cut_off() {
    let address = start().await;
    let listener = GoodListener::join(address).await;
    let (mut read, mut write) = connect(address).await.into_split();
    let endless = tokio::spawn(async move {
        let request = "POST /api/control HTTP/1.1\r\nhost: 127.0.0.1\r\n\
                       content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        write.write_all(request.as_bytes()).await.unwrap();
        let chunk = format!("40\r\n{}\r\n", " ".repeat(0x40));
        while write.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let mut answer = Vec::new();
    // The answer may be lost with the connection, which ends while the client still sends.
    let _ = timeout(SOON, read.read_to_end(&mut answer)).await.expect("an end");
    endless.await.unwrap();
    assert_eq!(metric(address, "aeolian_limit_hits_total{limit=\"body_bytes\"}").await, 1.0);
    listener.heard_everything();
}

#[tokio::test]
async fn a_message_that_comes_byte_by_byte_is_taken_all_the_same() {
    let address = start().await;
    let listener = GoodListener::join(address).await;
    let mut stream = socket(address).await;
    stream.set_nodelay(true).unwrap();
    for byte in frame(0x81, br#"{"type":"ping","t":42}"#) {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let pong = async {
        loop {
            let (opcode, payload) = next_frame(&mut stream).await.unwrap();
            let text = String::from_utf8_lossy(&payload);
            if opcode == 1 && text.contains("pong") {
                return text.contains("42");
            }
        }
    };
    assert!(timeout(SOON, pong).await.unwrap());
    listener.heard_everything();
}

#[tokio::test]
async fn a_listener_that_only_shuts_its_sending_side_is_let_go() {
    let address = start().await;
    let mut stream = socket(address).await;
    stream.shutdown().await.unwrap();
    rest(stream).await;
}

#[tokio::test]
async fn reports_that_make_no_sense_do_not_spoil_the_metrics() {
    let address = start().await;
    let mut stream = socket(address).await;
    for report in [
        r#"{"type":"report","buffer_ms":9e18,"underruns":1,"rate":1}"#,
        r#"{"type":"report","buffer_ms":350,"underruns":9000000000000000000,"rate":1}"#,
        r#"{"type":"report","buffer_ms":-5,"underruns":0,"rate":1}"#,
        r#"{"type":"report","buffer_ms":250,"underruns":3,"rate":1}"#,
    ] {
        stream.write_all(&frame(0x81, report.as_bytes())).await.unwrap();
    }
    // The answer to a ping tells that everything before it has been taken.
    stream.write_all(&frame(0x81, br#"{"type":"ping","t":42}"#)).await.unwrap();
    while !String::from_utf8_lossy(&next_frame(&mut stream).await.unwrap().1).contains("pong") {}
    let sum_s = metric(address, "aeolian_client_buffer_seconds_sum").await;
    let underruns = metric(address, "aeolian_client_underruns_total").await;
    assert!(sum_s < 1.0, "{sum_s} s buffered");
    assert!(underruns < 10.0, "{underruns} underruns");
}
