//! `okdboot up`: everything from vars.yaml to a rack that boots, and no further than a person is needed.

use std::collections::BTreeSet;

use super::args::{Cli, Up};
use super::output::Voice;
use super::{fetch, opened, render, serve};
use crate::model::pool::Pool;
use crate::model::settings::Mode;
use crate::run::Notices;
use crate::run::Workspace;
use crate::run::failure::{Exit, Failure};
use crate::text::List;

/// One step after the other; each is the command of its name.
pub fn run(cli: &Cli, args: &Up, output: &mut Voice) -> Result<Exit, Failure> {
    check(cli, args, output)?;
    output.say("fetch: images, by their sha256");
    let usage = |error: clap::Error| Failure::of(Exit::Usage, &error);
    let fetched = fetch::run(cli, &args.fetch().map_err(usage)?, output);
    // What a step says of itself is no part of the document of all of them.
    output.forget();
    match fetched? {
        Exit::Done => {}
        other => return Ok(other),
    }
    output.say("render: what the machines boot from");
    let rendered = render::run(cli, &args.render().map_err(usage)?, output);
    output.forget();
    rendered?;
    output.say("verify and serve");
    serve::run(cli, &args.serve(), output)
}

/// What a person has to write or to make, before anything is fetched.
fn check(cli: &Cli, args: &Up, output: &mut Voice) -> Result<(), Failure> {
    let mut workspace = opened::unsaid(cli, output)?;
    workspace.enter(None)?;
    output.say("check: vars.yaml and the Ignition files");
    output.report(&workspace.report, Notices::Shown);
    let missing = missing_ignition(args, &mut workspace)?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Invalid, missing.join("; "))
        .help("make the files with `openshift-install create ignition-configs --dir install`")
        .help("then run `okdboot up --ignition install`; they hold for a day"))
}

/// Which Ignition files the machines need and do not have, a cluster each.
fn missing_ignition(args: &Up, workspace: &mut Workspace) -> Result<Vec<String>, Failure> {
    workspace.read_ignition(args.made.ignition.ignition.as_deref())?;
    let before = workspace.before()?;
    let mut missing = Vec::new();
    for member in &workspace.members {
        let cluster = member.cluster();
        let boots = |mode: Mode| mode != Mode::Local;
        let nodes = cluster.nodes.iter().filter(|node| boots(before.state().mode(&cluster.id, node)));
        let pools: BTreeSet<&Pool> = nodes.map(|node| &node.pool).collect();
        let names: Vec<String> = pools
            .iter()
            .filter(|pool| !member.ignition.configs.contains_key(pool))
            .map(|pool| format!("{pool}.ign"))
            .collect();
        if !names.is_empty() {
            missing.push(format!("`{}` has no {}", cluster.id, List::and(&names)));
        }
    }
    Ok(missing)
}
