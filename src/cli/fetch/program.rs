//! `oc` and openshift-install that were asked for by `--kind`, and that vars.yaml does not name.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::apply::download::{self, Mirror};
use crate::cli::args::Fetch;
use crate::cli::output::Voice;
use crate::http::{Client, HttpError};
use crate::lock::{Needs, Pinned};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::stream_ref::Version;
use crate::run::Workspace;
use crate::run::failure::{Exit, Failure};
use crate::run::network::client;
use crate::stream::program;

/// The most of a list that is read, in bytes; a real one has 5 KB.
const MAX_BYTES: u64 = 1 << 20;

/// Pins the programs that the locks do not have yet. What no channel is known for is left out: the plan
/// says what is missing, and what to do.
pub(super) fn find(
    workspace: &mut Workspace,
    (args, mirrors): (&Fetch, &[Mirror]),
    kinds: &BTreeSet<ArtifactKind>,
    output: &mut Voice,
) -> Result<(), Failure> {
    let client = client(args.stream.ca_cert.as_deref(), &workspace.process)?;
    let pinned = if args.update { Pinned::Move } else { Pinned::Stay };
    for member in &workspace.members {
        let (cluster, path) = (member.cluster(), &member.lock);
        let Some(locked) = workspace.locks.of(path, cluster) else { continue };
        let needs = Needs::of(cluster, None);
        let missing = locked.missing_programs(kinds, &needs, pinned);
        let (Some(version), Some(first)) = (locked.openshift(), missing.first()) else { continue };
        if args.stream.locked {
            return Err(refuse(path, *first));
        }
        let list = list(&client, mirrors, version, needs.programs)?;
        for kind in missing {
            let Some(found) = program::find(&list, kind, version, needs.programs) else { continue };
            output.say(&format!("{}: {kind} is {}", cluster.id, found.name));
            if let Some(entry) = workspace.locks.learn(path, cluster) {
                entry.pin_program(&needs, kind, found);
            }
        }
    }
    Ok(())
}

/// Reads the list where the mirrors have it, else where Red Hat publishes it. Over https or from a
/// file only: what it says is trusted.
fn list(client: &Client, mirrors: &[Mirror], version: Version, arch: Arch) -> Result<String, Failure> {
    let Some(url) = program::list_url(version, arch) else { return Ok(String::new()) };
    let mut last = None;
    for place in download::places(&url, mirrors) {
        match client.get_text(&place, MAX_BYTES) {
            Ok(text) => return Ok(text),
            Err(error) => last = Some(error),
        }
    }
    last.map_or_else(|| Ok(String::new()), |error| Err(unlisted(&error)))
}

fn unlisted(error: &HttpError) -> Failure {
    Failure::by(error)
        .context("cannot read the list of clients")
        .help("name the files as `ocp_client` and `ocp_installer` in vars.yaml where no mirror has the list")
}

fn refuse(path: &Utf8PathBuf, kind: ArtifactKind) -> Failure {
    let message = format!("`{path}` has no {kind}, and `--locked` refuses to add one");
    Failure::new(Exit::Invalid, message)
        .help("run once without `--locked`, look at the change, and commit the lock")
}
