//! What `arm` and `disarm` accept.

use clap::Args;

use super::{IgnitionArgs, StreamArgs, TemplateArgs};

/// Which nodes are armed or disarmed.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct SelectionArgs {
    /// These nodes, by name, MAC address or IP address
    #[arg(value_name = "NODE|MAC|IP")]
    pub nodes: Vec<String>,
    /// Every node of a role: bootstrap, master, arbiter, worker
    #[arg(long, value_name = "ROLE", conflicts_with = "nodes")]
    pub role: Option<String>,
    /// Every node
    #[arg(long, conflicts_with_all = ["nodes", "role"])]
    pub all: bool,
}

/// `okdboot arm`
#[derive(Debug, Args)]
pub struct Arm {
    /// Which nodes.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// When `disarm --expired` takes it back: 6h, 90m, 2d, or
    /// 2030-01-31T18:00:00Z
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// How the boot files are made.
    #[command(flatten)]
    pub made: Flip,
}

/// `okdboot disarm`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true).args(["nodes", "role", "all", "expired"]))]
pub struct Disarm {
    /// These nodes, by name, MAC address or IP address
    #[arg(value_name = "NODE|MAC|IP")]
    pub nodes: Vec<String>,
    /// Every node of a role: bootstrap, master, arbiter, worker
    #[arg(long, value_name = "ROLE", conflicts_with = "nodes")]
    pub role: Option<String>,
    /// Every node
    #[arg(long, conflicts_with_all = ["nodes", "role"])]
    pub all: bool,
    /// Every node whose time is over (`arm --until`), for a timer
    #[arg(long, conflicts_with_all = ["nodes", "role", "all"])]
    pub expired: bool,
    /// How the boot files are made.
    #[command(flatten)]
    pub made: Flip,
}

/// How boot files are made where nodes are armed or disarmed.
#[derive(Clone, Debug, Args)]
pub struct Flip {
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
