//! What `fetch` accepts.

use camino::Utf8PathBuf;
use clap::Args;

use super::StreamArgs;

/// `okdboot fetch`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Fetch {
    /// Which release.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// Read the stream again even where the lock fits
    #[arg(long, conflicts_with = "locked")]
    pub update: bool,
    /// Say what would be fetched, and fetch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Take the files, under the same names, from another base; HOST=URL for
    /// those of one host, under their own paths; repeat to try several
    #[arg(long = "mirror", value_name = "[HOST=]URL")]
    pub mirrors: Vec<String>,
    /// Fetch further kinds: kernel, initramfs, rootfs, iso, metal, metal4k,
    /// client, installer
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
    pub kinds: Vec<String>,
    /// How many files at once
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: u8,
    /// How many connections one large file may have
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub connections: u8,
    /// Refuse a file without a good signature
    #[arg(long)]
    pub require_signature: bool,
    /// PGP keys to check signatures with, instead of Fedora's keys from the
    /// distribution; repeat for several files
    #[arg(long = "keyring", value_name = "FILE")]
    pub keyrings: Vec<Utf8PathBuf>,
    /// How often a passing failure is tried again; those of a transfer that
    /// moves on are not counted
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub retries: u32,
    /// Give up after so many seconds, whatever happens
    #[arg(long, value_name = "SECONDS")]
    pub deadline: Option<u32>,
    /// Neither read nor fill the cache
    #[arg(long)]
    pub no_cache: bool,
    /// Link files from the cache instead of copying them; they keep the
    /// security label of the cache
    #[arg(long, conflicts_with = "no_cache")]
    pub hard_link: bool,
    /// Hash every file again, even one that has not changed since
    #[arg(long)]
    pub rehash: bool,
}
