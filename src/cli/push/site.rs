//! One server: what it has, what changes there, and the change.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tokio::runtime::Runtime;

use super::wanted::WantedResources;
use crate::cli::args::Push;
use crate::cli::output::Voice;
use crate::cli::render;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::change::{self, ChangeKind, Changes};
use crate::plan::intent::{FILE as INTENT, Intent, Step};
use crate::plan::manifest::Manifest;
use crate::plan::tree::Standing;
use crate::push::{self, MOST_BYTES, MatchboxServer, PushError};
use crate::run::failure::{Exit, Failure};
use crate::text::Bytes;

type Tree = BTreeMap<RelPath, Standing>;

/// One server in the document.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "endpoint"))]
pub(in crate::cli) struct Member<'a> {
    /// HOST:PORT of its gRPC.
    #[cfg_attr(test, schemars(length(min = 3)))]
    endpoint: String,
    /// What becomes of each group, profile and Ignition config, by the path that `render` gives it.
    changes: Vec<render::ChangedFile<'a>>,
}

/// One server with what it has.
pub(super) struct MatchboxSite {
    pub(super) server: MatchboxServer,
    manifest: Manifest,
    pub(super) changes: Changes,
    tree: Tree,
    /// Whether a push that was cut off has left its note.
    is_unfinished: bool,
}

impl MatchboxSite {
    pub(super) fn look(
        runtime: &Runtime,
        server: MatchboxServer,
        wanted: &WantedResources,
    ) -> Result<Self, Failure> {
        let plan = &wanted.plan;
        let own = plan.clusters.iter().flat_map(|id| [push::manifest(id), push::intent(id)]).flatten();
        let own = runtime.block_on(server.read(own))?;
        let mut manifest = Manifest::load(&own, &plan.clusters)?;
        let intents = plan.clusters.iter().filter_map(push::intent).filter_map(|at| own.get(&at).cloned());
        let intents: Result<Vec<Option<Intent>>, _> =
            intents.map(|standing| Intent::load(&at_its_place(standing))).collect();
        let intents = intents?;
        let steps = intents.iter().flatten().flat_map(|intent| intent.steps.iter().map(|step| &step.path));
        let planned = plan.files.iter().map(|file| &file.path);
        let paths: BTreeSet<RelPath> = planned.chain(manifest.entries.keys()).chain(steps).cloned().collect();
        let tree = runtime.block_on(server.read(paths))?;
        for intent in intents.iter().flatten() {
            manifest.settle(intent, &tree);
        }
        let changes = change::compare(&plan.expected(), &tree, &manifest, &wanted.scope);
        let is_unfinished = intents.iter().flatten().next().is_some();
        Ok(Self { server, manifest, changes, tree, is_unfinished })
    }

    pub(super) fn member(&self) -> Member<'_> {
        Member { endpoint: self.server.endpoint().to_string(), changes: render::changed_files(&self.changes) }
    }

    /// Says what would change.
    pub(super) fn show(
        &self,
        args: &Push,
        wanted: &WantedResources,
        output: &mut Voice,
    ) -> Result<(), Failure> {
        if !self.changes.is_clean() {
            output.data(&format!("{}:\n", self.server.endpoint()))?;
        }
        if !args.look.diff {
            return render::list(&self.changes, output);
        }
        for change in self.changes.list.iter().filter(|change| change.kind != ChangeKind::Same) {
            output.data(&change::diff(change, &wanted.plan, &self.tree).unwrap_or_default())?;
        }
        Ok(())
    }

    pub(super) fn refuse_blocked(&self) -> Result<(), Failure> {
        let blocked: Vec<String> =
            self.changes.blocked().map(|(path, reason)| format!("`{path}` {reason}")).collect();
        if blocked.is_empty() {
            return Ok(());
        }
        let message = format!("nothing was pushed, because of what stands on {}", self.server.endpoint());
        Err(Failure { causes: blocked, ..Failure::new(Exit::Files, message) }
            .help("`okdboot push --diff` shows the difference; `--force` replaces what is planned, and leaves the rest"))
    }

    /// What is okdboot's, and what is about to be done, are each one message.
    pub(super) fn refuse_long(&self, wanted: &WantedResources) -> Result<(), Failure> {
        let manifest = self.changes.next.as_ref().unwrap_or(&self.manifest);
        let lists = manifest.files(&wanted.plan.clusters).filter_map(|(_, text)| text);
        let longest =
            lists.chain([self.intent(wanted).to_text()]).map(|text| text.len()).max().unwrap_or_default();
        if longest <= MOST_BYTES {
            return Ok(());
        }
        let size = Bytes(longest as u64);
        let message =
            format!("the list of what is pushed has {size}, and matchbox takes 4 MiB in one message");
        Err(Failure::new(Exit::Invalid, message)
            .help("push fewer clusters at once, or use `okdboot render` beside matchbox: one cluster of 10,000 machines fits"))
    }

    /// Says what is about to be done, does it, and says that it is done: whatever dies in between, the next
    /// push knows what is okdboot's.
    pub(super) fn write(&self, runtime: &Runtime, wanted: &WantedResources) -> Result<(), Failure> {
        if self.is_done() {
            return Ok(());
        }
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

    /// Says whether the server has everything, and its list is true.
    fn is_done(&self) -> bool {
        let (put, removed) = push::steps(&self.changes);
        put.is_empty() && removed.is_empty() && self.changes.next.is_none() && !self.is_unfinished
    }

    async fn written(&self, wanted: &WantedResources) -> Result<(), PushError> {
        let (put, removed) = push::steps(&self.changes);
        let clusters = &wanted.plan.clusters;
        if self.is_unfinished {
            // What is known from the old note is kept before a new one takes its place.
            self.keep(&self.manifest, clusters).await?;
        }
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
        self.keep(self.changes.next.as_ref().unwrap_or(&self.manifest), clusters).await?;
        for at in clusters.iter().filter_map(push::intent) {
            self.server.delete(&at).await?;
        }
        Ok(())
    }

    async fn keep(&self, manifest: &Manifest, clusters: &[Label]) -> Result<(), PushError> {
        for (at, text) in manifest.files(clusters) {
            match text {
                Some(text) => self.server.put(&at, text.as_bytes()).await?,
                None => self.server.delete(&at).await?,
            }
        }
        Ok(())
    }

    /// Returns what is about to be done, with what stands there now.
    fn intent(&self, wanted: &WantedResources) -> Intent {
        let (put, removed) = push::steps(&self.changes);
        let digest = |bytes: &[u8]| Sha256::of(bytes);
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
        Intent { steps: put.iter().chain(&removed).map(step).collect(), ..Intent::default() }
    }
}

/// An intent is read at one place of a tree; a server keeps one for each cluster.
fn at_its_place(standing: Standing) -> Tree {
    INTENT.parse().map(|at: RelPath| (at, standing)).into_iter().collect()
}
