//! What `cache` accepts.

use clap::{Args, Subcommand};

/// What can be done with the cache.
#[derive(Debug, Subcommand)]
pub enum CacheAction {
    /// List what is kept: sha256, size, age, and the name where a lock at hand has it
    List,
    /// Hash every artifact again
    Verify,
    /// Remove artifacts that were not used for a while, and unfinished transfers
    Prune(CachePrune),
}

/// `okdboot cache prune`
#[derive(Debug, Args)]
pub struct CachePrune {
    /// Remove what was not used for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub older_than: u32,
    /// Remove everything
    #[arg(long, conflicts_with = "older_than")]
    pub all: bool,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
}
