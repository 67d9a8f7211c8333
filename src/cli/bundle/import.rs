//! `okdboot bundle import FILE`: all of it is checked before anything lands.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use camino::Utf8Path;

use super::imported::{Believed, Document, ImportedArtifact};
use crate::apply::download::DownloadError;
use crate::apply::download::cache::{Cache, Staged};
use crate::bundle::{self, BundleError, BundleLimits, BundlePlace, Sink};
use crate::cli::args::{BundleImport, Cli};
use crate::cli::output::Voice;
use crate::diag::{Code, Diagnostic};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::run::Notices;
use crate::run::bundle::contents::Contents;
use crate::run::bundle::install::{Destination, Installation};
use crate::run::bundle::refused;
use crate::run::cache;
use crate::run::failure::{Exit, Failure};
use crate::text::{Bytes, Count};

/// What has been read and not yet believed.
struct Intake<'c> {
    cache: &'c Cache,
    source: &'c Utf8Path,
    texts: BTreeMap<BundlePlace, Vec<u8>>,
    staged: Vec<Staged<'c>>,
}

/// Why reading stopped.
enum ImportStop {
    Bundle(BundleError),
    Cache(DownloadError),
}

impl From<BundleError> for ImportStop {
    fn from(error: BundleError) -> Self {
        Self::Bundle(error)
    }
}

impl Sink for Intake<'_> {
    type Error = ImportStop;

    fn text(&mut self, place: &BundlePlace, bytes: Vec<u8>) -> Result<(), ImportStop> {
        self.texts.insert(place.clone(), bytes);
        Ok(())
    }

    fn artifact(
        &mut self,
        _: &BundlePlace,
        sha256: Sha256,
        _: u64,
        from: &mut dyn Read,
    ) -> Result<(), ImportStop> {
        self.staged.push(self.cache.stage(sha256, from, self.source).map_err(ImportStop::Cache)?);
        Ok(())
    }
}

/// Reads, checks, and lands.
pub(super) fn run(cli: &Cli, args: &BundleImport, output: &mut Voice) -> Result<Exit, Failure> {
    let name = args.file.as_str();
    let due = args.sha256.as_deref().map(parse_sha256).transpose()?;
    let from = open(args, output)?;
    let cache = cache::open(&output.context().process())?;
    let mut intake = Intake { cache: &cache, source: &args.file, texts: BTreeMap::new(), staged: Vec::new() };
    let seen = bundle::read(from, &BundleLimits::default(), &mut intake).map_err(|stop| match stop {
        ImportStop::Bundle(error) => refused(name, &error),
        ImportStop::Cache(error) => Failure::by(&error).help("nothing of the bundle has landed"),
    })?;
    vouch(cli, name, due, seen.sha256, output)?;
    let Intake { texts, staged, .. } = intake;
    let contents = Contents::check(name, texts, &seen.listing, &cli.global.vars)?;
    output.report(&contents.report, Notices::IfVerbose);
    let destination = Destination {
        files: &cli.global.vars,
        out: &cli.global.out,
        lock: args.lock.as_deref(),
        group: args.group.as_deref(),
        is_forced: args.force,
    };
    let installation = Installation::prepare(&destination, &contents)?;
    say(&contents, &seen, output)?;
    if args.dry_run {
        output.say("nothing was written, as `--dry-run` asks");
        return Ok(Exit::Done);
    }
    let unkept = |error: DownloadError| Failure::from(error);
    staged.into_iter().try_for_each(Staged::publish).map_err(unkept)?;
    contents.keep(&cache).map_err(unkept)?;
    let written = output.told(|news| installation.install(news))?;
    output.document(&Document::landed(written));
    output.say("now run `okdboot fetch`, which takes the artifacts from the cache, and `okdboot verify`");
    Ok(Exit::Done)
}

fn parse_sha256(text: &str) -> Result<Sha256, Failure> {
    text.trim().parse().map_err(|error| {
        Failure::new(Exit::Usage, format!("`--sha256`: {error}"))
            .help("give the 64 digits that `okdboot bundle export FILE` printed")
    })
}

fn open(args: &BundleImport, output: &Voice) -> Result<Box<dyn Read>, Failure> {
    if args.file == "-" {
        return Ok(Box::new(output.context().stdin()));
    }
    let path = &args.file;
    let unread = |why: String| Failure::new(Exit::Files, format!("cannot read bundle `{path}`: {why}"));
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = path.metadata().map_err(|error| unread(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unread("it is not a regular file".to_owned()).help("give `-` to read standard input"));
    }
    Ok(Box::new(File::open(path).map_err(|error| unread(error.to_string()))?))
}

/// Whoever can change an archive can change the sums in it as well.
fn vouch(
    cli: &Cli,
    name: &str,
    due: Option<Sha256>,
    found: Sha256,
    output: &mut Voice,
) -> Result<(), Failure> {
    match due {
        Some(due) if due == found => Ok(()),
        Some(due) => {
            let message = format!("bundle `{name}` has sha256 {found}, `--sha256` says {due}");
            let diagnostic = Diagnostic::new(Code::R024, message).help(
                "ask for the sha256 again, on another way than the file; nothing of this bundle has landed",
            );
            Err(Failure { exit: Exit::Digest, ..Failure::invalid(diagnostic.into()) })
        }
        None => {
            let message = format!("nothing vouches for bundle `{name}`; its sha256 is {found}");
            let mut diagnostic = Diagnostic::new(Code::R029, message)
                .help("compare it with what `okdboot bundle export FILE` printed, with `--sha256`");
            if cli.global.strict {
                diagnostic.make_strict();
                return Err(Failure::invalid(diagnostic.into()));
            }
            output.report(&diagnostic.into(), Notices::IfVerbose);
            Ok(())
        }
    }
}

fn say(contents: &Contents, seen: &bundle::ReadBundle, output: &mut Voice) -> Result<(), Failure> {
    for (place, sha256) in seen.listing.iter() {
        if let BundlePlace::Artifact(_) = place {
            output.data(&format!("{sha256}  {place}\n"))?;
        }
    }
    let clusters: Vec<&Label> = contents.clusters().collect();
    let artifacts = seen.listing.iter().filter(|(place, _)| matches!(place, BundlePlace::Artifact(_)));
    let artifacts: Vec<_> =
        artifacts.map(|(place, sha256)| ImportedArtifact { path: place.to_string(), sha256 }).collect();
    output.say(&format!(
        "{}: {}, {} and {} as listed",
        clusters.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "),
        Bytes(seen.bytes),
        Count(artifacts.len(), "artifact"),
        Count(contents.tree.len(), "rendered file")
    ));
    let bundle = Believed {
        sha256: seen.sha256,
        bytes: Bytes(seen.bytes),
        clusters,
        artifacts,
        rendered_files: contents.tree.len(),
    };
    output.document(&Document { bundle: Some(bundle), written: None });
    Ok(())
}
