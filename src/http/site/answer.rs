//! The answer for one file: encoding, validator, how long it may be kept.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::encoding::Encoding;
use super::file::{Lifetime, SiteFile};

const NO_GUESSING: (HeaderName, &str) = (X_CONTENT_TYPE_OPTIONS, "nosniff");

/// The file in the best form that the client accepts, or 304 where it has that already.
pub(super) fn file(file: &SiteFile, headers: &HeaderMap) -> Response {
    let (encoding, content) = best_form(file, headers);
    let etag = file.etag(encoding);
    let keep = match file.lifetime() {
        Lifetime::Forever => "public, max-age=31536000, immutable",
        Lifetime::Hour => "public, max-age=3600",
    };
    let common = [NO_GUESSING, (CACHE_CONTROL, keep), (VARY, "accept-encoding"), (ETAG, &etag)];
    if has_already(headers, &etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let name = encoding.name().map(|name| [(CONTENT_ENCODING, name)]);
    (common, [(CONTENT_TYPE, file.content_type())], name, Body::from(content)).into_response()
}

/// 404; not to be kept, since a release may bring the file.
pub(super) fn nothing() -> Response {
    let headers = [NO_GUESSING, (CACHE_CONTROL, "no-store")];
    (StatusCode::NOT_FOUND, headers, "There is no such file.\n").into_response()
}

fn best_form(file: &SiteFile, headers: &HeaderMap) -> (Encoding, Bytes) {
    let accepted = Encoding::accepted(headers).into_iter();
    let mut forms = accepted.filter_map(|encoding| Some((encoding, file.form(encoding)?.clone())));
    // The identity is always accepted and always there.
    forms.next().unwrap_or((Encoding::Identity, Bytes::new()))
}

/// Whether one of the client's validators is this one, compared weakly (RFC 9110, section 13.1.2).
fn has_already(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut validators = values.flat_map(|value| value.split(',')).map(str::trim);
    validators.any(|validator| validator == "*" || validator.strip_prefix("W/").unwrap_or(validator) == etag)
}
