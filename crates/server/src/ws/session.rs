//! A session: one listener from welcome to goodbye.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use aeolian_score::Change;
use aeolian_station::Station;
use aeolian_wire::server::{Ack, ErrorMessage, Pong, Welcome};
use aeolian_wire::{ClientMessage, Code, Format, Report};
use bytes::Bytes;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};

use super::frame::{self, Message, Outcome, Reader, Violation};
use crate::access::Role;
use crate::fanout::line::{Line, LineEnd, Standing};
use crate::fanout::outgoing;
use crate::fanout::socket::{self, Layer};
use crate::rate::{self, Bucket};
use crate::serve::{Life, Peer};
use crate::server::Server;
use crate::wire::Wire;

/// The client's jitter buffer, which the last chunks fill at once on joining.
const TARGET_DELAY_MS: u32 = 400;

/// How often the server pings, so that no box on the way takes the connection for dead.
const PING_EVERY: Duration = Duration::from_secs(20);

/// How long the client may take to answer a close.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Messages refused in a row for coming too fast, after which the session ends.
const REFUSED_IN_A_ROW_MAX: u32 = 100;

/// Frames for each message that a client may send: it may cut messages up, but not to dust.
const FRAMES_PER_MESSAGE: u32 = 16;

/// A client that reports to have buffered more is not believed: one liar would spoil the sum of all.
const REPORTED_BUFFER_MS_MAX: f64 = 60_000.0;

/// New underruns in one report; a client that reports more is not believed.
const REPORTED_UNDERRUNS_MAX: u64 = 1_000;

/// Read at a time; a message hardly ever needs more.
const READ_BYTES: usize = 4096;

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// This side closes, with a code and a reason.
    Close(u16, &'static str),
    /// The client closes.
    Closed(Option<u16>),
    /// The client went away without a close.
    Disconnected,
    /// The socket is broken.
    Broken,
    /// The socket takes nothing.
    Stalled,
}

impl Over {
    /// The close code and the reason, for the log.
    fn logged(self) -> (u16, &'static str) {
        match self {
            Over::Close(code, reason) => (code, reason),
            Over::Closed(code) => (code.unwrap_or(1005), "closed by the client"),
            Over::Disconnected => (1006, "client disconnected"),
            Over::Broken => (1006, "connection lost"),
            Over::Stalled => (1006, "client stopped reading"),
        }
    }
}

/// One listener's session.
pub(crate) struct Session {
    server: Arc<Server>,
    station: Station,
    format: Format,
    role: Role,
    id: u64,
    line: Arc<Line>,
    reader: Reader,
    messages: Bucket,
    frames: Bucket,
    refused_in_a_row: u32,
    underruns_reported: u64,
    /// Since when the socket has been full, and how much had gone by then.
    full_since: Option<(Instant, u64)>,
}

impl Session {
    /// A session on a fresh WebSocket, of which `read` has been read already.
    pub(crate) fn new(
        server: Arc<Server>,
        station: Station,
        format: Format,
        role: Role,
        id: u64,
        wire: Wire,
        read: &[u8],
    ) -> Self {
        let limits = &server.config.limits;
        let (per_s, now) = (limits.messages_per_s, Instant::now().into_std());
        let mut reader = Reader::new(limits.message_bytes);
        reader.feed(read);
        let listener = station.join(format.codec(), TARGET_DELAY_MS);
        let welcome = Welcome::new(
            concat!("aeolian/", env!("CARGO_PKG_VERSION")).to_owned(),
            id.to_string(),
            station.name(),
            format,
            station.state(),
            listener.first_frame(),
        );
        let (stream, tls) = wire.into_parts();
        socket::tune(&stream);
        let line = Arc::new(Line::new(stream, Layer::new(tls), listener, format));
        line.send(outgoing::message(&welcome));
        Self {
            messages: Bucket::new(per_s, now),
            frames: Bucket::new(per_s.saturating_mul(FRAMES_PER_MESSAGE), now),
            refused_in_a_row: 0,
            underruns_reported: 0,
            full_since: None,
            server,
            station,
            format,
            role,
            id,
            line,
            reader,
        }
    }

    /// Runs the session to its end, and logs it in one line.
    pub(crate) async fn run(mut self, peer: &Peer, mut life: Life) {
        let started = Instant::now();
        self.server.fanout.join(&self.server.stats, self.line.clone());
        let over = self.listen(&mut life).await;
        self.line.set_over();
        self.count(over);
        self.say_goodbye(over).await;
        let (code, reason) = over.logged();
        tracing::info!(
            session = self.id,
            peer = %peer.address,
            station = self.station.name(),
            format = self.format.name(),
            seconds = started.elapsed().as_secs(),
            bytes = self.line.bytes_sent(),
            code,
            reason,
            "session ended"
        );
    }

    async fn listen(&mut self, life: &mut Life) -> Over {
        if let Err(over) = self.take_messages().await {
            return over;
        }
        let line = self.line.clone();
        let (mut standing, _) = line.pump();
        let mut ping_at = Instant::now() + PING_EVERY;
        loop {
            if let Err(over) = self.judge(standing) {
                return over;
            }
            let stall_timeout = self.server.config.limits.stall_timeout;
            let stalled_at = self.full_since.map(|(since, _)| since + stall_timeout);
            let wake_at = stalled_at.map_or(ping_at, |at| at.min(ping_at));
            standing = tokio::select! {
                ready = line.stream.readable() => match ready {
                    Ok(()) => match self.hear().await {
                        Ok(standing) => standing,
                        Err(over) => return over,
                    },
                    Err(_) => return Over::Broken,
                },
                _ = line.stream.writable(), if self.full_since.is_some() => {
                    let (standing, sent) = line.pump();
                    self.server.stats.bytes_sent.add(sent);
                    standing
                }
                () = line.attention.notified() => line.flush(),
                () = sleep_until(wake_at) => {
                    let now = Instant::now();
                    if stalled_at.is_some_and(|at| at <= now) {
                        return Over::Stalled;
                    }
                    ping_at = now + PING_EVERY;
                    line.send(frame::ping())
                }
                () = life.ended() => return Over::Close(1001, "the server is shutting down"),
            };
        }
    }

    /// Draws the consequence of how the line stands.
    fn judge(&mut self, standing: Standing) -> Result<(), Over> {
        match standing {
            Standing::Clear => self.full_since = None,
            Standing::Full => {
                let sent = self.line.bytes_sent();
                if self.full_since.is_none_or(|(_, before)| before != sent) {
                    self.full_since = Some((Instant::now(), sent));
                }
            }
            Standing::Ended(LineEnd::Behind) => {
                return Err(Over::Close(1013, "fell too far behind"));
            }
            Standing::Ended(LineEnd::NotReading) => {
                return Err(Over::Close(1013, "too many answers were not read"));
            }
            Standing::Ended(LineEnd::StationEnded) => {
                return Err(Over::Close(1001, "the station has ended"));
            }
            Standing::Ended(LineEnd::Broken) => return Err(Over::Broken),
        }
        Ok(())
    }

    /// Reads once, into the reader; false where there is nothing to read now.
    fn read(&mut self) -> Result<bool, Over> {
        let mut bytes = [0; READ_BYTES];
        match self.line.read(&mut bytes) {
            Ok(Some(length)) => {
                self.reader.feed(&bytes[..length]);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Over::Disconnected),
            Err(_) => Err(Over::Broken),
        }
    }

    /// Reads all there is, and acts on it. How much that can be is bounded by how many frames a
    /// listener may send.
    async fn hear(&mut self) -> Result<Standing, Over> {
        let mut standing = self.line.flush();
        while self.read()? {
            standing = self.take_messages().await?;
        }
        Ok(standing)
    }

    /// Acts on every message that the reader has.
    async fn take_messages(&mut self) -> Result<Standing, Over> {
        let mut standing = self.line.flush();
        loop {
            let outcome = self.reader.next().map_err(|violation| {
                match violation {
                    Violation::TooBig => self.server.stats.messages_too_big.add(1),
                    _ => self.server.stats.violations.add(1),
                }
                let (code, reason) = violation.close();
                Over::Close(code, reason)
            })?;
            if outcome == Outcome::Incomplete {
                return Ok(standing);
            }
            if !self.frames.take(Instant::now().into_std()) {
                self.server.stats.messages_too_many.add(1);
                return Err(Over::Close(1008, "too many frames"));
            }
            let Outcome::Message(message) = outcome else { continue };
            standing = match message {
                Message::Pong => continue,
                Message::Ping(payload) => self.line.send(frame::pong(&payload)),
                Message::Close(code) => return Err(Over::Closed(code)),
                Message::Text(text) => self.take(Some(&text)).await?,
                Message::Binary => self.take(None).await?,
            };
        }
    }

    /// Acts on one message, of which there may be so many a second.
    async fn take(&mut self, text: Option<&str>) -> Result<Standing, Over> {
        let answer = if self.messages.take(Instant::now().into_std()) {
            self.refused_in_a_row = 0;
            self.server.stats.messages.add(1);
            self.answer(text).await
        } else {
            self.refused_in_a_row += 1;
            self.server.stats.messages_too_many.add(1);
            if self.refused_in_a_row > REFUSED_IN_A_ROW_MAX {
                return Err(Over::Close(1008, "too many messages"));
            }
            let allowed = rate::said(self.server.config.limits.messages_per_s);
            let message = format!("more messages than are allowed, {allowed}");
            let id = text.and_then(ClientMessage::id_of);
            Some(outgoing::message(&ErrorMessage {
                id,
                ..ErrorMessage::new(Code::RateLimit, message)
            }))
        };
        Ok(answer.map_or(Standing::Clear, |answer| self.line.send(answer)))
    }

    async fn answer(&mut self, text: Option<&str>) -> Option<Bytes> {
        let Some(text) = text else {
            return Some(outgoing::error(Code::BadMessage, "a message must be text"));
        };
        match ClientMessage::parse(text) {
            Ok(ClientMessage::Control { id, change }) => Some(self.control(id, *change).await),
            Ok(ClientMessage::Ping { t }) => Some(outgoing::message(&Pong { t })),
            Ok(ClientMessage::Report(report)) => {
                self.report(report);
                None
            }
            Err(error) => {
                if error.code == Code::BadControl {
                    self.server.stats.controls_refused.add(1);
                }
                Some(outgoing::message(&error))
            }
        }
    }

    async fn control(&mut self, id: Option<Value>, change: Change) -> Bytes {
        let outcome = match self.role.require(Role::Control, true) {
            Ok(()) => self.server.control(&self.station, change).await,
            Err(problem) => Err(problem),
        };
        match outcome {
            Ok(state) => {
                let (revision, frame) = (state.revision, state.frame);
                outgoing::message(&Ack { id, revision, frame, state })
            }
            Err(problem) => {
                self.server.stats.controls_refused.add(1);
                let error = ErrorMessage::new(problem.code, problem.detail);
                outgoing::message(&ErrorMessage { id, ..error })
            }
        }
    }

    fn report(&mut self, report: Report) {
        let stats = &self.server.stats;
        if (0.0..=REPORTED_BUFFER_MS_MAX).contains(&report.buffer_ms) {
            stats.reported_buffer.observe(report.buffer_ms, 1);
        }
        // A client counts its underruns from its start; one that starts again counts from 0.
        let new = report.underruns.saturating_sub(self.underruns_reported);
        if new <= REPORTED_UNDERRUNS_MAX {
            stats.reported_underruns.add(new);
        }
        self.underruns_reported = report.underruns;
    }

    fn count(&self, over: Over) {
        let stats = &self.server.stats;
        stats.stalled.add(u64::from(over == Over::Stalled));
        if matches!(over, Over::Close(1013, _)) || over == Over::Stalled {
            stats.evicted.add(1);
        }
    }

    /// Closes as RFC 6455 has it, as far as the client takes part and in bounded time.
    async fn say_goodbye(&mut self, over: Over) {
        let last = match over {
            Over::Close(code, reason) => frame::close(code, reason),
            Over::Closed(Some(code)) => frame::close(code, ""),
            Over::Closed(None) => frame::close_without_code(),
            // What waits in the kernel for a client that does not read is freed at once.
            Over::Disconnected | Over::Broken | Over::Stalled => {
                return socket::cut(&self.line.stream);
            }
        };
        let mut standing = self.line.send_last(last);
        let answered = async {
            while standing == Standing::Full && self.line.stream.writable().await.is_ok() {
                standing = self.line.flush();
            }
            while matches!(over, Over::Close(..)) && self.line.stream.readable().await.is_ok() {
                match self.read() {
                    Ok(true) if self.has_closed() => return,
                    Ok(_) => {}
                    Err(_) => return,
                }
            }
        };
        // Whether it answered or not, the socket closes now.
        let _ = timeout(CLOSE_WITHIN, answered).await;
    }

    /// Whether a close has come, or nothing can come any more.
    fn has_closed(&mut self) -> bool {
        loop {
            match self.reader.next() {
                Ok(Outcome::Message(Message::Close(_))) | Err(_) => return true,
                Ok(Outcome::Message(_) | Outcome::Fragment) => {}
                Ok(Outcome::Incomplete) => return false,
            }
        }
    }
}
