//! Arguments of the commands that explain.

use clap::Args;

/// `okdboot explain-code`
#[derive(Debug, Args)]
pub struct ExplainCode {
    /// A code as diagnostics print it, such as V201; without one, all of them
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}
