//! `okdboot verify`

use clap::{Args, ValueEnum};

use super::{IgnitionArgs, StreamArgs, TemplateArgs, services};
use crate::plan::FileKind;

/// `okdboot verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Which release.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// Where the Ignition files are.
    #[command(flatten)]
    pub ignition: IgnitionArgs,
    /// Which templates.
    #[command(flatten)]
    pub templates: TemplateArgs,
    /// Whether and how servers are asked.
    #[command(flatten)]
    pub live: RehearsalArgs,
    /// Which surroundings.
    #[command(flatten)]
    pub surroundings: services::Surroundings,
}

/// Asking the servers.
#[derive(Debug, Args)]
pub struct RehearsalArgs {
    /// Ask the servers for everything that each node will ask for
    #[arg(long)]
    pub live: bool,
    /// Read images to their end and compare their sha256
    #[arg(long, requires = "live")]
    pub full: bool,
    /// Only what boots by these; default is each that is rendered
    #[arg(long = "chain", value_enum, value_name = "LOADER", value_delimiter = ',', requires = "live")]
    pub chains: Vec<ChainArg>,
    /// The TFTP server, instead of the helper
    #[arg(long, value_name = "HOST[:PORT]", requires = "live")]
    pub tftp: Option<String>,
    /// The longest wait for an answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "live",
        value_parser = clap::value_parser!(u16).range(1..=600))]
    pub timeout: u16,
    /// The end of all questions; default is 120, or 3600 with `--full`
    #[arg(long, value_name = "SECONDS", requires = "live",
        value_parser = clap::value_parser!(u32).range(1..))]
    pub deadline: Option<u32>,
    /// How many questions at once
    #[arg(long, value_name = "N", default_value_t = 16, requires = "live",
        value_parser = clap::value_parser!(u8).range(1..=128))]
    pub jobs: u8,
}

/// A loader that `--chain` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChainArg {
    /// PXELINUX over TFTP
    Pxelinux,
    /// iPXE, by static files or matchbox as `okdboot.ipxe` says
    Ipxe,
    /// GRUB over TFTP
    Grub,
}

impl ChainArg {
    /// Returns the kind of the files that it boots by.
    pub fn kind(self) -> FileKind {
        match self {
            Self::Pxelinux => FileKind::Pxelinux,
            Self::Ipxe => FileKind::Ipxe,
            Self::Grub => FileKind::Grub,
        }
    }
}
