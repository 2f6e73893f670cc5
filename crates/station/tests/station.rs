//! Stations on their own threads, in real time, as a server uses them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "this is not the render side"
)]

use std::collections::BTreeMap;

use aeolian_codec::{Codec, pcm};
use aeolian_hub::{Event, Listener};
use aeolian_piece::{CHUNK_SAMPLES, History, Offline};
use aeolian_score::control::Controls;
use aeolian_score::rng::Rng;
use aeolian_score::{Change, Composer};
use aeolian_station::{Config, Error, Registry, Station, Store};
use serde_json::Value;

fn change(json: &str) -> Change {
    let value: Value = serde_json::from_str(json).unwrap();
    Change::from_json(value.as_object().unwrap()).unwrap()
}

/// The next chunk: its number, whether there is a gap before it, and its bytes.
async fn next_audio(listener: &mut Listener) -> Option<(u64, bool, Vec<u8>)> {
    loop {
        match listener.next().await {
            Event::Audio(audio) => {
                return Some((audio.packet.chunk(), audio.gap, audio.bytes().to_vec()));
            }
            Event::News(_) => {}
            Event::Evicted | Event::Ended => return None,
        }
    }
}

async fn hear(listener: &mut Listener, chunks: usize) -> BTreeMap<u64, Vec<u8>> {
    let mut heard = BTreeMap::new();
    while heard.len() < chunks {
        let (seq, _, payload) = next_audio(listener).await.unwrap();
        heard.insert(seq, payload);
    }
    heard
}

#[tokio::test]
async fn two_listeners_get_identical_chunks_for_the_same_seq() {
    let station = Station::start(Config::new("main", 3)).unwrap();
    for codec in Codec::all() {
        let mut first = station.join(codec, 400);
        let early = hear(&mut first, 6).await;
        let mut second = station.join(codec, 400);
        let (rest, late) = tokio::join!(hear(&mut first, 12), hear(&mut second, 12));
        let mut shared = 0;
        for (seq, payload) in early.iter().chain(&rest) {
            if let Some(other) = late.get(seq) {
                assert!(payload == other, "chunk {seq} differs");
                shared += 1;
            }
        }
        assert!(shared > 8, "{shared}");
    }
}

#[tokio::test]
async fn a_stalled_listener_never_blocks_the_render_thread_or_another_listener() {
    let station = Station::start(Config::new("main", 3)).unwrap();
    let mut stalled: Vec<_> = (0..100).map(|_| station.join(Codec::Pcm, 400)).collect();
    for listener in &mut stalled {
        next_audio(listener).await.unwrap();
    }
    let mut reader = station.join(Codec::Pcm, 400);
    let heard = hear(&mut reader, 30).await;
    let seqs: Vec<_> = heard.keys().copied().collect();
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
    assert_eq!(station.stats().underruns.get(), 0);
    // Who comes back is moved to the live edge, and told so.
    for listener in &mut stalled {
        assert!(listener.behind() > 5);
        let (seq, gap, _) = next_audio(listener).await.unwrap();
        assert!(gap);
        assert!(seq + 3 > *heard.keys().last().unwrap(), "{seq}");
    }
    assert_eq!(station.stats().hub.lagged.get(), 100);
}

#[tokio::test]
async fn live_on_threads_equals_offline_for_the_same_control_log() {
    let station = Station::start(Config::new("main", 11)).unwrap();
    let mut listener = station.join(Codec::Pcm, 400);
    let mut rng = Rng::at(5, 5, 5);
    let mut live = Vec::new();
    let mut frames = Vec::new();
    for _ in 0..60 {
        let (.., samples) = next_audio(&mut listener).await.unwrap();
        live.extend(samples.chunks(2).map(|s| i16::from_le_bytes([s[0], s[1]])));
        if rng.chance(0.4) {
            let wait = std::time::Duration::from_micros(u64::from(rng.below(90_000)));
            tokio::time::sleep(wait).await;
            let json = format!(r#"{{"bpm":{},"key":"{}"}}"#, 60 + rng.below(60), rng.below(12));
            let state = station.control(change(&json)).await.unwrap();
            frames.push((state.revision, state.frame));
        }
    }
    let log: Vec<_> = station.log().entries().cloned().collect();
    assert!(log.len() > 10);
    assert_eq!(log.iter().map(|e| (e.revision, e.frame)).collect::<Vec<_>>(), frames);
    let mut offline = Offline::with_log(11, Controls::default(), &log);
    let mut rendered = vec![0.0; live.len()];
    offline.render(&mut rendered);
    let mut expected = vec![0; live.len()];
    pcm::to_s16(11, 0, &rendered, &mut expected);
    let differing = live.iter().zip(&expected).position(|(a, b)| a != b);
    assert_eq!(differing.map(|sample| sample / CHUNK_SAMPLES), None);
}

#[tokio::test]
async fn a_change_that_waits_waits_at_whatever_moment_it_is_asked_for() {
    let station = Station::start(Config::new("main", 3)).unwrap();
    let mut listener = station.join(Codec::Pcm, 400);
    hear(&mut listener, 4).await;
    let (later, now) = (change(r#"{"space":0.1,"apply":"phrase"}"#), change(r#"{"bpm":80}"#));
    let first = station.control(later.clone()).await.unwrap().frame;
    for _ in 0..255 {
        assert_eq!(station.control(later.clone()).await.unwrap().frame, first);
    }
    assert_eq!(station.log().entries().len(), 0);
    assert!(station.control(now).await.unwrap().frame < first);
}

#[tokio::test]
async fn a_kept_station_goes_on_with_its_music_where_it_left_off() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let registry = Registry::start_kept(store, Config::new("main", 11), 4).unwrap();
    let station = registry.get("main").unwrap();
    let mut listener = station.join(Codec::Pcm, 400);
    hear(&mut listener, 6).await;
    station.control(change(r#"{"bpm":90,"key":"D dorian","intensity":0.9}"#)).await.unwrap();
    let (state, phrases) = (station.state(), station.score());
    let heard = hear(&mut listener, 8).await;
    registry.stop();
    let log: Vec<_> = station.log().entries().cloned().collect();
    drop((listener, station, registry));

    let store = Store::open(folder.path()).unwrap();
    let registry = Registry::start_kept(store, Config::new("main", 5), 4).unwrap();
    let station = registry.get("main").unwrap();
    assert_eq!((station.seed(), station.state()), (11, state));
    assert_eq!(station.log().entries().cloned().collect::<Vec<_>>(), log);
    assert_eq!(station.score(), phrases);
    let mut listener = station.join(Codec::Pcm, 400);
    let first = next_audio(&mut listener).await.unwrap().0;
    let last = *heard.keys().last().unwrap();
    assert!((last..last + 5).contains(&(first - 1)), "{first} after {last}");
    let next = station.control(change(r#"{"bpm":91}"#)).await.unwrap();
    assert_eq!(next.revision, state.revision + 1);

    // What it plays is composed from the whole log.
    let log: Vec<_> = station.log().entries().cloned().collect();
    let frames = next.frame + 44_100;
    let history = History::compose(Composer::new(11), Controls::default(), &log, frames);
    assert_eq!(history.phrases().last(), station.score().first());
}

#[tokio::test]
async fn a_station_that_ends_tells_its_listeners_and_refuses_controls() {
    let station = Station::start(Config::new("main", 3)).unwrap();
    let mut listener = station.join(Codec::Pcm, 400);
    next_audio(&mut listener).await.unwrap();
    let other = station.clone();
    station.stop();
    station.stop();
    assert!(next_audio(&mut listener).await.is_none());
    assert!(matches!(other.control(change(r#"{"bpm":80}"#)).await, Err(Error::Ended)));
    drop(other);
    let last = Station::start(Config::new("main", 3)).unwrap();
    let mut listener = last.join(Codec::Pcm, 400);
    drop(last);
    while next_audio(&mut listener).await.is_some() {}
}

#[test]
fn a_lead_that_the_ring_cannot_hold_is_refused() {
    let mut config = Config::new("main", 3);
    config.lead_ms = 900;
    let error = Station::start(config).err().unwrap().to_string();
    assert_eq!(error, "lead_ms: 900 is not allowed; allowed is 150 to 800");
}
