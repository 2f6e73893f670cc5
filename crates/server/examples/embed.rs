//! A server inside another program: on a free port, until the program has heard three chunks.
//!
//! `cargo run -p aeolian-server --example embed`

#![allow(clippy::print_stdout, reason = "it says what it hears")]

use std::error::Error;
use std::net::SocketAddr;

use aeolian_server::Config;
use aeolian_station::{Config as Station, Registry};
use aeolian_wire::audio::Header;
use futures_util::StreamExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_websockets::ClientBuilder;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stations = Registry::start(Station::new("main", 7), 1)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { stopped.await.unwrap_or_default() };
    let server = aeolian_server::run(listener, stations.clone(), Config::default(), shutdown);
    let server = tokio::spawn(server);

    hear(address, 3).await?;

    drop(stop);
    server.await??;
    stations.stop();
    Ok(())
}

/// Listens to `main` as any client would, for so many chunks.
async fn hear(address: SocketAddr, chunks: usize) -> Result<(), Failure> {
    let uri = format!("ws://{address}/ws/stream?format=pcm");
    let (mut socket, _) = ClientBuilder::new().uri(&uri)?.connect().await?;
    let mut heard = 0;
    while heard < chunks {
        let message = socket.next().await.ok_or("the server went away")??;
        if message.is_binary() {
            let header = Header::read(message.as_payload()).ok_or("no header")?;
            println!("chunk {} begins at frame {}", header.seq, header.frame);
            heard += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_program_that_embeds_a_server_hears_it_and_ends_it() -> Result<(), super::Failure> {
        super::main()
    }
}
