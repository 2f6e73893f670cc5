//! The same over TLS.

use std::sync::Arc;
use std::time::Duration;

use aeolian_server::{Config, InvalidTls, Limits, Tls};
use futures_util::StreamExt;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_websockets::ClientBuilder;

use crate::embedded::{Embedded, answer, start};

/// A server with a certificate for `localhost`, and a client that trusts it.
async fn secured() -> (Embedded, TlsConnector) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = Tls::from_pem(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes());
    let limits = Limits { stall_timeout: Duration::from_millis(500), ..Limits::default() };
    let server = start(Config { tls: Some(tls.unwrap()), limits, ..Config::default() }).await;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, TlsConnector::from(Arc::new(client)))
}

async fn connect(server: &Embedded, connector: &TlsConnector) -> TlsStream<TcpStream> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, stream).await.unwrap()
}

async fn status(server: &Embedded, connector: &TlsConnector) -> Value {
    let mut stream = connect(server, connector).await;
    let request = b"GET /api/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    answer(&bytes).json()
}

#[tokio::test]
async fn a_listener_over_tls_hears_every_chunk_and_steers() {
    let (server, connector) = secured().await;
    let stream = connect(&server, &connector).await;
    let uri = "wss://localhost/ws/stream";
    let (mut socket, _) = ClientBuilder::new().uri(uri).unwrap().connect_on(stream).await.unwrap();
    let control = r#"{"type":"control","id":1,"bpm":91}"#;
    let control = tokio_websockets::Message::text(control);
    futures_util::SinkExt::send(&mut socket, control).await.unwrap();
    let (mut seq, mut chunks, mut acknowledged) = (None, 0, false);
    while chunks < 12 || !acknowledged {
        let message = timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap();
        let json: Value = serde_json::from_str(message.unwrap().as_text().unwrap()).unwrap();
        match json["type"].as_str() {
            Some("audio_chunk") => {
                let this = json["seq"].as_u64();
                assert!(seq.is_none_or(|last: u64| this == Some(last + 1)));
                seq = this;
                chunks += 1;
            }
            Some("ack") => acknowledged = json["state"]["bpm"] == 91,
            _ => {}
        }
    }
    assert_eq!(status(&server, &connector).await["state"]["bpm"], 91);
}

#[tokio::test]
async fn a_listener_over_tls_that_stops_reading_is_closed() {
    let (server, connector) = secured().await;
    let mut stream = connect(&server, &connector).await;
    let request = b"GET /ws/stream HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n\
                    connection: upgrade\r\nsec-websocket-version: 13\r\n\
                    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request).await.unwrap();
    socket2::SockRef::from(stream.get_ref().0).set_recv_buffer_size(4096).unwrap();
    while status(&server, &connector).await["listeners"] == 0 {}
    while status(&server, &connector).await["listeners"] != 0 {}
}

#[test]
fn what_is_no_certificate_or_no_key_of_it_is_refused() {
    let make = || generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (one, other) = (make(), make());
    let (cert, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let wrong_key = other.signing_key.serialize_pem();
    let outcome = |cert: &str, key: &str| Tls::from_pem(cert.as_bytes(), key.as_bytes());
    assert!(outcome(&cert, &key).is_ok());
    assert!(matches!(outcome("", &key), Err(InvalidTls::Certificate)));
    assert!(matches!(outcome(&cert, "nonsense"), Err(InvalidTls::Key)));
    assert!(matches!(outcome(&cert, &wrong_key), Err(InvalidTls::Mismatch(_))));
}
