//! `okdboot push`: what a matchbox on another machine boots machines by.

mod site;
mod wanted;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::args::{Cli, Push};
use super::output::Voice;
use super::{render, runtime};
use crate::push::{Credentials, Endpoint, MatchboxServer, PushError};
use crate::run::failure::{Exit, Failure};
use site::MatchboxSite;
use wanted::WantedResources;

/// What `okdboot push` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The servers, each with what changes there or has changed.
    #[cfg_attr(test, schemars(length(min = 1)))]
    endpoints: Vec<site::Member<'a>>,
}

/// Compares every server before any is written to.
pub fn run(cli: &Cli, args: &Push, output: &mut Voice) -> Result<Exit, Failure> {
    let endpoints: Result<BTreeMap<String, Endpoint>, PushError> =
        args.endpoints.iter().map(|text| text.parse().map(|it: Endpoint| (it.to_string(), it))).collect();
    let endpoints = endpoints.map_err(|error| Failure::of(Exit::Usage, &error))?;
    let wanted = WantedResources::read(cli, args, output)?;
    let credentials = credentials(args, output)?;
    let runtime = runtime::here()?;
    let mut sites = Vec::new();
    for endpoint in endpoints.values() {
        let server = runtime.block_on(MatchboxServer::open(endpoint, &credentials))?;
        sites.push(MatchboxSite::look(&runtime, server, &wanted)?);
    }
    output.document(&Document { endpoints: sites.iter().map(MatchboxSite::member).collect() });
    if args.look.only() {
        sites.iter().try_for_each(|site| site.show(args, &wanted, output))?;
        let is_clean = sites.iter().all(|site| site.changes.is_clean());
        return Ok(if args.look.check && !is_clean { Exit::Differs } else { Exit::Done });
    }
    sites.iter().try_for_each(MatchboxSite::refuse_blocked)?;
    sites.iter().try_for_each(|site| site.refuse_long(&wanted))?;
    wanted.locks.write()?;
    for site in &sites {
        site.write(&runtime, &wanted)?;
        output.say(&format!("{}: {}", site.server.endpoint(), render::counted(&site.changes, "object")));
    }
    wanted.say_assets(cli, output);
    Ok(Exit::Done)
}

/// Reads the certificates: those that are named, else where matchbox's own client keeps them.
fn credentials(args: &Push, output: &Voice) -> Result<Credentials, Failure> {
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
