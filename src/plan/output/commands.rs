//! The file of what people run or type on the machines of a cluster.

use serde::Serialize;

use super::FileKind;
use super::made::Made;
use super::make::Make;
use crate::diag::{Code, Diagnostic};
use crate::ignition::IgnitionConfig;
use crate::model::boot::KernelArg;
use crate::model::cluster::Cluster;
use crate::model::digest::Sha512;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::settings::Mode;
use crate::plan::command::{Method, NETWORK_UP, argv, network_argv, not_copied, nothing_to_do, sudo};
use crate::plan::inputs::{ClusterInput, Inputs};
use crate::plan::{Owner, PlannedFile, PlannedNode, Refusal, layout, network, objection};
use crate::template::{TemplateError, Templates};
use crate::text::List;

/// The commands of a cluster.
const TEMPLATE: &str = "commands/cluster.j2";

/// A file a cluster.
#[derive(Debug)]
pub(super) struct Commands;

impl Make for Commands {
    fn of_cluster(
        &self,
        inputs: &Inputs,
        input: &ClusterInput,
        nodes: &mut [PlannedNode],
    ) -> Result<Made, TemplateError> {
        let (mut made, mut printed) = (Made::default(), Vec::new());
        for (node, planned) in input.cluster.nodes.iter().zip(nodes) {
            let sha512 = input.ignition.get(&node.pool).map(IgnitionConfig::sha512);
            match Printed::of(input.cluster, node, planned.mode, sha512) {
                Ok(node) => printed.push(node),
                Err(diagnostic) => made.once.push(*diagnostic),
            }
        }
        made.files.push(file(input.cluster, printed, inputs.templates)?);
        Ok(made)
    }

    fn is_for_every_node(&self) -> bool {
        true
    }

    fn warns(&self, cluster: &Cluster) -> Option<Diagnostic> {
        iscsi_without_network(cluster)
    }
}

/// One node in the commands file.
#[derive(Serialize)]
struct Printed {
    fqdn: String,
    role: String,
    address: String,
    network: String,
    install: String,
    kargs: String,
}

impl Printed {
    /// A node that only media of its own install.
    fn without(cluster: &Cluster, node: &Node, why: &str) -> Self {
        Self {
            fqdn: cluster.fqdn(node).to_string(),
            role: node.role.to_string(),
            address: node.address.to_string(),
            network: String::new(),
            install: format!("# {why}: see `okdboot commands --method iso`"),
            kargs: "none".to_owned(),
        }
    }

    fn of(cluster: &Cluster, node: &Node, mode: Mode, sha512: Option<Sha512>) -> Result<Self, Refusal> {
        if let Some(diagnostic) = objection::private_ca(cluster) {
            return Ok(Self::without(cluster, node, &diagnostic.message));
        }
        let kargs = argv(Method::Kargs, cluster, node, mode, None)?;
        let install = match argv(Method::Install, cluster, node, mode, sha512) {
            Ok(Some(words)) => sudo(&words),
            Ok(None) => format!("# {}", nothing_to_do(mode)),
            Err(_) => format!("# no {}.ign was given: render again with `--ignition DIR`", node.pool),
        };
        Ok(Self {
            fqdn: cluster.fqdn(node).to_string(),
            role: node.role.to_string(),
            address: node.address.to_string(),
            network: made_before(cluster, node, mode),
            install,
            kargs: kargs.map_or_else(|| "none".to_owned(), |words| words.join(" ")),
        })
    }
}

/// What stands before the command: lines that make the network, and where the name comes from.
fn made_before(cluster: &Cluster, node: &Node, mode: Mode) -> String {
    let Some(words) = network_argv(cluster, node, mode) else { return String::new() };
    format!("{}\nsudo {NETWORK_UP}\n{}", sudo(&words), not_copied(node)).trim_end().to_owned()
}

#[derive(Serialize)]
struct Context {
    cluster: String,
    nodes: Vec<Printed>,
}

/// The commands file of a cluster.
fn file(cluster: &Cluster, nodes: Vec<Printed>, templates: &Templates) -> Result<PlannedFile, TemplateError> {
    let text = templates.render(TEMPLATE, &Context { cluster: cluster.base().to_string(), nodes })?;
    let owner = Owner::of(&cluster.id, FileKind::Commands);
    let file = PlannedFile::new(layout::commands(&cluster.id), owner, text.into_bytes());
    Ok(file.rendered_from(TEMPLATE, templates))
}

/// The root on iSCSI is looked for before the installed system has its static network: what the installer
/// hands to the first boot is too late, and is for one boot only.
fn iscsi_without_network(cluster: &Cluster) -> Option<Diagnostic> {
    let is_root = |arg: &KernelArg| arg.as_str().starts_with("netroot=iscsi:");
    let lacks = |node: &&Node| {
        let append = &node.installed.append;
        node.is_static() && append.iter().any(is_root) && !append.iter().any(|arg| arg.name() == "ip")
    };
    let nodes: Vec<&Node> = cluster.nodes.iter().filter(lacks).collect();
    let first = nodes.first()?;
    let names: Vec<&Label> = nodes.iter().map(|node| &node.name).collect();
    let message = format!(
        "the root of {} is on iSCSI, and {} static network is there too late for it",
        List::and(&names),
        if names.len() == 1 { "its" } else { "their" }
    );
    let args = network::args(cluster, first).ok()?;
    let help = format!(
        "add the network to the installed system, for `{}`: `installed_kargs: [\"{}\"]`",
        first.name,
        args.join(" ")
    );
    Some(Diagnostic::new(Code::R040, message).help(help))
}
