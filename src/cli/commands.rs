//! `okdboot commands`: what to run or type on each node, or to make media of its own with.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::args::{Cli, Commands, MethodArg};
use super::failure::{Exit, Failure};
use super::ignition_files::{IgnitionFiles, beside, file_name};
use super::locks::{Freshness, Locks, Resolver};
use super::output::{Notices, Output};
use super::pick::{self, refuse_unknown, wanted};
use super::session::{self, Session};
use super::write::Reader;
use crate::diag::{Diagnostic, Report};
use crate::ignition::IgnitionConfig;
use crate::lock::LockedCluster;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::state::State;
use crate::plan::{self, Customized, Medium, Method, NETWORK_UP, Places, layout};
use crate::text::{List, shell_quote};

/// What `okdboot commands` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(super) struct Document<'a> {
    /// One for each node that has something to run, in the order of vars.yaml.
    commands: Vec<Member<'a>>,
    /// With `power`: functions of a shell, for the lines of every node.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'static str>,
}

/// What a person runs or types for a node.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "command", extend(
    "if" = {"properties": {"method": {"const": "power"}}},
    "then" = {"required": ["lines"]},
    "else" = {"required": ["argv"]}
)))]
struct Member<'a> {
    cluster: &'a Label,
    node: &'a Label,
    role: Role,
    /// The value of `--method`.
    method: MethodArg,
    /// With `power`: lines for a shell that has read `head` before.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<String>>,
    /// The words of the command, not quoted for a shell and without `sudo`; with `kargs` the arguments to type at
    /// the boot menu.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    argv: Option<&'a [String]>,
    /// The words of the command that makes the network of the live system before, not quoted and without `sudo`;
    /// with `install`, where `--copy-network` copies more than DHCP.
    #[cfg_attr(test, schemars(length(min = 5)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'a [String]>,
    /// How to boot what the command makes; with `iso` and `pxe` where it says something.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    boot: Option<&'a str>,
}

impl<'a> Member<'a> {
    fn of(method: MethodArg, cluster: &'a Cluster, node: &'a Node) -> Self {
        let (lines, argv, network, boot) = (None, None, None, None);
        Self { cluster: &cluster.id, node: &node.name, role: node.role, method, lines, argv, network, boot }
    }

    fn made(method: MethodArg, (cluster, node, made): &'a Entry<'a>) -> Self {
        Self {
            argv: Some(&made.argv),
            network: made.network.as_deref(),
            boot: made.boot.as_deref(),
            ..Self::of(method, cluster, node)
        }
    }
}

/// Prints a command or a line of arguments a node; writes nothing.
pub fn run(cli: &Cli, args: &Commands, output: &mut Output) -> Result<Exit, Failure> {
    let mut session = session::open(cli)?;
    session.enter(None)?;
    output.of_inventory(&session.report);
    refuse_unknown(&session.clusters(), &args.nodes)?;
    let role = pick::role(args.role.as_deref())?;
    if args.method == MethodArg::Power {
        return power(&session, args, role, output);
    }
    let ignition = session.ignition(cli, &args.ignition)?;
    let before = Reader::open(cli)?.before(&session.clusters())?;
    let state = before.state();
    let maker = Made { cli, method: args.method, locks: locks(&session, args, output)? };
    let mut entries = Vec::new();
    let mut refused = Report::default();
    for (at, cluster) in session.clusters().into_iter().enumerate() {
        let is_wanted =
            |node: &&Node| wanted(cluster, node, &args.nodes) && role.is_none_or(|role| role == node.role);
        for node in cluster.nodes.iter().filter(is_wanted) {
            let mode = state.mode(&cluster.id, node);
            match maker.of(at, cluster, (node, mode), &ignition[at]) {
                Ok(Some(customized)) => entries.push((cluster, node, customized)),
                Ok(None) => output.say(&format!("{}: {}", cluster.fqdn(node), plan::nothing_to_do(mode))),
                Err(diagnostic) => refused.push_once(*diagnostic),
            }
        }
    }
    let said = match args.method {
        MethodArg::Kargs => lost(&session, &entries, state),
        MethodArg::Iso | MethodArg::Pxe => maker.kept(&session, &entries, state),
        MethodArg::Install | MethodArg::Power => Report::default(),
    };
    output.report(&said, Notices::IfVerbose);
    if !refused.is_empty() {
        return Err(Failure::invalid(refused));
    }
    print(args.method, &entries, output)
}

/// Prints how the machines are switched on; nothing of it depends on what they boot.
fn power(
    session: &Session,
    args: &Commands,
    role: Option<Role>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let (mut members, mut without) = (Vec::new(), Vec::new());
    for cluster in session.clusters() {
        let is_wanted =
            |node: &&Node| wanted(cluster, node, &args.nodes) && role.is_none_or(|role| role == node.role);
        for node in cluster.nodes.iter().filter(is_wanted) {
            let Some(lines) = plan::power::lines(cluster, node) else {
                without.push(&node.name);
                continue;
            };
            if members.is_empty() {
                output.data(plan::power::HEAD)?;
            }
            output.data(&format!("\n# {} ({})\n{}\n", cluster.fqdn(node), node.role, lines.join("\n")))?;
            members.push(Member { lines: Some(lines), ..Member::of(MethodArg::Power, cluster, node) });
        }
    }
    if !without.is_empty() {
        output.say(&format!("no `bmc` in vars.yaml: {}", List::and(&without)));
    }
    output.document(&Document { commands: members, head: Some(plan::power::HEAD) });
    Ok(Exit::Done)
}

/// Says what typed arguments cannot tell the installer.
fn lost(session: &Session, entries: &[Entry], state: &State) -> Report {
    let of = |cluster: &&Cluster| {
        let nodes = entries.iter().filter(|(of, ..)| of.id == cluster.id);
        plan::lost(cluster, nodes.map(|(_, node, _)| (*node, state.mode(&cluster.id, node))))
    };
    session.clusters().iter().filter_map(of).collect()
}

/// Media are made of artifacts, which the lock names; nothing else here reads it.
fn locks(
    session: &Session,
    args: &Commands,
    output: &mut Output,
) -> Result<Option<(Locks, Vec<Utf8PathBuf>)>, Failure> {
    if !matches!(args.method, MethodArg::Iso | MethodArg::Pxe) {
        return Ok(None);
    }
    let resolver = Resolver::new(&args.stream, Freshness::Locked)?;
    let paths = session.clusters().iter().map(|cluster| resolver.path(cluster)).collect();
    Ok(Some((resolver.resolve(&session.clusters(), output)?, paths)))
}

/// What the commands of a run are made of.
struct Made<'a> {
    cli: &'a Cli,
    method: MethodArg,
    locks: Option<(Locks, Vec<Utf8PathBuf>)>,
}

impl Made<'_> {
    fn of(
        &self,
        at: usize,
        cluster: &Cluster,
        (node, mode): (&Node, Mode),
        ignition: &IgnitionFiles,
    ) -> Result<Option<Customized>, Box<Diagnostic>> {
        let sha512 = ignition.configs.get(&node.pool).map(IgnitionConfig::sha512);
        let argv = |method| plan::argv(method, cluster, node, mode, sha512);
        let plain = |argv: Vec<String>, network| Customized { argv, network, boot: None };
        match self.method {
            MethodArg::Install => {
                let network = plan::network_argv(cluster, node, mode);
                Ok(argv(Method::Install)?.map(|argv| plain(argv, network)))
            }
            MethodArg::Kargs => Ok(argv(Method::Kargs)?.map(|argv| plain(argv, None))),
            // Printed by itself.
            MethodArg::Power => Ok(None),
            MethodArg::Iso => self.medium(Medium::Iso, at, cluster, (node, mode), ignition),
            MethodArg::Pxe => self.medium(Medium::Pxe, at, cluster, (node, mode), ignition),
        }
    }

    /// Says what media put into the installed systems besides what vars.yaml says.
    fn kept(&self, session: &Session, entries: &[Entry], state: &State) -> Report {
        let of = |(at, cluster): (usize, &Cluster)| {
            let is_installed = |node: &Node| state.mode(&cluster.id, node) == Mode::Install;
            let own = entries.iter().filter(|(of, ..)| of.id == cluster.id).map(|(_, node, _)| *node);
            plan::network_kept(cluster, self.locked(at, cluster), own.filter(|node| is_installed(node)))
        };
        session.clusters().into_iter().enumerate().filter_map(of).collect()
    }

    fn locked(&self, at: usize, cluster: &Cluster) -> Option<&LockedCluster> {
        self.locks.as_ref().and_then(|(locks, paths)| locks.of(&paths[at], cluster))
    }

    /// The file that coreos-installer embeds: of a Butane file, the copy that `render` writes.
    fn ignition_file(&self, cluster: &Cluster, pool: &Pool, ignition: &IgnitionFiles) -> Utf8PathBuf {
        if ignition.translated.contains_key(pool) {
            return self.cli.global.out.join(layout::exact_ignition(&cluster.id, pool).as_str());
        }
        ignition.folder.join(file_name(&ignition.folder, cluster, pool))
    }

    fn medium(
        &self,
        medium: Medium,
        at: usize,
        cluster: &Cluster,
        node: (&Node, Mode),
        ignition: &IgnitionFiles,
    ) -> Result<Option<Customized>, Box<Diagnostic>> {
        let locked = self.locked(at, cluster);
        let assets = self.cli.global.out.join(layout::ASSETS);
        let ca = cluster.settings.private_ca().map(|ca| beside(&cluster.file, ca));
        let file = self.ignition_file(cluster, &node.0.pool, ignition);
        let places = Places {
            ignition: file.as_str(),
            assets: assets.as_str(),
            ca: ca.as_ref().map(|ca| ca.as_str()),
            beside: &|file| beside(&cluster.file, file).into_string(),
        };
        plan::customize(medium, cluster, locked, node, &places)
    }
}

type Entry<'a> = (&'a Cluster, &'a Node, Customized);

fn print(method: MethodArg, entries: &[Entry<'_>], output: &mut Output) -> Result<Exit, Failure> {
    for (cluster, node, made) in entries {
        output.data(&format!("# {} ({}, {})\n", cluster.fqdn(node), node.role, node.address))?;
        if let Some(network) = &made.network {
            output.data(&format!("{}\nsudo {NETWORK_UP}\n", line(method, network)))?;
            output.data(&plan::not_copied(node))?;
        }
        output.data(&format!("{}\n", line(method, &made.argv)))?;
        if let Some(boot) = &made.boot {
            output.data(&format!("# boot it with: {boot}\n"))?;
        }
    }
    output.document(&Document {
        commands: entries.iter().map(|entry| Member::made(method, entry)).collect(),
        head: None,
    });
    Ok(Exit::Done)
}

/// A command is quoted for a shell; arguments are typed as they are.
fn line(method: MethodArg, argv: &[String]) -> String {
    let quoted = || argv.iter().map(|word| shell_quote(word)).collect::<Vec<_>>().join(" ");
    match method {
        MethodArg::Install => plan::sudo(argv),
        MethodArg::Kargs => argv.join(" "),
        MethodArg::Iso | MethodArg::Pxe | MethodArg::Power => quoted(),
    }
}
