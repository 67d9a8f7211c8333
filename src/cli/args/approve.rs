//! What `approve` accepts.

use camino::Utf8PathBuf;
use clap::Args;

use crate::model::lifetime::Lifetime;

/// `okdboot approve`
#[derive(Debug, Args)]
pub struct Approve {
    /// Only these machines
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// Which cluster, and who asks [default: `KUBECONFIG`, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<Utf8PathBuf>,
    /// Say what would be approved, and approve nothing
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// Go on until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// End when every machine has joined
    #[arg(long, requires = "watch")]
    pub until_all: bool,
    /// Give up `--until-all` after 90m, 2h, 1d; no request of the first round may
    /// be older
    #[arg(long, value_name = "TIME", default_value = "2h")]
    pub timeout: Lifetime,
    /// This machine is installed again: its node is the old one; repeat for several
    #[arg(long = "replace", value_name = "NODE")]
    pub replaced: Vec<String>,
}
