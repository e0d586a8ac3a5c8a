//! Where a request came from, and what an address pays for.
//!
//! The connection's other end is what nobody can forge. Only where that is a proxy of ours does `X-Forwarded-For` count, and
//! of it only what our proxies wrote: each appends whom it heard, so it is read from its end.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, header, request::Parts},
};
use tenantry_domain::{
    Services, Settings,
    accounts::Client,
    rate::{self, Neighbour, TrustedProxies},
};
use tenantry_kernel::{Code, Problem};

use super::X_API_KEY;
use crate::{App, cookie};

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that a request came from; IPv4 where it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Finds it out. A router that is called without a connection is called from this machine.
    #[must_use]
    pub fn of(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip());
        Self(behind(peer.to_canonical(), &settings.trusted_proxies, headers))
    }

    /// Where a request for an account comes from, with what the client calls itself.
    #[must_use]
    pub fn client(self, device: &str) -> Client<'_> {
        Client { device, address: Some(self.0) }
    }

    /// Whom it shares its limits with.
    #[must_use]
    pub fn neighbour(self) -> Neighbour {
        self.0.into()
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&app.services.settings, &parts.headers, &parts.extensions))
    }
}

/// Who stands behind our proxies: the last one named that is none of them. What cannot be read ends the search at the one
/// who wrote it.
fn behind(peer: IpAddr, proxies: &TrustedProxies, headers: &HeaderMap) -> IpAddr {
    let mut client = peer;
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let mut named = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    while proxies.contains(client) {
        let Some(before) = named.next().and_then(address) else { break };
        client = before;
    }
    client
}

/// Reads an entry: an address, with a port where the proxy writes one.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    text.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

/// What is answered to somebody who is not let in. A credential that opened nothing costs its address; one that has none
/// left is told to wait, whatever the credential was. Who is let in never comes here, so nobody is refused for neighbours.
#[must_use]
pub fn refused(services: &Services, from: ClientAddress, problem: Problem) -> Problem {
    if !matches!(problem.code, Code::Unauthenticated | Code::InvalidCredentials) {
        return problem;
    }
    rate::failed_to_authenticate(services, from.neighbour()).err().map_or(problem, Problem::from)
}

/// [`refused`] for a request by its headers: one that brought no credential at all costs nothing.
#[must_use]
pub fn refused_visit(services: &Services, parts: &Parts, problem: Problem) -> Problem {
    if !brings_credential(&parts.headers, &services.settings) {
        return problem;
    }
    refused(services, ClientAddress::of(&services.settings, &parts.headers, &parts.extensions), problem)
}

fn brings_credential(headers: &HeaderMap, settings: &Settings) -> bool {
    headers.contains_key(header::AUTHORIZATION)
        || headers.contains_key(X_API_KEY)
        || cookie::brings_session(headers, settings)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, proxies: &str, forwarded: &[&[u8]]) -> String {
        let settings = Settings {
            trusted_proxies: proxies.parse().expect("networks"),
            ..Settings::new("http://localhost".parse().expect("an address"))
        };
        let (mut headers, mut extensions) = (HeaderMap::new(), Extensions::new());
        for line in forwarded {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line).expect("a header"));
        }
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().expect("an address"), 4711)));
        ClientAddress::of(&settings, &headers, &extensions).0.to_string()
    }

    #[test]
    fn what_a_client_writes_itself_is_worth_nothing() {
        assert_eq!(client("203.0.113.7", "", &[b"1.2.3.4"]), "203.0.113.7");
        assert_eq!(client("203.0.113.7", "10.0.0.0/8", &[b"1.2.3.4"]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[b"1.2.3.4, 203.0.113.7"]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[b"10.0.0.9, 203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn a_chain_of_our_proxies_is_followed_to_its_beginning() {
        assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[b"203.0.113.7, 10.0.0.3,10.0.0.2"]), "203.0.113.7");
        assert_eq!(
            client("10.0.0.1", "10.0.0.0/8", &[b"1.2.3.4, 203.0.113.7", b"10.0.0.3", b"10.0.0.2"]),
            "203.0.113.7"
        );
        assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3", "a call from inside");
        assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[]), "10.0.0.1");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search_at_who_wrote_it() {
        for line in [&b"1.2.3.4, unknown, 10.0.0.2"[..], b"1.2.3.4, , 10.0.0.2", b"1.2.3.4, _hidden, 10.0.0.2"] {
            assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[line]), "10.0.0.2");
        }
        for line in [&b""[..], b",", b"203.0.113.7 10.0.0.2", b"203.0.113.7, \xff", b"10.0.0.256", b"fe80::1%eth0"] {
            assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[line]), "10.0.0.1");
        }
        assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[b"203.0.113.7", b"\xff"]), "10.0.0.1");
    }

    #[test]
    fn ports_brackets_and_wrapped_addresses_are_read() {
        for (line, read) in [
            (&b"203.0.113.7:1234"[..], "203.0.113.7"),
            (b"[2001:db8::1]:1234", "2001:db8::1"),
            (b" 2001:db8::1 ", "2001:db8::1"),
            (b"::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(client("10.0.0.1", "10.0.0.0/8", &[line]), read);
        }
        assert_eq!(client("::ffff:10.0.0.1", "10.0.0.0/8", &[b"203.0.113.7"]), "203.0.113.7");
        assert_eq!(client("fd00::1", "fd00::/8", &[b"203.0.113.7"]), "203.0.113.7");
    }

    #[test]
    fn a_call_without_a_connection_comes_from_this_machine() {
        let settings = Settings::new("http://localhost".parse().expect("an address"));
        let address = ClientAddress::of(&settings, &HeaderMap::new(), &Extensions::new());
        assert_eq!(address.0.to_string(), "127.0.0.1");
    }

    #[test]
    fn a_request_without_a_credential_brings_none() {
        let settings = Settings::new("http://localhost".parse().expect("an address"));
        let brings = |name: &'static str, value: &'static str| {
            brings_credential(
                &[(name.parse().expect("a name"), HeaderValue::from_static(value))].into_iter().collect(),
                &settings,
            )
        };
        assert!(brings("authorization", "Bearer x") && brings("x-api-key", "x") && brings("cookie", "a=b; tenantry=x"));
        assert!(!brings("cookie", "a=b") && !brings("cookie", "tenantry-flash=x") && !brings("accept", "text/html"));
    }
}
