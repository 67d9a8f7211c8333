//! `okdboot assets sync`: the images of the lock in an object store.

pub(super) mod login;

use std::collections::BTreeSet;
use std::time::Instant;

use serde::Serialize;

use super::args::{AssetsAction, AssetsSync, Cli};
use super::bars::Bars;
use super::output::Voice;
use super::{fetch, opened};
use crate::apply::retry::Retry;
use crate::apply::upload::{UploadError, UploadImage, Uploaded, Uploader};
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::run::Notices;
use crate::run::failure::{Exit, Failure};
use crate::run::network::client;
use crate::run::resolver::Freshness;
use crate::run::wanted;
use crate::text::{Bytes, List};

/// What `okdboot assets sync` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["objects"]})))]
pub(super) struct Document<'a> {
    /// The bucket and the prefix.
    #[cfg_attr(test, schemars(regex(pattern = "^s3://[a-z0-9.-]+/")))]
    store: &'a str,
    /// The images, each once; those that were done, where the command stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    objects: Option<Vec<SyncedImage>>,
}

/// What became of an image.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Object"))]
#[serde(rename_all = "kebab-case")]
struct SyncedImage {
    /// The name of the file.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    name: ArtifactName,
    outcome: ImageOutcome,
    sha256: Sha256,
    /// Where whoever may read the bucket finds it.
    #[cfg_attr(test, schemars(url))]
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<Bytes>,
    /// Bytes of it that an earlier run had sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    resumed_bytes: Option<u64>,
}

/// It was there with the right sha256, was sent, or would be sent (`--dry-run`).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Outcome"))]
#[serde(rename_all = "lowercase")]
enum ImageOutcome {
    Present,
    Sent,
    Send,
}

impl SyncedImage {
    fn of(image: &UploadImage, outcome: ImageOutcome, url: String) -> Self {
        let name = image.name.clone();
        Self { name, outcome, sha256: image.sha256, url, bytes: None, resumed_bytes: None }
    }
}

/// Runs one of the actions.
pub fn run(cli: &Cli, action: &AssetsAction, output: &mut Voice) -> Result<Exit, Failure> {
    match action {
        AssetsAction::Sync(args) => sync(cli, args, output),
    }
}

fn sync(cli: &Cli, args: &AssetsSync, output: &mut Voice) -> Result<Exit, Failure> {
    let images = images(cli, args, output)?;
    let store = login::store(&args.place, &args.reach, output.context())?;
    let place = store.place().to_string();
    output.document(&Document { store: &place, objects: None });
    let client = client(args.stream.ca_cert.as_deref(), &output.context().process())?;
    let retry = Retry { times: args.retries, ..Retry::default() };
    let bars = Bars::new(fetch::watcher(cli, output));
    let uploader = Uploader { client: &client, store: &store, retry: &retry, progress: &bars };
    let mut members = Vec::new();
    let went = images.iter().try_for_each(|image| {
        members.push(if args.dry_run {
            look(&uploader, image, output)
        } else {
            send(&uploader, image, output)
        }?);
        Ok(())
    });
    bars.end();
    output.document(&Document { store: &place, objects: Some(members) });
    went.map(|()| Exit::Done)
}

/// The images that nodes boot from, each once; the lock has to know the sha256 of each.
fn images(cli: &Cli, args: &AssetsSync, output: &mut Voice) -> Result<Vec<UploadImage>, Failure> {
    let mut workspace = opened::whole(cli, output)?;
    let (choice, further) = (args.stream.choice()?, fetch::kinds(&args.kinds)?);
    output.told(|news| workspace.resolve(&choice, Freshness::Watched, news))?;
    let plan = workspace.artifacts(&further)?;
    output.report(&plan.report, Notices::IfVerbose);
    let wanted = wanted::of(&workspace, &plan);
    let unknown: BTreeSet<&ArtifactName> =
        wanted.iter().filter(|item| item.digest.is_none()).map(|item| &item.name).collect();
    if !unknown.is_empty() {
        let names = List::and(&unknown.into_iter().collect::<Vec<_>>()).to_string();
        return Err(Failure::new(Exit::Invalid, format!("the lock has no sha256 of {names}"))
            .help("run `okdboot fetch` first: it learns them"));
    }
    let image = |item: crate::apply::download::Wanted| {
        let path = cli.global.out.join(item.path.as_str()).into_std_path_buf();
        Some(UploadImage { name: item.name, sha256: item.digest?.sha256, path })
    };
    Ok(wanted.into_iter().filter_map(image).collect())
}

fn look(uploader: &Uploader, image: &UploadImage, output: &mut Voice) -> Result<SyncedImage, Failure> {
    let is_there = uploader.has(image).map_err(|error| failure(&error))?;
    let (word, outcome) =
        if is_there { ("present", ImageOutcome::Present) } else { ("send", ImageOutcome::Send) };
    let url = uploader.store.url(image.name.as_str());
    output.listing(&format!("{word:7} {} to {url}\n", image.name))?;
    Ok(SyncedImage::of(image, outcome, url))
}

fn send(uploader: &Uploader, image: &UploadImage, output: &mut Voice) -> Result<SyncedImage, Failure> {
    let begun = Instant::now();
    let sent = uploader.send(image).map_err(|error| failure(&error))?;
    let url = uploader.store.url(image.name.as_str());
    let Uploaded::Sent { bytes, resumed } = sent else {
        output.listing(&format!("present {} at {url}\n", image.name))?;
        return Ok(SyncedImage::of(image, ImageOutcome::Present, url));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let there = if resumed > 0 { format!(" ({} were there)", Bytes(resumed)) } else { String::new() };
    output.listing(&format!(
        "sent    {} {} in {seconds:.1} s{there}, to {url}\n",
        image.name,
        Bytes(bytes)
    ))?;
    Ok(SyncedImage {
        bytes: Some(Bytes(bytes)),
        resumed_bytes: Some(resumed),
        ..SyncedImage::of(image, ImageOutcome::Sent, url)
    })
}

fn failure(error: &UploadError) -> Failure {
    let failure = Failure::by(error);
    match error {
        UploadError::Missing(_) => failure.help("run `okdboot fetch` first"),
        UploadError::Differs(_) => {
            failure.help("run `okdboot fetch --rehash`: it fetches again what is not right")
        }
        UploadError::Refused { status: 301, .. } => {
            failure.help("the bucket is in another region: name it with `--region`")
        }
        UploadError::Refused { status: 403, .. } => failure.help(
            "look at the credentials, at the clock of this machine, and at the policy of the bucket: it has to allow s3:PutObject and s3:GetObject",
        ),
        UploadError::Refused { status: 404, .. } => {
            failure.help("make the bucket first; for a store that is not Amazon's, name it with `--endpoint`")
        }
        UploadError::Http(_) => failure.help("what has arrived is kept: run it again"),
        _ => failure,
    }
}
