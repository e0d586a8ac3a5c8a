//! The wire: requests byte by byte, so that one can be cut in its middle, and so can its answer.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::Chance;

/// Longer than any answer may take: a request waits in line for fifteen seconds at most.
const PATIENCE: Duration = Duration::from_secs(40);

/// What becomes of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    /// It is answered.
    Whole,
    /// So much of it is sent, in thousandths, and then the line is cut.
    RequestCut(usize),
    /// So many bytes of its answer are read, and then the line is cut.
    AnswerCut(usize),
    /// Nobody waits longer than this for its answer.
    Abandoned(Duration),
}

impl Fate {
    /// Mostly whole.
    pub fn by(chance: &mut Chance) -> Self {
        match chance.below(10) {
            0 => Self::RequestCut(chance.below(1000)),
            1 => Self::AnswerCut(1 + chance.below(600)),
            2 => Self::Abandoned(Duration::from_micros(100 + chance.below(30_000) as u64)),
            _ => Self::Whole,
        }
    }
}

/// What came back.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Every byte.
    pub bytes: Vec<u8>,
    /// Where the body begins, when all of the answer is there.
    body: Option<usize>,
    /// Did nobody end the conversation but the patience of the one who asked?
    pub hung: bool,
}

impl Heard {
    /// The status of a whole answer; `None` for a broken one.
    pub fn status(&self) -> Option<u16> {
        self.body?;
        std::str::from_utf8(self.bytes.get(9..12)?).ok()?.parse().ok()
    }

    /// A text in the body, by JSON pointer; empty where there is none.
    pub fn text_at(&self, pointer: &str) -> String {
        let body: Value =
            serde_json::from_slice(&self.bytes[self.body.unwrap_or(self.bytes.len())..]).unwrap_or_default();
        body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// All of it, for a finding.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A line to one server that is kept open from request to request, until one is cut.
#[derive(Debug, Default)]
pub(super) struct Line(Option<(String, TcpStream)>);

impl Line {
    /// Sends a request to an address (`127.0.0.1:3000`) and lets its fate come.
    pub async fn ask(&mut self, address: &str, request: &[u8], fate: Fate) -> Heard {
        let kept = self.0.take().filter(|(to, _)| to == address).map(|(_, stream)| stream);
        let stream = match kept {
            Some(stream) => Ok(stream),
            None => TcpStream::connect(address).await,
        };
        // Nobody listens while the program is down.
        let Ok(mut stream) = stream else { return Heard::default() };
        let mut heard = Heard::default();
        match fate {
            Fate::RequestCut(thousandths) => {
                let _closed = stream.write_all(&request[..request.len() * thousandths / 1000]).await;
                return heard;
            }
            Fate::AnswerCut(most) => drop(timeout(PATIENCE, talk(&mut stream, request, most, &mut heard)).await),
            Fate::Abandoned(after) => drop(timeout(after, talk(&mut stream, request, usize::MAX, &mut heard)).await),
            Fate::Whole => {
                heard.hung = timeout(PATIENCE, talk(&mut stream, request, usize::MAX, &mut heard)).await.is_err();
            }
        }
        if heard.body.is_some() {
            self.0 = Some((address.to_owned(), stream));
        }
        heard
    }
}

/// Sends the request and reads until the answer is whole, so many bytes of it are there, or the server has hung up.
async fn talk(stream: &mut TcpStream, request: &[u8], most: usize, heard: &mut Heard) {
    if stream.write_all(request).await.is_err() {
        return;
    }
    let mut buffer = [0; 8 * 1024];
    while heard.bytes.len() < most {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => heard.bytes.extend_from_slice(&buffer[..read]),
        }
        heard.body = body_of(&heard.bytes);
        if heard.body.is_some() {
            return;
        }
    }
}

/// Where the body begins, once all of it is there.
fn body_of(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).ok()?.to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    (answer.len() >= head + length.unwrap_or(0)).then_some(head)
}
