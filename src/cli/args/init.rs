//! What `init` accepts.

use camino::Utf8PathBuf;
use clap::Args;

/// `okdboot init`
#[derive(Debug, Args)]
pub struct Init {
    /// A file of answers; what it leaves open is asked, or taken as offered
    #[arg(long, value_name = "FILE")]
    pub answers: Option<Utf8PathBuf>,
    /// Take name, domain, network and replicas from an install-config.yaml
    #[arg(long, value_name = "FILE")]
    pub from_install_config: Option<Utf8PathBuf>,
    /// MAC addresses from a list, from leases of dnsmasq or ISC dhcpd, or from a
    /// folder of matchbox's groups
    #[arg(long, value_name = "FILE")]
    pub macs: Option<Utf8PathBuf>,
    /// Ask nothing: take every offer
    #[arg(short, long)]
    pub yes: bool,
    /// Print vars.yaml, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
