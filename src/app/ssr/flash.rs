//! Keeping what a form without a script brings to the page that comes next. A token in a short-lived cookie finds it;
//! nothing of it stands in an address.

use axum::http::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use tenantry_domain::{
    Services, Settings,
    accounts::flash::{self, CONTENT_BYTES},
    db::DbError,
};
use tenantry_http::cookie;
use tenantry_kernel::UserId;

use crate::app::context::Flash;

/// A form as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    form: Flash,
    /// Who alone may see it: whoever asked for what is shown once. A refusal is for whoever holds the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reader: Option<UserId>,
}

/// The cookie's name.
const COOKIE: &str = "tenantry-flash";

/// Fields that are never kept, whatever their form.
const SECRET: [&str; 3] = ["password", "current_password", "token"];

/// A field that is longer than this is the first to go where the whole does not fit.
const LONG_FIELD_BYTES: usize = 1_024;

/// Keeps a form for the page at `path`, for one reader alone where one is named; the answer is the cookie that finds it.
///
/// # Errors
/// When the database is away.
pub async fn keep(
    services: &Services,
    path: &str,
    form: Flash,
    reader: Option<UserId>,
) -> Result<HeaderValue, DbError> {
    let token = flash::keep(services, path, &content(Kept { form, reader })).await?;
    Ok(write(&services.settings, &token, 600))
}

/// Takes what was kept for the page at `path`, once; for another reader it is lost.
///
/// # Errors
/// When the database is away.
pub async fn take(
    services: &Services,
    headers: &HeaderMap,
    path: &str,
    reader: Option<UserId>,
) -> Result<Option<Flash>, DbError> {
    let Some(token) = cookie::read(headers, COOKIE) else { return Ok(None) };
    let content = flash::take(services, &token, path).await?;
    let kept: Option<Kept> = content.and_then(|content| serde_json::from_str(&content).ok());
    Ok(kept.filter(|kept| kept.reader.is_none() || kept.reader == reader).map(|kept| kept.form))
}

/// Does the request bring a flash's token?
pub fn is_brought(headers: &HeaderMap) -> bool {
    cookie::read(headers, COOKIE).is_some()
}

/// Takes the token from the browser.
pub fn forget(settings: &Settings) -> HeaderValue {
    write(settings, "", 0)
}

/// The flash as text, without secrets; without long fields where it would not fit otherwise, since the error is what
/// people need most.
fn content(mut kept: Kept) -> String {
    kept.form.fields.retain(|(name, _)| !SECRET.contains(&name.as_str()));
    let text = serde_json::to_string(&kept).unwrap_or_default();
    if text.len() <= CONTENT_BYTES {
        return text;
    }
    kept.form.fields.retain(|(_, value)| value.len() <= LONG_FIELD_BYTES);
    kept.form.fields.truncate(8);
    serde_json::to_string(&kept).unwrap_or_default()
}

fn write(settings: &Settings, token: &str, seconds: u32) -> HeaderValue {
    let secure = if settings.public_url.scheme() == "https" { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    // Base64 is visible ASCII.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use tenantry_kernel::Problem;

    use super::*;

    fn refused(fields: &[(&str, String)]) -> Kept {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Kept { form: Flash::refused("/api/rpc/x".into(), Problem::not_found(), fields), reader: None }
    }

    #[test]
    fn a_password_is_never_kept() {
        let text = content(refused(&[("email", "ada@example.com".into()), ("password", "correct horse".into())]));
        assert!(text.contains("ada@example.com") && !text.contains("correct horse"), "{text}");
        let text = content(refused(&[("current_password", "correct horse".into())]));
        assert!(!text.contains("correct horse"), "{text}");
        let text = content(refused(&[("token", "opens something".into()), ("password", "short".into())]));
        assert!(!text.contains("opens something"), "{text}");
    }

    #[test]
    fn the_error_survives_a_long_field() {
        let text = content(refused(&[("payload", "x".repeat(CONTENT_BYTES)), ("action", "greet".into())]));
        assert!(text.len() <= CONTENT_BYTES);
        assert!(text.contains("NOT_FOUND") && text.contains("greet"), "{text}");
    }
}
