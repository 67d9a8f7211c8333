//! Addresses, netmasks and interface names.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::Ipv4Net;
use thiserror::Error;

/// An IPv4 netmask, always contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Netmask(u8);

/// Not a netmask.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NetmaskError {
    /// Neither an address nor a prefix length.
    #[error("`{0}` is not a netmask")]
    Malformed(String),
    /// Ones after a zero, which network tools silently read as something else.
    #[error("`{0}` is not contiguous: its ones must all stand before its zeros")]
    Gaps(Ipv4Addr),
}

impl Netmask {
    /// Returns the number of network bits, 0 to 32.
    pub fn prefix(self) -> u8 {
        self.0
    }

    /// Returns the network that an address is in.
    pub fn network_of(self, address: Ipv4Addr) -> Ipv4Net {
        Ipv4Net::new_assert(address, self.0).trunc()
    }
}

impl fmt::Display for Netmask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u32::MAX.checked_shl(32 - u32::from(self.0)).unwrap_or(0);
        Ipv4Addr::from_bits(bits).fmt(f)
    }
}

/// Parses `255.255.255.0`, `24` or `/24`.
impl FromStr for Netmask {
    type Err = NetmaskError;

    fn from_str(text: &str) -> Result<Self, NetmaskError> {
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            let bits = address.to_bits();
            let contiguous = bits.count_ones() == bits.leading_ones();
            let prefix = u8::try_from(bits.leading_ones()).unwrap_or(32);
            return if contiguous { Ok(Self(prefix)) } else { Err(NetmaskError::Gaps(address)) };
        }
        match text.strip_prefix('/').unwrap_or(text).parse::<u8>() {
            Ok(prefix @ 0..=32) => Ok(Self(prefix)),
            _ => Err(NetmaskError::Malformed(text.to_owned())),
        }
    }
}

/// Why no host can have an address.
pub fn reserved(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("0.0.0.0/8 means this network"),
        [127, ..] => Some("127.0.0.0/8 is loopback"),
        [169, 254, ..] => Some("169.254.0.0/16 is link-local"),
        [224..=239, ..] => Some("224.0.0.0/4 is multicast"),
        [240..=255, ..] => Some("240.0.0.0/4 is reserved"),
        _ => None,
    }
}

/// Why no host can be given an IPv6 address.
pub fn reserved6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        _ if address.is_unspecified() => Some("`::` means no address"),
        _ if address.is_loopback() => Some("`::1` is loopback"),
        _ if address.to_ipv4_mapped().is_some() => Some("`::ffff:0:0/96` stands for IPv4 addresses"),
        [0xfe80..=0xfebf, ..] => Some("`fe80::/10` is link-local, and every interface has one of its own"),
        [0xff00..=0xffff, ..] => Some("`ff00::/8` is multicast"),
        _ => None,
    }
}

/// The name of a network interface (Linux `dev_valid_name`), without the colon that separates the
/// fields of `ip=`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InterfaceName(String);

/// Not an interface name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not an interface name: at most 15 letters, digits and `._@-`")]
pub struct InterfaceNameError(String);

impl InterfaceName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether the kernel itself gives such names, so that giving one may collide.
    pub fn is_kernel_name(&self) -> bool {
        let number = self.0.strip_prefix("eth").unwrap_or_default();
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for InterfaceName {
    type Err = InterfaceNameError;

    fn from_str(text: &str) -> Result<Self, InterfaceNameError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
        let named = !matches!(text, "" | "." | "..") && text.len() <= 15 && text.chars().all(allowed);
        if named { Ok(Self(text.to_owned())) } else { Err(InterfaceNameError(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netmasks_round_trip_and_have_no_gaps() {
        for prefix in 0..=32 {
            let mask = Netmask(prefix);
            assert_eq!(mask.to_string().parse(), Ok(mask));
            assert_eq!(format!("/{prefix}").parse(), Ok(mask));
        }
        assert_eq!("255.255.255.128".parse::<Netmask>().unwrap().prefix(), 25);
        assert!(matches!("255.0.255.0".parse::<Netmask>(), Err(NetmaskError::Gaps(_))));
        for bad in ["255.255.255.300", "33", "", "x"] {
            assert!(bad.parse::<Netmask>().is_err(), "{bad}");
        }
    }

    #[test]
    fn networks_and_reserved_addresses() {
        let mask: Netmask = "25".parse().unwrap();
        assert_eq!(mask.network_of(Ipv4Addr::new(10, 0, 0, 200)).to_string(), "10.0.0.128/25");
        assert!(reserved(Ipv4Addr::LOCALHOST).is_some());
        assert!(reserved(Ipv4Addr::BROADCAST).is_some());
        assert!(reserved(Ipv4Addr::new(192, 168, 7, 1)).is_none());
    }

    #[test]
    fn reserved_addresses_of_ipv6() {
        for bad in ["::", "::1", "fe80::1", "ff02::1", "::ffff:10.0.0.1"] {
            assert!(reserved6(bad.parse().unwrap()).is_some(), "{bad}");
        }
        for good in ["2001:db8::1", "fd00::1"] {
            assert!(reserved6(good.parse().unwrap()).is_none(), "{good}");
        }
    }

    #[test]
    fn names_of_the_kernel() {
        let is_kernels = |name: &str| name.parse::<InterfaceName>().unwrap().is_kernel_name();
        assert!(is_kernels("eth0") && is_kernels("eth12"));
        assert!(!is_kernels("eth") && !is_kernels("ethernet0") && !is_kernels("lan0"));
    }

    #[test]
    fn interface_names() {
        for good in ["ens3", "enp1s0f0np0", "bond0.100", "ib0"] {
            assert!(good.parse::<InterfaceName>().is_ok(), "{good}");
        }
        for bad in ["", ".", "a/b", "eth0:1", "a b", "averyveryverylongname"] {
            assert!(bad.parse::<InterfaceName>().is_err(), "{bad}");
        }
    }
}
