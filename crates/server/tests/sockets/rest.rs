//! What a client of the REST calls can rely on.

use std::io::Read as _;

use aeolian_server::{Config, Hosts, Limits};

use crate::embedded::start;

#[tokio::test]
async fn a_control_answers_with_revision_frame_and_state() {
    let server = start(Config::default()).await;
    let _ear = server.listen("").await;
    let answer = server.control(r#"{"bpm":96,"parts":{"pad":0.5},"apply":"now"}"#).await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert!(json["revision"].as_u64() > Some(0));
    assert!(json["frame"].is_u64());
    assert_eq!(json["state"]["bpm"], 96.0);
    assert_eq!(json["state"]["parts"]["pad"], 0.5);
    assert_eq!(server.metric("aeolian_controls_accepted_total").await, 1.0);
    assert_eq!(server.metric("aeolian_controls_total{station=\"main\"}").await, 1.0);
}

#[tokio::test]
async fn every_bad_control_is_refused_with_the_fields_named() {
    let server = start(Config::default()).await;
    let before = server.station.state();
    for (body, status, fields) in [
        (r#"{"bpm":300}"#, 422, &["bpm"][..]),
        (r#"{"intensity":"loud"}"#, 422, &["intensity"]),
        (r#"{"key":"H","mode":7}"#, 422, &["key", "mode"]),
        (r#"{"bpm":90,"tempo":90,"parts":{"drums":1}}"#, 422, &["parts.drums", "tempo"]),
        ("[]", 422, &["(whole)"]),
    ] {
        let answer = server.control(body).await;
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.head.contains("content-type: application/problem+json"), "{body}");
        let mut wrong = answer.wrong_fields();
        wrong.sort_unstable();
        assert_eq!(wrong, fields, "{body}");
        let json = answer.json();
        assert_eq!(json["status"], status);
        let error = &json["errors"][0];
        assert!(error["given"].is_string() && error["allowed"].is_string(), "{json}");
    }
    for (body, status) in [("not json", 400), ("", 400), ("{\"bpm\":", 400)] {
        assert_eq!(server.control(body).await.status, status, "{body}");
    }
    assert_eq!(server.station.state(), before);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_answered_clearly() {
    let server = start(Config::default()).await;
    let long = format!("/api/status?station={}", "x".repeat(5000));
    for (method, path, headers, body, status, code) in [
        ("GET", "/api/status?station=nope", "", "", 404, "no-such-station"),
        ("GET", &long, "", "", 404, "no-such-station"),
        ("GET", "/ws/stream?station=nope", "", "", 404, "no-such-station"),
        ("GET", "/ws/stream?format=ogg", "", "", 422, "invalid-fields"),
        ("GET", "/ws/stream", "", "", 426, "upgrade-required"),
        (
            "POST",
            "/api/control",
            "content-type: text/plain\r\n",
            "{}",
            415,
            "unsupported-media-type",
        ),
        ("POST", "/api/control", "", "{}", 415, "unsupported-media-type"),
        ("GET", "/api/control", "", "", 405, "method-not-allowed"),
        ("DELETE", "/", "", "", 405, "method-not-allowed"),
        ("GET", "/../../etc/passwd", "", "", 404, "not-found"),
        ("GET", "/nothing", "", "", 404, "not-found"),
        ("GET", "/package.json", "", "", 404, "not-found"),
    ] {
        let answer = server.request(method, path, headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{method} {path}");
        let json = answer.json();
        assert_eq!(json["type"], format!("urn:aeolian:problem:{code}"), "{method} {path}");
        assert!(json["detail"].as_str().unwrap().len() < 300, "{json}");
    }
}

#[tokio::test]
async fn a_method_that_a_path_does_not_answer_to_is_refused_with_those_that_it_does() {
    let server = start(Config::default()).await;
    for (method, path, allowed) in
        [("POST", "/", "get,head"), ("PUT", "/embed", "get,head"), ("GET", "/api/control", "post")]
    {
        let answer = server.request(method, path, "", b"").await;
        let allow = format!("allow: {allowed}\r\n");
        assert!(answer.status == 405 && answer.head.contains(&allow), "{path}: {}", answer.head);
    }
}

#[tokio::test]
async fn a_flood_of_controls_is_told_to_wait_while_others_are_heard() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    let mut refused = 0;
    for _ in 0..60 {
        // What is refused as wrong counts as well: the limit comes first.
        let answer = server.control(r#"{"bpm":1}"#).await;
        if answer.status == 429 {
            refused += 1;
            assert!(answer.head.contains("retry-after: 1"));
        }
    }
    assert!(refused > 0);
    ear.say(r#"{"type":"control","bpm":77}"#).await;
    ear.json("ack").await;
    let hits = server.metric("aeolian_limit_hits_total{limit=\"requests\"}").await;
    assert_eq!(hits, f64::from(refused));
}

#[tokio::test]
async fn status_tells_how_the_station_and_the_server_are() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    let answer = server.get("/api/status?station=main").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("cache-control: no-store"));
    let json = answer.json();
    for field in [
        "status",
        "version",
        "uptime_s",
        "station",
        "state",
        "frame",
        "listeners",
        "buffer_chunks",
        "buffer_ms",
        "render_load",
        "engine",
        "underruns",
        "now_playing",
    ] {
        assert!(json.get(field).is_some(), "{field} in {json}");
    }
    assert_eq!(json["station"], "main");
    assert_eq!(json["listeners"], 1);
    assert_eq!(json["engine"]["sample_rate"], 44_100);
    assert_eq!(json["engine"]["seed"], 7);
    assert_eq!(server.get("/healthz").await.status, 200);
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn the_score_holds_what_sounds_and_what_comes() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    let json = server.get("/api/score").await.json();
    let phrases = json["phrases"].as_array().unwrap();
    assert!(!phrases.is_empty());
    assert!(phrases[0]["bars"].is_u64() && phrases[0]["notes"].is_array());
}

#[tokio::test]
async fn metrics_come_as_prometheus_or_as_json() {
    let server = start(Config::default()).await;
    let text = server.get("/api/metrics").await;
    assert!(text.head.contains("text/plain; version=0.0.4"));
    assert!(text.text().contains("# TYPE aeolian_control_to_wire_seconds histogram"));
    let json = server.request("GET", "/api/metrics", "accept: application/json\r\n", b"").await;
    let json = json.json();
    assert!(json["aeolian_bytes_sent_total"].is_number());
    assert!(json["aeolian_listeners"][0]["labels"]["format"].is_string());
}

#[tokio::test]
async fn the_page_is_served_isolated_and_only_asked_for_again_when_it_changed() {
    let server = start(Config::default()).await;
    let page = server.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().to_lowercase().starts_with("<!doctype html>"));
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-embedder-policy: require-corp",
        "x-content-type-options: nosniff",
        "cache-control: no-cache",
    ] {
        assert!(page.head.contains(header), "{header} in {}", page.head);
    }
    // The head comes in small letters.
    let etag = page.head.lines().find_map(|line| line.strip_prefix("etag: w/")).unwrap();
    let again = server.request("GET", "/", &format!("if-none-match: W/{etag}\r\n"), b"").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = server.request("HEAD", "/", "", b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));

    let small = server.request("GET", "/", "accept-encoding: br, gzip\r\n", b"").await;
    assert!(small.head.contains("content-encoding: gzip") && small.head.contains("vary: "));
    assert!(small.body.len() * 2 < page.body.len());
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&small.body[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, page.body);
    let picture = server.request("GET", "/icons/icon-192.png", "accept-encoding: gzip\r\n", b"");
    assert!(!picture.await.head.contains("content-encoding"));
}

#[tokio::test]
async fn only_the_small_player_may_be_framed_and_only_by_allowed_origins() {
    let allowed_origins = ["https://blog.example", "https://evil.example; script-src *"];
    let hosts =
        Hosts { allowed_origins: allowed_origins.map(str::to_owned).into(), ..Hosts::default() };
    let server = start(Config { hosts, ..Config::default() }).await;
    assert!(server.get("/").await.head.contains("frame-ancestors 'none'\r\n"));
    let embed = server.get("/embed?station=main").await;
    assert_eq!(embed.status, 200);
    assert!(
        embed.head.contains("frame-ancestors 'self' https://blog.example\r\n"),
        "{}",
        embed.head
    );
    assert!(embed.head.contains("cross-origin-resource-policy: cross-origin\r\n"));
}

#[tokio::test]
async fn the_client_library_may_be_imported_from_any_origin_and_nothing_else_may() {
    let server = start(Config::default()).await;
    let library = server.get("/client/index.js").await;
    assert_eq!(library.status, 200);
    assert!(library.head.contains("access-control-allow-origin: *\r\n"), "{}", library.head);
    assert!(library.head.contains("cross-origin-resource-policy: cross-origin\r\n"));
    for path in ["/", "/page/main.js", "/api/status"] {
        assert!(!server.get(path).await.head.contains("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn a_server_that_is_full_says_so() {
    let limits = Limits { listeners: 1, ..Limits::default() };
    let server = start(Config { limits, ..Config::default() }).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    let headers = "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let answer = server.request("GET", "/ws/stream", headers, b"").await;
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("retry-after"));
    assert_eq!(server.get("/readyz").await.status, 503);
    assert_eq!(server.metric("aeolian_limit_hits_total{limit=\"listeners\"}").await, 1.0);
    ear.json("audio_chunk").await;
}

#[tokio::test]
async fn the_table_of_controls_names_every_member_of_a_state_with_its_default() {
    let server = start(Config::default()).await;
    let table = server.get("/api/controls").await.json();
    let state = server.get("/api/status").await.json()["state"].take();
    let rows = table["controls"].as_array().unwrap();
    let mut names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    for row in rows {
        let name = row["name"].as_str().unwrap();
        assert_eq!(row["default"], state[name], "{name}");
    }
    names.extend(["revision", "frame"]);
    assert!(state.as_object().unwrap().keys().all(|name| names.contains(&name.as_str())));
}

/// `AEOLIAN_WRITE_VECTORS=1 cargo test -p aeolian-server --test sockets table` writes it anew.
#[tokio::test]
async fn the_tests_of_the_page_stand_on_the_table_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/vectors/controls.json");
    let server = start(Config::default()).await;
    let table = server.get("/api/controls").await.json();
    let text = format!("{}\n", serde_json::to_string_pretty(&table).unwrap());
    if std::env::var_os("AEOLIAN_WRITE_VECTORS").is_some() {
        std::fs::write(path, text).unwrap();
    } else {
        let written = std::fs::read_to_string(path).unwrap();
        assert!(written == text, "docs/vectors/controls.json is not what is served");
    }
}

#[tokio::test]
async fn a_preset_of_the_table_sets_what_the_table_says() {
    let server = start(Config::default()).await;
    let table = server.get("/api/controls").await.json();
    for preset in table["presets"].as_array().unwrap() {
        let asked = serde_json::json!({ "preset": preset["name"] }).to_string();
        let state = server.control(&asked).await.json()["state"].take();
        for (name, value) in preset["sets"].as_object().unwrap() {
            assert_eq!(state[name].as_f64(), value.as_f64(), "{name} of {preset}");
            assert!(value.is_number() || state[name] == *value, "{name} of {preset}");
        }
    }
}
