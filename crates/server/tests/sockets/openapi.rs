//! The OpenAPI document says what the server does.

use aeolian_server::Config;
use serde_json::Value;

use crate::embedded::start;

/// What to send where the empty request would be no use.
fn body_for(path: &str) -> &'static str {
    match path {
        "/api/stations" => r#"{"name":"described","seed":3}"#,
        _ => "{}",
    }
}

/// Whether `value` has the members that `schema` requires, of the types that it names, down to the
/// last.
fn assert_fits(value: &Value, schema: &Value, document: &Value) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return assert_fits(value, document.pointer(pointer).unwrap(), document);
    }
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    match &schema["type"] {
        Value::Array(kinds) => assert!(kinds.iter().any(is), "{value} is none of {kinds:?}"),
        Value::Null => {}
        kind => assert!(is(kind), "{value} is no {kind}"),
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{name} is missing in {value}");
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            assert_fits(value, member, document);
        }
    }
    for value in value.as_array().into_iter().flatten() {
        if schema.get("items").is_some() {
            assert_fits(value, &schema["items"], document);
        }
    }
}

#[tokio::test]
async fn every_call_in_the_document_answers_as_the_document_says() {
    let server = start(Config::default()).await;
    let document = server.get("/api/openapi.json").await;
    assert!(document.head.contains("content-type: application/json"));
    let document = document.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let seed = &document["components"]["schemas"]["NewStation"]["properties"]["seed"];
    assert_eq!(seed["exclusiveMaximum"].as_f64(), Some(2.0_f64.powi(64)), "no seed has more bits");
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            // What streams without end is told to say only what it would send.
            let streams = path.starts_with("/stream.");
            let method = if streams { "HEAD".to_owned() } else { method.to_ascii_uppercase() };
            let headers = "content-type: application/json\r\n";
            let to = path.replace("{name}", "described");
            let body = if method == "POST" { body_for(path) } else { "" };
            let answer = server.request(&method, &to, headers, body.as_bytes()).await;
            let said = &call["responses"][answer.status.to_string()];
            assert!(said.is_object(), "{method} {path} gave {}", answer.status);
            for (kind, content) in said["content"].as_object().into_iter().flatten() {
                let kind = kind.split(';').next().unwrap();
                if answer.head.contains(kind) && kind.ends_with("json") {
                    assert_fits(&answer.json(), &content["schema"], &document);
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 6, "{checked}");
}

#[tokio::test]
async fn problems_are_as_the_document_says() {
    let server = start(Config::default()).await;
    let document = server.get("/api/openapi.json").await.json();
    let schema = &document["components"]["schemas"]["Problem"];
    assert!(schema.is_object());
    for answer in [
        server.control(r#"{"bpm":1}"#).await,
        server.get("/api/status?station=x").await,
        server.get("/x").await,
    ] {
        assert_fits(&answer.json(), schema, &document);
    }
}

#[tokio::test]
async fn every_call_to_a_station_says_what_it_answers_where_there_is_none() {
    let server = start(Config::default()).await;
    let document = server.get("/api/openapi.json").await.json();
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            let parameters = call["parameters"].as_array();
            if !parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "station")) {
                continue;
            }
            let to = format!("{path}?station=nowhere");
            let answer = server.request(&method.to_ascii_uppercase(), &to, "", b"").await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert!(call["responses"]["404"].is_object(), "{method} {path}");
            checked += 1;
        }
    }
    assert_eq!(checked, 9, "the stream, four for players, their list, control, status and score");
}

#[tokio::test]
async fn the_document_names_the_formats_of_the_stream() {
    let server = start(Config::default()).await;
    let document = server.get("/api/openapi.json").await.json();
    let parameters = document["paths"]["/ws/stream"]["get"]["parameters"].as_array().unwrap();
    let format = parameters.iter().find(|parameter| parameter["name"] == "format").unwrap();
    assert!(format["schema"].to_string().contains(r#"["json","pcm","opus"]"#), "{format}");
}
