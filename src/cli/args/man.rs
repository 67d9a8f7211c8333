//! What `man` accepts.

use camino::Utf8PathBuf;
use clap::Args;

/// `okdboot man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Where to write a page for each command; without it the first is printed
    #[arg(value_name = "DIR")]
    pub folder: Option<Utf8PathBuf>,
}
