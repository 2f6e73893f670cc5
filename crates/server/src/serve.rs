//! Sockets in, answers out: the accept loop, and one task a connection.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tower::ServiceExt;

use crate::clients::Lease;
use crate::cors;
use crate::handshakes::Handshake;
use crate::page::SECURITY_HEADERS;
use crate::problem::Problem;
use crate::server::Server;
use crate::wire::{Stalled, Wire};

/// Rest after a failed accept: out of file descriptors, trying at once would only burn the core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// When a client that has too many connections may try again.
const REFUSED_RETRY: Duration = Duration::from_secs(10);

/// Whom a request came from. Keeps the connection's place for as long as anything needs it.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) stalled: Stalled,
    _lease: Arc<Lease>,
}

/// Tells connections and sessions that the server ends, and learns when the last is gone.
#[derive(Clone)]
pub(crate) struct Life {
    ending: watch::Receiver<bool>,
    /// Held, never used: when the last clone is gone, so is the last connection.
    _alive: mpsc::Sender<Infallible>,
}

impl Life {
    /// Waits until the server ends.
    pub(crate) async fn ended(&mut self) {
        // An error means that the server is gone already.
        let _ = self.ending.wait_for(|ending| *ending).await;
    }
}

/// Accepts connections until `shutdown` completes, then ends them all.
pub(crate) async fn accept(
    listener: TcpListener,
    server: Arc<Server>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let (end, ending) = watch::channel(false);
    let (alive, mut all_gone) = mpsc::channel(1);
    let life = Life { ending, _alive: alive };
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, address)) => {
                server.stats.connections.add(1);
                let (server, router, life) = (server.clone(), router.clone(), life.clone());
                tokio::spawn(connection(server, router, stream, address, life));
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; retrying");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listener, life));
    end.send_replace(true);
    if timeout(server.config.limits.drain_timeout, all_gone.recv()).await.is_err() {
        let connections = server.clients.connected();
        tracing::warn!(connections, "connections did not close in time; closing them");
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn connection(
    server: Arc<Server>,
    router: Router,
    stream: TcpStream,
    address: SocketAddr,
    life: Life,
) {
    let Some(lease) = server.clients.connect(address.ip()) else {
        server.stats.connections_refused.add(1);
        return refuse(&stream);
    };
    let stalled = Stalled::default();
    let peer = Peer { address, stalled: stalled.clone(), _lease: Arc::new(lease) };
    let (handshake, pushed_one_out) = server.handshakes.begin();
    server.stats.handshakes_pushed_out.add(u64::from(pushed_one_out));
    let handshake = Arc::new(handshake);
    let limits = &server.config.limits;
    let secured = secure(&server, stream, &handshake, life.clone(), stalled.clone()).await;
    let Some(wire) = secured else { return };
    let service = service_fn(|mut request: Request<Incoming>| {
        handshake.done();
        request.extensions_mut().insert(peer.clone());
        request.extensions_mut().insert(life.clone());
        answer(server.clone(), router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_header_size(limits.header_bytes)
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut ending = life.clone();
    let outcome = tokio::select! {
        outcome = &mut connection => outcome,
        () = handshake.pushed_out() => return,
        () = ending.ended() => {
            if handshake.is_under_way() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    match outcome {
        Err(_) if stalled.get() => server.stats.stalled.add(1),
        Err(error) if error.is_timeout() => server.stats.headers_timed_out.add(1),
        Err(error) if error.is_parse_too_large() => server.stats.headers_too_large.add(1),
        Err(error) if error.is_parse() => server.stats.requests_malformed.add(1),
        _ => {}
    }
}

/// Puts a connection inside TLS, where the server has a certificate. None where that fails, or
/// does not come to an end in time.
async fn secure(
    server: &Server,
    stream: TcpStream,
    handshake: &Handshake,
    mut life: Life,
    stalled: Stalled,
) -> Option<Wire> {
    let limits = &server.config.limits;
    let Some(tls) = &server.config.tls else {
        return Some(Wire::plain(stream, limits.stall_timeout, stalled));
    };
    let accept = timeout(limits.header_timeout, tls.acceptor().accept(stream));
    let outcome = tokio::select! {
        outcome = accept => outcome,
        () = handshake.pushed_out() => return None,
        () = life.ended() => return None,
    };
    match outcome {
        Ok(Ok(stream)) => Some(Wire::tls(stream, limits.stall_timeout, stalled)),
        Ok(Err(_)) => {
            server.stats.requests_malformed.add(1);
            None
        }
        Err(_) => {
            server.stats.headers_timed_out.add(1);
            None
        }
    }
}

/// Tells a client that has every place it may have, as far as its socket takes it at once.
fn refuse(stream: &TcpStream) {
    let problem = Problem::too_many("Too many connections from this address.", REFUSED_RETRY);
    let body = problem.to_json();
    let mut response = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\nretry-after: {}\r\nconnection: close\r\n\r\n",
        body.len(),
        REFUSED_RETRY.as_secs()
    )
    .into_bytes();
    response.extend_from_slice(&body);
    // A fresh socket has room for this; a client that is gone does not need it.
    let _ = stream.try_write(&response);
}

/// Every answer: checks that hold for all paths, then the path's own, then what all answers carry.
async fn answer(
    server: Arc<Server>,
    router: Router,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let hosts = &server.config.hosts;
    let checked = hosts.check_host(request.uri(), request.headers());
    let page = cors::allowed_page(hosts, request.headers());
    let is_preflight = cors::is_preflight(request.method(), request.headers());
    let mut response = match checked {
        Ok(()) if page.is_some() && is_preflight => cors::preflight(),
        Ok(()) => router.oneshot(request).await?,
        Err(problem) => problem.into_response(),
    };
    server.stats.answered(response.status());
    cors::label(hosts, page, response.headers_mut());
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    Ok(response)
}
