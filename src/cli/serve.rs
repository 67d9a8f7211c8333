//! `okdboot serve`: the tree is judged, read, and given away until a person or a goal ends it.

mod dhcp;
mod disarm;
mod goal;
mod inherit;
mod listen;
mod loaders;
mod notify;
mod screen;
mod secure;
mod user;

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use camino::Utf8PathBuf;
use rustls::ServerConfig;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use self::disarm::Disarmer;
use self::goal::{BootGoal, Reached};
use self::listen::{ListenPlace, OpenListeners};
use self::screen::Screen;
use super::args::serve::{Once, Until};
use super::args::{Cli, Serve};
use super::output::Voice;
use super::verify;
use crate::model::cluster::Cluster;
use crate::model::loaders::Named;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::settings::Mode;
use crate::plan::lease::{self, Lease};
use crate::run::Notices;
use crate::run::failure::{Exit, Failure};
use crate::serve::Door;
use crate::serve::index::{Layout, TreeIndex};
use crate::serve::machine::ServedMachine;
use crate::serve::reload::{self, TreeSource};
use crate::serve::rule::Ignition;
use crate::serve::server;
use crate::serve::shared::Shared;
use crate::serve::site::Site;
use crate::serve::tftp;
use crate::serve::watch::Watch;
use crate::text::{Count, List};

/// Serves until the end.
pub fn run(cli: &Cli, args: &Serve, output: &mut Voice) -> Result<Exit, Failure> {
    let source = source(cli, args);
    // Looked at before it is read: what changes meanwhile is seen by the next look.
    let stamp = source.stamp();
    let (judged, parts) = thread::scope(|scope| {
        let parts = scope.spawn(|| source.parts());
        (judge(cli, args, output), parts.join())
    });
    let SiteVars { place, without_files, leases, guests, silent, loaders: named, secure } = judged?;
    refuse_silent(args, &silent)?;
    let source = TreeSource { without_files, ..source };
    let parts = parts.unwrap_or_else(|panic| resume_unwind(panic));
    let read = parts.and_then(|parts| source.index(parts));
    let index = read.map_err(|reason| unreadable(&source.root, reason))?;
    describe(args, &index, output);
    refuse_unknown_addresses(args, &index)?;
    let secure = secure::read(args, &secure, output)?;
    let own = loaders::open(args, &named)?;
    dhcp::describe(args, &leases, output)?;
    if args.giving.gives_loaders(place.is_some()) {
        loaders::say(&own, output);
    }
    if args.giving.check {
        return Ok(Exit::Done);
    }
    let open = (
        OpenListeners::bind(args, place, secure)?,
        dhcp::OpenDhcp::bind(args, place, (&leases, &guests), output)?,
    );
    user::change(args, &source.root, &index)?;
    let rule = if args.giving.open { Ignition::Open } else { Ignition::ToMachines };
    let site = Site::new(&source.root, index, rule, own);
    let shared = Arc::new(Shared::new(site, Arc::new(Watch::new())));
    let runtime = Runtime::new().map_err(|error| Failure::of(Exit::Files, &error))?;
    let ended = runtime.block_on(serve((cli, args), open, (source, stamp), &shared, output));
    // Whoever still looks at the watch is no reason to wait.
    runtime.shutdown_background();
    ended
}

/// What vars.yaml says that the tree does not.
#[derive(Default)]
struct SiteVars {
    place: Option<ListenPlace>,
    without_files: Vec<ServedMachine>,
    leases: Vec<Lease>,
    /// Machines that get netboot.xyz.
    guests: BTreeSet<MacAddr>,
    /// Clusters whose machines do not report.
    silent: Vec<Label>,
    /// What vars.yaml calls the loaders.
    loaders: Vec<Named>,
    /// Where Ignition files are asked for by https.
    secure: Vec<secure::SecureEndpoint>,
}

/// Looks at the tree as `verify` does.
fn judge(cli: &Cli, args: &Serve, output: &mut Voice) -> Result<SiteVars, Failure> {
    if !args.reads_vars() {
        return Ok(SiteVars::default());
    }
    let (report, workspace) = verify::offline(cli, &args.made, output)?;
    output.report(&report, Notices::IfVerbose);
    if report.has_errors() && !args.force {
        output.summary(&report);
        return Err(Failure::new(
            Exit::Differs,
            "the tree is not served: machines would not boot from it as they should",
        )
        .help("mend what is said above, or serve it all the same with `--force`"));
    }
    let clusters = workspace.clusters();
    say_odd_urls(args, &clusters, output);
    Ok(judged(&clusters))
}

fn judged(clusters: &[&Cluster]) -> SiteVars {
    let url = clusters.first().map(|cluster| &cluster.settings.url);
    let without_files = clusters.iter().flat_map(|cluster| {
        let nodes = cluster.nodes.iter().filter(|node| !node.boots_by_file());
        nodes.map(|node| ServedMachine::without_files(&cluster.id, node))
    });
    SiteVars {
        place: url.map(|url| ListenPlace { address: url.address(), port: url.port() }),
        without_files: without_files.collect(),
        loaders: named(clusters),
        secure: secure::asked(clusters),
        silent: clusters.iter().filter(|it| is_silent(it)).map(|it| it.id.clone()).collect(),
        leases: clusters.iter().flat_map(|it| [lease::leases(it), lease::guests(it)].concat()).collect(),
        guests: clusters.iter().flat_map(|it| it.services.netboot.iter().copied()).collect(),
    }
}

/// Every loader that is named; clusters of one rack may name the same.
fn named(clusters: &[&Cluster]) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for named in clusters.iter().flat_map(|cluster| &cluster.settings.loaders) {
        if !all.contains(named) {
            all.push(named.clone());
        }
    }
    all
}

/// Says whether machines of a cluster are installed and do not report it.
fn is_silent(cluster: &Cluster) -> bool {
    !cluster.settings.report && cluster.nodes.iter().any(|node| node.mode == Mode::Install)
}

/// Says where machines ask for what this server does not speak, or at a port that it does not have.
fn say_odd_urls(args: &Serve, clusters: &[&Cluster], output: &mut Voice) {
    let port = clusters.first().map(|cluster| cluster.settings.url.port());
    for (id, url) in clusters.iter().map(|cluster| (&cluster.id, &cluster.settings.url)) {
        if url.is_https() {
            output.say(&format!(
                "warning: machines of `{id}` ask {url}, and plain http is spoken here: put a TLS proxy before it"
            ));
        } else if args.giving.http.is_none() && port != Some(url.port()) {
            output.say(&format!("warning: machines of `{id}` ask {url}: one server has one port"));
        }
    }
}

fn source(cli: &Cli, args: &Serve) -> TreeSource {
    let (root, layout) = match &args.data {
        Some(root) => (root, Layout::Matchbox),
        None => (&cli.global.out, Layout::Rendered),
    };
    TreeSource { root: root.clone(), layout, without_files: Vec::new() }
}

fn unreadable(root: &Utf8PathBuf, reason: String) -> Failure {
    let mut failure = Failure::new(Exit::Files, format!("cannot serve `{root}`"));
    failure.causes.push(reason);
    failure
}

/// Says what is going to be given away.
fn describe(args: &Serve, index: &TreeIndex, output: &mut Voice) {
    for (path, reason) in &index.faults {
        output.say(&format!("warning: `{path}` is left out: {reason}"));
    }
    let (machines, groups) = (Count(index.machines.len(), "machine"), Count(index.groups(), "group"));
    output.say(&format!("serving {machines}, {groups}"));
    if args.giving.open {
        output.say("warning: `--open` gives Ignition files, which hold secrets, to anybody");
    } else if !index.machines.know_addresses() {
        output
            .say("warning: nothing says which addresses the machines have, so Ignition files go to anybody");
    }
}

/// A tree of an older okdboot does not say whose an Ignition file is: then nobody may have it by accident.
fn refuse_unknown_addresses(args: &Serve, index: &TreeIndex) -> Result<(), Failure> {
    if args.data.is_some() || args.giving.open || index.machines.know_addresses() {
        return Ok(());
    }
    Err(Failure::new(Exit::Differs, "the tree does not say which addresses the machines have")
        .help("render it again with `okdboot render`, or give Ignition files to anybody with `--open`"))
}

/// Nobody is waited for who will never speak.
fn refuse_silent(args: &Serve, silent: &[Label]) -> Result<(), Failure> {
    if args.giving.again.once == Once::Refuse && !args.reads_vars() {
        return Err(Failure::new(
            Exit::Usage,
            format!(
                "`--once refuse` disarms machines of vars.yaml, and `{}` reads none",
                args.without_vars()
            ),
        ));
    }
    let option = match (args.giving.again.auto_disarm, args.giving.until) {
        (true, _) => "--auto-disarm",
        (false, Some(Until::Installed)) => "--until installed",
        _ => return Ok(()),
    };
    let ids: Vec<String> = silent.iter().map(ToString::to_string).collect();
    if ids.is_empty() && args.reads_vars() {
        return Ok(());
    }
    let who = if ids.is_empty() {
        format!("a tree of `{}`", args.without_vars())
    } else {
        List::and(&ids).to_string()
    };
    Err(Failure::new(Exit::Usage, format!("`{option}` waits for reports, and no machine of {who} sends one"))
        .help("set `okdboot.report: true` and `okdboot.ignition_pin: installer`, and render again; see docs/serve.md"))
}

async fn serve(
    (cli, args): (&Cli, &Serve),
    (mut open, dhcp): (OpenListeners, Option<dhcp::OpenDhcp>),
    (source, stamp): (TreeSource, u64),
    shared: &Arc<Shared>,
    output: &mut Voice<'_>,
) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::of(Exit::Files, &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    if let Some(socket) = open.tftp(shared).map_err(failed)? {
        tokio::spawn(tftp::serve(socket, Arc::clone(shared)));
    }
    if let Some(dhcp) = dhcp {
        dhcp.start(shared, open.http().map_err(failed)?).map_err(failed)?;
    }
    for (listener, door, tls) in open.listeners(shared).map_err(failed)? {
        tokio::spawn(server::accept(listener, door, tls, Arc::clone(shared)));
    }
    tokio::spawn(reload::follow(source, Arc::clone(shared), stamp));
    notify::say(output.context().env("NOTIFY_SOCKET"), "READY=1");
    let mut screen = Screen::new(output);
    let mut disarmer = Disarmer::new(args);
    let goal = BootGoal::new(args.giving.until, args.giving.timeout);
    let mut changes = shared.watch.changes();
    let exit = loop {
        screen.draw(&shared.watch, output)?;
        disarmer.look(cli, args, &shared.watch, output);
        match goal.look(&shared.watch) {
            Reached::All if disarmer.is_done() => break Exit::Done,
            Reached::TooLate(missing) => {
                output.say(&missing);
                break Exit::Differs;
            }
            Reached::All | Reached::NotYet => {}
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(screen::PERIOD) => {}
            _ = terminate.recv() => break Exit::Done,
            _ = interrupt.recv() => break Exit::Done,
        }
    };
    notify::say(output.context().env("NOTIFY_SOCKET"), "STOPPING=1");
    shared.close();
    drain(shared, &mut screen, output, (&mut terminate, &mut interrupt)).await?;
    screen.end();
    Ok(exit)
}

/// Lets what is being sent end: a machine that loses its root file system has to be started by hand. A
/// second signal ends it.
async fn drain(
    shared: &Shared,
    screen: &mut Screen,
    output: &mut Voice<'_>,
    (terminate, interrupt): (&mut tokio::signal::unix::Signal, &mut tokio::signal::unix::Signal),
) -> Result<(), Failure> {
    let under = shared.watch.view().transfers;
    if under > 0 {
        output.say(&format!(
            "waiting for {} to end; a second signal breaks them off",
            Count(under, "transfer")
        ));
    }
    let drained = shared.drained();
    tokio::pin!(drained);
    loop {
        tokio::select! {
            () = &mut drained => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            () = tokio::time::sleep(screen::PERIOD) => screen.draw(&shared.watch, output)?,
        }
    }
    screen.draw(&shared.watch, output)
}

/// What a listener of the command line is for.
type Listener = (tokio::net::TcpListener, Door, Option<Arc<ServerConfig>>);
