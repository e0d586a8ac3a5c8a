//! The way of a browser from the main host to a tenant's own, step by step, so that a test may leave it anywhere.

use reqwest::{Method, Url};

use crate::{Call, Client, Reply};

/// The host of a tenant, on a server that was started with `localhost` as its base domain.
#[must_use]
pub fn host_of(slug: &str) -> String {
    format!("{slug}.localhost")
}

/// A way that was begun at a tenant's host.
#[derive(Clone, Debug)]
pub struct Way {
    /// Which tenant's.
    pub slug: String,
    /// The cookie that the host left (`name=value`).
    pub nonce: String,
    /// What the main host is asked, as a form's fields.
    pub asks: String,
}

impl Client {
    /// At a tenant's host, without its session.
    #[must_use]
    pub fn outside(&self, slug: &str) -> Self {
        self.with_cookie(None).at_host(&host_of(slug))
    }

    /// Sends a form.
    #[must_use]
    pub fn form(&self, path: &str, fields: &str) -> Call {
        self.call(Method::POST, path).body("application/x-www-form-urlencoded", fields.to_owned())
    }

    /// Goes to a page of a tenant's host as a browser without a session there.
    ///
    /// # Panics
    /// When the host does not lead to the main one.
    pub async fn begin(&self, slug: &str, next: &str) -> Way {
        let reply = self.outside(slug).get(&format!("/enter?next={next}")).await.expect(303);
        let (nonce, _) = reply.cookie().expect("a nonce");
        let to: Url = reply.header("location").expect("it leads on").parse().expect("an address");
        assert_eq!(to.path(), "/hand-over");
        Way { slug: slug.to_owned(), nonce, asks: to.query().expect("it says what for").to_owned() }
    }

    /// Asks the main host for a code; the answer is what it is carried back in, as a form's fields.
    ///
    /// # Panics
    /// When the main host refuses.
    pub async fn code_for(&self, way: &Way) -> String {
        let reply = self.form("/hand-over", &way.asks).await.expect(303);
        let to: Url = reply.header("location").expect("it leads back").parse().expect("an address");
        assert_eq!((to.host_str(), to.path()), (Some(host_of(&way.slug).as_str()), "/enter"));
        to.query().expect("the code").to_owned()
    }

    /// Brings a code to the tenant's host.
    pub async fn bring(&self, way: &Way, code: &str) -> Reply {
        self.outside(&way.slug).with_cookie(Some(way.nonce.clone())).form("/enter", code).await
    }

    /// The same person at a tenant's host, with a session of its own that the main host handed over.
    ///
    /// # Panics
    /// When a step is refused.
    pub async fn entered(&self, slug: &str) -> Self {
        let way = self.begin(slug, "/dashboard").await;
        let code = self.code_for(&way).await;
        let (cookie, _) = self.bring(&way, &code).await.expect(303).cookie().expect("a session");
        self.outside(slug).with_cookie(Some(cookie))
    }
}
