//! What the command line accepts.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// From one vars.yaml to everything a bare-metal OpenShift or OKD cluster boots from.
#[derive(Debug, Parser)]
#[command(
    name = "okdboot",
    version,
    max_term_width = 80,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// A cluster's vars.yaml; repeat for several clusters in one tree
    #[arg(
        short = 'f',
        long = "vars",
        value_name = "FILE",
        env = "OKDBOOT_VARS",
        default_value = "vars.yaml",
        global = true
    )]
    pub vars: Vec<Utf8PathBuf>,
    /// The output root
    #[arg(
        short,
        long,
        value_name = "DIR",
        env = "OKDBOOT_OUT",
        default_value = "okdboot-out",
        global = true
    )]
    pub out: Utf8PathBuf,
    /// How to answer
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub format: Format,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; notices are shown by `check` even without it
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, global = true)]
    pub color: Colour,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Take warnings for errors
    #[arg(long, global = true)]
    pub strict: bool,
}

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document on stdout.
    Json,
    /// Annotations of a GitHub workflow (`check` and `verify` only).
    Github,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report every fault and warning of vars.yaml
    Check,
}
