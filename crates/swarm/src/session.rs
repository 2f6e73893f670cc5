//! One listener: its socket, and an account of what it heard.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Instant;

use aeolian_wire::Format;
use aeolian_wire::chunk::{self, ChunkHead, HEAD_BYTES};
use anyhow::{Context, Result, bail};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::arrival::{self, Receiver};
use crate::frame::{self, Frames};
use crate::grid::Grid;
use crate::identity::Identity;
use crate::tally::{End, Tally};

/// More of an answer to the opening handshake than this is none.
const ANSWER_BYTES_MAX: usize = 4 * 1024;

/// Bytes of a message that hold a whole chunk in any format.
const WHOLE_BYTES: usize = 64 * 1024;

/// What all listeners of a worker share.
pub struct Surroundings<'a> {
    /// The server.
    pub server: SocketAddr,
    /// The station's name.
    pub station: &'a str,
    /// What the sample heard.
    pub identity: &'a Identity,
    /// The zero of all times.
    pub start: Instant,
    /// When chunks are due.
    pub grid: &'a Grid,
    /// Whether what arrives is counted.
    pub measuring: bool,
}

enum Stage {
    Connecting,
    Upgrading(Vec<u8>),
    Listening,
}

/// One listener.
pub struct Session {
    stream: TcpStream,
    token: Token,
    format: Format,
    stage: Stage,
    frames: Frames,
    /// Whether the whole of each chunk is looked at.
    sampled: bool,
    next_seq: Option<u64>,
    pongs: VecDeque<Vec<u8>>,
}

impl Session {
    /// Begins to connect from `source`.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn connect(
        registry: &Registry,
        token: Token,
        surroundings: &Surroundings<'_>,
        source: SocketAddr,
        format: Format,
        sampled: bool,
    ) -> Result<Self> {
        let socket = Socket::new(Domain::for_address(source), Type::STREAM, Some(Protocol::TCP))
            .context("cannot open a socket")?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        arrival::stamp(&socket).context("cannot have arrivals timed")?;
        socket.bind(&source.into()).with_context(|| format!("cannot connect from {source}"))?;
        match socket.connect(&surroundings.server.into()) {
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            connected => connected.context("cannot connect")?,
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::WRITABLE)?;
        let keep = if sampled { WHOLE_BYTES } else { HEAD_BYTES };
        Ok(Self {
            stream,
            token,
            format,
            stage: Stage::Connecting,
            frames: Frames::new(keep),
            sampled,
            next_seq: None,
            pongs: VecDeque::new(),
        })
    }

    /// The next chunk that it waits for, once it has heard one.
    pub fn next_seq(&self) -> Option<u64> {
        self.next_seq
    }

    /// How it asked for its audio.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether the server took it as a listener.
    pub fn is_listening(&self) -> bool {
        matches!(self.stage, Stage::Listening)
    }

    /// Its socket.
    pub fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// Is not told any more when there is something to read, but has to be asked.
    pub fn unwatch(&mut self, registry: &Registry) {
        // One that was not watched needs no more.
        let _ = registry.deregister(&mut self.stream);
    }

    /// Does what the socket is ready for. `receiver` serves all sessions of a thread.
    ///
    /// # Errors
    /// How the session ended.
    pub fn ready(
        &mut self,
        registry: &Registry,
        surroundings: &Surroundings<'_>,
        receiver: &mut Receiver,
        tally: &mut Tally,
    ) -> Result<(), End> {
        if matches!(self.stage, Stage::Connecting) && !self.upgrade(registry, surroundings)? {
            return Ok(());
        }
        loop {
            let arrival = match receiver.read(&self.stream) {
                Ok(arrival) if arrival.bytes.is_empty() => return Err(End::Closed),
                Ok(arrival) => arrival,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Err(End::Reset),
            };
            let came = surroundings.start.elapsed().saturating_sub(arrival.age);
            let came_us = i64::try_from(came.as_micros()).unwrap_or(i64::MAX);
            self.take(surroundings, arrival.bytes, came_us, tally)?;
            if arrival.drained {
                // What comes from now on is found when the socket is asked again.
                break;
            }
        }
        self.answer_pings()
    }

    /// Sends the opening handshake once connected.
    fn upgrade(
        &mut self,
        registry: &Registry,
        surroundings: &Surroundings<'_>,
    ) -> Result<bool, End> {
        if self.stream.take_error().ok().flatten().is_some() {
            return Err(End::NotConnected);
        }
        if self.stream.peer_addr().is_err() {
            return Ok(false);
        }
        let request = format!(
            "GET /ws/stream?station={}&format={} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            surroundings.station,
            self.format.name(),
            surroundings.server
        );
        // The first bytes of a connection always find room.
        match self.stream.write(request.as_bytes()) {
            Ok(count) if count == request.len() => {}
            _ => return Err(End::NotConnected),
        }
        let reregistered = registry.reregister(&mut self.stream, self.token, Interest::READABLE);
        self.stage = Stage::Upgrading(Vec::new());
        reregistered.map(|()| true).map_err(|_| End::NotConnected)
    }

    fn take(
        &mut self,
        surroundings: &Surroundings<'_>,
        bytes: &[u8],
        came_us: i64,
        tally: &mut Tally,
    ) -> Result<(), End> {
        let mut rest = bytes;
        let mut joined = Vec::new();
        if let Stage::Upgrading(answer) = &mut self.stage {
            answer.extend_from_slice(bytes);
            let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
                let too_long = answer.len() > ANSWER_BYTES_MAX;
                return if too_long { Err(End::Refused(0)) } else { Ok(()) };
            };
            let code = answer.get(9..12).and_then(|code| std::str::from_utf8(code).ok());
            let code = code.and_then(|code| code.parse().ok()).unwrap_or(0);
            if code != 101 {
                return Err(End::Refused(code));
            }
            joined.extend_from_slice(&answer[end + 4..]);
            rest = &joined;
            self.stage = Stage::Listening;
        }
        let mut end = None;
        let mut frames = std::mem::replace(&mut self.frames, Frames::new(0));
        let outcome = frames.feed(rest, |frame| {
            if let Some(code) =
                self.message(surroundings, frame.opcode, frame.payload, came_us, tally)?
            {
                end = Some(End::ClosedWith(code));
            }
            Ok(())
        });
        self.frames = frames;
        match (outcome, end) {
            (Err(error), _) => Err(End::Violation(format!("{error:#}"))),
            (Ok(()), Some(end)) => Err(end),
            (Ok(()), None) => Ok(()),
        }
    }

    /// Takes one message; gives the code where it is a close.
    fn message(
        &mut self,
        surroundings: &Surroundings<'_>,
        opcode: u8,
        payload: &[u8],
        came_us: i64,
        tally: &mut Tally,
    ) -> Result<Option<u16>> {
        let head = match opcode {
            frame::TEXT => match ChunkHead::of_text(payload)? {
                Some(head) => head,
                None => return Ok(None),
            },
            frame::BINARY => ChunkHead::of_binary(payload)?,
            frame::CLOSE => {
                let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                return Ok(Some(code));
            }
            frame::PING => {
                self.pongs.push_back(frame::pong(payload));
                return Ok(None);
            }
            other => bail!("a frame with opcode {other}"),
        };
        let late_us = surroundings.grid.late_us(head.chunk, came_us);
        if surroundings.measuring {
            let expected = self.next_seq.unwrap_or(head.chunk);
            tally.heard(head, expected, late_us);
            if self.sampled {
                let audio = chunk::read_audio(self.format, payload)?;
                tally.sampled(surroundings.identity.agrees(self.format, head.chunk, &audio));
            }
        }
        self.next_seq = Some(head.chunk + 1);
        Ok(None)
    }

    fn answer_pings(&mut self) -> Result<(), End> {
        while let Some(pong) = self.pongs.pop_front() {
            match self.stream.write(&pong) {
                Ok(count) if count == pong.len() => {}
                // A listener sends next to nothing: a full socket means that nobody reads there.
                _ => return Err(End::Reset),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use mio::Poll;
    use std::io::Read;
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    /// A chunk of one frame.
    fn chunk(seq: u32) -> Vec<u8> {
        let mut bytes = vec![0x82, 20];
        bytes.extend_from_slice(&seq.to_le_bytes());
        bytes.extend_from_slice(&(u64::from(seq) * 4_410).to_le_bytes());
        bytes.extend_from_slice(&[0; 8]);
        bytes
    }

    #[test]
    fn a_chunk_is_late_by_when_it_came_not_by_when_it_was_read() {
        const CHUNK: Duration = Duration::from_millis(100);
        const WAIT: Duration = Duration::from_millis(300);
        const ROUNDING: Duration = Duration::from_millis(1);
        let _stamps_go_on = arrival::tests::stamped_pair();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (poll, identity, grid) = (Poll::new().unwrap(), Identity::default(), Grid::default());
        let surroundings = Surroundings {
            server: listener.local_addr().unwrap(),
            station: "main",
            identity: &identity,
            start: Instant::now(),
            grid: &grid,
            measuring: true,
        };
        let source = SocketAddr::from(([127, 0, 0, 1], 0));
        let (registry, format) = (poll.registry(), Format::Pcm);
        let mut session =
            Session::connect(registry, Token(0), &surroundings, source, format, false).unwrap();
        let (mut receiver, mut tally) = (Receiver::default(), Tally::default());
        let mut server = listener.accept().unwrap().0;
        let mut ready =
            || session.ready(registry, &surroundings, &mut receiver, &mut tally).unwrap();
        ready();
        server.read_exact(&mut [0; 16]).unwrap();
        let first = surroundings.start.elapsed();
        server.write_all(b"HTTP/1.1 101 Switching\r\n\r\n").unwrap();
        server.write_all(&chunk(1)).unwrap();
        ready();
        server.write_all(&chunk(2)).unwrap();
        let last = surroundings.start.elapsed();
        thread::sleep(WAIT);
        ready();
        assert_eq!(tally.chunks, 2);
        // Both came between the two looks at the clock.
        let bound = (last - first).saturating_sub(CHUNK) + ROUNDING;
        let late = Duration::from_micros(tally.late_us.max());
        assert!(late <= bound, "{late:?} where {bound:?} is the most");
    }
}
