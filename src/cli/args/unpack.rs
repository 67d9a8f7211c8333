//! What `unpack` accepts.

use camino::Utf8PathBuf;
use clap::Args;

use super::Reach;

/// `okdboot unpack`
#[derive(Debug, Args)]
pub struct Unpack {
    /// Where the ConfigMaps and Secrets are mounted
    #[arg(value_name = "DIR")]
    pub volume: Utf8PathBuf,
    /// Take the images, under the same names, from this base or this bucket
    /// (s3://...); empty for where the lock says
    #[arg(long, value_name = "URL", default_value = "")]
    pub images: String,
    /// How a store is reached.
    #[command(flatten)]
    pub reach: Reach,
    /// PEM certificates to trust besides the platform's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<Utf8PathBuf>,
}
