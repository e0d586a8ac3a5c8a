//! Reading a request (RFC 9112), as far as clients that keep the rules need it.

use std::io;

use reqwest::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use super::Received;

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A line without its end; `None` when there is nothing more.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut text = String::new();
    if stream.read_line(&mut text).await? == 0 {
        return Ok(None);
    }
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Reads the next request; `None` when the other side has closed in order.
pub(super) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Received>> {
    let Some(first) = line(stream).await? else { return Ok(None) };
    let mut words = first.split(' ').map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Err(wrong("no request")) };
    let mut headers = HeaderMap::new();
    loop {
        let text = line(stream).await?.ok_or_else(|| wrong("no end of the headers"))?;
        let Some((name, value)) = text.split_once(':') else { break };
        let name: HeaderName = name.parse().map_err(|_| wrong("no header's name"))?;
        headers.append(name, HeaderValue::from_str(value.trim()).map_err(|_| wrong("no header's value"))?);
    }
    let body = body(stream, &headers).await?;
    Ok(Some(Received { method, path, headers, body, connection: 0 }))
}

async fn body(stream: &mut (impl AsyncBufRead + Unpin), headers: &HeaderMap) -> io::Result<Vec<u8>> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(TRANSFER_ENCODING).is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return chunks(stream).await;
    }
    let length = text(CONTENT_LENGTH).map_or(Ok(0), str::parse).map_err(|_| wrong("no length"))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

async fn chunks(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream).await?.ok_or_else(|| wrong("no chunk"))?;
        let size = usize::from_str_radix(&size, 16).map_err(|_| wrong("no chunk's size"))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..]).await?;
        line(stream).await?;
        if size == 0 {
            return Ok(body);
        }
    }
}
