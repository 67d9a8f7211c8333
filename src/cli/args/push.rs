//! What `push` accepts.

use camino::Utf8PathBuf;
use clap::Args;

use super::{IgnitionArgs, StreamArgs};
use crate::model::url::{BaseUrl, UrlError};

/// `okdboot push`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
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
    /// Say what would be pushed, and push nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show what would change as a unified diff, and push nothing
    #[arg(long)]
    pub diff: bool,
    /// Exit with 1 if anything would change, and push nothing
    #[arg(long)]
    pub check: bool,
    /// Replace what somebody else has put or changed there
    #[arg(long)]
    pub force: bool,
}

fn base(text: &str) -> Result<BaseUrl, UrlError> {
    text.parse()
}
