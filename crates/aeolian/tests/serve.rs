//! `aeolian serve`, as a newcomer and an application use it: the real binary on a free port.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_websockets::{ClientBuilder, Message};

/// A running server, ended when dropped.
struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        Self::launch(Command::new(env!("CARGO_BIN_EXE_aeolian")).env("AEOLIAN_LOG", "warn"), args)
    }

    fn launch(command: &mut Command, args: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--seed", "7"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.split_once("http://").unwrap().1.split_once('/').unwrap().0.to_owned();
        Self { child, stdout, address }
    }

    /// The answer's status code and body.
    fn get(&self, path: &str) -> (u16, String) {
        let agent = agent();
        let mut answer = agent.get(format!("http://{}{path}", self.address)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }

    fn control(&self, body: &str) -> (u16, Value) {
        let agent = agent();
        let mut answer = agent
            .post(format!("http://{}/api/control", self.address))
            .content_type("application/json")
            .send(body)
            .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap())
    }

    fn stream_url(&self) -> String {
        format!("ws://{}/ws/stream", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(10)));
    config.build().into()
}

#[test]
fn it_answers_as_soon_as_its_line_is_printed() {
    let server = Server::start(&["--bpm", "80", "--key", "D dorian"]);
    let (code, body) = server.get("/api/status");
    let status: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(code, 200, "{body}");
    assert_eq!(status["state"]["bpm"], 80);
    assert_eq!(status["state"]["key"], "D");
    assert_eq!(status["state"]["mode"], "dorian");
    assert_eq!(server.get("/healthz").0, 200);
    assert!(server.get("/").1.contains("<html"));
}

#[test]
fn a_stream_that_cannot_be_encoded_here_is_refused_and_the_others_play() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
    let server = Server::launch(command.env("AEOLIAN_LOG", "off").env("MP3_STEREO", "1"), &[]);
    let (status, body) = server.get("/stream.mp3");
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("The mp3 stream is unavailable"), "{body}");
    let flac = agent().head(format!("http://{}/stream.flac", server.address)).call().unwrap();
    assert_eq!(flac.status().as_u16(), 200);
}

#[tokio::test]
async fn a_control_over_rest_reaches_every_listener() {
    let server = Server::start(&[]);
    let uri = server.stream_url().parse().unwrap();
    let (mut socket, _) = ClientBuilder::from_uri(uri).connect().await.unwrap();
    let welcome = next_of(&mut socket, "welcome").await;
    assert_eq!(welcome["sample_rate"], 44_100);
    let (code, answer) = server.control(r#"{"intensity":0.9}"#);
    assert_eq!(code, 200, "{answer}");
    let state = next_of(&mut socket, "state").await;
    assert_eq!(state["revision"], answer["revision"]);
    assert_eq!(state["frame"], answer["frame"]);
    assert_eq!(state["intensity"], 0.9);
}

#[tokio::test]
async fn a_control_over_the_socket_is_acknowledged_and_garbage_leaves_the_stream_running() {
    let server = Server::start(&[]);
    let uri = server.stream_url().parse().unwrap();
    let (mut socket, _) = ClientBuilder::from_uri(uri).connect().await.unwrap();
    for (sent, field) in [
        ("garbage", None),
        (r#"{"type":"control","bpm":300}"#, Some("bpm")),
        (r#"{"type":"control","intensity":"loud"}"#, Some("intensity")),
        (r#"{"type":"control","key":"H"}"#, Some("key")),
    ] {
        socket.send(Message::text(sent.to_owned())).await.unwrap();
        let error = next_of(&mut socket, "error").await;
        assert_eq!(error.get("field").and_then(Value::as_str), field, "{error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
    }
    let control = json!({"type": "control", "id": "mine", "bpm": 90});
    socket.send(Message::text(control.to_string())).await.unwrap();
    let ack = next_of(&mut socket, "ack").await;
    assert_eq!((&ack["id"], &ack["state"]["bpm"]), (&json!("mine"), &json!(90)));
    let chunk = next_of(&mut socket, "audio_chunk").await;
    assert_eq!(chunk["num_samples"], 4410);
}

/// The next message of this type; the stream may say other things before.
async fn next_of<S>(socket: &mut S, wanted: &str) -> Value
where
    S: StreamExt<Item = Result<Message, tokio_websockets::Error>> + Unpin,
{
    let message = async {
        loop {
            let message = socket.next().await.expect("the stream goes on").unwrap();
            let Some(text) = message.as_text() else { continue };
            let value: Value = serde_json::from_str(text).unwrap();
            if value["type"] == wanted {
                return value;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), message).await.expect("it comes")
}

#[test]
fn bad_requests_are_answered_by_field_and_the_server_goes_on() {
    let server = Server::start(&[]);
    let (code, problem) = server.control(r#"{"bpm":300,"key":"H"}"#);
    assert_eq!(code, 422);
    let text = problem.to_string();
    assert!(text.contains("bpm") && text.contains("key") && text.contains("60 to 120"), "{text}");
    assert_eq!(server.control("not json").0, 400);
    assert_eq!(server.control(&format!("\"{}\"", "x".repeat(1 << 20))).0, 413);
    assert_eq!(server.get("/api/status?station=nowhere").0, 404);
    assert_eq!(server.get("/api/status").0, 200);
}

/// Runs `serve` with what must fail; gives its exit code and what it says.
fn refusal(args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_aeolian"))
        .arg("serve")
        .args(args)
        .env("AEOLIAN_LOG", "warn")
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, text) = refusal(&["--listen", &address]);
    assert_eq!(code, 1);
    assert!(text.contains(&address), "{text}");
}

#[test]
fn a_configuration_file_with_a_typo_is_refused_by_line() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "seed = 7\nintensity = 2").unwrap();
    let path = file.path().to_str().unwrap();
    let (code, text) = refusal(&["--config", path]);
    assert_eq!(code, 2);
    assert!(text.contains("line 2") && text.contains("intensity") && text.contains("0 to 1"));
}

#[test]
fn controls_are_not_opened_to_the_network_by_accident() {
    let (code, text) = refusal(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, 2);
    assert!(text.contains("--control-token") && text.contains("--open-control"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_termination_signal_ends_it_cleanly() {
    let mut server = Server::start(&[]);
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    server.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line is all it prints");
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_has_one_json_line_for_each_session_and_no_secret() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
    let command = command.env("AEOLIAN_LOG", "info").stderr(Stdio::piped());
    let secret = "hear-the-wind";
    let args = ["--log-format", "json", "--listen-token", secret];
    let mut server = Server::launch(command, &args);
    let uri = format!("{}?token={secret}", server.stream_url()).parse().unwrap();
    let (mut socket, _) = ClientBuilder::from_uri(uri).connect().await.unwrap();
    next_of(&mut socket, "audio_chunk").await;
    drop(socket);
    let url = format!("http://{}/stream.wav?token={secret}", server.address);
    let mut player = agent().get(url).call().unwrap();
    player.body_mut().as_reader().read_exact(&mut [0; 20_000]).unwrap();
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let mut log = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let mut sessions: Vec<_> =
        lines.iter().filter(|line| line["message"] == "session ended").collect();
    sessions.sort_by_key(|line| line["session"].as_u64());
    assert_eq!(sessions.len(), 2, "{log}");
    assert_eq!(sessions[0]["format"], "json");
    assert_eq!(
        (&sessions[1]["path"], &sessions[1]["station"]),
        (&json!("/stream.wav"), &json!("main"))
    );
    for line in sessions {
        assert!(line["bytes"].as_u64().unwrap() > 10_000 && line["reason"].is_string(), "{line}");
    }
    assert!(!log.contains(secret));
}

#[cfg(unix)]
#[test]
fn stations_in_a_data_folder_survive_the_end_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let end = |server: &mut Server, signal: &str| {
        let pid = server.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid[..]]).status().unwrap().success());
        server.child.wait().unwrap();
    };
    let status = |server: &Server, station: &str| {
        let (code, body) = server.get(&format!("/api/status?station={station}"));
        (code, serde_json::from_str::<Value>(&body).unwrap())
    };
    let mut server = Server::start(&["--data-dir", path, "--bpm", "80"]);
    let state = server.control(r#"{"key":"D dorian","apply":"now"}"#).1["state"].clone();
    let made = agent()
        .post(format!("http://{}/api/stations", server.address))
        .content_type("application/json")
        .send(r#"{"name":"garden","seed":5,"controls":{"bpm":66}}"#);
    assert_eq!(made.unwrap().status(), 201);
    let log = folder.path().join("main/control.jsonl");
    while !std::fs::read_to_string(&log).unwrap().ends_with("}\n") {
        std::thread::yield_now();
    }
    end(&mut server, "-KILL");

    let (code, text) = refusal(&["--data-dir", path, "--seed", "8", "--listen", "127.0.0.1:0"]);
    assert!(code == 2 && text.contains("born with 7"), "{text}");

    let mut server = Server::start(&["--data-dir", path, "--bpm", "100"]);
    let (_, main) = status(&server, "main");
    assert_eq!(main["state"], state, "its own controls, not those of the flags");
    assert_eq!((&main["state"]["bpm"], &main["state"]["revision"]), (&json!(80), &json!(1)));
    let (_, garden) = status(&server, "garden");
    assert_eq!((&garden["engine"]["seed"], &garden["state"]["bpm"]), (&json!(5), &json!(66)));
    let (code, text) = refusal(&["--data-dir", path, "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && text.contains("another server"), "{text}");
    let garden = format!("http://{}/api/stations/garden", server.address);
    assert_eq!(agent().delete(garden).call().unwrap().status(), 204);
    end(&mut server, "-TERM");

    let server = Server::start(&["--data-dir", path]);
    assert_eq!(status(&server, "main").1["state"], state);
    assert_eq!(status(&server, "garden").0, 404);
}

#[cfg(unix)]
#[test]
fn a_torn_log_is_mended_and_a_broken_one_refused_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main");
    std::fs::create_dir(&main).unwrap();
    let birth = r#"{"seed":7,"controls":{"bpm":70},"frame":88200}"#;
    std::fs::write(main.join("station.json"), birth).unwrap();
    let line = |frame: u64, bpm| {
        format!("{{\"frame\":{frame},\"revision\":{},\"change\":{{\"bpm\":{bpm}}}}}\n", frame / 64)
    };
    let log = main.join("control.jsonl");
    let path = folder.path().to_str().unwrap();
    std::fs::write(&log, line(64, 81) + &line(128, 82) + &line(192, 83)[..20]).unwrap();
    let server = Server::start(&["--data-dir", path]);
    let status: Value = serde_json::from_str(&server.get("/api/status").1).unwrap();
    assert_eq!((&status["state"]["bpm"], &status["frame"]), (&json!(82), &json!(88_200)));
    drop(server);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), line(64, 81) + &line(128, 82));

    std::fs::write(&log, line(64, 81) + "oops\n" + &line(128, 82)).unwrap();
    let (code, text) = refusal(&["--data-dir", path, "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 1);
    assert!(text.contains("control.jsonl: line 2 of the control log"), "{text}");
}

#[test]
fn the_file_is_checked_by_itself_and_by_serve_alike() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aeolian.toml");
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
        command.args(["config", "--check"]).arg(&path).output().unwrap()
    };
    std::fs::write(&path, "bpm = 72\n[stations.garden]\nkey = \"D\"\n").unwrap();
    assert!(check().status.success());
    std::fs::write(&path, "bpm = 72\n[stations.garden]\nkey = \"H\"\nbmp = 1\n").unwrap();
    let output = check();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text.contains("line 3: stations.garden.key") && text.contains("line 4"), "{text}");
    let (code, text) = refusal(&["--config", path.to_str().unwrap()]);
    assert!(code == 2 && text.contains("line 3: stations.garden.key"), "{text}");
}

#[test]
fn stations_of_the_file_play_beside_the_main_one_and_flags_win_over_it() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "bpm = 72\nspace = 0.9\n[stations.garden]\nseed = 3\nkey = \"D dorian\"")
        .unwrap();
    let server = Server::start(&["--config", file.path().to_str().unwrap(), "--bpm", "90"]);
    let status = |query: &str| -> Value {
        serde_json::from_str(&server.get(&format!("/api/status{query}")).1).unwrap()
    };
    let main = status("");
    assert_eq!((&main["state"]["bpm"], &main["state"]["space"]), (&json!(90), &json!(0.9)));
    assert_eq!(status("?station=garden")["state"]["mode"], "dorian");
}
