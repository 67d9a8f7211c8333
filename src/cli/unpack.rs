//! `okdboot unpack`: the tree of a pod, from its volumes and from where the images are.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Instant;

use camino::Utf8Path;
use serde::Serialize;

use super::args::{Cli, StreamArgs, Unpack};
use super::assets::login;
use super::document::word::Seconds;
use super::fetch::document::Verified;
use super::fetch::{self, summary::FetchSummary};
use super::output::Voice;
use super::render;
use crate::apply::download::{self, Mirror, Options, Wanted};
use crate::apply::files;
use crate::cli::bars::Bars;
use crate::disk::{self, Root};
use crate::lock::LockedArtifact;
use crate::model::name::Label;
use crate::plan::PlannedArtifact;
use crate::plan::change::{self, Scope};
use crate::plan::kubernetes::volume::{self, Volume};
use crate::plan::manifest::Manifest;
use crate::run::failure::{Exit, Failure};
use crate::run::network::client;
use crate::run::publication;
use crate::store::Store;
use crate::text::Bytes;

/// The most of a file that is read, in bytes: Kubernetes mounts none that is larger than 1 MiB.
const MOST: u64 = 1 << 20;

/// What `okdboot unpack` says.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["artifacts"]})))]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document<'a> {
    /// The clusters of the tree.
    #[cfg_attr(test, schemars(length(min = 1)))]
    clusters: &'a [Label],
    /// The images, each once: those that are verified and in their places, also where others failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifacts: Option<Vec<Verified<'a>>>,
    /// What came over the network, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    fetched_bytes: Option<Bytes>,
    /// How long all of it took, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<Seconds>,
}

/// Writes the files, and fetches the images.
pub fn run(cli: &Cli, args: &Unpack, output: &mut Voice) -> Result<Exit, Failure> {
    let from = Images::of(args, output)?;
    let volume = volume::read(read(&args.volume)?).map_err(|faults| {
        let mut failure = Failure::new(Exit::Invalid, format!("`{}` is no tree of okdboot", args.volume));
        failure.causes = faults.iter().map(ToString::to_string).collect();
        failure.help("apply what one `okdboot render --only kubernetes` wrote, all of it")
    })?;
    let root = Root::create(&cli.global.out)?;
    let lock = output.told(|news| publication::lock(&root, news))?;
    files(&volume, &root, &lock, output)?;
    images(cli, (args, &from), &volume, &lock, output)
}

/// Where images come from.
enum Images {
    /// Where the lock says.
    Lock,
    /// A folder of a web server.
    Mirror(Mirror),
    /// A bucket that may be private: each image by a URL that is signed.
    Store(Box<Store>),
}

impl Images {
    fn of(args: &Unpack, output: &Voice) -> Result<Self, Failure> {
        let refuse =
            |error: &dyn std::fmt::Display| Failure::new(Exit::Usage, format!("`--images`: {error}"));
        let base = args.images.as_str();
        if base.is_empty() {
            return Ok(Self::Lock);
        }
        if base.starts_with("s3://") {
            let place = base.parse().map_err(|error| refuse(&error))?;
            return Ok(Self::Store(Box::new(login::store(&place, &args.reach, output.context())?)));
        }
        base.parse().map(Self::Mirror).map_err(|error| refuse(&error))
    }

    fn mirrors(&self) -> Vec<Mirror> {
        if let Self::Mirror(mirror) = self { vec![mirror.clone()] } else { Vec::new() }
    }

    fn wanted(&self, planned: &PlannedArtifact, locked: &LockedArtifact) -> Option<Wanted> {
        let wanted = Wanted::planned(planned, &locked.location, locked.digest)?;
        let Self::Store(store) = self else { return Some(wanted) };
        Some(Wanted { location: store.presigned(planned.name.as_str()).parse().ok()?, ..wanted })
    }
}

/// Reads the files of a volume by their names; what begins with `..` is how Kubernetes changes them at once.
fn read(folder: &Utf8Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let refuse = |path: &Utf8Path, error: std::io::Error| {
        Failure::new(Exit::Files, format!("cannot read `{path}`: {error}"))
    };
    let entries = folder.read_dir_utf8().map_err(|error| refuse(folder, error))?;
    let mut found = BTreeMap::new();
    let is_file =
        |entry: &camino::Utf8DirEntry| entry.path().is_file() && !entry.file_name().starts_with("..");
    for entry in entries.flatten().filter(is_file) {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(entry.path()).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        read.map_err(|error| refuse(entry.path(), error))?;
        found.insert(entry.file_name().to_owned(), bytes);
    }
    Ok(found)
}

fn files(volume: &Volume, root: &Root, lock: &disk::Lock, output: &mut Voice) -> Result<(), Failure> {
    let ignition = volume.plan.clusters.iter().cloned().collect();
    let scope = Scope { ignition, ..Scope::all() };
    let manifest = Manifest::load(root, &volume.plan.clusters)?;
    let changes = change::compare(&volume.plan.expected(), root, &manifest, &scope);
    let own = publication::own_files(&volume.rosters);
    files::apply(&changes, &volume.plan, &volume.plan.clusters, (lock, None), &own)?;
    output.say(&format!("{}: {}", root.path(), render::counted(&changes, "file")));
    output.document(&Document { clusters: &volume.plan.clusters, ..Document::default() });
    Ok(())
}

fn images(
    cli: &Cli,
    (args, from): (&Unpack, &Images),
    volume: &Volume,
    lock: &disk::Lock,
    output: &mut Voice,
) -> Result<Exit, Failure> {
    let wanted: Vec<Wanted> =
        volume.images.iter().filter_map(|(planned, locked)| from.wanted(planned, locked)).collect();
    let options = Options { mirrors: from.mirrors(), ..Options::default() };
    let bars = Bars::new(fetch::watcher(cli, output));
    let trust = StreamArgs { ca_cert: args.ca_cert.clone(), ..StreamArgs::default() };
    let client = client(trust.ca_cert.as_deref(), &output.context().process())?;
    let begun = Instant::now();
    let results = download::download(&client, lock, &wanted, None, &options, &bars)?;
    bars.end();
    let summary = FetchSummary::of(&results, begun.elapsed(), &[]);
    output.document(&Document {
        clusters: &volume.plan.clusters,
        artifacts: Some(summary.verified().collect()),
        fetched_bytes: Some(summary.bytes()),
        seconds: Some(summary.seconds()),
    });
    summary.say(output)
}
