//! What `verify --services` takes.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use clap::Args;

use crate::model::name::Domain;
use crate::probe::service::{DNS_PORT, NTP_PORT};

/// Which servers around the cluster are asked.
#[derive(Debug, Default, Args)]
pub struct Surroundings {
    /// Ask name servers, load balancer and time servers too
    #[arg(long)]
    pub services: bool,
    /// Have the daemons' own checkers look at the files that were rendered
    #[arg(long)]
    pub native: bool,
    /// Ask this name server, instead of those that the nodes will ask; repeat
    /// for several
    #[arg(long, value_name = "ADDRESS[:PORT]", requires = "services")]
    pub dns: Vec<NameServer>,
    /// Compare the clock with this time server, instead of those of
    /// `chronyconfig`; repeat for several
    #[arg(long, value_name = "HOST[:PORT]", requires = "services")]
    pub ntp: Vec<NtpServer>,
    /// Ask DHCP servers at this interface what they would give each node; takes
    /// no address
    #[arg(long, value_name = "INTERFACE", requires = "services")]
    pub dhcp: Option<String>,
}

/// A name server: an address, with a port unless it is the usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameServer(pub SocketAddr);

/// A time server: a name or an address, with a port unless it is the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NtpServer {
    /// The name or the address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl FromStr for NameServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let alone = |_| text.parse::<IpAddr>().map(|address| SocketAddr::new(address, DNS_PORT));
        let address = text.parse().or_else(alone);
        address.map(Self).map_err(|_| "an IP address is due, with a port unless it is 53")
    }
}

impl FromStr for NtpServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { host: address.ip().to_string(), port: address.port() });
        }
        if text.parse::<IpAddr>().is_ok() {
            return Ok(Self { host: text.to_owned(), port: NTP_PORT });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, port.parse().map_err(|_| format!("`{port}` is not a port"))?),
            None => (text, NTP_PORT),
        };
        let name = name.parse::<Domain>().map_err(|error| error.to_string())?;
        Ok(Self { host: name.to_string(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_is_an_address() {
        let read = |text: &str| text.parse::<NameServer>().ok().map(|server| server.0.to_string());
        assert_eq!(read("192.0.2.1").as_deref(), Some("192.0.2.1:53"));
        assert_eq!(read("192.0.2.1:5353").as_deref(), Some("192.0.2.1:5353"));
        assert_eq!(read("[2001:db8::1]:54").as_deref(), Some("[2001:db8::1]:54"));
        assert_eq!(read("2001:db8::1").as_deref(), Some("[2001:db8::1]:53"));
        for bad in ["", "ns.example.com", "1.2.3", "192.0.2.1:x"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_time_server_is_an_address_or_a_name() {
        let read = |text: &str| text.parse::<NtpServer>().ok().map(|server| (server.host, server.port));
        assert_eq!(read("192.0.2.1"), Some(("192.0.2.1".into(), 123)));
        assert_eq!(read("192.0.2.1:1123"), Some(("192.0.2.1".into(), 1123)));
        assert_eq!(read("ntp.example.com:1123"), Some(("ntp.example.com".into(), 1123)));
        assert_eq!(read("2001:db8::1"), Some(("2001:db8::1".into(), 123)));
        for bad in ["", "a b", "ntp:x", "ntp:99999"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
