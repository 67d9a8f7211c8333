//! Three ways of only looking at what would change.

use clap::Args;

/// What is shown instead of being done.
#[derive(Debug, Default, Args)]
pub struct DryRunArgs {
    /// Say what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Show what would change as a unified diff, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// Exit with 1 if anything would change, and change nothing
    #[arg(long)]
    pub check: bool,
}

impl DryRunArgs {
    /// Says whether nothing is to be changed.
    pub fn only(&self) -> bool {
        self.dry_run || self.diff || self.check
    }
}
