//! What bodies weigh, for the meter of bandwidth: of a request what was read of it, of an answer what it has. Headers are
//! not counted, nor what nobody is known for.

use axum::{
    body::{Body, HttpBody as _},
    response::Response,
};
use futures::TryStreamExt as _;
use tenantry_domain::{Services, metering::Whose};

/// Counts a request, of whose body so many bytes were read, with its answer. An answer whose end is not known yet is counted
/// while it is sent.
pub(crate) fn of_response(services: &Services, whose: Whose, came_in: u64, response: Response) -> Response {
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
