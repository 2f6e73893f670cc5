//! Several stations on one server.

use aeolian_score::harmony::ChordTables;
use aeolian_server::{Access, Config, Secret};
use aeolian_station::Config as StationConfig;

use crate::embedded::{start, start_playing, start_with};

#[tokio::test]
async fn a_station_is_made_heard_steered_and_ended_without_touching_the_others() {
    let server = start(Config::default()).await;
    let made = server.post("/api/stations", r#"{"name":"night","seed":9,"controls":{"bpm":61}}"#);
    let made = made.await;
    assert_eq!(made.status, 201);
    assert!(made.head.contains("location: /api/stations/night"));
    assert_eq!((&made.json()["seed"], &made.json()["state"]["bpm"]), (&9.into(), &61.into()));

    let (mut main, mut night) = (server.listen("").await, server.listen("?station=night").await);
    assert_eq!(night.json("welcome").await["station"], "night");
    night.json("audio_chunk").await;
    let steered = server.post("/api/control?station=night", r#"{"bpm":62}"#).await.json();
    assert_eq!(steered["state"]["bpm"], 62.0);
    assert_eq!(night.state(&steered["revision"]).await["bpm"], 62.0);
    let list = server.get("/api/stations").await.json();
    let seen = |i: usize| (list[i]["name"].clone(), list[i]["state"]["bpm"].clone());
    assert_eq!(seen(0), ("main".into(), 70.into()));
    assert_eq!(seen(1), ("night".into(), 62.into()));
    assert_eq!(list[1]["listeners"], 1);
    assert_eq!(server.get("/api/status?station=night").await.json()["station"], "night");

    assert_eq!(server.request("DELETE", "/api/stations/night", "", b"").await.status, 204);
    assert_eq!(night.close_code().await, Some(1001));
    assert_eq!(server.get("/api/status?station=night").await.status, 404);
    main.json("audio_chunk").await;
}

#[tokio::test]
async fn the_socket_of_a_listener_to_an_ended_station_is_closed_though_it_says_nothing() {
    let server = start(Config::default()).await;
    assert_eq!(server.post("/api/stations", r#"{"name":"night"}"#).await.status, 201);
    let request = format!(
        "GET /ws/stream?station=night HTTP/1.1\r\nhost: {}\r\nupgrade: websocket\r\n\
         connection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address
    );
    let end = async {
        while server.get("/api/status?station=night").await.json()["listeners"] != 1 {}
        assert_eq!(server.request("DELETE", "/api/stations/night", "", b"").await.status, 204);
    };
    let (heard, ()) = tokio::join!(server.raw(request.as_bytes()), end);
    let goodbye = b"the station has ended";
    assert!(heard.windows(goodbye.len()).any(|window| window == goodbye));
}

#[tokio::test]
async fn a_station_that_is_made_has_the_chord_tables_of_the_main_one() {
    let mut main = StationConfig::new("main", 7);
    main.chords = ChordTables::from_toml(
        "mode = \"minor\"\nstart = { i = 1.0 }\n[next]\ni = { IV = 1.0 }\nIV = { i = 1.0 }\n",
    )
    .unwrap();
    let server = start_playing(main, 8, Config::default()).await;
    assert_eq!(server.post("/api/stations", r#"{"name":"twin","seed":7}"#).await.status, 201);
    let main = server.get("/api/score").await.json();
    let twin = server.get("/api/score?station=twin").await.json();
    assert!(main["phrases"][0].is_object());
    assert_eq!(main["phrases"], twin["phrases"]);
}

#[tokio::test]
async fn stations_that_cannot_be_made_or_ended_are_refused_with_the_reason() {
    let server = start_with(2, Config::default()).await;
    let wrong = server.post("/api/stations", r#"{"name":7,"seed":"x","controls":{"key":"H"}}"#);
    assert_eq!(wrong.await.wrong_fields(), ["name", "seed", "controls.key"]);
    let wrong = server.post("/api/stations", r#"{"name":"../x"}"#).await;
    assert_eq!(wrong.wrong_fields(), ["name"]);
    assert_eq!(server.post("/api/stations", r#"{"name":"main"}"#).await.status, 409);
    assert_eq!(server.post("/api/stations", r#"{"name":"two"}"#).await.status, 201);
    assert_eq!(server.post("/api/stations", r#"{"name":"three"}"#).await.status, 409);
    assert_eq!(server.metric("aeolian_limit_hits_total{limit=\"stations\"}").await, 1.0);
    assert_eq!(server.request("DELETE", "/api/stations/main", "", b"").await.status, 409);
    assert_eq!(server.request("DELETE", "/api/stations/nope", "", b"").await.status, 404);
    assert_eq!(server.request("DELETE", "/api/stations/two", "", b"").await.status, 204);
    assert_eq!(server.metric("aeolian_stations").await, 1.0);
}

#[tokio::test]
async fn a_station_that_is_refused_is_told_what_was_given_as_it_was_given() {
    let server = start(Config::default()).await;
    let refused = async |body: &str| {
        let answer = server.post("/api/stations", body).await;
        assert_eq!(answer.status, 422, "{body}");
        answer.json()
    };
    let problem = refused(r#"{"seed":-1,"bpm":7}"#).await;
    assert_eq!(
        problem["detail"],
        "name: not given; allowed is a text; \
         seed: -1 is not allowed; allowed is a whole number from 0 to 18446744073709551615; \
         bpm: 7 is not allowed; allowed is one of the fields name, seed, controls"
    );
    assert_eq!(problem["errors"][0]["given"], "not given");
    let problem = refused(r#"{"name":"a","seed":"x","controls":[1]}"#).await;
    let given = |i: usize| problem["errors"][i]["given"].clone();
    assert_eq!((given(0), given(1)), ("\"x\"".into(), "[1]".into()));
    assert_eq!(refused(r#""text""#).await["errors"][0]["given"], "\"text\"");
}

#[tokio::test]
async fn making_and_ending_stations_needs_the_admin_token_once_any_token_is_set() {
    let secret = |text: &str| Some(Secret::new(text).unwrap());
    let access = Access {
        control_token: secret("steersteer"),
        admin_token: secret("rulerule"),
        ..Access::default()
    };
    let server = start(Config { access, ..Config::default() }).await;
    for (token, status) in [("", 401), ("steersteer", 403), ("rulerule", 201)] {
        let authorization = match token {
            "" => String::new(),
            token => format!("authorization: Bearer {token}\r\n"),
        };
        let headers = format!("content-type: application/json\r\n{authorization}");
        let answer = server.request("POST", "/api/stations", &headers, br#"{"name":"two"}"#).await;
        assert_eq!(answer.status, status, "{token}");
    }
    assert_eq!(server.request("DELETE", "/api/stations/two", "", b"").await.status, 401);
    assert_eq!(server.get("/api/stations").await.json().as_array().unwrap().len(), 2);
}
