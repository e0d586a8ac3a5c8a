//! Which addresses may be called: those of the public internet.
//!
//! By the registries of special addresses (IANA, "iana-ipv4-special-registry" and "iana-ipv6-special-registry"): whatever is
//! not globally reachable is refused. Their few reachable exceptions inside refused networks serve protocols, not servers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// May the address be called? `loopback` opens this machine's own addresses (127.0.0.0/8 and ::1) and nothing else.
#[must_use]
pub fn is_public(address: IpAddr, loopback: bool) -> bool {
    if loopback && address.is_loopback() {
        return true;
    }
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        // This network, private use, shared by a provider's customers, this machine, this link (and the cloud's metadata).
        [0, ..] | [10, ..] | [100, 64..=127, ..] | [127, ..] | [169, 254, ..]
            // Private use, protocols, documentation, relays of 6to4, private use.
            | [172, 16..=31, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..]
            // Measurements between networks, documentation, many receivers, nobody's, everybody on the link.
            | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] | [224..=255, ..]
    )
}

/// What stands for an IPv4 address (mapped, compatible, translated, 6to4, Teredo) is refused with its whole network: a name
/// that has an IPv4 address says so itself.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Protocols (Teredo among them), documentation, 6to4, documentation.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        // All that was ever given to be reachable: 2000::/3.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}
