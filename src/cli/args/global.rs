//! Options of every command.

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::inventory;
use crate::run::Inventories;
use crate::vars::{Assignment, AssignmentError};

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Global {
    /// A cluster's vars.yaml, a folder of them, or a pattern in quotes; repeat for
    /// several clusters in one tree
    #[arg(
        short = 'f',
        long = "vars",
        value_name = "FILE",
        env = "OKDBOOT_VARS",
        hide_env_values = true,
        default_value = "vars.yaml",
        global = true
    )]
    pub vars: Vec<Utf8PathBuf>,
    /// A value in the place of the one in vars.yaml, for this run: KEY is a path with
    /// dots, and a number or a name in brackets for an entry of a list; VALUE is YAML
    #[arg(short = 'e', long = "set", value_name = "KEY=VALUE", global = true, value_parser = assignment)]
    pub set: Vec<Assignment>,
    /// The output root [default: okdboot-out beside the first vars.yaml]
    #[arg(
        short = 'o',
        long = "out",
        value_name = "DIR",
        env = "OKDBOOT_OUT",
        hide_env_values = true,
        global = true
    )]
    given_out: Option<Utf8PathBuf>,
    /// The output root; known once [`Global::settle`] was called.
    #[arg(skip)]
    pub out: Utf8PathBuf,
    /// How to answer; github is for check and verify, junit for verify
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub format: Format,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; notices are shown by `check` even without it
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours; `NO_COLOR` is honoured
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Colour::Auto, global = true)]
    pub color: Colour,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Take warnings for errors
    #[arg(long, global = true)]
    pub strict: bool,
}

fn assignment(text: &str) -> Result<Assignment, AssignmentError> {
    text.parse()
}

/// The output root's name beside vars.yaml.
const OUT: &str = "okdboot-out";

impl Global {
    /// Finds the output root where none was named: a cluster's tree must be the same one from whichever
    /// folder it is rendered, armed or looked at.
    pub fn settle(&mut self) {
        let folder = self.vars.first().filter(|given| given.is_dir()).cloned();
        self.vars = self.vars.iter().flat_map(|given| inventory::files(given)).collect();
        // A folder of clusters has one tree for all of them.
        let first = || self.vars.first().and_then(|vars| vars.parent()).map(Utf8Path::to_owned);
        let beside = || folder.clone().or_else(first).map_or_else(|| OUT.into(), |folder| folder.join(OUT));
        self.out = self.given_out.clone().unwrap_or_else(beside);
    }

    /// Returns the inventories of the run.
    pub fn inventories(&self) -> Inventories<'_> {
        Inventories { files: &self.vars, set: &self.set, is_strict: self.strict, out: &self.out }
    }

    /// Returns what `-o` named, if it was given.
    pub fn given_out(&self) -> Option<&Utf8Path> {
        self.given_out.as_deref()
    }
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
    /// A `JUnit` report with nodes as test cases (`verify` only).
    Junit,
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
