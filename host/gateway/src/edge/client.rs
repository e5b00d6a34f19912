//! Who sends: the address that a request counts for.
//!
//! Behind a proxy every connection comes from the proxy. It says in `X-Forwarded-For` for whom it asks, and anybody can write
//! that header, so it counts only on connections of the proxies that the operator names. Each proxy appends the address that
//! it was asked from: read from the right, the first one that is no trusted proxy is the client, and whatever stands further
//! left is the client's own invention.
//!
//! No other header is read. A proxy that writes one of them lets the others through as the client sent them, so a host that
//! read two could be told anything by the one that its proxy doesn't write. Every common proxy writes this one, Cloudflare's
//! tunnel among them, whose `CF-Connecting-IP` says nothing more; few write `Forwarded`.

use std::fmt::{Display, Formatter};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use serde::Deserialize;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Most entries of the header that are read, from the right: no chain of proxies is so long.
const MAX_PROXIES: usize = 16;

/// An address, or a network of them, as the operator writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let network = text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse::<IpNet>());
        match network {
            // Everybody's word would count.
            Ok(network) if network.prefix_len() > 0 => Ok(Self(network.trunc())),
            _ => Err(NoNetwork(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Network {
    type Error = NoNetwork;

    fn try_from(text: String) -> Result<Self, NoNetwork> {
        text.parse()
    }
}

impl Display for Network {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What stands in the place of a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a network, such as 127.0.0.1 or 10.0.0.0/8, of less than everybody")]
pub struct NoNetwork(String);

/// The proxies whose word counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl FromIterator<Network> for TrustedProxies {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl TrustedProxies {
    /// Their addresses and networks.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        self.0.iter()
    }

    /// Whether somebody is one of them.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|Network(network)| network.contains(&address))
    }

    /// For whom a peer asks: itself, unless it is a trusted proxy that says otherwise.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer;
        if self.0.is_empty() || !self.contain(peer) {
            return client;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter().rev().map(|value| value.to_str().unwrap_or("?"));
        for entry in lines.flat_map(|line| line.rsplit(',')).take(MAX_PROXIES) {
            // What can't be read was written by nobody whose word counts: the proxy that sent it on is the last one known.
            let Some(address) = address(entry.trim()) else { break };
            client = address;
            if !self.contain(client) {
                break;
            }
        }
        client
    }
}

/// An address as proxies write it: some with its port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Whether loopback addresses count as clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loopback {
    /// They don't: a program on this machine needs no bound, and a proxy on it stands for many.
    #[default]
    Exempt,
    /// They do, as any other address. For tests, which have no other.
    Counted,
}

/// Who sent a request; among the extensions of each that came over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// The address, for the log.
    pub(crate) address: IpAddr,
    /// What it counts as; none for one that doesn't count.
    pub(crate) counted: Option<IpAddr>,
    /// Whether it has as many requests under way as one client may have.
    pub(crate) is_crowded: bool,
}

impl Client {
    /// Who sent a request with these headers over a connection of this peer.
    pub(crate) fn of(
        peer: IpAddr,
        headers: &HeaderMap,
        proxies: &TrustedProxies,
        loopback: Loopback,
    ) -> Self {
        let address = proxies.client(peer, headers);
        // A trusted proxy that asks for itself, as to see whether the host lives, stands for many all the same.
        let counted = (!proxies.contain(address)).then(|| counted(address, loopback)).flatten();
        Self { address, counted, is_crowded: false }
    }
}

/// What an address counts as; none where it doesn't count. Whoever has one address of IPv6 usually has the whole /64.
pub(crate) fn counted(address: IpAddr, loopback: Loopback) -> Option<IpAddr> {
    if address.is_loopback() {
        return (loopback == Loopback::Counted).then_some(address);
    }
    Some(match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies(networks: &[&str]) -> TrustedProxies {
        networks.iter().map(|network| network.parse::<Network>().unwrap()).collect()
    }

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = proxies(&["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        Client::of(ip(peer), &headers, &proxies, Loopback::Exempt).address.to_string()
    }

    #[test]
    fn the_client_is_the_rightmost_address_that_is_no_trusted_proxy() {
        for (peer, lines, expected) in [
            // Whoever isn't trusted says what it likes.
            ("203.0.113.9", &["198.51.100.1"][..], "203.0.113.9"),
            ("127.0.0.2", &["198.51.100.1"], "127.0.0.2"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["6.6.6.6, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            ("127.0.0.1", &["6.6.6.6,198.51.100.1", "10.1.2.3"], "198.51.100.1"),
            ("127.0.0.1", &["10.1.2.3", "198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
            ("127.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
            ("127.0.0.1", &["[2a00::1]:4711"], "2a00::1"),
            ("127.0.0.1", &["[2a00::1]"], "2a00::1"),
            ("2001:db8::1", &["2a00::1"], "2a00::1"),
            ("127.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            // Nobody is behind what can't be read; the one that sent it on is.
            ("127.0.0.1", &["198.51.100.1, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1, nonsense, 10.1.2.3"], "10.1.2.3"),
            ("127.0.0.1", &[""], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1,"], "127.0.0.1"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
        let long = vec!["10.0.0.1"; 10_000].join(",");
        assert_eq!(client("127.0.0.1", &[&format!("6.6.6.6,{long}")]), "10.0.0.1");
    }

    #[test]
    fn a_network_is_an_address_or_a_part_of_all() {
        let shown = |text: &str| text.parse::<Network>().map(|network| network.to_string());
        assert_eq!(shown("10.1.2.3/8").as_deref(), Ok("10.0.0.0/8"));
        assert_eq!(shown("127.0.0.1").as_deref(), Ok("127.0.0.1/32"));
        assert_eq!(shown("::1").as_deref(), Ok("::1/128"));
        for bad in ["", "0.0.0.0/0", "::/0", "localhost", "10.0.0.0/33", "10.0.0.0:80", "*"] {
            assert_eq!(shown(bad), Err(NoNetwork(bad.to_owned())));
        }
    }

    #[test]
    fn without_trusted_proxies_the_header_says_nothing() {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, HeaderValue::from_static("198.51.100.1"));
        let none = TrustedProxies::default();
        assert_eq!(Client::of(ip("127.0.0.1"), &headers, &none, Loopback::Exempt).address, ip("127.0.0.1"));
    }

    #[test]
    fn neighbours_in_ipv6_count_as_one_and_loopback_and_proxies_do_not_count() {
        let counted = |address: &str| counted(ip(address).to_canonical(), Loopback::Exempt);
        assert_eq!(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff::9"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("198.51.100.1"), Some(ip("198.51.100.1")));
        for exempt in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(counted(exempt), None, "{exempt}");
        }
        assert_eq!(super::counted(ip("127.0.0.1"), Loopback::Counted), Some(ip("127.0.0.1")));
        let proxies = proxies(&["10.0.0.0/8"]);
        let asked = |address: &str| Client::of(ip(address), &HeaderMap::new(), &proxies, Loopback::Exempt);
        assert_eq!(asked("10.1.2.3").counted, None);
        assert_eq!(asked("11.1.2.3").counted, Some(ip("11.1.2.3")));
    }
}
