//! Switching organization: how long the call takes that moves a session, beside one that does nothing.

use serde_json::json;
use tenantry_testkit::TestServer;

use crate::{Effort, figures::Row, load};

/// Organizations of the person who switches.
const ORGANIZATIONS: usize = 100;

/// Measures it.
pub async fn measure(effort: Effort) -> Row {
    let server = TestServer::without_worker().await;
    let ada = server.sign_up("Ada").await;
    let mut requests = Vec::new();
    for number in 0..ORGANIZATIONS {
        let organization = ada.create_organization(&format!("Company {number}"), "pro").await;
        let body = json!({"organization": organization.id}).to_string();
        requests.push(load::request("PUT", "/api/tenant/organizations/current", ada.cookie(), &body));
    }
    let address = server.base().trim_start_matches("http://");
    let mut empty = load::times(address, &[load::request("GET", "/healthz", None, "")], effort.time / 4).await;
    let mut switches = load::times(address, &requests, effort.time).await;
    let (median, slowest) = (switches.within(0.5), switches.within(0.99));
    Row {
        what: "switching organization",
        measured: format!("p50 {median:.2} ms, p99 {slowest:.2} ms"),
        reference: format!("empty call p50 {:.2} ms, p99 {:.2} ms", empty.within(0.5), empty.within(0.99)),
        target: "p99 < 5 ms",
        reached: slowest < 5.0,
    }
}
