//! How far a request may reach. An address that a recipe makes of its data (an event's field, a form somebody filled in)
//! must not lead to this machine or its own network: what is there trusts its neighbours.
//!
//! Names are looked at where they are resolved, at the moment of the connection, so that a name cannot mean one address
//! when it is checked and another when it is called.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;
use url::{Host, Url};

/// How far a request may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reach {
    /// Wherever the operator's own words lead: a manifest's address, a connection's `base_url`.
    Anywhere,
    /// Public addresses of the internet only.
    Public,
}

/// An address that is not public.
#[derive(Debug)]
pub(crate) struct NotPublic(String);

impl fmt::Display for NotPublic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the address {} is this machine's or its own network's, and the connection may call public addresses only; \
             where that is wanted, add `private_addresses: yes` to the connection in bellhop.yaml",
            self.0
        )
    }
}

impl std::error::Error for NotPublic {}

impl Reach {
    /// Refuses an address that is written as a number.
    pub(crate) fn admits(self, url: &Url) -> Result<(), NotPublic> {
        let refused = self == Self::Public
            && match url.host() {
                Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
                Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
                Some(Host::Domain(_)) | None => false,
            };
        if refused { Err(NotPublic(url.host_str().unwrap_or_default().to_owned())) } else { Ok(()) }
    }
}

/// Why a connection could not be made, where the reason is that its address is not public.
pub(crate) fn not_public(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<NotPublic>())
        .map(ToString::to_string)
}

/// Resolves names, as far as they may lead: for the public alone, a name that has other addresses as well is refused
/// whole.
#[derive(Clone, Copy)]
pub(crate) struct Names(pub(crate) Reach);

impl Service<Name> for Names {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self(reach) = *self;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if reach == Reach::Public && found.iter().any(|address| !is_public(address.ip())) {
                return Err(NotPublic(name.as_str().to_owned()).into());
            }
            Ok(found.into_iter())
        })
    }
}

/// Whether an address is one of the internet: none of the ranges that IANA's registries of special-purpose addresses
/// keep for machines, networks and documents of one's own.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && (second == 18 || second == 19)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // IPv4 in its mapped, compatible, translated (RFC 6052) and 6to4 clothes.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => embedded(high, low) && high != 0,
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Documentation and benchmarks, and Teredo, which hides an address.
        [0x2001, 0xdb8 | 0 | 2, ..] => false,
        // Only what is given out as global unicast is anybody's.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for (text, public) in [
            ("8.8.8.8", true),
            ("93.184.215.14", true),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4009::1", true),
            ("64:ff9b::808:808", true),
            ("127.0.0.1", false),
            ("127.255.1.2", false),
            ("0.0.0.0", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("192.0.0.8", false),
            ("198.18.0.1", false),
            ("203.0.113.9", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("::7f00:1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b:1::1", false),
            ("2002:7f00:1::", false),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false),
            ("2001:db8::1", false),
            ("fe80::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), public, "{text}");
        }
    }

    #[test]
    fn numbers_in_every_spelling_are_seen_through() {
        for address in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://[::1]:80/",
            "http://[::ffff:10.0.0.1]/",
        ] {
            let url = Url::parse(address).unwrap();
            assert!(Reach::Public.admits(&url).is_err(), "{address}");
            assert!(Reach::Anywhere.admits(&url).is_ok(), "{address}");
        }
        assert!(Reach::Public.admits(&Url::parse("https://api.example.com/").unwrap()).is_ok());
    }

    #[tokio::test]
    async fn a_name_that_means_this_machine_is_refused_where_it_is_resolved() {
        let localhost = || "localhost".parse().unwrap();
        let Err(error) = Names(Reach::Public).call(localhost()).await else {
            panic!("localhost is not public");
        };
        assert!(not_public(error.as_ref()).is_some_and(|why| why.contains("localhost")));
        assert!(Names(Reach::Anywhere).call(localhost()).await.is_ok_and(|found| found.len() > 0));
    }
}
