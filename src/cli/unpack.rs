//! `okdboot unpack`: the tree of a pod, from its volumes and from where the images are.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Instant;

use camino::Utf8Path;
use serde_json::json;

use super::args::{Cli, StreamArgs, Unpack};
use super::failure::{Exit, Failure};
use super::fetch::{self, summary};
use super::locks::{client, failed};
use super::output::Output;
use super::{render, write};
use crate::apply::download::{self, Mirror, Options, Wanted};
use crate::apply::files;
use crate::cli::bars::Bars;
use crate::disk::{self, Root};
use crate::plan::FileKind;
use crate::plan::change::{self, Force, Scope};
use crate::plan::kubernetes::volume::{self, Volume};
use crate::plan::manifest::Manifest;

/// The most of a file that is read, in bytes: Kubernetes mounts none that is larger than 1 MiB.
const MOST: u64 = 1 << 20;

/// Writes the files, and fetches the images.
pub fn run(cli: &Cli, args: &Unpack, output: &mut Output) -> Result<Exit, Failure> {
    let options = Options { mirrors: mirrors(&args.images)?, ..Options::default() };
    let volume = volume::read(read(&args.volume)?).map_err(|faults| {
        let mut failure = Failure::new(Exit::Invalid, format!("`{}` is no tree of okdboot", args.volume));
        failure.causes = faults.iter().map(ToString::to_string).collect();
        failure.help("apply what one `okdboot render --only kubernetes` wrote, all of it")
    })?;
    let root = Root::create(&cli.global.out)?;
    let lock = write::lock(&root, output)?;
    files(&volume, &root, &lock, output)?;
    images(cli, (args, &options), &volume, &lock, output)
}

fn mirrors(base: &str) -> Result<Vec<Mirror>, Failure> {
    if base.is_empty() {
        return Ok(Vec::new());
    }
    let mirror = base.parse::<Mirror>();
    mirror.map(|it| vec![it]).map_err(|error| Failure::new(Exit::Usage, format!("`--images`: {error}")))
}

/// Reads the files of a volume by their names; what begins with `..` is how Kubernetes changes them at once.
fn read(folder: &Utf8Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let refuse = |path: &Utf8Path, error: std::io::Error| {
        Failure::new(Exit::Files, format!("cannot read `{path}`: {error}"))
    };
    let entries = folder.read_dir_utf8().map_err(|error| refuse(folder, error))?;
    let mut found = BTreeMap::new();
    for entry in entries.flatten().filter(|entry| !entry.file_name().starts_with("..")) {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(entry.path()).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        read.map_err(|error| refuse(entry.path(), error))?;
        found.insert(entry.file_name().to_owned(), bytes);
    }
    Ok(found)
}

fn files(volume: &Volume, root: &Root, lock: &disk::Lock, output: &mut Output) -> Result<(), Failure> {
    let scope = Scope {
        kinds: FileKind::all().collect(),
        paths: None,
        ignition: volume.plan.clusters.iter().cloned().collect(),
        shared: std::collections::BTreeSet::new(),
        group: None,
        force: Force::No,
    };
    let manifest = Manifest::load(root, &volume.plan.clusters)?;
    let changes = change::compare(&volume.plan, root, &manifest, &scope);
    files::apply(&changes, &volume.plan, lock, None, write::own_files(&volume.rosters))?;
    output.say(&format!("{}: {}", root.path(), render::counted(&changes, "file")));
    output
        .member("clusters", json!(volume.plan.clusters.iter().map(ToString::to_string).collect::<Vec<_>>()));
    Ok(())
}

fn images(
    cli: &Cli,
    (args, options): (&Unpack, &Options),
    volume: &Volume,
    lock: &disk::Lock,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let wanted = |(planned, locked): &(_, crate::lock::LockedArtifact)| {
        Wanted::planned(planned, &locked.location, locked.digest)
    };
    let wanted: Vec<Wanted> = volume.images.iter().filter_map(wanted).collect();
    let bars = Bars::new(fetch::watcher(cli, output));
    let trust = StreamArgs { ca_cert: args.ca_cert.clone(), ..StreamArgs::default() };
    let client = client(&trust, output.context())?;
    let (begun, root) = (Instant::now(), lock.root().path().as_std_path());
    let results = download::download(&client, root, &wanted, None, options, &bars)
        .map_err(|error| failed(error.fault(), &error))?;
    bars.end();
    summary::say(&results, begun.elapsed(), &[], output)
}
