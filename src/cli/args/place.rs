//! What `services` accepts.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};

/// What is done with the files of the daemons.
#[derive(Debug, Subcommand)]
pub enum ServicesAction {
    /// Show how the files of this machine differ from those of the tree
    ///
    /// As a unified diff. Files of other people are not shown. Exit code 1 if there is
    /// something to put in place.
    Diff(ServicesDiff),
    /// Copy the files to where the distribution's daemons look for them
    ///
    /// Knows Debian, Ubuntu, Fedora, and RHEL 8 to 10 with its like. What okdboot wrote
    /// before, and what a package brought and nobody changed, is replaced; a copy of it
    /// stays in /var/lib/okdboot/replaced. A file that a person has written stays
    /// as it is: okdboot's goes beside it, and the line to add is printed. Exit code 1
    /// if a person has something left to do.
    Install(ServicesInstall),
}

/// Which machine it is.
#[derive(Debug, Args)]
pub struct HostArgs {
    /// The root of the system, such as a mounted image
    #[arg(long, value_name = "DIR", default_value = "/")]
    pub root: Utf8PathBuf,
    /// Which of several helpers this is, instead of /etc/hostname
    #[arg(long, value_name = "NAME")]
    pub helper: Option<String>,
}

/// `okdboot services diff`
#[derive(Debug, Args)]
pub struct ServicesDiff {
    /// Which machine.
    #[command(flatten)]
    pub host: HostArgs,
}

/// `okdboot services install`
#[derive(Debug, Args)]
pub struct ServicesInstall {
    /// Which machine.
    #[command(flatten)]
    pub host: HostArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Replace files of other people too; a copy stays
    #[arg(long)]
    pub force: bool,
}
