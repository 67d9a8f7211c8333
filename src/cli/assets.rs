//! `okdboot assets sync`: the images of the lock in an object store.

pub(super) mod login;

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use super::args::{AssetsAction, AssetsSync, Cli};
use super::bars::Bars;
use super::failure::{Exit, Failure};
use super::locks::{Freshness, Resolver, client};
use super::output::{Notices, Output};
use super::{fetch, session};
use crate::apply::retry::Retry;
use crate::apply::upload::{Image, UploadError, Uploaded, Uploader};
use crate::model::artifact::ArtifactName;
use crate::text::{Bytes, List};

/// Runs one of the actions.
pub fn run(cli: &Cli, action: &AssetsAction, output: &mut Output) -> Result<Exit, Failure> {
    match action {
        AssetsAction::Sync(args) => sync(cli, args, output),
    }
}

fn sync(cli: &Cli, args: &AssetsSync, output: &mut Output) -> Result<Exit, Failure> {
    let images = images(cli, args, output)?;
    let store = login::store(&args.place, &args.reach, output.context())?;
    output.member("store", json!(store.place().to_string()));
    let client = client(&args.stream, output.context())?;
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
    output.member("objects", json!(members));
    went.map(|()| Exit::Done)
}

/// The images that nodes boot from, each once; the lock has to know the sha256 of each.
fn images(cli: &Cli, args: &AssetsSync, output: &mut Output) -> Result<Vec<Image>, Failure> {
    let session = session::open(cli)?;
    output.of_inventory(&session.report);
    let clusters = session.clusters();
    let resolver = Resolver::new(&args.stream, Freshness::Watched)?;
    let paths: Vec<_> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let locks = resolver.resolve(&clusters, output)?;
    let plan = session.artifacts(&locks, &paths, &fetch::kinds(&args.kinds)?)?;
    output.report(&plan.report, Notices::IfVerbose);
    let wanted = fetch::wanted(&session, &locks, &paths, &plan);
    let unknown: BTreeSet<&ArtifactName> =
        wanted.iter().filter(|item| item.digest.is_none()).map(|item| &item.name).collect();
    if !unknown.is_empty() {
        let names = List::and(&unknown.into_iter().collect::<Vec<_>>()).to_string();
        return Err(Failure::new(Exit::Invalid, format!("the lock has no sha256 of {names}"))
            .help("run `okdboot fetch` first: it learns them"));
    }
    let image = |item: crate::apply::download::Wanted| {
        let path = cli.global.out.join(item.path.as_str()).into_std_path_buf();
        Some(Image { name: item.name, sha256: item.digest?.sha256, path })
    };
    Ok(wanted.into_iter().filter_map(image).collect())
}

fn look(uploader: &Uploader, image: &Image, output: &mut Output) -> Result<Value, Failure> {
    let word = if uploader.has(image).map_err(|error| failure(&error))? { "present" } else { "send" };
    let url = uploader.store.url(image.name.as_str());
    output.listing(&format!("{word:7} {} to {url}\n", image.name))?;
    Ok(member(image, word, &url))
}

fn send(uploader: &Uploader, image: &Image, output: &mut Output) -> Result<Value, Failure> {
    let begun = Instant::now();
    let sent = uploader.send(image).map_err(|error| failure(&error))?;
    let url = uploader.store.url(image.name.as_str());
    let Uploaded::Sent { bytes, resumed } = sent else {
        output.listing(&format!("present {} at {url}\n", image.name))?;
        return Ok(member(image, "present", &url));
    };
    let seconds = begun.elapsed().as_secs_f64();
    let there = if resumed > 0 { format!(" ({} were there)", Bytes(resumed)) } else { String::new() };
    output.listing(&format!(
        "sent    {} {} in {seconds:.1} s{there}, to {url}\n",
        image.name,
        Bytes(bytes)
    ))?;
    let mut member = member(image, "sent", &url);
    member["bytes"] = json!(bytes);
    member["resumed-bytes"] = json!(resumed);
    Ok(member)
}

fn member(image: &Image, outcome: &str, url: &str) -> Value {
    json!({"name": image.name.to_string(), "outcome": outcome, "sha256": image.sha256.to_string(), "url": url})
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
