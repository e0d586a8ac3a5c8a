//! Addresses: which of them is one neighbour, and which of them are our own proxies.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;

/// Who shares an address: an IPv4 address, or the /64 of an IPv6 address, which is what one customer of a provider gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Neighbour(IpAddr);

impl From<IpAddr> for Neighbour {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        })
    }
}

/// The proxies in front of the server that tell the truth about where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Is it one of them?
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    /// Reads networks (`10.0.0.0/8`) and single addresses, with commas between them; nothing is nobody.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let read = |part: &str| network(part).ok_or_else(|| wrong(part));
        Ok(Self(text.split(',').map(str::trim).map(read).collect::<Result<_, _>>()?))
    }
}

fn wrong(part: &str) -> String {
    format!("\"{part}\" is no network; write networks such as 10.0.0.0/8 or fd00::/8, with commas between them")
}

/// A network, in IPv4 where it is one that IPv6 only wraps.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    let wrapped = match network {
        IpNet::V6(network) if network.prefix_len() >= 96 => network.addr().to_ipv4_mapped().zip(Some(network)),
        _ => None,
    };
    match wrapped {
        Some((address, network)) => IpNet::new(address.into(), network.prefix_len() - 96).ok(),
        None => Some(network),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn neighbour(text: &str) -> Neighbour {
        address(text).into()
    }

    #[test]
    fn an_ipv4_address_is_one_neighbour_however_it_is_written() {
        assert_eq!(neighbour("203.0.113.7"), neighbour("::ffff:203.0.113.7"));
        assert_ne!(neighbour("203.0.113.7"), neighbour("203.0.113.8"));
    }

    #[test]
    fn the_64_of_an_ipv6_address_is_one_neighbour() {
        assert_eq!(neighbour("2001:db8:1:2::1"), neighbour("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(neighbour("2001:db8:1:2::1"), neighbour("2001:db8:1:3::1"));
    }

    #[test]
    fn proxies_are_networks_and_addresses() {
        let proxies: TrustedProxies =
            "10.0.0.0/8, 192.0.2.7,fd00::/8 , ::ffff:198.51.100.0/120".parse().expect("right");
        for own in ["10.255.0.1", "192.0.2.7", "fd12::1", "198.51.100.9", "::ffff:10.0.0.1"] {
            assert!(proxies.contains(address(own)), "{own}");
        }
        for other in ["11.0.0.1", "192.0.2.8", "fe80::1", "198.51.101.9", "::ffff:11.0.0.1", "::1"] {
            assert!(!proxies.contains(address(other)), "{other}");
        }
    }

    #[test]
    fn nobody_is_trusted_unless_said() {
        for text in ["", "  "] {
            assert_eq!(text.parse(), Ok(TrustedProxies::default()));
        }
        assert!(!TrustedProxies::default().contains(address("127.0.0.1")));
    }

    #[test]
    fn what_is_no_network_is_named() {
        for wrong in ["10.0.0.0/33", "10.0.0", "proxy.example.com", "10.0.0.0/8,,", "::/129", "10.0.0.0/-1", "*"] {
            let error = wrong.parse::<TrustedProxies>().expect_err("refused");
            assert!(error.contains("is no network; write"), "{error}");
        }
        let error = "10.0.0.0/8,10.0.0.0/33".parse::<TrustedProxies>().expect_err("refused");
        assert!(error.starts_with("\"10.0.0.0/33\" "), "{error}");
    }
}
