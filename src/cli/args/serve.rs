//! What `serve` accepts.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::Flip;
use crate::model::lifetime::Lifetime;
use crate::serve::stage::Stage;

/// `okdboot serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Serve a data folder of matchbox instead of the output root; vars.yaml is
    /// not read
    #[arg(long, value_name = "DIR", conflicts_with_all = ["force", "auto_disarm", "stream", "lock", "ignition", "templates"])]
    pub data: Option<Utf8PathBuf>,
    /// Serve the output root as it stands: vars.yaml is not read
    #[arg(long, conflicts_with_all = ["data", "force", "auto_disarm", "stream", "lock", "ignition", "templates"])]
    pub as_is: bool,
    /// Serve a tree that `verify` finds faults in
    #[arg(long)]
    pub force: bool,
    /// What is given away, where and how long.
    #[command(flatten)]
    pub giving: ServeOptions,
    /// How the tree was made.
    #[command(flatten)]
    pub made: Flip,
}

/// What is given away, where and how long.
#[derive(Clone, Debug, Args)]
pub struct ServeOptions {
    /// Where machines ask; default is every address, at the port of `okdboot.url`
    #[arg(long, value_name = "[ADDR:]PORT")]
    pub http: Option<Listen>,
    /// Where TFTP is; default is port 69 of the address of `okdboot.url`, and `off`
    /// with `--data`
    #[arg(long, value_name = "[ADDR:]PORT|off")]
    pub tftp: Option<OptionalListener>,
    /// Tell machines by DHCP what to boot, and give them their addresses
    #[arg(long, value_enum, value_name = "MODE", default_value_t = DhcpMode::Off)]
    pub dhcp: DhcpMode,
    /// The interface of `--dhcp`; default is the one with the address of
    /// `okdboot.url`
    #[arg(long, value_name = "IF")]
    pub interface: Option<String>,
    /// Where the page, /watch.json, /events and /metrics are; `off` for nowhere
    #[arg(long, value_name = "[ADDR:]PORT|off", default_value = "127.0.0.1:8088")]
    pub watch: OptionalListener,
    /// Serve over https, too, with this certificate (PEM), its own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<Utf8PathBuf>,
    /// The private key of `--tls-cert` (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<Utf8PathBuf>,
    /// Where https is; default is every address, at the port of
    /// `okdboot.ignition_base`
    #[arg(long, value_name = "[ADDR:]PORT", requires = "tls_cert")]
    pub https: Option<Listen>,
    /// Give Ignition files to anybody, not to the machines of vars.yaml alone
    #[arg(long)]
    pub open: bool,
    /// Go on as this user when the ports are open
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Say what would be served, and end
    #[arg(long)]
    pub check: bool,
    /// What becomes of machines that would be installed again.
    #[command(flatten)]
    pub again: Again,
    /// End when every machine that is to boot is so far
    #[arg(long, value_enum, value_name = "STAGE")]
    pub until: Option<Until>,
    /// Give up waiting for `--until` after 30m, 2h, 1d
    #[arg(long, value_name = "TIME", requires = "until")]
    pub timeout: Option<Lifetime>,
}

/// How DHCP is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DhcpMode {
    /// Not at all
    Off,
    /// Machines of vars.yaml are told what to boot; another server gives addresses
    Proxy,
    /// Machines of vars.yaml are given their addresses, too
    Full,
}

impl Serve {
    /// Says whether vars.yaml has a say.
    pub fn reads_vars(&self) -> bool {
        self.data.is_none() && !self.as_is
    }

    /// Returns the option by which it has none.
    pub fn without_vars(&self) -> &'static str {
        if self.as_is { "--as-is" } else { "--data" }
    }
}

impl ServeOptions {
    /// Says whether loaders are asked for here; `has_place` is whether vars.yaml says where TFTP is.
    pub fn gives_loaders(&self, has_place: bool) -> bool {
        self.tftp.map_or(has_place, |tftp| tftp != OptionalListener::Off)
    }
}

/// When a machine is disarmed that would be installed again.
#[derive(Clone, Copy, Debug, Args)]
pub struct Again {
    /// Disarm a machine when it says that it is installed (`okdboot.report`)
    #[arg(long)]
    pub auto_disarm: bool,
    /// What becomes of a machine that boots again after it had its Ignition file:
    /// it is said, or it was disarmed and boots from its disk
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Once::Warn)]
    pub once: Once,
}

/// What becomes of machines that would be installed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Once {
    /// It is said
    Warn,
    /// A machine is disarmed as soon as it has its Ignition file
    Refuse,
}

/// How far every machine has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// Its live system runs
    Live,
    /// It has its Ignition file, and begins to be installed
    Ignition,
    /// It says that it is installed (`okdboot.report`)
    Installed,
}

impl Until {
    /// Returns the stage.
    pub fn stage(self) -> Stage {
        match self {
            Self::Live => Stage::Live,
            Self::Ignition => Stage::Ignition,
            Self::Installed => Stage::Installed,
        }
    }
}

/// A port, on one address or on all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// One address; all of both families where absent.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

/// A listener that need not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionalListener {
    /// It is not there.
    Off,
    /// It is here.
    At(Listen),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { address: Some(address.ip()), port: address.port() });
        }
        let port = text.strip_prefix(':').unwrap_or(text).parse();
        port.map(|port| Self { address: None, port }).map_err(|_| {
            format!("`{text}` is not a port, nor an IP address with a port such as 192.0.2.1:8080")
        })
    }
}

impl FromStr for OptionalListener {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::At) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_a_port_or_an_address_with_one() {
        let read =
            |text: &str| text.parse::<Listen>().ok().map(|it| (it.address.map(|ip| ip.to_string()), it.port));
        assert_eq!(read("8080"), Some((None, 8080)));
        assert_eq!(read(":8080"), Some((None, 8080)));
        assert_eq!(read("192.0.2.1:80"), Some((Some("192.0.2.1".into()), 80)));
        assert_eq!(read("[2001:db8::1]:80"), Some((Some("2001:db8::1".into()), 80)));
        for bad in ["", "host:80", "192.0.2.1", "99999", "-1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!("off".parse(), Ok(OptionalListener::Off));
    }
}
