//! `okdboot commands`: what to run or type on each node, or to make media of its own with.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::args::{Cli, Commands, MethodArg};
use super::opened;
use super::output::Voice;
use super::pick::{self, refuse_unknown, wanted};
use crate::diag::{Diagnostic, Report};
use crate::ignition::IgnitionConfig;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::pool::Pool;
use crate::model::role::Role;
use crate::model::settings::Mode;
use crate::plan::state::State;
use crate::plan::{self, Customized, Medium, Method, NETWORK_UP, Places, layout};
use crate::run::Notices;
use crate::run::failure::{Exit, Failure};
use crate::run::ignition_files::{beside, file_name};
use crate::run::resolver::Freshness;
use crate::run::{self, Workspace};
use crate::text::{List, shell_quote};

/// What `okdboot commands` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend("then" = {"required": ["diagnostics"]})))]
pub(super) struct Document<'a> {
    /// One for each node that has something to run, in the order of vars.yaml.
    commands: Vec<ClusterCommands<'a>>,
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
struct ClusterCommands<'a> {
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

impl<'a> ClusterCommands<'a> {
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
pub fn run(cli: &Cli, args: &Commands, output: &mut Voice) -> Result<Exit, Failure> {
    let mut workspace = opened::entered(cli, output)?;
    refuse_unknown(&workspace.clusters(), &args.nodes)?;
    let role = pick::role(args.role.as_deref())?;
    if args.method == MethodArg::Power {
        return power(&workspace, args, role, output);
    }
    workspace.read_ignition(args.ignition.ignition.as_deref())?;
    let before = workspace.before()?;
    // Media are made of artifacts, which the lock names; nothing else here reads it.
    if matches!(args.method, MethodArg::Iso | MethodArg::Pxe) {
        let choice = args.stream.choice()?;
        output.told(|news| workspace.resolve(&choice, Freshness::Locked, news))?;
    }
    let maker = CommandInputs { method: args.method, workspace: &workspace, state: before.state() };
    let entries = entries(&maker, args, role, output)?;
    print(args.method, &entries, output)
}

/// Makes what a node needs, for every node that is meant; everything that stands in the way is reported.
fn entries<'a>(
    maker: &CommandInputs<'a>,
    args: &Commands,
    role: Option<Role>,
    output: &mut Voice,
) -> Result<Vec<Entry<'a>>, Failure> {
    let (mut entries, mut refused) = (Vec::new(), Report::default());
    for member in &maker.workspace.members {
        let cluster = member.cluster();
        for node in meant(cluster, args, role) {
            let mode = maker.state.mode(&cluster.id, node);
            match maker.of(member, (node, mode)) {
                Ok(Some(customized)) => entries.push((cluster, node, customized)),
                Ok(None) => output.say(&format!("{}: {}", cluster.fqdn(node), plan::nothing_to_do(mode))),
                Err(diagnostic) => refused.push_once(*diagnostic),
            }
        }
    }
    output.report(&maker.said(&entries), Notices::IfVerbose);
    if refused.is_empty() { Ok(entries) } else { Err(Failure::invalid(refused)) }
}

/// The nodes of a cluster that a person means.
fn meant<'a>(cluster: &'a Cluster, args: &Commands, role: Option<Role>) -> impl Iterator<Item = &'a Node> {
    let is_meant =
        move |node: &&Node| wanted(cluster, node, &args.nodes) && role.is_none_or(|role| role == node.role);
    cluster.nodes.iter().filter(is_meant)
}

/// Prints how the machines are switched on; nothing of it depends on what they boot.
fn power(
    workspace: &Workspace,
    args: &Commands,
    role: Option<Role>,
    output: &mut Voice,
) -> Result<Exit, Failure> {
    let (mut members, mut without) = (Vec::new(), Vec::new());
    for cluster in workspace.clusters() {
        for node in meant(cluster, args, role) {
            let Some(lines) = plan::power::lines(cluster, node) else {
                without.push(&node.name);
                continue;
            };
            if members.is_empty() {
                output.data(plan::power::HEAD)?;
            }
            output.data(&format!("\n# {} ({})\n{}\n", cluster.fqdn(node), node.role, lines.join("\n")))?;
            members.push(ClusterCommands {
                lines: Some(lines),
                ..ClusterCommands::of(MethodArg::Power, cluster, node)
            });
        }
    }
    if !without.is_empty() {
        output.say(&format!("no `bmc` in vars.yaml: {}", List::and(&without)));
    }
    output.document(&Document { commands: members, head: Some(plan::power::HEAD) });
    Ok(Exit::Done)
}

/// What the commands of a run are made of.
struct CommandInputs<'a> {
    method: MethodArg,
    workspace: &'a Workspace,
    state: &'a State,
}

impl CommandInputs<'_> {
    fn of(
        &self,
        member: &run::Member,
        (node, mode): (&Node, Mode),
    ) -> Result<Option<Customized>, Box<Diagnostic>> {
        let cluster = member.cluster();
        let sha512 = member.ignition.configs.get(&node.pool).map(IgnitionConfig::sha512);
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
            MethodArg::Iso => self.medium(Medium::Iso, member, (node, mode)),
            MethodArg::Pxe => self.medium(Medium::Pxe, member, (node, mode)),
        }
    }

    /// Says what the commands leave out, or do besides what vars.yaml says.
    fn said(&self, entries: &[Entry]) -> Report {
        let of = |member: &run::Member| {
            let own =
                entries.iter().filter(|(of, ..)| of.id == member.cluster().id).map(|(_, node, _)| *node);
            match self.method {
                MethodArg::Kargs => self.lost(member.cluster(), own),
                MethodArg::Iso | MethodArg::Pxe => self.kept(member, own),
                MethodArg::Install | MethodArg::Power => None,
            }
        };
        self.workspace.members.iter().filter_map(of).collect()
    }

    /// Says what typed arguments cannot tell the installer.
    fn lost<'n>(&self, cluster: &Cluster, nodes: impl Iterator<Item = &'n Node>) -> Option<Diagnostic> {
        plan::lost(cluster, nodes.map(|node| (node, self.state.mode(&cluster.id, node))))
    }

    /// Says what media put into the installed systems besides what vars.yaml says.
    fn kept<'n>(&self, member: &run::Member, nodes: impl Iterator<Item = &'n Node>) -> Option<Diagnostic> {
        let cluster = member.cluster();
        let is_installed = |node: &&Node| self.state.mode(&cluster.id, node) == Mode::Install;
        plan::network_kept(cluster, self.workspace.locked(member), nodes.filter(is_installed))
    }

    /// The file that coreos-installer embeds: of a Butane file, the copy that `render` writes.
    fn ignition_file(&self, member: &run::Member, pool: &Pool) -> Utf8PathBuf {
        let (cluster, ignition) = (member.cluster(), &member.ignition);
        if ignition.translated.contains_key(pool) {
            return self.workspace.out.join(layout::exact_ignition(&cluster.id, pool).as_str());
        }
        ignition.folder.join(file_name(&ignition.folder, cluster, pool))
    }

    fn medium(
        &self,
        medium: Medium,
        member: &run::Member,
        node: (&Node, Mode),
    ) -> Result<Option<Customized>, Box<Diagnostic>> {
        let cluster = member.cluster();
        let assets = self.workspace.out.join(layout::ASSETS);
        let ca = cluster.settings.private_ca().map(|ca| beside(&cluster.file, ca));
        let file = self.ignition_file(member, &node.0.pool);
        let places = Places {
            ignition: file.as_str(),
            assets: assets.as_str(),
            ca: ca.as_ref().map(|ca| ca.as_str()),
            beside: &|file| beside(&cluster.file, file).into_string(),
        };
        plan::customize(medium, cluster, self.workspace.locked(member), node, &places)
    }
}

type Entry<'a> = (&'a Cluster, &'a Node, Customized);

fn print(method: MethodArg, entries: &[Entry<'_>], output: &mut Voice) -> Result<Exit, Failure> {
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
        commands: entries.iter().map(|entry| ClusterCommands::made(method, entry)).collect(),
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
