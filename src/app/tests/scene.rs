//! A server that has the pages too, and its functions called as pages call them.

use std::sync::Arc;

use axum::http::Method;
use tenantry_http::{App, site::Site};
use tenantry_kernel::Role;
use tenantry_testkit::{Client, Organization, Person, Reply, Served, TestDatabase};

use crate::app::ssr;

const FORM: &str = "application/x-www-form-urlencoded";

/// An owner with an organization on Pro, and a slice whose functions are called.
pub struct Scene {
    pub database: TestDatabase,
    pub served: Served,
    pub owner: Person,
    pub acme: Organization,
    slice: &'static str,
}

impl Scene {
    pub async fn of(slice: &'static str) -> Self {
        let database = TestDatabase::new().await;
        let app = App::new(database.services.clone(), Arc::new(Site::empty()));
        let pages = ssr::router(app);
        let served = Served::over(database.services.clone(), false, |api| api.fallback_service(pages)).await;
        let owner = served.sign_up("Ada").await;
        let acme = owner.create_organization("Acme", "pro").await;
        Self { database, served, owner, acme, slice }
    }

    pub async fn member(&self, role: Role) -> Person {
        let person = self.served.sign_up(role.as_str()).await;
        self.database.add_member(self.acme.id, person.id, role).await;
        person
    }

    /// The fields, with the tenant of the page.
    fn fields(&self, fields: &[(&str, &str)]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("tenant", &self.acme.tenant.to_string());
        form.extend_pairs(fields).finish()
    }

    /// As a script calls a verb of the slice.
    pub async fn calls(&self, who: &Client, verb: &str, fields: &[(&str, &str)]) -> Reply {
        self.calls_at(who, &format!("{}/{verb}", self.slice), fields).await
    }

    /// As a script calls another slice's verb.
    pub async fn calls_at(&self, who: &Client, verb: &str, fields: &[(&str, &str)]) -> Reply {
        let call = who.call(Method::POST, &format!("/api/rpc/{verb}")).header("accept", "application/json");
        call.header("sec-fetch-site", "same-origin").body(FORM, self.fields(fields)).await
    }

    /// As a form without a script is sent from the slice's page.
    pub async fn posts(&self, who: &Client, verb: &str, fields: &[(&str, &str)]) -> Reply {
        self.sends(who, verb, self.fields(fields)).await
    }

    /// The same where there is no tenant yet.
    pub async fn posts_nowhere(&self, who: &Client, verb: &str, fields: &[(&str, &str)]) -> Reply {
        let fields = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.sends(who, verb, fields).await
    }

    /// The same, whatever is answered.
    pub async fn tries_nowhere(&self, who: &Client, verb: &str, fields: &[(&str, &str)]) -> Reply {
        let fields = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.sent(who, verb, fields).await
    }

    async fn sends(&self, who: &Client, verb: &str, fields: String) -> Reply {
        self.sent(who, verb, fields).await.expect(303)
    }

    async fn sent(&self, who: &Client, verb: &str, fields: String) -> Reply {
        let (page, path) = (format!("{}/{}", who.base(), self.slice), format!("/api/rpc/{}/{verb}", self.slice));
        let call = who.call(Method::POST, &path).header("accept", "text/html");
        let call = call.header("sec-fetch-site", "same-origin").header("referer", &page);
        call.body(FORM, fields).await
    }

    /// The slice's page, with the cookies that a form has left.
    pub async fn page(&self, who: &Client, left: Option<&Reply>) -> Reply {
        self.page_at(who, &format!("/{}", self.slice), left).await
    }

    /// Another page.
    pub async fn page_at(&self, who: &Client, path: &str, left: Option<&Reply>) -> Reply {
        let session = who.cookie().unwrap_or_default().to_owned();
        let flash = left.map(|left| format!("; {}", left.cookie().expect("a flash's cookie").0)).unwrap_or_default();
        who.with_cookie(Some(session + &flash)).call(Method::GET, path).header("accept", "text/html").await
    }
}

/// Fields and others behind them.
pub fn with<'a>(fields: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [fields, more].concat()
}

/// A signing secret's text, in a page or in an answer: what stands behind `whsec_`.
pub fn secret_in(text: &str) -> Option<String> {
    let rest = text.split("whsec_").nth(1)?;
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+/=".contains(letter)));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}
