//! What the servers are to have, by the plan that `render` makes.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::cli::args::{Cli, Push};
use crate::cli::failure::{Exit, Failure};
use crate::cli::ignition_files::IgnitionFiles;
use crate::cli::locks::{Freshness, Locks, Resolver};
use crate::cli::output::{Notices, Output};
use crate::cli::render;
use crate::cli::session::{self, Made, Session};
use crate::cli::write::Reader;
use crate::model::name::Label;
use crate::plan::change::{Force, Scope};
use crate::plan::{FileKind, Plan, layout};
use crate::push::MOST_BYTES;
use crate::template::Templates;
use crate::text::Bytes;

/// What travels: groups and profiles, and the Ignition files that they name.
const KINDS: [FileKind; 2] = [FileKind::Matchbox, FileKind::Ignition];

/// What the servers are to have.
pub(super) struct Wanted {
    pub(super) plan: Plan,
    pub(super) scope: Scope,
    /// What the machines boot, which is pinned once it is pushed.
    pub(super) locks: Locks,
    /// The base URLs that machines fetch assets from.
    assets: BTreeSet<String>,
}

impl Wanted {
    pub(super) fn read(cli: &Cli, args: &Push, output: &mut Output) -> Result<Self, Failure> {
        if let Some(cluster) = &args.remove {
            return Ok(Self::without(cluster, args));
        }
        let mut session = session::open(cli)?;
        session.enter(None)?;
        output.of_inventory(&session.report);
        let ignition = session.ignition(cli, &args.ignition)?;
        if !args.force {
            render::refuse_strangers(&session, &ignition, output)?;
        }
        for checked in &mut session.checked {
            checked.cluster.settings.assets.clone_from(&args.assets_url);
        }
        let (plan, locks) = plan(cli, args, (&session, &ignition), output)?;
        let assets = session.clusters().iter().map(|cluster| cluster.settings.assets_url()).collect();
        output.report(&plan.report, Notices::Shown);
        let given = session.clusters().into_iter().zip(&ignition).filter(|(_, files)| files.given);
        let scope = scope(args, given.map(|(cluster, _)| cluster.id.clone()));
        let wanted = Self { plan, scope, locks, assets };
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
    pub(super) fn say_assets(&self, cli: &Cli, output: &mut Output) {
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

fn plan(
    cli: &Cli,
    args: &Push,
    (session, ignition): (&Session, &[IgnitionFiles]),
    output: &mut Output,
) -> Result<(Plan, Locks), Failure> {
    let clusters = session.clusters();
    let resolver = Resolver::new(&args.stream, Freshness::Locked)?;
    let paths: Vec<Utf8PathBuf> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let locks = resolver.resolve(&clusters, output)?;
    let before = Reader::open(cli)?.before(&clusters)?;
    let mut plan = session.plan(&Made {
        locks: &locks,
        paths: &paths,
        ignition,
        templates: &Templates::embedded()?,
        kinds: &KINDS.into(),
        further: &BTreeSet::new(),
        state: before.state(),
        around: &before.around,
    })?;
    // Exact copies stand among the assets.
    plan.files
        .retain(|file| KINDS.contains(&file.owner.kind) && !file.path.as_str().starts_with(layout::ASSETS));
    Ok((plan, locks))
}
