//! Streams for any player: an address that VLC, mpv, a hi-fi or an `<audio>` element can open.

mod icy;
pub(crate) mod playlist;

use std::sync::Arc;
use std::time::Instant;

use aeolian_codec::container::{OggOpus, wav};
use aeolian_codec::{Codec, flac};
use aeolian_hub::{BURST_MS_MAX, Event, Listener};
use aeolian_station::Station;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request};

use crate::access::Role;
use crate::audience::Seat;
use crate::page::CROSS_ORIGIN_RESOURCE_POLICY;
use crate::problem::Problem;
use crate::request::ToStation;
use crate::serve::{Life, Peer};
use crate::server::{Server, Visit};
use icy::Icy;

/// The sound as a WAV file that does not end.
#[utoipa::path(
    get,
    path = "/stream.wav",
    tag = "media",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "The stream; with `Icy-MetaData: 1` titles are woven in", content_type = "audio/wav"),
        (status = 503, description = "No room for another listener", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn wav(
    State(server): State<Arc<Server>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    broadcast(server, request, Codec::Pcm, "audio/wav", |_| Ok(Container::Wav))
}

/// The sound as Opus in Ogg.
#[utoipa::path(
    get,
    path = "/stream.opus",
    tag = "media",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "The stream; with `Icy-MetaData: 1` titles are woven in", content_type = "audio/ogg"),
        (status = 503, description = "No room for another listener", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn opus(
    State(server): State<Arc<Server>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    broadcast(server, request, Codec::Opus, "audio/ogg; codecs=opus", |title| {
        let comments = vec!["ARTIST=Aeolian".to_owned(), format!("TITLE={title}")];
        // A decoder that begins in the middle begins softly: nothing of that is left out.
        Ok(Container::OggOpus(OggOpus::new(0, comments)))
    })
}

/// The sound as FLAC: lossless.
#[utoipa::path(
    get,
    path = "/stream.flac",
    tag = "media",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "The stream; with `Icy-MetaData: 1` titles are woven in", content_type = "audio/flac"),
        (status = 503, description = "No room for another listener", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn flac(
    State(server): State<Arc<Server>>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    broadcast(server, request, Codec::Flac, "audio/flac", |title| {
        let head = flac::head(title);
        let head = head.map_err(|_| Problem::unavailable("There is no FLAC now."))?;
        Ok(Container::Flac(head.into()))
    })
}

/// What the packets are wrapped in.
enum Container {
    Wav,
    /// What comes before the first frame.
    Flac(Bytes),
    OggOpus(OggOpus),
}

impl Container {
    /// What comes before the first packet.
    fn head(&mut self) -> Bytes {
        match self {
            Container::Wav => Bytes::from_static(&wav::HEAD),
            Container::Flac(head) => std::mem::take(head),
            Container::OggOpus(ogg) => ogg.head(),
        }
    }

    /// A packet's audio in the container.
    fn wrap(&mut self, audio: Bytes) -> Bytes {
        match self {
            Container::Wav | Container::Flac(_) => audio,
            Container::OggOpus(ogg) => ogg.page(&audio),
        }
    }
}

/// One player's stream, until it leaves, falls behind, or the station or the server ends.
struct Broadcast {
    station: Station,
    listener: Listener,
    container: Container,
    /// For a player that asks for titles.
    icy: Option<Icy>,
    life: Life,
    entry: Entry,
    _seat: Seat,
}

impl Broadcast {
    /// The next piece of the stream, with titles where the player asks for them.
    fn titled(&mut self, piece: Bytes) -> Bytes {
        let station = &self.station;
        let title = || match station.now_playing() {
            Some(now) => format!("{}: {}, {}, {}", station.name(), now.key, now.chord, now.section),
            None => station.name().to_owned(),
        };
        match &mut self.icy {
            Some(icy) => icy.weave(piece, title),
            None => piece,
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let event = tokio::select! {
                event = self.listener.next() => event,
                () = self.life.ended() => {
                    self.entry.reason = "the server ends";
                    return None;
                }
            };
            match event {
                Event::Audio(audio) => {
                    let bytes = self.container.wrap(audio.bytes());
                    let bytes = self.titled(bytes);
                    self.entry.server.stats.bytes_sent.add(bytes.len() as u64);
                    self.entry.bytes += bytes.len() as u64;
                    return Some(bytes);
                }
                Event::News(_) => {}
                Event::Evicted => {
                    self.entry.reason = BEHIND;
                    return None;
                }
                Event::Ended => {
                    self.entry.reason = "the station ended";
                    return None;
                }
            }
        }
    }
}

/// Why a player is sent away that does not keep up.
const BEHIND: &str = "fell too far behind";

/// Why a player is cut off that does not read.
const STALLED: &str = "the listener stopped reading";

/// What the log is told of a player's session, in one line, when it is over.
struct Entry {
    server: Arc<Server>,
    session: u64,
    peer: Option<Peer>,
    station: String,
    path: String,
    started: Instant,
    bytes: u64,
    reason: &'static str,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.peer.as_ref().is_some_and(|peer| peer.stalled.get()) {
            self.reason = STALLED;
        }
        if [BEHIND, STALLED].contains(&self.reason) {
            self.server.stats.evicted.add(1);
        }
        tracing::info!(
            session = self.session,
            peer = self.peer.as_ref().map(|peer| display(peer.address)),
            station = self.station,
            path = self.path,
            seconds = self.started.elapsed().as_secs(),
            bytes = self.bytes,
            reason = self.reason,
            "session ended"
        );
    }
}

fn broadcast(
    server: Arc<Server>,
    mut request: Request<Body>,
    codec: Codec,
    content_type: &'static str,
    container: impl FnOnce(&str) -> Result<Container, Problem>,
) -> Result<Response, Problem> {
    let Visit { station, .. } = server.visit(request.headers(), request.uri(), Role::Listen)?;
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (ACCEPT_RANGES, HeaderValue::from_static("none")),
        // Any page may play it, as any player may: in an `<audio>` element it cannot be read.
        (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    ]);
    let icy = icy::is_asked_for(request.headers()).then(Icy::new);
    if icy.is_some() {
        headers.insert("icy-metaint", HeaderValue::from(icy::INTERVAL_BYTES));
    }
    if request.method() == Method::HEAD {
        return Ok((headers, Body::empty()).into_response());
    }
    let Some(life) = request.extensions_mut().remove::<Life>() else {
        return Err(Problem::unavailable("The server ends."));
    };
    let seat = server.seat(&station, codec.name())?;
    let title = match station.now_playing() {
        Some(now) => format!("{}: {}, {} bpm", station.name(), now.key, now.bpm.round()),
        None => station.name().to_owned(),
    };
    let container = container(&title)?;
    let entry = Entry {
        server: server.clone(),
        session: server.session(),
        peer: request.extensions_mut().remove(),
        station: station.name().to_owned(),
        // Without the query, which may hold a token.
        path: request.uri().path().to_owned(),
        started: Instant::now(),
        bytes: 0,
        reason: "the connection ended",
    };
    // Browsers begin once they have nearly two seconds of Opus: so they begin at once.
    let listener = station.join(codec, BURST_MS_MAX).fading_in();
    let mut broadcast = Broadcast { station, listener, container, icy, life, entry, _seat: seat };
    let head = broadcast.container.head();
    let head = broadcast.titled(head);
    let packets = stream::unfold((Some(head), broadcast), |(head, mut broadcast)| async {
        let bytes = match head {
            Some(head) => head,
            None => broadcast.next().await?,
        };
        Some((Ok::<_, std::convert::Infallible>(bytes), (None, broadcast)))
    });
    Ok((headers, Body::from_stream(packets)).into_response())
}
