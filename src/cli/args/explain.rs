//! Arguments of the commands that explain.

use clap::Args;

use super::{IgnitionArgs, StreamArgs, TemplateArgs};

/// `okdboot explain-code`
#[derive(Debug, Args)]
pub struct ExplainCode {
    /// A code as diagnostics print it, such as V201; without one, all of them
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// `okdboot explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// A node, by short or full name, MAC address or IP address
    #[arg(value_name = "NODE|MAC|IP", required_unless_present = "group_match")]
    pub target: Option<String>,
    /// Say which matchbox group a machine gets, and which others that shadows
    #[arg(long)]
    pub group_match: bool,
    /// A label that the machine sends, besides `mac` of the node; repeat it
    #[arg(long = "label", value_name = "KEY=VALUE", requires = "group_match")]
    pub labels: Vec<String>,
    /// Which release.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// Where the Ignition files are.
    #[command(flatten)]
    pub ignition: IgnitionArgs,
    /// Which templates.
    #[command(flatten)]
    pub templates: TemplateArgs,
}
