//! What a listener of `/ws/stream` can rely on.

use crate::embedded::start;
use aeolian_score::Change;
use aeolian_server::Config;
use base64_simd::STANDARD;

#[tokio::test]
async fn a_listener_is_welcomed_and_hears_every_chunk_in_order() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    let welcome = ear.json("welcome").await;
    assert_eq!(welcome["protocol"], 1);
    assert_eq!(welcome["station"], "main");
    assert_eq!(welcome["sample_rate"], 44_100);
    assert_eq!(welcome["channels"], 2);
    assert_eq!(welcome["encoding"], "pcm_s16le");
    assert_eq!(welcome["chunk_frames"], 4_410);
    assert_eq!(welcome["state"]["key"], "A");
    let mut frame = welcome["frame"].as_u64().unwrap();
    for _ in 0..8 {
        let chunk = ear.json("audio_chunk").await;
        assert_eq!(chunk["frame"], frame);
        assert_eq!(chunk["seq"], frame / 4_410);
        assert_eq!(chunk["num_samples"], 4_410);
        assert_eq!(chunk["duration_ms"], 100);
        let data = STANDARD.decode_to_vec(chunk["data"].as_str().unwrap()).unwrap();
        assert_eq!(data.len(), 4_410 * 4);
        assert!(chunk.get("discontinuity").is_none());
        frame += 4_410;
    }
}

#[tokio::test]
async fn the_same_seq_is_the_same_sound_for_everybody_in_every_format() {
    let server = start(Config::default()).await;
    let (mut one, mut two) = (server.listen("").await, server.listen("?format=json").await);
    let mut three = server.listen("?format=pcm&station=main").await;
    let mut heard: Vec<(u64, Vec<u8>)> = Vec::new();
    for _ in 0..10 {
        let chunk = one.json("audio_chunk").await;
        let data = STANDARD.decode_to_vec(chunk["data"].as_str().unwrap()).unwrap();
        heard.push((chunk["seq"].as_u64().unwrap(), data));
    }
    let same = |seq: u64, data: &[u8]| {
        let known = heard.iter().find(|(known, _)| *known == seq);
        known.inspect(|(_, known)| assert_eq!(known, data, "seq {seq}")).is_some()
    };
    let mut shared = [0, 0];
    for _ in 0..8 {
        let chunk = two.json("audio_chunk").await;
        let data = STANDARD.decode_to_vec(chunk["data"].as_str().unwrap()).unwrap();
        shared[0] += usize::from(same(chunk["seq"].as_u64().unwrap(), &data));
    }
    while shared[1] < 5 {
        let message = three.message().await.unwrap();
        if !message.is_binary() {
            continue;
        }
        let payload = message.as_payload();
        let seq = u32::from_le_bytes(payload[..4].try_into().unwrap());
        let frame = u64::from_le_bytes(payload[4..12].try_into().unwrap());
        assert_eq!(frame, u64::from(seq) * 4_410);
        assert_eq!(payload.len(), 16 + 4_410 * 4);
        shared[1] += usize::from(same(u64::from(seq), &payload[16..]));
    }
    assert!(shared[0] >= 5, "{shared:?}");
}

#[tokio::test]
async fn a_control_is_acknowledged_to_its_sender_and_told_to_everybody() {
    let server = start(Config::default()).await;
    let (mut sender, mut other) = (server.listen("").await, server.listen("?format=pcm").await);
    other.json("welcome").await;
    sender.json("welcome").await;
    sender.say(r#"{"type":"control","id":"mine","bpm":80,"key":"D dorian"}"#).await;
    let ack = sender.json("ack").await;
    assert_eq!(ack["id"], "mine");
    assert_eq!(ack["state"]["bpm"], 80.0);
    assert_eq!(ack["state"]["mode"], "dorian");
    let told = other.state(&ack["revision"]).await;
    assert_eq!(told["frame"], ack["frame"]);
    assert_eq!(told["bpm"], 80.0);
    let by_rest = server.control(r#"{"intensity":0.9}"#).await;
    assert_eq!(by_rest.status, 200);
    let by_rest = by_rest.json();
    assert!(by_rest["revision"].as_u64() > ack["revision"].as_u64());
    assert_eq!(by_rest["state"]["bpm"], 80.0);
    for ear in [&mut sender, &mut other] {
        assert_eq!(ear.state(&by_rest["revision"]).await["frame"], by_rest["frame"]);
    }
}

#[tokio::test]
async fn wrong_messages_are_answered_and_the_stream_goes_on() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    for (message, code, field) in [
        ("garbage", "bad_json", ""),
        ("[1]", "bad_json", ""),
        (r#"{"type":"dance"}"#, "unknown_type", "type"),
        (r#"{"type":"control","id":1,"bpm":300}"#, "bad_control", "bpm"),
        (r#"{"type":"control","id":1,"intensity":"loud"}"#, "bad_control", "intensity"),
        (r#"{"type":"control","id":1,"key":"H"}"#, "bad_control", "key"),
        (r#"{"type":"report","buffer_ms":"much"}"#, "bad_report", "buffer_ms"),
    ] {
        ear.say(message).await;
        let error = ear.json("error").await;
        assert_eq!(error["code"], code, "{message} gave {error}");
        assert_eq!(error["field"].as_str().unwrap_or(""), field, "{message} gave {error}");
        if code == "bad_control" {
            assert_eq!(error["id"], 1);
            assert!(error["message"].as_str().unwrap().contains("allowed"));
        }
    }
    ear.say(r#"{"type":"ping","t":12.5}"#).await;
    assert_eq!(ear.json("pong").await["t"], 12.5);
    ear.json("audio_chunk").await;
    assert_eq!(server.metric("aeolian_controls_refused_total").await, 3.0);
}

#[tokio::test]
async fn a_control_that_is_one_too_many_is_refused_by_its_id() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    for id in 0..60 {
        ear.say(&format!(r#"{{"type":"control","id":{id},"bpm":80}}"#)).await;
    }
    let first = ear.json("error").await;
    assert_eq!(first["code"], "rate_limit");
    assert!(first["message"].as_str().unwrap().contains("20 a second, 40 at once"), "{first}");
    let id = first["id"].as_u64().unwrap();
    assert!((40..60).contains(&id), "{first}");
    assert_eq!(ear.json("error").await["id"], id + 1);
}

#[tokio::test]
async fn a_control_that_a_station_has_no_room_for_is_refused_by_a_code_like_the_others() {
    let server = start(Config::default()).await;
    let later = serde_json::json!({"space": 0.1, "apply": "phrase"});
    let later = Change::from_json(later.as_object().unwrap()).unwrap();
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    for _ in 0..256 {
        server.station.control(later.clone()).await.unwrap();
    }
    ear.say(r#"{"type":"control","id":1,"bpm":80,"apply":"phrase"}"#).await;
    let error = ear.json("error").await;
    assert_eq!((&error["code"], &error["id"]), (&"too_many".into(), &1.into()));
}

#[tokio::test]
async fn what_listeners_report_is_counted() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    ear.say(r#"{"type":"report","buffer_ms":350,"underruns":2,"rate":1.0}"#).await;
    ear.say(r#"{"type":"report","buffer_ms":40,"underruns":3,"rate":1.0}"#).await;
    ear.say(r#"{"type":"ping","t":0}"#).await;
    ear.json("pong").await;
    assert_eq!(server.metric("aeolian_client_underruns_total").await, 3.0);
    assert_eq!(server.metric("aeolian_client_buffer_seconds_count").await, 2.0);
    assert_eq!(server.metric("aeolian_client_buffer_seconds_bucket{le=\"0.05\"}").await, 1.0);
}

#[tokio::test]
async fn every_chunk_that_is_sent_when_it_is_released_is_counted_with_its_lateness() {
    let server = start(Config::default()).await;
    let mut ears = [server.listen("").await, server.listen("").await];
    let count = "aeolian_send_seconds_count";
    let released = "aeolian_chunks_released_total{station=\"main\"}";
    let first = ears[0].json("audio_chunk").await["seq"].as_u64().unwrap();
    let released_before = server.metric(released).await;
    let before = server.metric(count).await;
    let mut seq = first;
    while seq < first + 20 {
        seq = ears[0].json("audio_chunk").await["seq"].as_u64().unwrap();
    }
    while ears[1].json("audio_chunk").await["seq"].as_u64().unwrap() < seq {}
    let counted = server.metric(count).await - before;
    let most = 2.0 * (server.metric(released).await - released_before);
    // What a new listener is sent at once is not counted.
    assert!((20.0..=most).contains(&counted), "{counted} of two listeners' {most} chunks");
    let all = server.metric("aeolian_send_seconds_bucket{le=\"+Inf\"}").await;
    assert!(all >= before + counted);
    assert!(server.metric("aeolian_send_seconds_sum").await > 0.0);
}

#[tokio::test]
async fn listeners_are_told_when_the_server_or_the_station_ends() {
    let mut server = start(Config::default()).await;
    let (mut one, mut two) = (server.listen("").await, server.listen("?format=pcm").await);
    one.json("welcome").await;
    two.json("welcome").await;
    let (one, two, ()) = tokio::join!(one.close_code(), two.close_code(), server.end());
    assert_eq!((one, two), (Some(1001), Some(1001)));

    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    server.station.stop();
    assert_eq!(ear.close_code().await, Some(1001));
    assert_eq!(server.control(r#"{"bpm":90}"#).await.status, 503);
}

#[tokio::test]
async fn a_listener_leaves_no_trace() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    let listening = "aeolian_listeners{station=\"main\",format=\"json\"}";
    assert_eq!(server.metric(listening).await, 1.0);
    ear.say_goodbye(1000).await;
    assert_eq!(ear.close_code().await, Some(1000));
    while server.metric(listening).await > 0.0 {
        tokio::task::yield_now().await;
    }
}
