//! `okdboot commands`: what to run or type on each node.

use serde_json::{Value, json};

use super::args::{Cli, Commands, MethodArg};
use super::failure::{Exit, Failure};
use super::output::{Notices, Output};
use super::session;
use crate::diag::Report;
use crate::ignition::IgnitionConfig;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::plan::{self, Method};
use crate::text::{did_you_mean, shell_quote};

/// Prints a command or a line of arguments a node; writes nothing.
pub fn run(cli: &Cli, args: &Commands, output: &mut Output) -> Result<Exit, Failure> {
    let clusters = session::open(cli)?;
    output.report(&clusters.report, Notices::IfVerbose);
    let all: Vec<&Cluster> = clusters.checked.iter().map(|checked| &checked.cluster).collect();
    refuse_unknown(&all, &args.nodes)?;
    let ignition = clusters.ignition(cli, &args.ignition)?;
    let mut entries = Vec::new();
    let mut refused = Report::default();
    for (cluster, ignition) in all.iter().zip(&ignition) {
        for node in cluster.nodes.iter().filter(|node| wanted(cluster, node, &args.nodes)) {
            let sha512 = ignition.configs.get(&node.role).map(IgnitionConfig::sha512);
            let url = plan::exact_ignition_url(cluster, node.role);
            match plan::argv(method(args.method), cluster, node, &url, sha512) {
                Ok(words) => entries.push((*cluster, node, words)),
                Err(diagnostic) => refused.push_once(*diagnostic),
            }
        }
    }
    if !refused.is_empty() {
        return Err(Failure::invalid(refused));
    }
    print(args.method, &entries, output)
}

type Entry<'a> = (&'a Cluster, &'a Node, Vec<String>);

fn print(method: MethodArg, entries: &[Entry], output: &mut Output) -> Result<Exit, Failure> {
    for (cluster, node, argv) in entries {
        output.data(&format!("# {} ({}, {})\n", cluster.fqdn(node), node.role, node.address))?;
        output.data(&format!("{}\n", line(method, argv)))?;
    }
    let json: Vec<Value> = entries.iter().map(|entry| entry_json(method, entry)).collect();
    output.member("commands", json!(json));
    Ok(Exit::Done)
}

/// A command is quoted for a shell; arguments are typed as they are.
fn line(method: MethodArg, argv: &[String]) -> String {
    match method {
        MethodArg::Install => {
            let words: Vec<String> = argv.iter().map(|word| shell_quote(word)).collect();
            format!("sudo {}", words.join(" "))
        }
        MethodArg::Kargs => argv.join(" "),
    }
}

fn entry_json(method: MethodArg, (cluster, node, argv): &Entry) -> Value {
    json!({
        "cluster": cluster.id.to_string(),
        "node": node.name.to_string(),
        "role": node.role.to_string(),
        "method": match method { MethodArg::Install => "install", MethodArg::Kargs => "kargs" },
        "argv": argv,
    })
}

fn method(arg: MethodArg) -> Method {
    match arg {
        MethodArg::Install => Method::Install,
        MethodArg::Kargs => Method::Kargs,
    }
}

fn wanted(cluster: &Cluster, node: &Node, names: &[String]) -> bool {
    let is = |name: &String| *name == node.name.as_str() || *name == cluster.fqdn(node).as_str();
    names.is_empty() || names.iter().any(is)
}

fn refuse_unknown(clusters: &[&Cluster], names: &[String]) -> Result<(), Failure> {
    let nodes = || clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (*cluster, node)));
    for name in names {
        if !nodes().any(|(cluster, node)| wanted(cluster, node, std::slice::from_ref(name))) {
            let failure = Failure::new(Exit::Usage, format!("no cluster has a node `{name}`"));
            return Err(match did_you_mean(name, nodes().map(|(_, node)| node.name.as_str())) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None => failure,
            });
        }
    }
    Ok(())
}
