//! What is left of a request's body when its answer is decided.
//!
//! Who may not do a thing is told so before the body is read. On HTTP/1 the rest then stands before the next request of the
//! connection: a small one is read and forgotten, and for any other the answer says that the connection ends with it (RFC
//! 9112, 9.6), so that no client sends its next request into a closed one.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    http::{HeaderValue, Version, header},
    response::Response,
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::time::timeout;

/// The largest rest that is read and forgotten, in bytes: what mostly has arrived with the head of the request.
const MOST: u64 = 64 * 1024;

/// How long an answer waits for such a rest.
const PATIENCE: Duration = Duration::from_millis(100);

/// A request's body, seen from outside of whoever reads it; `None` where there is no body.
#[derive(Default)]
pub(crate) struct Watched(Option<Arc<Seen>>);

#[derive(Default)]
struct Seen {
    /// Bytes that were read.
    read: AtomicU64,
    /// What whoever read it has left.
    rest: Mutex<Option<BodyDataStream>>,
    /// Does another request come on the same connection, behind the body?
    in_line: bool,
    /// Does the client hold the body back until it is asked for it?
    waits: bool,
}

/// Watches a request's body while it is read.
pub(crate) fn watch(request: Request) -> (Request, Watched) {
    if request.body().is_end_stream() {
        return (request, Watched::default());
    }
    let in_line = request.version() <= Version::HTTP_11;
    let waits = request.headers().contains_key(header::EXPECT);
    let seen = Arc::new(Seen { in_line, waits, ..Seen::default() });
    let reader = Arc::clone(&seen);
    let watched = request.map(|body| Body::from_stream(Reading { body: Some(body.into_data_stream()), seen: reader }));
    (watched, Watched(Some(seen)))
}

impl Watched {
    /// Bytes that were read of it.
    pub fn read(&self) -> u64 {
        self.0.as_ref().map_or(0, |seen| seen.read.load(Ordering::Relaxed))
    }

    /// Makes the way free for the next request, or says that there is none.
    pub async fn settle(self, response: &mut Response) {
        let Some(seen) = self.0.filter(|seen| seen.in_line) else { return };
        let rest = seen.rest.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(rest) = rest else { return };
        // Who waits to be asked would take our reading for a yes.
        let is_asked = !seen.waits || seen.read.load(Ordering::Relaxed) > 0;
        if !is_asked || !is_drained(rest).await {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Reads a small rest to its end.
async fn is_drained(mut rest: BodyDataStream) -> bool {
    if HttpBody::size_hint(&rest).lower() > MOST {
        return false;
    }
    let reading = async {
        let mut read = 0;
        while let Some(piece) = rest.next().await {
            read += piece.map_or(u64::MAX, |piece| piece.len() as u64);
            if read > MOST {
                return false;
            }
        }
        true
    };
    timeout(PATIENCE, reading).await.unwrap_or(false)
}

/// A body that is being read. Dropped before its end, it leaves the rest.
struct Reading {
    body: Option<BodyDataStream>,
    seen: Arc<Seen>,
}

impl Stream for Reading {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let piece = ready!(Pin::new(body).poll_next(context));
        match &piece {
            Some(Ok(piece)) => {
                self.seen.read.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }
            // It is over, or broken: nothing is left either way.
            Some(Err(_)) | None => self.body = None,
        }
        Poll::Ready(piece)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if rest.is_some() {
            *self.seen.rest.lock().unwrap_or_else(PoisonError::into_inner) = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use futures::stream;

    use super::*;

    fn request(body: Body) -> Request {
        Request::new(body)
    }

    /// A body that comes in pieces, and whose length nobody has said.
    fn pieces(count: usize) -> Body {
        Body::from_stream(stream::iter((0..count).map(|_| Ok::<_, axum::Error>(Bytes::from_static(&[b'x'; 1024])))))
    }

    async fn closes(watched: Watched) -> bool {
        let mut response = Response::default();
        watched.settle(&mut response).await;
        response.headers().get(header::CONNECTION).is_some_and(|value| value == "close")
    }

    #[tokio::test]
    async fn what_was_read_leaves_nothing_behind() {
        let (request, watched) = watch(request(pieces(100)));
        assert_eq!(to_bytes(request.into_body(), usize::MAX).await.expect("whole").len(), 100 * 1024);
        assert_eq!(watched.read(), 100 * 1024);
        assert!(!closes(watched).await);
        let (request, watched) = watch(self::request(Body::empty()));
        drop(request);
        assert!(!closes(watched).await);
    }

    #[tokio::test]
    async fn a_small_rest_is_read_and_a_large_one_closes() {
        for (body, closing) in [
            (pieces(64), false),
            (pieces(65), true),
            (Body::from(vec![b'x'; 64 * 1024]), false),
            (Body::from(vec![b'x'; 64 * 1024 + 1]), true),
        ] {
            let (request, watched) = watch(request(body));
            drop(request);
            assert_eq!(closes(watched).await, closing);
        }
    }

    #[tokio::test]
    async fn a_rest_that_does_not_come_is_not_waited_for() {
        let (request, watched) = watch(request(Body::from_stream(stream::pending::<Result<Bytes, axum::Error>>())));
        drop(request);
        assert!(closes(watched).await);
    }

    #[tokio::test]
    async fn who_waits_to_be_asked_is_not_asked() {
        let mut waits = request(pieces(1));
        waits.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        let (request, watched) = watch(waits);
        drop(request);
        assert!(closes(watched).await);
    }

    #[tokio::test]
    async fn where_requests_do_not_stand_in_line_nothing_closes() {
        let mut second = request(pieces(1_000));
        *second.version_mut() = Version::HTTP_2;
        let (request, watched) = watch(second);
        drop(request);
        assert!(!closes(watched).await);
    }
}
