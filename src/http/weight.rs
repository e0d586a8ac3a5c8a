//! What bodies weigh, for the meter of bandwidth: of a request what was read of it, of an answer what it has. Headers are
//! not counted, nor what nobody is known for.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    body::{Body, HttpBody as _},
    extract::Request,
    response::Response,
};
use futures::TryStreamExt as _;
use tenantry_domain::{Services, metering::Whose};

/// Bytes that were read of a request's body.
pub(crate) type Weight = Arc<AtomicU64>;

/// Weighs a request's body while it is read.
pub(crate) fn of_request(request: Request) -> (Request, Weight) {
    let weight = Weight::default();
    if request.body().is_end_stream() {
        return (request, weight);
    }
    let read = Arc::clone(&weight);
    let weighed = request.map(|body| {
        Body::from_stream(body.into_data_stream().inspect_ok(move |chunk| {
            read.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        }))
    });
    (weighed, weight)
}

/// Counts a request with its answer. An answer whose end is not known yet is counted while it is sent.
pub(crate) fn of_response(services: &Services, whose: Whose, came_in: &Weight, response: Response) -> Response {
    let came_in = came_in.load(Ordering::Relaxed);
    if let Some(goes_out) = response.body().size_hint().exact() {
        services.bandwidth.count(services, whose, came_in + goes_out);
        return response;
    }
    services.bandwidth.count(services, whose, came_in);
    let services = services.clone();
    response.map(|body| {
        Body::from_stream(body.into_data_stream().inspect_ok(move |chunk| {
            services.bandwidth.count(&services, whose, chunk.len() as u64);
        }))
    })
}
