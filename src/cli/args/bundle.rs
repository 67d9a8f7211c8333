//! What the two ways of a bundle accept.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

/// The two ways.
#[derive(Debug, Subcommand)]
pub enum BundleAction {
    /// Write the archive, and print its sha256
    ///
    /// Takes what `okdboot fetch` and `okdboot render` have made, and asks no server:
    /// metadata and signatures that are not at hand are left out, and said. The file
    /// has mode 0600.
    Export(BundleExport),
    /// Check an archive as a whole, then put it where it belongs
    ///
    /// Artifacts go into the cache, vars.yaml and okdboot.lock to where `-f` says, the
    /// rendered tree into the output root. Needs no network. `okdboot fetch` then takes
    /// the artifacts from the cache.
    Import(BundleImport),
}

/// `okdboot bundle export FILE`
#[derive(Debug, Args)]
pub struct BundleExport {
    /// The archive to write
    pub file: Utf8PathBuf,
    /// Take the Ignition files too; they hold the keys of the cluster
    #[arg(long)]
    pub with_ignition: bool,
    /// Take further kinds: iso, metal, metal4k, client, installer
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',')]
    pub kinds: Vec<String>,
    /// The lock, instead of okdboot.lock beside vars.yaml
    #[arg(long, value_name = "FILE")]
    pub lock: Option<Utf8PathBuf>,
}

/// `okdboot bundle import FILE`
#[derive(Debug, Args)]
pub struct BundleImport {
    /// The archive to read, or - for standard input
    pub file: Utf8PathBuf,
    /// What `bundle export` printed; any other archive is refused
    #[arg(long, value_name = "SHA256")]
    pub sha256: Option<String>,
    /// Check everything and say what is in it, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Replace a vars.yaml, lock entries and rendered files that differ
    #[arg(long)]
    pub force: bool,
    /// The lock, instead of okdboot.lock beside vars.yaml
    #[arg(long, value_name = "FILE")]
    pub lock: Option<Utf8PathBuf>,
    /// The group of Ignition files, so that a web server can read them
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
}
