//! Serving: a listener, a router, and an end in order.

use std::{net::SocketAddr, time::Duration};

use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests that are under way may take after the stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// The token of the server's stop, with every request: what has no end of its own ends with the server.
#[derive(Clone, Debug, Default)]
pub struct Stop(pub CancellationToken);

/// Serves until the token is canceled, then lets requests under way come to their end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let graceful = stop.clone();
    let router = router.layer(Extension(Stop(stop.clone()))).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { graceful.cancelled().await });
    tokio::select! {
        ended = serving.into_future() => ended,
        () = async {
            stop.cancelled().await;
            tokio::time::sleep(FAREWELL).await;
        } => {
            tracing::warn!("Some requests did not end in time and were cut off.");
            Ok(())
        }
    }
}
