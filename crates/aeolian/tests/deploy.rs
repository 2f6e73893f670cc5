//! What `deploy/` promises, held against the real binary.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn deploy(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A running server, ended when dropped, and its address.
struct Server(Child, String);

impl Server {
    fn start(command: &mut Command) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).env("AEOLIAN_LOG", "warn");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let rest = line.split_once("http://").unwrap_or_else(|| panic!("it said {line:?}")).1;
        Self(child, rest.split_once('/').unwrap().0.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
    command.arg("serve");
    command
}

/// A line of the sample that is a setting behind a `#` without a space.
fn uncommented(line: &str) -> &str {
    let setting = |rest: &&str| rest.starts_with(|c: char| c.is_alphabetic() || c == '[');
    line.strip_prefix('#').filter(setting).unwrap_or(line)
}

#[test]
fn the_sample_configuration_is_accepted_as_it_is_and_with_every_line_in_force() {
    let sample = deploy("aeolian.toml");
    let in_force: Vec<_> = sample.lines().map(uncommented).collect();
    let settings = in_force.iter().filter(|line| line.contains(" = ")).count();
    assert!(settings >= 20, "only {settings} settings are in the sample");
    for text in [sample.clone(), in_force.join("\n")] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Server::start(serve().arg("--config").arg(file.path()));
    }
}

#[test]
fn the_sample_configuration_shows_every_control_with_its_default() {
    let in_force = deploy("aeolian.toml").lines().map(uncommented).collect::<Vec<_>>().join("\n");
    let table: toml::Table = in_force.parse().unwrap();
    for row in aeolian_score::control::ROWS {
        let shown = table.get(row.name).unwrap_or_else(|| panic!("{} is not shown", row.name));
        let asked = serde_json::Map::from_iter([(row.name.to_owned(), row.default_value())]);
        // Where nothing can be asked for as the default, an example is shown.
        let Ok(default) = aeolian_score::Change::from_json(&asked) else { continue };
        let shown = serde_json::to_value(shown).unwrap();
        let shown = serde_json::Map::from_iter([(row.name.to_owned(), shown)]);
        assert_eq!(aeolian_score::Change::from_json(&shown), Ok(default), "{}", row.name);
    }
}

#[test]
fn the_sample_configuration_shows_the_limits_that_hold_without_it() {
    let in_force = deploy("aeolian.toml").lines().map(uncommented).collect::<Vec<_>>().join("\n");
    let table: toml::Table = in_force.parse().unwrap();
    let shown = table["limits"].as_table().unwrap();
    let d = aeolian_server::Limits::default();
    for (name, value) in [
        ("listeners", d.listeners as u64),
        ("connections_per_ip", d.connections_per_ip as u64),
        ("handshakes", d.handshakes as u64),
        ("stations", aeolian_station::registry::STATIONS_MAX as u64),
        ("message_bytes", d.message_bytes as u64),
        ("messages_per_s", d.messages_per_s.into()),
        ("body_bytes", d.body_bytes as u64),
        ("header_bytes", d.header_bytes as u64),
        ("header_timeout_s", d.header_timeout.as_secs()),
        ("stall_timeout_s", d.stall_timeout.as_secs()),
        ("drain_timeout_s", d.drain_timeout.as_secs()),
    ] {
        assert_eq!(shown[name].as_integer(), i64::try_from(value).ok(), "{name}");
    }
}

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<&str> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !of_name(c)).filter(|word| word.starts_with("aeolian_")).collect()
}

#[test]
fn every_metric_on_the_dashboard_is_exposed() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&deploy("grafana/dashboard.json")).unwrap();
    let dashboard = dashboard.to_string();
    let server = Server::start(&mut serve());
    let url = format!("http://{}/api/metrics", server.1);
    let exposed = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
    let (shown, exposed) = (metrics(&dashboard), metrics(&exposed));
    assert!(shown.len() > 20);
    let missing: Vec<_> = shown.difference(&exposed).collect();
    assert!(missing.is_empty(), "not exposed: {missing:?}");
}

#[test]
fn the_unit_and_the_image_start_the_server_with_flags_that_it_has() {
    let unit = deploy("aeolian.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let mut words = start.split(' ').skip(1);
    assert_eq!(words.next(), Some("serve"));
    let flag = words.next().unwrap();
    let help = serve().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains(flag), "{flag}");
    for file in ["Dockerfile", "compose.yaml", "aeolian.service"] {
        for word in deploy(file).split(|c: char| !c.is_ascii_uppercase() && c != '_') {
            // What compose asks its user for is its own matter.
            let asked_for = deploy(file).contains(&format!("${{{word}:"));
            let known = !word.starts_with("AEOLIAN_") || help.contains(word) || asked_for;
            assert!(known, "{file} sets {word}, which is not known");
        }
    }
}

/// What compose sets a variable to.
fn composed(variable: &str) -> String {
    let (compose, name) = (deploy("compose.yaml"), format!("{variable}: "));
    let value = compose.lines().find_map(|line| line.trim().strip_prefix(&name));
    value.unwrap_or_else(|| panic!("{variable} is not set")).to_owned()
}

#[test]
fn the_server_of_the_compose_file_answers_to_prometheus_and_to_a_proxy() {
    let hosts = composed("AEOLIAN_ALLOW_HOST");
    let named = hosts.replace("${AEOLIAN_PUBLIC_HOST:-localhost}", "radio.example.org");
    for (allowed, host, status) in [
        (&named, "aeolian:8000", 200),
        (&named, "radio.example.org", 200),
        (&named, "other.example.org", 421),
        (&hosts.replace("${AEOLIAN_PUBLIC_HOST:-localhost}", "localhost"), "aeolian:8000", 200),
    ] {
        let server = Server::start(serve().env("AEOLIAN_ALLOW_HOST", allowed));
        let request = format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let mut socket = TcpStream::connect(&server.1).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {answer}");
    }
}

#[test]
fn the_compose_file_keeps_stations_in_a_volume_that_the_server_may_write() {
    let folder = composed("AEOLIAN_DATA_DIR");
    assert!(deploy("compose.yaml").contains(&format!("- stations:{folder}\n")));
    let image = deploy("Dockerfile");
    let user = image.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    let owned = format!("COPY --from=build --chown={user} /stations {folder}\n");
    assert!(image.contains(&owned), "{owned}");
}

#[test]
fn the_sample_and_the_help_name_all_that_can_be_set() {
    let sample = deploy("aeolian.toml");
    let (main, _) = sample.split_once("[stations.garden]").unwrap();
    for setting in ["chords", "parts"] {
        let shown = |line: &str| line.trim_start_matches(['#', ' ']).starts_with(setting);
        assert!(main.lines().any(shown), "{setting}");
    }
    let help = serve().arg("--help").output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("AEOLIAN_LOG "));
}

#[cfg(target_os = "linux")]
#[test]
fn systemd_is_told_when_the_server_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let server = Server::start(serve().env("NOTIFY_SOCKET", &path));
    let mut message = [0; 64];
    let length = socket.recv(&mut message).unwrap();
    assert_eq!(&message[..length], b"READY=1\n");
    assert!(TcpStream::connect(&server.1).is_ok());
}
