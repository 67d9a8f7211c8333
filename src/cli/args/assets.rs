//! What `assets` accepts.

use clap::{Args, Subcommand};

use super::StreamArgs;
use crate::store::{PlaceError, StorePlace};

/// What to do with the images.
#[derive(Debug, Subcommand)]
pub enum AssetsAction {
    /// Send the images that the lock names to an object store, by S3
    ///
    /// What is there with the right sha256 is not sent again, and an upload that
    /// broke off goes on. Credentials come from the environment (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`) or from ~/.aws/credentials
    /// (`AWS_PROFILE`).
    Sync(AssetsSync),
}

/// `okdboot assets sync`
#[derive(Debug, Args)]
pub struct AssetsSync {
    /// Where to; a prefix of names may follow the bucket, as in boot/coreos
    #[arg(value_name = "s3://BUCKET", value_parser = place)]
    pub place: StorePlace,
    /// How the store is reached.
    #[command(flatten)]
    pub reach: Reach,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send further kinds: iso, metal, metal4k, client, installer
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
    pub kinds: Vec<String>,
    /// How often a passing failure is tried again
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub retries: u32,
    /// Which release.
    #[command(flatten)]
    pub stream: StreamArgs,
}

/// How a store is reached.
#[derive(Clone, Debug, Args)]
pub struct Reach {
    /// The store, where it is not Amazon's [env: `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Its region [env: `AWS_REGION`, `AWS_DEFAULT_REGION`; default: us-east-1]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

fn place(text: &str) -> Result<StorePlace, PlaceError> {
    text.parse()
}
