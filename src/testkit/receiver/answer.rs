//! What a receiver answers: all that servers do, and what only broken and hostile ones do.

use std::{
    io::{self, Write as _},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use flate2::{Compress, Compression, FlushCompress, write::GzEncoder};
use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::sleep};
use tokio_util::sync::CancellationToken;

/// An answer, or what comes instead.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A whole one.
    Whole {
        /// The status.
        status: u16,
        /// The headers, beside the length.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Another one, later.
    Late(Duration, Box<Answer>),
    /// Another one, when the test lets it go.
    Held(Hold, Box<Answer>),
    /// Bytes that are no HTTP.
    Garbage,
    /// A head, and then one byte after each pause, without end.
    Drip(Duration),
    /// Zeros without end.
    Endless,
    /// Headers without end.
    EndlessHeaders,
    /// A mebibyte that unpacks (gzip) to a gibibyte of zeros.
    Bomb,
    /// The connection is reset instead of an answer.
    Reset,
    /// The connection is reset in the middle of the body.
    ResetMidway,
    /// Ten bytes are announced, five come, and the connection is closed.
    TooShort,
    /// Five bytes are announced, and ten come.
    TooMuch,
    /// Silence.
    Never,
}

/// Holds answers back until it lets them go, all at once: a test that must come first does not race with a pause.
#[derive(Clone, Debug, Default)]
pub struct Hold(CancellationToken);

impl Hold {
    /// Lets them go, and whatever is asked from then on.
    pub fn let_go(&self) {
        self.0.cancel();
    }
}

impl Default for Answer {
    /// 200 and an empty object.
    fn default() -> Self {
        Self::json(200, &Value::Object(serde_json::Map::new()))
    }
}

impl Answer {
    /// A status without a body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Whole { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A status and a body.
    #[must_use]
    pub fn of(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self::Whole { status, headers, body: body.into() }
    }

    /// A status and JSON.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", body.to_string())
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).with("location", to)
    }

    /// 200 and a body that is packed with gzip on its way.
    ///
    /// # Panics
    /// Never: packing into memory does not fail.
    #[must_use]
    pub fn packed(content_type: &str, body: &[u8]) -> Self {
        let mut packing = GzEncoder::new(Vec::new(), Compression::default());
        packing.write_all(body).expect("memory takes it");
        Self::of(200, content_type, packing.finish().expect("memory takes it")).with("content-encoding", "gzip")
    }

    /// The same with one more header; only a whole answer has some.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same, later.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self::Late(pause, Box::new(self))
    }

    /// The same when it is let go, and what lets it go.
    #[must_use]
    pub fn held(self) -> (Self, Hold) {
        let hold = Hold::default();
        (Self::Held(hold.clone(), Box::new(self)), hold)
    }

    /// What is given in the end, when it is time for it.
    async fn due(self) -> Self {
        let mut answer = self;
        loop {
            answer = match answer {
                Self::Late(pause, later) => {
                    sleep(pause).await;
                    *later
                }
                Self::Held(hold, later) => {
                    hold.0.cancelled().await;
                    *later
                }
                now => return now,
            };
        }
    }

    /// Gives it; `true` when the connection can take another request. `sent` counts what has left.
    pub(super) async fn give(self, stream: &mut TcpStream, is_head: bool, sent: &AtomicU64) -> io::Result<bool> {
        let mut out = Out { stream, sent };
        match self.due().await {
            Self::Whole { status, headers, body } => return out.whole(status, &headers, &body, is_head).await,
            Self::Garbage => out.send(b"\x00\x01 this is no HTTP\r\n\r\n\xff\xfe").await?,
            Self::Drip(pause) => out.again(b"HTTP/1.1 200 OK\r\n\r\n", b".", pause).await?,
            Self::Endless => out.again(b"HTTP/1.1 200 OK\r\n\r\n", &[0; 64 * 1024], Duration::ZERO).await?,
            Self::EndlessHeaders => {
                out.again(b"HTTP/1.1 200 OK\r\n", &b"x-more: and more\r\n".repeat(1024), Duration::ZERO).await?
            }
            Self::Bomb => out.bomb().await?,
            Self::Reset => out.stream.set_zero_linger()?,
            Self::ResetMidway => {
                out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await?;
                // What was sent must have been read, or the reset takes it away.
                sleep(Duration::from_millis(50)).await;
                out.stream.set_zero_linger()?;
            }
            Self::TooShort => out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await?,
            Self::TooMuch => out.send(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloworld").await?,
            Self::Never | Self::Late(..) | Self::Held(..) => std::future::pending::<()>().await,
        }
        Ok(false)
    }
}

/// The way out of a connection.
struct Out<'a> {
    stream: &'a mut TcpStream,
    sent: &'a AtomicU64,
}

impl Out<'_> {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    async fn whole(
        &mut self,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
        is_head: bool,
    ) -> io::Result<bool> {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        // These have no body, and so no length (RFC 9110, section 8.6).
        let length = if matches!(status, 100..=199 | 204 | 304) {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let head = format!("HTTP/1.1 {status} Said\r\n{}{length}\r\n", lines.collect::<String>());
        self.send(head.as_bytes()).await?;
        if !is_head {
            self.send(body).await?;
        }
        Ok(!headers.iter().any(|(name, value)| name == "connection" && value == "close"))
    }

    /// A beginning, and then the same for ever.
    async fn again(&mut self, head: &[u8], piece: &[u8], pause: Duration) -> io::Result<()> {
        self.send(head).await?;
        loop {
            self.send(piece).await?;
            sleep(pause).await;
        }
    }

    async fn bomb(&mut self) -> io::Result<()> {
        self.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: gzip\r\n\r\n").await?;
        // The shortest head of a gzip file (RFC 1952, section 2.3).
        self.send(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff").await?;
        for _ in 0..1024 {
            self.send(mebibyte()).await?;
        }
        Ok(())
    }
}

/// A mebibyte of zeros, packed so that it can be repeated: after a full flush nothing refers to what was before.
fn mebibyte() -> &'static [u8] {
    static PACKED: OnceLock<Vec<u8>> = OnceLock::new();
    PACKED.get_or_init(|| {
        let mut packed = Vec::with_capacity(64 * 1024);
        let mut packing = Compress::new(Compression::best(), false);
        packing.compress_vec(&vec![0; 1024 * 1024], &mut packed, FlushCompress::Full).expect("memory takes it");
        packed
    })
}
