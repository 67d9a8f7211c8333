//! What `push` accepts.

use camino::Utf8PathBuf;
use clap::Args;

use super::look::DryRunArgs;
use super::{IgnitionArgs, StreamArgs};
use crate::model::name::{Label, NameError};
use crate::model::url::{BaseUrl, UrlError};

/// `okdboot push`
#[derive(Debug, Args)]
pub struct Push {
    /// Where a matchbox listens for gRPC; several with commas, or repeat
    #[arg(long = "endpoint", value_name = "HOST:PORT", value_delimiter = ',', required = true)]
    pub endpoints: Vec<String>,
    /// The authority of the server [default: ~/.matchbox/ca.crt]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<Utf8PathBuf>,
    /// The client's certificate [default: ~/.matchbox/client.crt]
    #[arg(long, value_name = "FILE")]
    pub cert: Option<Utf8PathBuf>,
    /// The key of the client's certificate [default: ~/.matchbox/client.key]
    #[arg(long, value_name = "FILE")]
    pub key: Option<Utf8PathBuf>,
    /// Which release.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// Where the Ignition files are.
    #[command(flatten)]
    pub ignition: IgnitionArgs,
    /// Where the images are that profiles name, instead of `okdboot.url`/assets
    #[arg(long, value_name = "URL", value_parser = base)]
    pub assets_url: Option<BaseUrl>,
    /// Whether it only looks.
    #[command(flatten)]
    pub look: DryRunArgs,
    /// Take away what okdboot put there for this cluster; needs no vars.yaml
    #[arg(long, value_name = "CLUSTER", value_parser = label, conflicts_with_all = ["ignition", "assets_url", "stream", "lock", "locked"])]
    pub remove: Option<Label>,
    /// Replace what somebody else has put or changed there
    #[arg(long)]
    pub force: bool,
}

fn base(text: &str) -> Result<BaseUrl, UrlError> {
    text.parse()
}

fn label(text: &str) -> Result<Label, NameError> {
    text.parse()
}
