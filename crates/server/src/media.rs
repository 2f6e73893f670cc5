//! Streams for any player: an address that VLC, mpv, a hi-fi or an `<audio>` element can open.

mod icy;
pub(crate) mod playlist;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use aeolian_codec::Tags;
use aeolian_codec::container::{self, Container, Purpose, Row};
use aeolian_hub::{BURST_MS_MAX, Event, Listener};
use aeolian_station::Station;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::access::Role;
use crate::audience::Admission;
use crate::page::CROSS_ORIGIN_RESOURCE_POLICY;
use crate::problem::Problem;
use crate::request::ToStation;
use crate::serve::{Life, Peer};
use crate::server::{Server, Visit};
use icy::Icy;

/// The sound in a container.
#[utoipa::path(
    get,
    path = "/stream.{name}",
    tag = "media",
    params(ToStation),
    responses(
        ToStation,
        (status = 200, description = "The stream; with `Icy-MetaData: 1` titles are woven in", content_type = "audio"),
        (status = 503, description = "No room for another listener", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn stream(
    State(server): State<Arc<Server>>,
    Extension(row): Extension<&'static Row>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    broadcast(server, request, row)
}

/// The stream of each container.
pub(crate) fn routes() -> impl Iterator<Item = UtoipaMethodRouter<Arc<Server>>> {
    container::ROWS.iter().map(|row| {
        let (schemas, mut paths, router) = routes!(stream);
        let items = std::mem::take(&mut paths.paths).into_values();
        let path = format!("/stream.{}", row.name);
        paths.paths = items.map(|item| (path.clone(), described(item, row))).collect();
        (schemas, paths, router.layer(Extension(row)))
    })
}

/// What the document says of this stream.
fn described(mut item: PathItem, row: &Row) -> PathItem {
    if let Some(operation) = &mut item.get {
        operation.operation_id = Some(row.name.to_owned());
        operation.summary = Some(format!("The sound as {}.", row.words));
        operation.description = None;
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut("200") {
            let kind = row.content_type.split(';').next().unwrap_or_default();
            let contents = std::mem::take(&mut response.content).into_values();
            response.content = contents.map(|content| (kind.to_owned(), content)).collect();
        }
    }
    item
}

/// One player's stream, until it leaves, falls behind, or the station or the server ends.
struct Broadcast {
    station: Station,
    listener: Listener,
    container: Box<dyn Container>,
    /// For a player that asks for titles.
    icy: Option<Icy>,
    life: Life,
    record: Record,
    _admission: Admission,
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
                    self.record.ending = Ending::ServerShutdown;
                    return None;
                }
            };
            match event {
                Event::Audio(audio) => {
                    let bytes = self.container.wrap(audio.bytes());
                    let bytes = self.titled(bytes);
                    self.record.server.stats.bytes_sent.add(bytes.len() as u64);
                    self.record.bytes += bytes.len() as u64;
                    return Some(bytes);
                }
                Event::News(_) => {}
                Event::Evicted => {
                    self.record.ending = Ending::Behind;
                    return None;
                }
                Event::Ended => {
                    self.record.ending = Ending::StationEnded;
                    return None;
                }
            }
        }
    }
}

/// Why a player's session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The player hung up, or the connection broke.
    Disconnected,
    /// The player did not keep up.
    Behind,
    /// The player took nothing.
    Stalled,
    /// The station has ended.
    StationEnded,
    /// The server shuts down.
    ServerShutdown,
}

impl Ending {
    fn words(self) -> &'static str {
        match self {
            Self::Disconnected => "client disconnected",
            Self::Behind => "fell too far behind",
            Self::Stalled => "client stopped reading",
            Self::StationEnded => "the station has ended",
            Self::ServerShutdown => "the server is shutting down",
        }
    }
}

/// What the log is told of a player's session, in one line, when it is over.
struct Record {
    server: Arc<Server>,
    session: u64,
    peer: Option<Peer>,
    station: String,
    path: String,
    started: Instant,
    bytes: u64,
    ending: Ending,
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.peer.as_ref().is_some_and(|peer| peer.stalled.get()) {
            self.ending = Ending::Stalled;
        }
        if matches!(self.ending, Ending::Behind | Ending::Stalled) {
            self.server.stats.evicted.add(1);
        }
        tracing::info!(
            session = self.session,
            peer = self.peer.as_ref().map(|peer| display(peer.address)),
            station = self.station,
            path = self.path,
            seconds = self.started.elapsed().as_secs(),
            bytes = self.bytes,
            reason = self.ending.words(),
            "session ended"
        );
    }
}

/// Whether there is an encoder for a stream: to a player without one nothing would ever come. Where somebody listens
/// there is one.
fn check_encoder(station: &Station, row: &Row) -> Result<(), Problem> {
    if station.listening(row.codec) > 0 {
        return Ok(());
    }
    match row.codec.start() {
        Some(Err(error)) => {
            tracing::error!(station = station.name(), stream = row.name, %error, "cannot start encoder");
            let name = row.name;
            Err(Problem::unavailable(format!(
                "The {name} stream is unavailable: the server's log says why."
            )))
        }
        Some(Ok(_)) | None => Ok(()),
    }
}

fn broadcast(
    server: Arc<Server>,
    mut request: Request<Body>,
    row: &'static Row,
) -> Result<Response, Problem> {
    let Visit { station, .. } = server.visit(request.headers(), request.uri(), Role::Listen)?;
    check_encoder(&station, row)?;
    let mut headers = HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(row.content_type)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform")),
        (ACCEPT_RANGES, HeaderValue::from_static("none")),
        // Any page may play it, as any player may: in an `<audio>` element it cannot be read.
        (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
    ]);
    if let Some(kbps) = row.kbps {
        headers.insert("icy-br", HeaderValue::from(kbps));
        if let Ok(name) = HeaderValue::from_str(&format!("Aeolian: {}", station.name())) {
            headers.insert("icy-name", name);
        }
    }
    let icy = icy::is_asked_for(request.headers()).then(Icy::new);
    if icy.is_some() {
        headers.insert("icy-metaint", HeaderValue::from(icy::INTERVAL_BYTES));
    }
    if request.method() == Method::HEAD {
        return Ok((headers, Body::empty()).into_response());
    }
    let Some(life) = request.extensions_mut().remove::<Life>() else {
        return Err(Problem::unavailable("The server is shutting down."));
    };
    let admission = server.admit(&station, row.codec.name())?;
    let title = match station.now_playing() {
        Some(now) => format!("{}: {}, {} bpm", station.name(), now.key, now.bpm.round()),
        None => station.name().to_owned(),
    };
    let mut container = (row.start)(Purpose::Stream);
    let head = container.head(&Tags::titled(&title));
    let head = head.map_err(|_| Problem::unavailable("The stream cannot be started now."))?;
    let record = Record {
        server: server.clone(),
        session: server.session(),
        peer: request.extensions_mut().remove(),
        station: station.name().to_owned(),
        // Without the query, which may hold a token.
        path: request.uri().path().to_owned(),
        started: Instant::now(),
        bytes: 0,
        ending: Ending::Disconnected,
    };
    // Browsers begin once they have nearly two seconds of Opus: so they begin at once.
    let listener = station.join(row.codec, BURST_MS_MAX).fading_in();
    let mut broadcast =
        Broadcast { station, listener, container, icy, life, record, _admission: admission };
    let head = broadcast.titled(head);
    let packets =
        futures_util::stream::unfold((Some(head), broadcast), |(head, mut broadcast)| async {
            let bytes = match head {
                Some(head) => head,
                None => broadcast.next().await?,
            };
            Some((Ok::<_, Infallible>(bytes), (None, broadcast)))
        });
    Ok((headers, Body::from_stream(packets)).into_response())
}
