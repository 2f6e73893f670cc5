//! Who is let in, and who may steer.

use aeolian_server::{Access, Config, Error, Hosts, Secret};
use aeolian_station::{Config as StationConfig, Registry};
use tokio::net::TcpListener;

use crate::embedded::{Embedded, start};

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text).unwrap())
}

async fn guarded() -> Embedded {
    let access = Access { control_token: secret("steersteer"), ..Access::default() };
    start(Config { access, ..Config::default() }).await
}

#[tokio::test]
async fn controls_that_everybody_could_reach_are_refused_at_the_start() {
    let registry = Registry::start(StationConfig::new("main", 1), 1).unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let ended = std::future::ready(());
    let outcome = aeolian_server::run(listener, registry, Config::default(), ended).await;
    assert!(matches!(outcome, Err(Error::OpenControls)));
}

#[tokio::test]
async fn steering_by_rest_needs_the_control_token_where_one_is_set() {
    let server = guarded().await;
    let control = async |headers: &str| {
        let headers = format!("content-type: application/json\r\n{headers}");
        server.request("POST", "/api/control", &headers, br#"{"bpm":88}"#).await
    };
    let answer = control("").await;
    assert_eq!(answer.status, 401);
    assert!(answer.head.contains("www-authenticate: bearer"));
    assert_eq!(control("authorization: Bearer wrongwrong\r\n").await.status, 401);
    assert_eq!(server.get("/api/status").await.status, 200);
    let _ear = server.listen("").await;
    assert_eq!(control("authorization: Bearer steersteer\r\n").await.status, 200);
}

#[tokio::test]
async fn steering_by_websocket_needs_the_control_token_where_one_is_set() {
    let server = guarded().await;
    let mut visitor = server.listen("").await;
    visitor.say(r#"{"type":"control","id":1,"bpm":88}"#).await;
    let error = visitor.json("error").await;
    assert_eq!((&error["code"], &error["id"]), (&"forbidden".into(), &1.into()));
    visitor.json("audio_chunk").await;
    let mut owner = server.listen("?token=steersteer").await;
    owner.say(r#"{"type":"control","id":1,"bpm":88}"#).await;
    assert_eq!(owner.json("ack").await["state"]["bpm"], 88.0);
    assert_eq!(server.get("/ws/stream?token=wrongwrong").await.status, 401);
}

#[tokio::test]
async fn listening_needs_the_listen_token_where_one_is_set() {
    let access = Access { listen_token: secret("hearhear"), ..Access::default() };
    let server = start(Config { access, ..Config::default() }).await;
    for path in ["/api/status", "/api/metrics", "/api/score", "/ws/stream"] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
    }
    for path in ["/", "/healthz", "/api/openapi.json", "/api/controls"] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    let mut ear = server.listen("?token=hearhear").await;
    ear.json("audio_chunk").await;
    ear.say(r#"{"type":"control","bpm":88}"#).await;
    assert_eq!(ear.json("error").await["code"], "forbidden");
}

#[tokio::test]
async fn whoever_may_listen_may_steer_where_the_controls_are_open() {
    let access =
        Access { listen_token: secret("hearhear"), open_control: true, ..Access::default() };
    let server = start(Config { access, ..Config::default() }).await;
    assert_eq!(server.get("/api/status").await.status, 401);
    assert_eq!(server.post("/api/control", r#"{"bpm":88}"#).await.status, 401);
    let steered = server.post("/api/control?token=hearhear", r#"{"bpm":88}"#).await;
    assert_eq!((steered.status, &steered.json()["state"]["bpm"]), (200, &88.into()));
    let mut ear = server.listen("?token=hearhear").await;
    ear.say(r#"{"type":"control","bpm":89}"#).await;
    assert_eq!(ear.json("ack").await["state"]["bpm"], 89.0);
    assert_eq!(server.post("/api/stations?token=hearhear", "{}").await.status, 403);
}

#[tokio::test]
async fn controls_are_not_open_and_guarded_at_once() {
    let registry = Registry::start(StationConfig::new("main", 1), 1).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let access =
        Access { control_token: secret("steersteer"), open_control: true, ..Access::default() };
    let config = Config { access, ..Config::default() };
    let outcome = aeolian_server::run(listener, registry, config, std::future::ready(())).await;
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "the controls are both open to everybody and guarded by a control token: choose one"
    );
}

#[tokio::test]
async fn other_hosts_and_pages_from_elsewhere_are_refused() {
    let server = start(Config::default()).await;
    let rebound = b"GET /api/status HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert_eq!(crate::embedded::answer(&server.raw(rebound).await).status, 421);
    let none = b"GET /api/status HTTP/1.1\r\nconnection: close\r\n\r\n";
    assert_eq!(crate::embedded::answer(&server.raw(none).await).status, 400);
    let upgrade = "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: https://evil.example\r\n";
    assert_eq!(server.request("GET", "/ws/stream", upgrade, b"").await.status, 403);
    let control = "content-type: application/json\r\norigin: https://evil.example\r\n";
    assert_eq!(server.request("POST", "/api/control", control, b"{}").await.status, 403);
    assert_eq!(server.metric("aeolian_requests_forbidden_total").await, 2.0);

    let hosts = Hosts {
        allowed_hosts: vec!["radio.example".to_owned()],
        allowed_origins: vec!["https://evil.example".to_owned()],
    };
    let server = start(Config { hosts, ..Config::default() }).await;
    let named = b"GET /api/status HTTP/1.1\r\nhost: radio.example\r\nconnection: close\r\n\r\n";
    assert_eq!(crate::embedded::answer(&server.raw(named).await).status, 200);
    assert_eq!(server.request("POST", "/api/control", control, b"{}").await.status, 200);
}

#[tokio::test]
async fn pages_of_an_allowed_origin_may_read_the_answers_and_no_others() {
    let hosts =
        Hosts { allowed_origins: vec!["https://app.example".to_owned()], ..Hosts::default() };
    let server = start(Config { hosts, ..Config::default() }).await;
    let allowed = "access-control-allow-origin: https://app.example\r\n";
    for (origin, may) in [("https://app.example", true), ("https://evil.example", false)] {
        let from = format!("origin: {origin}\r\n");
        let read = server.request("GET", "/api/status", &from, b"").await;
        assert_eq!((read.status, read.head.contains(allowed)), (200, may), "{origin}");
        assert!(read.head.contains("vary: origin\r\n"), "caches keep them apart");
        let ask = format!(
            "{from}access-control-request-method: POST\r\n\
             access-control-request-headers: authorization,content-type\r\n"
        );
        let asked = server.request("OPTIONS", "/api/control", &ask, b"").await;
        assert_eq!((asked.status == 204, asked.head.contains(allowed)), (may, may), "{origin}");
        let headers = "access-control-allow-headers: authorization, content-type\r\n";
        assert_eq!(asked.head.contains(headers), may, "{origin}");
        // A refusal can be read too, to tell the page's user what was wrong.
        let wrong = format!("{from}content-type: application/json\r\n");
        let refused = server.request("POST", "/api/control", &wrong, br#"{"bpm":1}"#).await;
        assert_eq!(refused.status, if may { 422 } else { 403 }, "{origin}");
        assert_eq!(refused.head.contains(allowed), may, "{origin}");
    }
    let server = start(Config::default()).await;
    let nobody = server.request("GET", "/api/status", "origin: https://app.example\r\n", b"").await;
    assert!(!nobody.head.contains("access-control"));
}
