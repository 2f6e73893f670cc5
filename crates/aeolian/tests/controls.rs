//! Whatever is in the table of controls can be set in every way, and read everywhere: what holds for
//! each row, held against the real binary. `web/test/browser/controls.test.js` does the same on the page.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aeolian_score::control::ROWS;
use aeolian_score::control::row::Row;
use aeolian_score::control::values::Values;
use serde_json::{Map, Value, json};

/// A running server, ended when dropped, and its address.
struct Server(Child, String);

impl Server {
    fn start(change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aeolian"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("AEOLIAN_LOG", "warn");
        change(&mut command);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let rest = line.split_once("http://").unwrap_or_else(|| panic!("it said {line:?}")).1;
        Self(child, rest.split_once('/').unwrap().0.to_owned())
    }

    fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("http://{}{path}", self.1)).call().unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    fn state(&self) -> Value {
        self.get("/api/status")["state"].take()
    }

    /// Steers, and gives the state that comes of it.
    fn steer(&self, change: &Value) -> Value {
        let post = ureq::post(format!("http://{}/api/control", self.1));
        let mut answer = post.content_type("application/json").send(change.to_string()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["state"].take()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A value that is not the default, as a change has it.
fn another(row: &Row) -> Value {
    let default = row.default_value();
    let choices = row.values.choices();
    match row.values {
        Values::Number { lowest, highest, .. } => {
            json!(if default.as_f64() == Some(highest) { lowest } else { highest })
        }
        Values::Key => json!(if default == "D" { "E" } else { "D" }),
        Values::Mode | Values::Preset => {
            json!(choices.iter().find(|choice| default != choice.name).unwrap().name)
        }
        Values::Parts => Value::Object(Map::from_iter([(choices[0].name.to_owned(), json!(0.25))])),
    }
}

/// Whether a state shows what was asked for; of members those that were named.
fn shows(shown: &Value, asked: &Value) -> bool {
    match asked {
        Value::Object(members) => members.iter().all(|(name, value)| shows(&shown[name], value)),
        Value::Number(number) => shown.as_f64() == number.as_f64(),
        _ => shown == asked,
    }
}

/// The rows that one text sets.
fn flags() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(|row| !matches!(row.values, Values::Parts))
}

/// What is set as a flag, in the environment, or in a file.
fn text(row: &Row) -> String {
    let value = another(row);
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn everything() -> Value {
    Value::Object(ROWS.iter().map(|row| (row.name.to_owned(), another(row))).collect())
}

fn assert_all(rows: impl Iterator<Item = &'static Row>, state: &Value, way: &str) {
    for row in rows {
        let asked = another(row);
        assert_ne!(asked, row.default_value());
        assert!(shows(&state[row.name], &asked), "{} by {way}: {state}", row.name);
    }
}

#[test]
fn every_control_is_set_by_json_and_so_by_every_preset_that_names_it() {
    let server = Server::start(|_| {});
    for row in ROWS {
        let asked = another(row);
        let state = server.steer(&json!({ row.name: asked }));
        assert!(shows(&state[row.name], &asked), "{} by JSON: {state}", row.name);
    }
    let by_presets = ROWS.iter().find(|row| row.values == Values::Preset).unwrap();
    for preset in server.get("/api/controls")["presets"].as_array().unwrap() {
        let state = server.steer(&json!({ by_presets.name: preset["name"] }));
        for (name, value) in preset["sets"].as_object().unwrap() {
            let row = ROWS.iter().find(|row| row.name == name).unwrap();
            assert!(row.in_presets && shows(&state[name], value), "{name} by {preset}: {state}");
        }
    }
}

#[test]
fn every_control_of_one_text_is_set_by_its_flag_and_by_its_variable() {
    let by_flag = Server::start(|command| {
        for row in flags() {
            command.args([format!("--{}", row.name.replace('_', "-")), text(row)]);
        }
    });
    assert_all(flags(), &by_flag.state(), "flag");
    let by_variable = Server::start(|command| {
        for row in flags() {
            command.env(format!("AEOLIAN_{}", row.name.to_uppercase()), text(row));
        }
    });
    assert_all(flags(), &by_variable.state(), "variable");
}

#[test]
fn every_control_is_set_by_its_key_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aeolian.toml");
    fs::write(&path, toml::to_string(&everything()).unwrap()).unwrap();
    let server = Server::start(|command| {
        command.arg("--config").arg(&path);
    });
    assert_all(ROWS.iter(), &server.state(), "file");
}

#[test]
fn every_control_is_set_by_a_line_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main");
    fs::create_dir(&main).unwrap();
    fs::write(main.join("station.json"), r#"{"seed":7,"controls":{},"frame":88200}"#).unwrap();
    let line = json!({ "frame": 64, "revision": 1, "change": everything() });
    fs::write(main.join("control.jsonl"), format!("{line}\n")).unwrap();
    let server = Server::start(|command| {
        command.arg("--data-dir").arg(folder.path());
    });
    assert_all(ROWS.iter(), &server.state(), "log");
}

#[test]
fn every_control_is_in_the_table_in_openapi_and_in_the_protocol() {
    let server = Server::start(|_| {});
    let (table, openapi) = (server.get("/api/controls"), server.get("/api/openapi.json"));
    let protocol = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
    let protocol = fs::read_to_string(protocol).unwrap();
    let schemas = &openapi["components"]["schemas"];
    let state = &schemas["Controlled"]["properties"]["state"]["properties"];
    let changes = schemas["Change"]["anyOf"].as_array().unwrap();
    for (row, shown) in ROWS.iter().zip(table["controls"].as_array().unwrap()) {
        assert_eq!(shown, &serde_json::to_value(row).unwrap());
        assert!(state[row.name].is_object(), "{} in {state}", row.name);
        let asked = changes.iter().any(|change| change["properties"][row.name].is_object());
        assert!(asked, "{} in {changes:?}", row.name);
        assert!(protocol.contains(&format!("\n| `{}` | ", row.name)), "{}", row.name);
    }
    assert_eq!(table["controls"].as_array().unwrap().len(), ROWS.len());
}
