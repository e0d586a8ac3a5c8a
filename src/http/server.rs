//! Serving: a listener, a router, and an end in order.
//!
//! Connections speak HTTP/1.1, which is what every proxy in front speaks to a server behind it. One that is silent, or so slow
//! that no request comes of it, is closed: a process has so many descriptors, and nobody shall hold them for nothing.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service as _;

/// How long requests that are under way may take after the stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// How long a connection may take until the head of its next request has come.
const PATIENCE: Duration = Duration::from_secs(75);

/// How long nobody is let in after the system could not: there are no descriptors left, or no memory.
const PAUSE: Duration = Duration::from_secs(1);

/// The token of the server's stop, with every request: what has no end of its own ends with the server.
#[derive(Clone, Debug, Default)]
pub struct Stop(pub CancellationToken);

/// Serves until the token is canceled, then lets requests under way come to their end. What goes wrong with one connection ends
/// that one alone.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_for(PATIENCE, listener, router, stop).await;
}

async fn serve_for(patience: Duration, listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(patience);
    loop {
        let (stream, from) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = stop.cancelled() => break,
        };
        let (router, stopped) = (router.clone(), Stop(stop.clone()));
        let service = service_fn(move |request: Request<Incoming>| {
            let (mut router, mut request) = (router.clone(), request.map(Body::new));
            request.extensions_mut().insert(ConnectInfo(from));
            request.extensions_mut().insert(stopped.clone());
            async move { router.call(request).await }
        });
        let connection = server.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let stop = stop.clone();
        connections.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::trace!(%error, "A connection has broken off.");
            }
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(FAREWELL, connections.wait()).await.is_err() {
        tracing::warn!("Some requests did not end in time and were cut off.");
    }
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                // An event of a few bytes does not wait for company.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::trace!(%error, "A connection was gone before it began.");
                }
                return (stream, from);
            }
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                tracing::error!(%error, "No connection can be taken in.");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Did a single connection fail, and not the listening?
fn is_of_one(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        time::Instant,
    };

    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    /// A server with little patience, and its address.
    async fn served() -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let (address, stop) = (listener.local_addr().expect("an address"), CancellationToken::new());
        let slow = get(async || {
            tokio::time::sleep(SHORT * 4).await;
            "done"
        });
        tokio::spawn(serve_for(SHORT, listener, Router::new().route("/slow", slow), stop.clone()));
        (address, stop)
    }

    /// What came until the server closed, and when it did, after these bytes were sent.
    async fn answered(address: SocketAddr, bytes: &[u8]) -> (String, Duration) {
        let (began, mut text) = (Instant::now(), String::new());
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(bytes).await.expect("it reads");
        stream.read_to_string(&mut text).await.expect("it closes");
        (text, began.elapsed())
    }

    #[tokio::test]
    async fn a_connection_of_which_no_request_comes_is_closed() {
        let (address, _stop) = served().await;
        for silent in [&b""[..], b"P", b"GET /slow HTTP/1.1\r\nHost: x\r\nX-"] {
            let (_, after) = answered(address, silent).await;
            assert!(after >= SHORT, "{after:?}");
        }
    }

    #[tokio::test]
    async fn a_request_under_way_comes_to_its_end_and_nobody_else_is_let_in() {
        let (address, stop) = served().await;
        let request = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
        let under_way = tokio::spawn(answered(address, request));
        tokio::time::sleep(SHORT).await;
        stop.cancel();
        let (text, _) = under_way.await.expect("no panic");
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("done"), "{text}");
        assert!(TcpStream::connect(address).await.is_err());
    }
}
