//! What `status` accepts.

use std::net::SocketAddr;

use camino::Utf8PathBuf;
use clap::Args;

/// `okdboot status`
#[derive(Debug, Args)]
pub struct Status {
    /// Ask the cluster, too: which machines are nodes, ready, and wait for a
    /// certificate
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<Utf8PathBuf>,
    /// Ask a running `okdboot serve`, too, at the address of its page: how far each
    /// machine is
    #[arg(long, value_name = "ADDR:PORT")]
    pub watch: Option<SocketAddr>,
}
