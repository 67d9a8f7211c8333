//! `okdboot bundle export FILE`: the archive, whole or not at all.

use camino::Utf8Path;
use serde::Serialize;

use crate::bundle::{BundleError, BundlePlace, BundleWriter};
use crate::cli::args::{BundleExport, Cli};
use crate::cli::output::Voice;
use crate::cli::{fetch, opened};
use crate::disk::Tmpfile;
use crate::model::digest::Sha256;
use crate::run::Notices;
use crate::run::bundle::collect::{BundleRequest, BundleSet, collect};
use crate::run::failure::{Exit, Failure};
use crate::text::{Bytes, Count};

/// Who copies a bundle has all of its contents.
const MODE: u32 = 0o600;

/// What `okdboot bundle export` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(in crate::cli) struct Document<'a> {
    bundle: ExportedBundle<'a>,
}

/// The bundle that was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "bundle"))]
#[serde(rename_all = "kebab-case")]
struct ExportedBundle<'a> {
    /// Where it is.
    #[cfg_attr(test, schemars(length(min = 1)))]
    file: &'a str,
    sha256: Sha256,
    bytes: Bytes,
    /// Paths of the artifacts in it.
    artifacts: Vec<String>,
    /// Paths of the signatures in it.
    signatures: Vec<String>,
    /// How many files of the output tree are in it.
    rendered_files: usize,
    /// Whether Ignition files, which hold secrets, were asked for.
    with_ignition: bool,
}

/// Gathers, writes, and prints the digest in the form of sha256sum(1).
pub(super) fn run(cli: &Cli, args: &BundleExport, output: &mut Voice) -> Result<Exit, Failure> {
    if !cli.global.set.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "a bundle carries vars.yaml as it is, without what `--set` says",
        )
        .help("write the values into the file"));
    }
    let mut workspace = opened::unsaid(cli, output)?;
    let request = BundleRequest {
        lock: args.lock.clone(),
        further: fetch::kinds(&args.kinds)?,
        with_ignition: args.with_ignition,
    };
    let mut set = output.told(|news| collect(&mut workspace, &request, news))?;
    if cli.global.strict {
        set.warnings.make_strict();
    }
    if set.warnings.has_errors() {
        return Err(Failure::invalid(set.warnings));
    }
    output.report(&set.warnings, Notices::IfVerbose);
    let (sha256, bytes) = seal(&args.file, &set)?;
    output.data(&format!("{sha256}  {}\n", args.file))?;
    output.document(&Document {
        bundle: ExportedBundle {
            file: args.file.as_str(),
            sha256,
            bytes: Bytes(bytes),
            artifacts: names(&set, |place| matches!(place, BundlePlace::Artifact(_))),
            signatures: names(&set, |place| matches!(place, BundlePlace::Signature(_))),
            rendered_files: set
                .listing
                .iter()
                .filter(|(place, _)| matches!(place, BundlePlace::Tree(_)))
                .count(),
            with_ignition: args.with_ignition,
        },
    });
    let entries = Count(set.listing.len(), "file");
    output.say(&format!("{entries}, {} of them artifacts, {}", set.artifacts.len(), Bytes(bytes)));
    output.say(
        "carry the sha256 on another way than the file; `okdboot bundle import FILE --sha256 SHA256` compares it",
    );
    Ok(Exit::Done)
}

fn names(set: &BundleSet, wanted: impl Fn(&BundlePlace) -> bool) -> Vec<String> {
    let places = set.listing.iter().filter(|(place, _)| wanted(place));
    places.map(|(place, _)| place.to_string()).collect()
}

/// Writes the archive and returns its digest and size.
fn seal(path: &Utf8Path, set: &BundleSet) -> Result<(Sha256, u64), Failure> {
    let file = Tmpfile::create(path, MODE)?;
    let unwritten = |error: std::io::Error| {
        Failure::new(Exit::Files, format!("cannot write bundle `{path}`: {error}"))
            .help("nothing was left of it; make room, or write it to another file system")
    };
    let mut writer = BundleWriter::begin(file, &set.listing).map_err(unwritten)?;
    for (place, _) in set.listing.iter() {
        let added = match (set.texts.get(place), set.artifacts.get(place)) {
            (Some(text), _) => writer.add(place, text.len() as u64, text.as_slice()),
            (None, Some(file)) => {
                let size = file.metadata().map_err(unwritten)?.len();
                writer.add(place, size, file)
            }
            (None, None) => continue,
        };
        added.map_err(|error| match error {
            BundleError::Read(error) => unwritten(error),
            other => spoilt(&other),
        })?;
    }
    let (file, sha256, bytes) = writer.finish().map_err(unwritten)?;
    file.publish()?;
    Ok((sha256, bytes))
}

fn spoilt(error: &BundleError) -> Failure {
    let message = match error {
        BundleError::Digest { place, listed, found } => {
            format!("`{place}` has sha256 {found}, the lock has {listed}; no bundle was written")
        }
        other => other.to_string(),
    };
    Failure::new(Exit::Digest, message)
        .help("run `okdboot fetch --rehash`, which fetches again what is spoilt")
}
