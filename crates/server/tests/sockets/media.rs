//! What any player can open.

use std::time::Duration;

use aeolian_codec::container;
use aeolian_server::{Access, Config, Limits, Secret};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::embedded::{Ear, Embedded, answer, start, start_with_small_sockets};

/// The path of each container's stream.
fn streams() -> impl Iterator<Item = String> {
    container::ROWS.iter().map(|row| format!("/stream.{}", row.name))
}

/// The first `length` bytes of an endless body. HTTP/1.0 has no chunks to take apart.
async fn play(server: &Embedded, path: &str, length: usize) -> (String, Vec<u8>) {
    play_asking(server, path, "", length).await
}

/// The same, asked for with more headers.
async fn play_asking(
    server: &Embedded,
    path: &str,
    headers: &str,
    length: usize,
) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.0\r\nhost: {}\r\n{headers}\r\n", server.address);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (answer(&head).head, body)
}

#[tokio::test]
async fn a_player_of_wav_hears_what_listeners_hear() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("?format=pcm").await;
    let (head, body) = play(&server, "/stream.wav", 44 + 20 * 17_640).await;
    assert!(head.contains("content-type: audio/wav"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert_eq!(&body[..4], b"RIFF");
    let played: Vec<&[u8]> = body[44..].chunks_exact(17_640).collect();
    let mut same = 0;
    while same < 5 {
        let message = ear.message().await.unwrap();
        if message.is_binary() {
            let heard = &message.as_payload()[16..];
            same += usize::from(played.contains(&heard));
        }
    }
}

#[tokio::test]
async fn a_player_of_opus_gets_a_packet_for_each_chunk() {
    let server = start(Config::default()).await;
    let (head, body) = play(&server, "/stream.opus?station=main", 20_000).await;
    assert!(head.contains("content-type: audio/ogg"), "{head}");
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(body));
    let mut packets = Vec::new();
    while let Ok(Some(packet)) = reader.read_packet() {
        packets.push((packet.absgp_page(), packet.data));
    }
    assert!(packets[0].1.starts_with(b"OpusHead"));
    assert!(packets[1].1.starts_with(b"OpusTags"));
    assert!(packets.len() > 8, "{}", packets.len());
    for (i, (time, data)) in packets[2..].iter().enumerate() {
        assert_eq!(*time, 4_800 * (i as u64 + 1));
        assert_eq!(data[0] & 3, 3, "a packet of several frames");
        assert_eq!(data[1] & 0x3F, 5, "of five");
    }
}

#[tokio::test]
async fn a_player_of_flac_hears_what_listeners_hear_wherever_it_joins() {
    let server = start(Config::default()).await;
    let mut ear = server.listen("?format=pcm").await;
    let mut heard = Vec::new();
    hear(&mut ear, 25, &mut heard).await;
    let head = server.request("HEAD", "/stream.flac", "", b"").await.head;
    assert!(head.contains("content-type: audio/flac"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    let (_, body) = play(&server, "/stream.flac?station=main", 100_000).await;
    let mut reader = claxon::FlacReader::new(&body[..]).unwrap();
    assert_eq!(reader.streaminfo().samples, None);
    // The last frame is cut off.
    let samples = reader.samples().map_while(Result::ok);
    let bytes: Vec<u8> = samples.flat_map(|s| (s as i16).to_le_bytes()).collect();
    let played: Vec<&[u8]> = bytes.chunks_exact(17_640).collect();
    hear(&mut ear, 15, &mut heard).await;
    let second = heard.iter().position(|chunk| chunk == played[1]).unwrap();
    assert!(second > 1, "in the middle of the music");
    assert!(heard[second..second + 5] == played[1..6]);
    // The first is faded in, within 10 ms.
    let (rise, rest) = played[0].split_at(441 * 4);
    assert!(rise[..4] == [0; 4] && rest == &heard[second - 1][441 * 4..]);
}

#[tokio::test]
async fn pages_of_every_origin_may_play_a_stream() {
    let server = start(Config::default()).await;
    for path in streams() {
        let (head, _) = play(&server, &path, 1_000).await;
        let policies = head.lines().filter(|line| line.starts_with("cross-origin-resource-policy"));
        let policies: Vec<_> = policies.collect();
        assert_eq!(policies, ["cross-origin-resource-policy: cross-origin"], "{path}");
    }
}

#[tokio::test]
async fn each_stream_says_what_its_row_says() {
    let server = start(Config::default()).await;
    for row in container::ROWS {
        let path = format!("/stream.{}", row.name);
        let (head, _) = play(&server, &path, 1_000).await;
        assert!(head.contains(&format!("content-type: {}\r\n", row.content_type)), "{head}");
        let rate = row.kbps.map(|kbps| format!("icy-br: {kbps}\r\n"));
        match rate {
            Some(rate) => assert!(head.contains(&rate) && head.contains("icy-name: aeolian: main")),
            None => assert!(!head.contains("icy-"), "{head}"),
        }
        assert_eq!(
            server.request("HEAD", &path, "", b"").await.head.contains("icy-br"),
            row.kbps.is_some()
        );
    }
}

#[tokio::test]
async fn a_player_that_asks_for_titles_is_told_what_sounds() {
    let server = start(Config::default()).await;
    for path in streams() {
        let (head, body) = play_asking(&server, &path, "Icy-MetaData: 1\r\n", 17_000).await;
        assert!(head.contains("icy-metaint: 16000"), "{path}: {head}");
        let text = &body[16_001..][..usize::from(body[16_000]) * 16];
        let title = std::str::from_utf8(text).unwrap().trim_end_matches('\0');
        let now = server.get("/api/status").await.json()["now_playing"].clone();
        let (key, section) = (now["key"].as_str().unwrap(), now["section"].as_str().unwrap());
        let begin = format!("StreamTitle='main: {key}, ");
        assert!(title.starts_with(&begin) && title.ends_with(&format!(", {section}';")), "{title}");
    }
    let (head, body) = play(&server, "/stream.wav", 16_001).await;
    assert!(!head.contains("icy-") && body.starts_with(b"RIFF"));
}

/// The samples of so many more chunks.
async fn hear(ear: &mut Ear, chunks: usize, heard: &mut Vec<Vec<u8>>) {
    let until = heard.len() + chunks;
    while heard.len() < until {
        let message = ear.message().await.unwrap();
        if message.is_binary() {
            heard.push(message.as_payload()[16..].to_vec());
        }
    }
}

#[tokio::test]
async fn players_are_listeners_like_others() {
    let limits = Limits { listeners: 1, ..Limits::default() };
    let server = start(Config { limits, ..Config::default() }).await;
    let head = server.request("HEAD", "/stream.wav", "", b"").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let mut ear = server.listen("").await;
    ear.json("audio_chunk").await;
    for path in streams() {
        assert_eq!(server.get(&path).await.status, 503, "{path}");
        assert_eq!(server.get(&format!("{path}?station=nope")).await.status, 404, "{path}");
    }
    assert_eq!(server.request("POST", "/stream.wav", "", b"").await.status, 405);
}

/// A player that has asked for a stream and holds little that it has not read.
async fn small_player(server: &Embedded) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    socket2::SockRef::from(&stream).set_recv_buffer_size(4096).unwrap();
    stream.write_all(b"GET /stream.wav HTTP/1.0\r\nhost: localhost\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn a_player_that_never_reads_is_closed_and_counted() {
    let limits = Limits { stall_timeout: Duration::from_millis(500), ..Limits::default() };
    let server = start_with_small_sockets(Config { limits, ..Config::default() }).await;
    let _player = small_player(&server).await;
    let mut ear = server.listen("").await;
    let stalled = "aeolian_limit_hits_total{limit=\"stall_timeout\"}";
    while server.metric(stalled).await < 1.0 {
        ear.json("audio_chunk").await;
    }
    assert_eq!(server.metric("aeolian_evicted_total").await, 1.0);
    assert_eq!(server.metric("aeolian_listeners{station=\"main\",format=\"pcm\"}").await, 0.0);
}

#[tokio::test]
async fn a_player_that_reads_too_slowly_is_sent_away_and_counted() {
    let server = start_with_small_sockets(Config::default()).await;
    let mut player = small_player(&server).await;
    // A quarter of what is played.
    while player.read_exact(&mut [0; 4410]).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.metric("aeolian_evicted_total").await, 1.0);
    assert_eq!(server.metric("aeolian_limit_hits_total{limit=\"stall_timeout\"}").await, 0.0);
}

#[tokio::test]
async fn a_stream_ends_with_the_server() {
    let mut server = start(Config::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /stream.wav HTTP/1.0\r\nhost: localhost\r\n\r\n").await.unwrap();
    stream.read_u8().await.unwrap();
    let mut rest = Vec::new();
    let (read, ()) = tokio::join!(stream.read_to_end(&mut rest), server.end());
    read.unwrap();
}

#[tokio::test]
async fn the_play_list_names_the_streams_of_this_host_with_the_token_given() {
    let secret = Some(Secret::new("hear+hear").unwrap());
    let access = Access { listen_token: secret, ..Access::default() };
    let server = start(Config { access, ..Config::default() }).await;
    assert_eq!(server.get("/listen.m3u").await.status, 401);
    let list = server.get("/listen.m3u?token=hear%2Bhear").await;
    assert!(list.head.contains("content-type: audio/x-mpegurl"));
    let opus = format!("http://{}/stream.opus?station=main&token=hear%2Bhear", server.address);
    assert!(list.text().lines().any(|line| line == opus), "{}", list.text());
    let path = opus.split_once(&server.address.to_string()).unwrap().1;
    assert_eq!(server.request("HEAD", path, "", b"").await.status, 200);
}
