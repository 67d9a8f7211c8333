//! What `render` and `remove` accept.

use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::look::DryRunArgs;
use super::{IgnitionArgs, StreamArgs, TemplateArgs};
use crate::plan::state::Phase;
use crate::plan::{FileKind, OUTPUTS, Output, Part};

/// `okdboot render`
#[derive(Debug, Args)]
pub struct Render {
    /// Which release.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// Where the Ignition files are.
    #[command(flatten)]
    pub ignition: IgnitionArgs,
    /// Which templates.
    #[command(flatten)]
    pub templates: TemplateArgs,
    /// Whether it only looks.
    #[command(flatten)]
    pub look: DryRunArgs,
    /// Only clusters whose inventory, lock or state differs from this revision of git
    #[arg(long, value_name = "REVISION", conflicts_with = "example")]
    pub changed_since: Option<String>,
    /// Only these kinds of files
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',')]
    pub only: Vec<Only>,
    /// How far the installation is; kept for the next run
    #[arg(long, value_name = "PHASE", value_parser = phases(), conflicts_with = "example")]
    pub phase: Option<Phase>,
    /// Publish files of services without asking the daemons' own checkers
    #[arg(long)]
    pub no_native: bool,
    /// Replace files that were edited by hand
    #[arg(long)]
    pub force: bool,
    /// The group of written Ignition files, so that a web server can read them
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,
    /// Print the cluster as a picture, and write nothing
    #[arg(long, value_enum, value_name = "FORM", conflicts_with_all = ["dry_run", "diff", "check", "only", "force"])]
    pub graph: Option<Picture>,
    /// Render the embedded example cluster; needs no file and no network
    #[arg(long, conflicts_with_all = ["stream", "ignition", "lock", "locked"])]
    pub example: bool,
}

/// The words of `--phase`.
fn phases() -> impl TypedValueParser<Value = Phase> {
    PossibleValuesParser::new(Phase::WORDS.iter().copied()).try_map(|word| word.parse::<Phase>())
}

/// `okdboot remove`
#[derive(Debug, Args)]
pub struct Remove {
    /// The cluster's id: `dns.clusterid` in its vars.yaml
    #[arg(value_name = "CLUSTER")]
    pub cluster: String,
    /// Say what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Leave files that were edited by hand where they are, and forget them
    #[arg(long)]
    pub force: bool,
}

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// For people
    Svg,
    /// For pages that draw it themselves
    Mermaid,
}

/// A kind of file that `--only` names: any output but those that come with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only(pub FileKind);

/// Every kind that can be named.
static NAMED: LazyLock<Vec<Only>> = LazyLock::new(|| {
    let is_named = |output: &&Output| !matches!(output.part, Part::Beside(_));
    OUTPUTS.iter().filter(is_named).map(|output| Only(output.kind)).collect()
});

impl ValueEnum for Only {
    fn value_variants<'a>() -> &'a [Self] {
        &NAMED
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let output = self.0.output();
        Some(PossibleValue::new(output.word).help(output.about))
    }
}
