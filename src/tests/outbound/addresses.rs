//! Which addresses are called, and the ways in which a private one is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use reqwest::Url;
use tenantry_domain::{
    outbound::{LONGEST_URL, OutboundError, is_public},
    services::Entropy,
};
use tenantry_testkit::Receiver;

use super::{asking, closed, get, open};

/// The networks of IANA's registries of special addresses that are not globally reachable, and what the product refuses
/// beside them: relays of 6to4 and Teredo, all receivers, and whatever of IPv6 was never given to servers.
const REFUSED: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/3",
    "4000::/2",
    "8000::/1",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
];

/// The networks, read.
fn networks() -> Vec<IpNet> {
    REFUSED.iter().map(|network| network.parse().expect("a network")).collect()
}

/// The address before and the one after.
fn neighbours(address: IpAddr) -> [IpAddr; 2] {
    match address {
        IpAddr::V4(at) => {
            [at.to_bits().wrapping_sub(1), at.to_bits().wrapping_add(1)].map(|bits| Ipv4Addr::from(bits).into())
        }
        IpAddr::V6(at) => {
            [at.to_bits().wrapping_sub(1), at.to_bits().wrapping_add(1)].map(|bits| Ipv6Addr::from(bits).into())
        }
    }
}

fn literal(address: IpAddr) -> Url {
    match address {
        IpAddr::V4(address) => format!("http://{address}/"),
        IpAddr::V6(address) => format!("https://[{address}]/"),
    }
    .parse()
    .expect("an address")
}

#[test]
fn the_judgement_of_an_address_agrees_with_the_registries() {
    let networks = networks();
    let edges = networks.iter().flat_map(|network| {
        let (first, last) = (network.network(), network.broadcast());
        let ([before, _], [_, after]) = (neighbours(first), neighbours(last));
        [before, first, last, after]
    });
    let v4 = || IpAddr::from(Entropy.bytes::<4>());
    let v6 = || IpAddr::from(Entropy.bytes::<16>());
    // Most of IPv6 is nobody's, so chance alone would hardly ever try the rest.
    let given = || {
        let mut octets = Entropy.bytes::<16>();
        octets[0] = 0x20 | octets[0] & 0x1f;
        IpAddr::from(octets)
    };
    let near = || {
        let mut octets = Entropy.bytes::<16>();
        let network = [[0x20, 0x01], [0x20, 0x02], [0x3f, 0xff]][usize::from(octets[15] % 3)];
        octets[..2].copy_from_slice(&network);
        octets[2] &= 0x1f;
        IpAddr::from(octets)
    };
    let chance = (0..100_000).flat_map(|_| [v4(), v6(), given(), near()]);
    let (open, closed) = (open(), closed());
    let (mut called, mut refused) = (0, 0);
    for address in edges.chain(chance) {
        let right = !networks.iter().any(|network| network.contains(&address));
        assert_eq!(is_public(address, false), right, "{address}");
        assert_eq!(is_public(address, true), right || address.is_loopback(), "{address}");
        *(if right { &mut called } else { &mut refused }) += 1;
        if (called + refused) % 100 == 0 {
            assert_eq!(closed.judge(&literal(address)).is_ok(), right, "{address}");
            assert_eq!(open.judge(&literal(address)).is_ok(), right || address.is_loopback(), "{address}");
        }
    }
    assert!(called > 50_000 && refused > 50_000, "{called} called, {refused} refused");
}

/// Ways to write an address that is not public, as a URL's host.
const PRIVATE: &[&str] = &[
    "0 0.0.0.0 10.0.0.1 100.64.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.168.1.1 198.18.0.1 224.0.0.1",
    "240.0.0.1 255.255.255.255",
    // In other numbers: decimal, octal, hexadecimal, short, mixed.
    "2852039166 0xa9fea9fe 0251.0376.0251.0376 0xa9.0xfe.0xa9.0xfe 169.254.43518 169.16689662 0xA9.254.0251.254",
    "0300.0250.1.1 0xc0a80101 10.1 012.1",
    // In other letters: percent signs, full width, circled, other dots, dots at the end.
    "%31%30.0.0.1 １０.0.0.1 ①⑥⑨.254.169.254 10。0。0。1 10．0．0．1 10｡0｡0｡1 10.0.0.1. 169.254.169.254.",
    "%31%36%39%2e254.169.254",
    // IPv6, and IPv4 in it: mapped, compatible, translated, 6to4, Teredo. Those that hold a public address, too.
    "[::] [fe80::1] [FE80::1] [fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [2001:db8::1] [3fff::1] [100::1] [5f00::1]",
    "[::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [::10.0.0.1] [::ffff:0:10.0.0.1] [64:ff9b::10.0.0.1] [64:ff9b:1::1]",
    "[2002:a00:1::1] [2001::1] [::ffff:8.8.8.8] [::8.8.8.8] [64:ff9b::8.8.8.8] [2002:808:808::1]",
    // This machine, in words that the setting does not open.
    "[::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]",
];

/// Ways to write this machine.
const OWN: &[&str] = &[
    "127.0.0.1 127.255.255.254 2130706433 0177.0.0.1 017700000001 0x7f.1 0x7F000001 127.1 127.0.1 127.0.0.1.",
    "%31%32%37.0.0.1 １２７.0.0.1 127。0。0。1 ①②⑦.1 [::1] [0:0:0:0:0:0:0:1] [0000::0001]",
    "localhost localhost. LOCALHOST LocalHost foo.localhost foo.bar.localhost. %6cocalhost ｌocalhost localhost。 ⓛocalhost",
];

/// What looks like one of them and is no URL at all.
const NO_URL: &[&str] = &[
    "[fe80::1%25eth0] [fe80::1%eth0] [::1%25lo] [::1%lo] 127.0.0.1.1 256.256.256.256 4294967296 0x100000000",
    "[::ffff:127.0.0.0.1] [127.0.0.1] ::1 127.0.0.1%00.example.com 08.0.0.1 1.2.3.08 exa%20mple.com [ [::1",
];

fn words(lines: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    lines.iter().flat_map(|line| line.split(' '))
}

#[tokio::test]
async fn no_way_to_write_a_private_address_is_saved_or_called() {
    for (outbound, hosts) in [(closed(), PRIVATE), (closed(), OWN), (open(), PRIVATE)] {
        for host in words(hosts) {
            for text in [format!("http://{host}/"), format!("https://{host}:8443/x?y#z"), format!("HTTP:{host}/")] {
                let url: Url = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
                let refused = outbound.judge(&url).expect_err(&text);
                assert!(matches!(refused, OutboundError::Forbidden { .. }), "{text}: {refused}");
                assert!(refused.to_string().ends_with(" is not on the public internet, so it is not called."));
                assert!(!refused.is_worth_another_try());
                assert_eq!(get(&outbound, &text).await, Err(refused), "{text}");
            }
        }
    }
}

#[test]
fn what_is_no_address_is_no_url() {
    for host in words(NO_URL) {
        for scheme in ["http", "https"] {
            let parsed = format!("{scheme}://{host}/").parse::<Url>();
            assert!(parsed.is_err(), "{host} became {parsed:?}");
        }
    }
}

#[tokio::test]
async fn the_explicit_setting_opens_this_machine_however_it_is_written() {
    let receiver = Receiver::start().await;
    for host in words(OWN) {
        let url: Url = format!("http://{host}:{}/", receiver.port()).parse().expect("an address");
        assert_eq!(open().judge(&url), Ok(()), "{host}");
    }
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "127.0.0.1.", "１２７.0.0.1"] {
        let answered = get(&open(), &format!("http://{host}:{}/", receiver.port())).await.expect("an answer");
        assert_eq!(answered.status, 200, "{host}");
    }
    // Not every machine has the other protocol.
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        let receiver = Receiver::on("[::1]:0").await;
        assert_eq!(get(&open(), &receiver.url("/")).await.expect("an answer").status, 200);
        assert!(matches!(get(&closed(), &receiver.url("/")).await, Err(OutboundError::Forbidden { .. })));
    }
}

#[tokio::test]
async fn only_the_web_is_called_and_no_address_holds_a_password() {
    let long = |length: usize| format!("http://example.com/{}", "x".repeat(length - "http://example.com/".len()));
    assert_eq!(closed().judge(&super::url(&long(LONGEST_URL))), Ok(()));
    let wrong = [
        ("ftp://example.com/".to_owned(), OutboundError::Scheme),
        ("file:///etc/passwd".to_owned(), OutboundError::Scheme),
        ("gopher://example.com:70/_GET".to_owned(), OutboundError::Scheme),
        ("unix:/run/docker.sock".to_owned(), OutboundError::Scheme),
        ("data:text/plain,hello".to_owned(), OutboundError::Scheme),
        ("ws://example.com/".to_owned(), OutboundError::Scheme),
        ("http://user@example.com/".to_owned(), OutboundError::UserInfo),
        ("https://:secret@example.com/".to_owned(), OutboundError::UserInfo),
        ("https://user:secret@example.com/".to_owned(), OutboundError::UserInfo),
        ("http://8.8.8.8@10.0.0.1/".to_owned(), OutboundError::UserInfo),
        ("http://./".to_owned(), OutboundError::NoHost),
        (long(LONGEST_URL + 1), OutboundError::LongUrl),
    ];
    for (text, why) in wrong {
        let url = super::url(&text);
        for outbound in [open(), closed()] {
            assert_eq!(outbound.judge(&url), Err(why.clone()), "{text}");
            assert_eq!(outbound.call(asking(&text)).await, Err(why.clone()), "{text}");
        }
        assert!(!why.is_worth_another_try());
        assert!(!why.to_string().contains("secret"));
    }
}

#[test]
fn public_addresses_and_names_are_saved() {
    for text in [
        "http://example.com/",
        "https://example.com:8443/hooks?x=1",
        "https://EXAMPLE.com./",
        "https://localhost.example.com/",
        "https://notlocalhost/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/",
        "http://172.15.255.255/",
        "http://172.32.0.0/",
        "http://100.63.255.255/",
        "http://100.128.0.0/",
        "http://münchen.example/",
    ] {
        assert_eq!(closed().judge(&super::url(text)), Ok(()), "{text}");
    }
}
