//! The site as a client meets it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderName, Method, Request, Response, StatusCode};
use tower::ServiceExt;

use super::{Site, SiteError};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A folder of its own for one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    /// A site as its build leaves it, and an executable two folders below.
    fn with_site(name: &str) -> Result<Self, std::io::Error> {
        let folder = std::env::temp_dir().join(format!("tenantry-site-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("site/assets"))?;
        let files = [
            ("site/assets/app.1.js", "script"),
            ("site/assets/app.1.js.br", "br"),
            ("site/assets/app.1.js.gz", "gz"),
            ("site/favicon.svg", "<svg/>"),
            (
                "site/manifest.json",
                r#"{"version":"v","folder":"assets","assets":{"app.js":"/assets/app.1.js"},"public":["/favicon.svg"]}"#,
            ),
        ];
        files.iter().try_for_each(|(path, content)| fs::write(folder.join(path), content))?;
        Ok(Self(folder))
    }

    fn executable(&self) -> PathBuf {
        self.0.join("debug/deps/tenantry")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

async fn ask(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(HeaderName, &str)],
) -> Result<Response<Body>, axum::http::Error> {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(name, *value));
    match router.clone().oneshot(request.body(Body::empty())?).await {
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}

fn header(response: &Response<Body>, name: HeaderName) -> &str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn text(response: Response<Body>) -> Result<String, Box<dyn std::error::Error>> {
    Ok(String::from_utf8(to_bytes(response.into_body(), 1024).await?.to_vec())?)
}

#[tokio::test]
async fn a_hashed_file_comes_compressed_and_may_be_kept_for_ever() -> Outcome {
    let folder = Folder::with_site("hashed")?;
    let site = Site::load(&folder.executable())?;
    let address = site.asset("app.js").ok_or("the file has no address")?.to_owned();
    let router = Arc::new(site).router();
    let response = ask(&router, Method::GET, &address, &[(ACCEPT_ENCODING, "gzip, br")]).await?;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, CONTENT_ENCODING), "br");
    assert_eq!(header(&response, CONTENT_TYPE), "text/javascript; charset=utf-8");
    assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=31536000, immutable");
    assert_eq!(header(&response, VARY), "accept-encoding");
    assert_eq!(text(response).await?, "br");
    let plain = ask(&router, Method::GET, &address, &[(ACCEPT_ENCODING, "br;q=0")]).await?;
    assert_eq!(header(&plain, CONTENT_ENCODING), "");
    assert_eq!(text(plain).await?, "script");
    Ok(())
}

#[tokio::test]
async fn a_public_file_is_asked_for_again_and_answered_with_304() -> Outcome {
    let folder = Folder::with_site("public")?;
    let router = Arc::new(Site::load(&folder.executable())?).router();
    let first = ask(&router, Method::GET, "/favicon.svg", &[(ACCEPT_ENCODING, "br")]).await?;
    assert_eq!(header(&first, CACHE_CONTROL), "public, max-age=3600");
    let etag = format!("\"other\", W/{}", header(&first, ETAG));
    assert_eq!(text(first).await?, "<svg/>");
    let second = ask(&router, Method::GET, "/favicon.svg", &[(IF_NONE_MATCH, &etag)]).await?;
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(second).await?, "");
    Ok(())
}

#[tokio::test]
async fn head_is_get_without_a_body() -> Outcome {
    let folder = Folder::with_site("head")?;
    let router = Arc::new(Site::load(&folder.executable())?).router();
    let response = ask(&router, Method::HEAD, "/favicon.svg", &[]).await?;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, CONTENT_LENGTH), "6");
    assert_eq!(text(response).await?, "");
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_404_and_nothing_climbs_out() -> Outcome {
    let folder = Folder::with_site("nothing")?;
    let router = Arc::new(Site::load(&folder.executable())?).router();
    for path in ["/assets/app.0.js", "/assets/../manifest.json", "/assets/app.1.js.br", "/manifest.json"] {
        let response = ask(&router, Method::GET, path, &[]).await?;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
    Ok(())
}

#[test]
fn without_a_site_the_error_says_what_to_do() {
    let nowhere = std::env::temp_dir().join("tenantry-no-site/debug/tenantry");
    let outcome = Site::load(&nowhere);
    assert!(matches!(&outcome, Err(SiteError::Missing(path)) if *path == nowhere));
    assert!(outcome.is_err_and(|error| error.to_string().contains("cargo xtask site")));
    assert!(Site::empty().is_empty());
    assert_eq!(Site::empty().asset("app.js"), None);
}

#[test]
fn a_site_with_a_file_missing_is_not_served() -> Outcome {
    let folder = Folder::with_site("broken")?;
    fs::remove_file(folder.0.join("site/assets/app.1.js"))?;
    assert!(matches!(Site::load(&folder.executable()), Err(SiteError::Unreadable { .. })));
    Ok(())
}
