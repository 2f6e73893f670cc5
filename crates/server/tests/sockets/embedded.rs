//! A server in the test's own process, on a free port, and the simplest of clients.

use std::net::SocketAddr;
use std::time::Duration;

use aeolian_server::{Config, Error};
use aeolian_station::{Config as StationConfig, Registry, Station};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_websockets::{ClientBuilder, CloseCode, MaybeTlsStream, Message, WebSocketStream};

/// A running server with the station `main`.
pub(crate) struct Embedded {
    pub(crate) address: SocketAddr,
    pub(crate) station: Station,
    end: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<Result<(), Error>>>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The fields that a problem names.
    pub(crate) fn wrong_fields(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().unwrap();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) async fn start(config: Config) -> Embedded {
    start_with(8, config).await
}

pub(crate) async fn start_with(stations_max: usize, config: Config) -> Embedded {
    start_playing(StationConfig::new("main", 7), stations_max, config).await
}

pub(crate) async fn start_playing(
    main: StationConfig,
    stations_max: usize,
    config: Config,
) -> Embedded {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    start_on(listener, main, stations_max, config)
}

/// A server whose sockets hold little that is not read, so that it shows soon who does not read.
pub(crate) async fn start_with_small_sockets(config: Config) -> Embedded {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    socket2::SockRef::from(&listener).set_send_buffer_size(4096).unwrap();
    start_on(listener, StationConfig::new("main", 7), 8, config)
}

fn start_on(
    listener: TcpListener,
    main: StationConfig,
    stations_max: usize,
    config: Config,
) -> Embedded {
    let registry = Registry::start(main, stations_max).unwrap();
    let station = registry.get("main").unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel();
    let shutdown = async {
        let _ = ended.await;
    };
    let task = tokio::spawn(aeolian_server::run(listener, registry, config, shutdown));
    Embedded { address, station, end: Some(end), task: Some(task) }
}

impl Embedded {
    /// Ends the server, and waits until it has ended.
    pub(crate) async fn end(&mut self) {
        let _ = self.end.take().unwrap().send(());
        self.task.take().unwrap().await.unwrap().unwrap();
    }

    /// Sends bytes as they are, and reads until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(20), read).await.expect("an end");
        answer
    }

    /// One request on a connection of its own. `headers` end in `\r\n` each.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        let host = self.address;
        let length = body.len();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n"
        )
        .into_bytes();
        request.extend_from_slice(body);
        answer(&self.raw(&request).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "", b"").await
    }

    pub(crate) async fn post(&self, path: &str, json: &str) -> Answer {
        let headers = "content-type: application/json\r\n";
        self.request("POST", path, headers, json.as_bytes()).await
    }

    pub(crate) async fn control(&self, json: &str) -> Answer {
        self.post("/api/control", json).await
    }

    /// One number of the metrics, by its whole name with labels.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let metrics = self.get("/api/metrics").await;
        let line =
            metrics.text().lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {}", metrics.text())).parse().unwrap()
    }

    pub(crate) async fn listen(&self, query: &str) -> Ear {
        let uri = format!("ws://{}/ws/stream{query}", self.address);
        let (socket, _) = ClientBuilder::new().uri(&uri).unwrap().connect().await.unwrap();
        Ear { socket }
    }
}

/// Takes a whole answer apart.
pub(crate) fn answer(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("an answer");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

/// A listener's side of a WebSocket.
pub(crate) struct Ear {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Ear {
    pub(crate) async fn message(&mut self) -> Option<Message> {
        let next = self.socket.next();
        let message = tokio::time::timeout(Duration::from_secs(10), next).await;
        message.expect("a message within 10 s")?.ok()
    }

    /// The next JSON message of a type; others are passed over.
    pub(crate) async fn json(&mut self, kind: &str) -> Value {
        loop {
            let message = self.message().await.unwrap_or_else(|| panic!("an end before {kind}"));
            let Some(text) = message.as_text() else { continue };
            let json: Value = serde_json::from_str(text).unwrap();
            if json["type"] == kind {
                return json;
            }
        }
    }

    /// The `state` of a revision; others are passed over.
    pub(crate) async fn state(&mut self, revision: &Value) -> Value {
        loop {
            let state = self.json("state").await;
            if state["revision"] == *revision {
                return state;
            }
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.socket.send(Message::text(text.to_owned())).await.unwrap();
    }

    /// Begins to close.
    pub(crate) async fn say_goodbye(&mut self, code: u16) {
        let code = CloseCode::try_from(code).unwrap();
        self.socket.send(Message::close(Some(code), "")).await.unwrap();
    }

    /// The code with which the server closes; what comes before is passed over.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        while let Some(message) = self.message().await {
            if let Some((code, _)) = message.as_close() {
                return Some(code.into());
            }
        }
        None
    }
}
