//! `okdboot push`: what a matchbox on another machine boots machines by.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use super::args::{Cli, Push};
use super::failure::{Exit, Failure};
use super::ignition_files::IgnitionFiles;
use super::locks::{Freshness, Resolver, failed};
use super::output::{Notices, Output};
use super::render;
use super::session::{self, Made, Session};
use super::write::{self, Reader};
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::change::{self, ChangeKind, Changes, Force, Scope};
use crate::plan::intent::{FILE as INTENT, Intent, Step};
use crate::plan::manifest::Manifest;
use crate::plan::tree::Standing;
use crate::plan::{FileKind, Plan, PlannedFile, layout};
use crate::push::{self, Credentials, Endpoint, MOST_BYTES, PushError, Server};
use crate::text::Bytes;

/// What travels: groups and profiles, and the Ignition files that they name.
const KINDS: [FileKind; 2] = [FileKind::Matchbox, FileKind::Ignition];

type Tree = BTreeMap<RelPath, Standing>;

/// Compares every server before any is written to.
pub fn run(cli: &Cli, args: &Push, output: &mut Output) -> Result<Exit, Failure> {
    let endpoints: Result<BTreeMap<String, Endpoint>, PushError> =
        args.endpoints.iter().map(|text| Ok((text.clone(), text.parse()?))).collect();
    let endpoints = endpoints.map_err(|error| Failure::of(Exit::Usage, &error))?;
    let wanted = Wanted::read(cli, args, output)?;
    let credentials = credentials(args, output)?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::of(Exit::Files, &error))?;
    let mut sites = Vec::new();
    for endpoint in endpoints.values() {
        let server = runtime.block_on(Server::open(endpoint, &credentials))?;
        sites.push(Site::look(&runtime, server, &wanted)?);
    }
    tell(args, &sites, &wanted, output)?;
    if args.dry_run || args.diff || args.check {
        let is_clean = sites.iter().all(|site| site.changes.is_clean());
        return Ok(if args.check && !is_clean { Exit::Differs } else { Exit::Done });
    }
    sites.iter().try_for_each(Site::refuse_blocked)?;
    for site in &sites {
        site.write(&runtime, &wanted)?;
        output.say(&format!("{}: {}", site.server.endpoint(), render::counted(&site.changes, "object")));
    }
    wanted.say_assets(cli, output);
    Ok(Exit::Done)
}

/// What the servers are to have.
struct Wanted {
    plan: Plan,
    scope: Scope,
    /// The base URLs that machines fetch assets from.
    assets: BTreeSet<String>,
}

impl Wanted {
    fn read(cli: &Cli, args: &Push, output: &mut Output) -> Result<Self, Failure> {
        let mut session = session::open(cli)?;
        session.enter(None)?;
        output.of_inventory(&session.report);
        let ignition = session.ignition(cli, &args.ignition)?;
        if !args.force {
            render::refuse_strangers(&session, &ignition, output)?;
        }
        let mut plan = plan(cli, args, (&session, &ignition), output)?;
        let mut assets = BTreeSet::new();
        for cluster in session.clusters() {
            let named = format!("{}/assets", cluster.settings.url);
            let moved = args.assets_url.as_ref().map_or_else(|| named.clone(), ToString::to_string);
            move_assets(&mut plan, &cluster.id, (&named, &moved));
            assets.insert(moved);
        }
        output.report(&plan.report, Notices::Shown);
        let given = session.clusters().into_iter().zip(&ignition).filter(|(_, files)| files.given);
        let scope = Scope {
            ignition: given.map(|(cluster, _)| cluster.id.clone()).collect(),
            force: if args.force { Force::Yes } else { Force::No },
            ..Scope::only(KINDS)
        };
        let wanted = Self { plan, scope, assets };
        wanted.refuse_large()?;
        Ok(wanted)
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
    fn say_assets(&self, cli: &Cli, output: &mut Output) {
        let folder = cli.global.out.join(layout::ASSETS);
        let urls: Vec<&str> = self.assets.iter().map(String::as_str).collect();
        output.say(&format!("assets do not travel by gRPC: machines ask {} for them", urls.join(" and ")));
        output.say(&format!(
            "  help: copy {folder}/ to the folder of `-assets-path` of each server, or set `okdboot.url`"
        ));
    }
}

/// Lets the profiles of a cluster name another place for what does not travel.
fn move_assets(plan: &mut Plan, cluster: &Label, (from, to): (&str, &str)) {
    let is_profile = |file: &&mut PlannedFile| {
        file.owner.cluster.as_ref() == Some(cluster) && layout::stem(&file.path, layout::PROFILES).is_some()
    };
    for file in plan.files.iter_mut().filter(is_profile).filter(|_| from != to) {
        let text = String::from_utf8_lossy(&file.contents);
        file.contents = text.replace(&format!("{from}/"), &format!("{to}/")).into_bytes().into();
    }
}

fn plan(
    cli: &Cli,
    args: &Push,
    (session, ignition): (&Session, &[IgnitionFiles]),
    output: &mut Output,
) -> Result<Plan, Failure> {
    let clusters = session.clusters();
    let resolver = Resolver::new(&args.stream, Freshness::Locked)?;
    let paths: Vec<Utf8PathBuf> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let locks = resolver.resolve(&clusters, output)?;
    let before = Reader::open(cli)?.before(&clusters)?;
    let mut plan = session.plan(&Made {
        locks: &locks,
        paths: &paths,
        ignition,
        templates: &crate::template::Templates::embedded()?,
        kinds: &KINDS.into(),
        further: &BTreeSet::new(),
        state: before.state(),
        around: &before.around,
    })?;
    // Exact copies stand among the assets.
    plan.files
        .retain(|file| KINDS.contains(&file.owner.kind) && !file.path.as_str().starts_with(layout::ASSETS));
    if !args.dry_run && !args.diff && !args.check {
        write::locks(&locks)?;
    }
    Ok(plan)
}

/// One server with what it has.
struct Site {
    server: Server,
    manifest: Manifest,
    changes: Changes,
    tree: Tree,
}

impl Site {
    fn look(runtime: &Runtime, server: Server, wanted: &Wanted) -> Result<Self, Failure> {
        let plan = &wanted.plan;
        let own = plan.clusters.iter().flat_map(|id| [push::manifest(id), push::intent(id)]).flatten();
        let own = runtime.block_on(server.read(own))?;
        let mut manifest = Manifest::load(&own, &plan.clusters)?;
        let intents = plan.clusters.iter().filter_map(push::intent).filter_map(|at| own.get(&at).cloned());
        let intents: Result<Vec<Option<Intent>>, _> =
            intents.map(|standing| Intent::load(&at_its_place(standing))).collect();
        let intents = intents.map_err(|error| failed(crate::model::fault::Fault::Input, &error))?;
        let steps = intents.iter().flatten().flat_map(|intent| intent.steps.iter().map(|step| &step.path));
        let planned = plan.files.iter().map(|file| &file.path);
        let paths: BTreeSet<RelPath> = planned.chain(manifest.entries.keys()).chain(steps).cloned().collect();
        let tree = runtime.block_on(server.read(paths))?;
        for intent in intents.iter().flatten() {
            manifest.settle(intent, &tree);
        }
        let changes = change::compare(plan, &tree, &manifest, &wanted.scope);
        Ok(Self { server, manifest, changes, tree })
    }

    fn refuse_blocked(&self) -> Result<(), Failure> {
        let blocked: Vec<String> =
            self.changes.blocked().map(|(path, reason)| format!("`{path}` {reason}")).collect();
        if blocked.is_empty() {
            return Ok(());
        }
        let message = format!("nothing was pushed, because of what stands on {}", self.server.endpoint());
        Err(Failure { causes: blocked, ..Failure::new(Exit::Files, message) }
            .help("`okdboot push --diff` shows the difference; `--force` replaces what is planned, and leaves the rest"))
    }

    /// Says what is about to be done, does it, and says that it is done: whatever dies in between, the next
    /// push knows what is okdboot's.
    fn write(&self, runtime: &Runtime, wanted: &Wanted) -> Result<(), Failure> {
        runtime.block_on(self.written(wanted))?;
        let after = Self::look(runtime, self.server.clone(), wanted)?;
        let left = after
            .changes
            .list
            .iter()
            .find(|change| !matches!(change.kind, ChangeKind::Same | ChangeKind::Kept));
        let Some(left) = left else { return Ok(()) };
        let message = format!("{} has another `{}` than was pushed", self.server.endpoint(), left.path);
        Err(Failure::new(Exit::Network, message).help("does somebody else push there? Run it again"))
    }

    async fn written(&self, wanted: &Wanted) -> Result<(), PushError> {
        let (put, removed) = push::steps(&self.changes);
        if put.is_empty() && removed.is_empty() && self.changes.next.is_none() {
            return Ok(());
        }
        let clusters = &wanted.plan.clusters;
        let intent = self.intent(wanted);
        for id in clusters {
            let Some(at) = push::intent(id) else { continue };
            self.server.put(&at, intent.clone().of(std::slice::from_ref(id)).to_text().as_bytes()).await?;
        }
        for change in put {
            let Some(file) = wanted.plan.file(&change.path) else { continue };
            self.server.put(&change.path, &file.contents).await?;
        }
        for change in removed {
            self.server.delete(&change.path).await?;
        }
        let manifest = self.changes.next.as_ref().unwrap_or(&self.manifest);
        for (at, text) in manifest.files(clusters) {
            match text {
                Some(text) => self.server.put(&at, text.as_bytes()).await?,
                None => self.server.delete(&at).await?,
            }
        }
        for at in clusters.iter().filter_map(push::intent) {
            self.server.delete(&at).await?;
        }
        Ok(())
    }

    /// Returns what is about to be done, with what stands there now.
    fn intent(&self, wanted: &Wanted) -> Intent {
        let (put, removed) = push::steps(&self.changes);
        let digest = |bytes: &[u8]| crate::model::digest::Sha256::of(bytes);
        let step = |change: &&change::Change| Step {
            path: change.path.clone(),
            owner: Some(change.owner.clone()),
            before: match self.tree.get(&change.path) {
                Some(Standing::File(found)) => Some(digest(&found.bytes)),
                _ => None,
            },
            after: wanted.plan.file(&change.path).map(|file| digest(&file.contents)),
            temp: None,
        };
        Intent { steps: put.iter().chain(&removed).map(step).collect() }
    }
}

/// An intent is read at one place of a tree; a server keeps one for each cluster.
fn at_its_place(standing: Standing) -> Tree {
    INTENT.parse().map(|at: RelPath| (at, standing)).into_iter().collect()
}

fn tell(args: &Push, sites: &[Site], wanted: &Wanted, output: &mut Output) -> Result<(), Failure> {
    let mut members = Vec::new();
    for site in sites {
        let endpoint = site.server.endpoint();
        if !site.changes.is_clean() {
            output.data(&format!("{endpoint}:\n"))?;
        }
        if args.diff {
            for change in site.changes.list.iter().filter(|change| change.kind != ChangeKind::Same) {
                output.data(&change::diff(change, &wanted.plan, &site.tree).unwrap_or_default())?;
            }
        } else {
            render::list(&site.changes, output)?;
        }
        members.push(json!({"endpoint": endpoint.to_string(), "changes": render::members(&site.changes)}));
    }
    output.member("endpoints", json!(members));
    Ok(())
}

/// Reads the certificates: those that are named, else where matchbox's own client keeps them.
fn credentials(args: &Push, output: &Output) -> Result<Credentials, Failure> {
    let file = |named: &Option<Utf8PathBuf>, name: &str, option: &str| {
        let home = || Some(Utf8PathBuf::from(output.context().env("HOME")?).join(".matchbox").join(name));
        let path = named.clone().or_else(home).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("nothing says where the certificates are: give `{option}`"))
        })?;
        std::fs::read(&path).map_err(|error| {
            let failure = Failure::new(Exit::Files, format!("cannot read `{path}`: {error}"));
            failure.help(format!("name it with `{option}`; `okdboot certs` makes all three"))
        })
    };
    let (ca, certificate) = (file(&args.ca, "ca.crt", "--ca")?, file(&args.cert, "client.crt", "--cert")?);
    Ok(Credentials::parse(&ca, &certificate, &file(&args.key, "client.key", "--key")?)?)
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        failed(error.fault(), &error)
    }
}
