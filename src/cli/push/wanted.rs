//! What the servers are to have, by the plan that `render` makes.

use std::collections::BTreeSet;

use crate::cli::args::{Cli, Push};
use crate::cli::opened;
use crate::cli::output::Voice;
use crate::model::name::Label;
use crate::plan::change::{Force, Scope};
use crate::plan::{FileKind, Plan, layout};
use crate::push::MOST_BYTES;
use crate::run::Notices;
use crate::run::Workspace;
use crate::run::failure::{Exit, Failure};
use crate::run::locks::Locks;
use crate::run::resolver::Freshness;
use crate::run::verify::consistency;
use crate::run::workspace::Planning;
use crate::template::Templates;
use crate::text::Bytes;

/// What travels: groups and profiles, and the Ignition files that they name.
const KINDS: [FileKind; 2] = [FileKind::Matchbox, FileKind::Ignition];

/// What the servers are to have.
pub(super) struct WantedResources {
    pub(super) plan: Plan,
    pub(super) scope: Scope,
    /// What the machines boot, which is pinned once it is pushed.
    pub(super) locks: Locks,
    /// The base URLs that machines fetch assets from.
    assets: BTreeSet<String>,
}

impl WantedResources {
    pub(super) fn read(cli: &Cli, args: &Push, output: &mut Voice) -> Result<Self, Failure> {
        if let Some(cluster) = &args.remove {
            return Ok(Self::without(cluster, args));
        }
        let mut workspace = opened::entered(cli, output)?;
        workspace.read_ignition(args.ignition.ignition.as_deref())?;
        if !args.force {
            consistency::refuse_strangers(&workspace)?;
        }
        for member in &mut workspace.members {
            member.checked.cluster.settings.assets.clone_from(&args.assets_url);
        }
        let choice = args.stream.choice()?;
        output.told(|news| workspace.resolve(&choice, Freshness::Locked, news))?;
        let plan = plan(&workspace)?;
        let assets = workspace.clusters().iter().map(|cluster| cluster.settings.assets_url()).collect();
        output.report(&plan.report, Notices::Shown);
        let scope = scope(args, workspace.with_given_ignition());
        let wanted = Self { plan, scope, locks: workspace.locks, assets };
        wanted.refuse_large()?;
        Ok(wanted)
    }

    /// Nothing of a cluster is wanted any more.
    fn without(cluster: &Label, args: &Push) -> Self {
        let plan = Plan { clusters: vec![cluster.clone()], ..Plan::default() };
        Self { plan, scope: scope(args, [cluster.clone()]), locks: Locks::default(), assets: BTreeSet::new() }
    }

    /// One message holds one file.
    fn refuse_large(&self) -> Result<(), Failure> {
        let Some(file) = self.plan.files.iter().find(|file| file.contents.len() > MOST_BYTES) else {
            return Ok(());
        };
        let size = Bytes(file.contents.len() as u64);
        let message = format!("`{}` has {size}, and matchbox takes 4 MiB in one message", file.path);
        Err(Failure::new(Exit::Invalid, message)
            .help("set `okdboot.ignition_url: assets`, and copy the file to the assets of the server"))
    }

    /// Images and exact copies of Ignition files are in no message.
    pub(super) fn say_assets(&self, cli: &Cli, output: &mut Voice) {
        if self.assets.is_empty() {
            return;
        }
        let folder = cli.global.out.join(layout::ASSETS);
        let urls: Vec<&str> = self.assets.iter().map(String::as_str).collect();
        output.say(&format!("assets do not travel by gRPC: machines ask {} for them", urls.join(" and ")));
        output.say(&format!(
            "  help: copy {folder}/ to the folder of `-assets-path` of each server, or set `okdboot.url`"
        ));
    }
}

fn scope(args: &Push, ignition: impl IntoIterator<Item = Label>) -> Scope {
    let force = if args.force { Force::Yes } else { Force::No };
    Scope { ignition: ignition.into_iter().collect(), force, ..Scope::only(KINDS) }
}

fn plan(workspace: &Workspace) -> Result<Plan, Failure> {
    let before = workspace.before()?;
    let mut plan = workspace.plan(&Planning {
        templates: &Templates::embedded()?,
        kinds: &KINDS.into(),
        state: before.state(),
        around: &before.around,
    })?;
    // Exact copies stand among the assets.
    plan.files
        .retain(|file| KINDS.contains(&file.owner.kind) && !file.path.as_str().starts_with(layout::ASSETS));
    Ok(plan)
}
