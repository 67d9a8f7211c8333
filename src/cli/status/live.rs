//! What the cluster and a running `serve` say of the machines.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;
use serde_json::Value;

use crate::approve::cluster::{self, Joined, Requests};
use crate::approve::{DeclaredMachine, Round, verdict};
use crate::cli::approve::{kubeconfig, only};
use crate::cli::args::Status;
use crate::cli::output::Voice;
use crate::cli::runtime;
use crate::http::PlainHttp;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::run::failure::{Exit, Failure};
use crate::run::network::client;
use crate::text::escape;

/// The most of a watch that is read, in bytes: 100,000 machines.
const MOST: u64 = 64 << 20;

/// What was asked, and what came.
#[derive(Default)]
pub(super) struct Live {
    /// By short name; absent where the cluster was not asked.
    nodes: Option<BTreeMap<Label, LiveMachine>>,
    /// The stage of each machine, by cluster and name; absent where no `serve` was asked.
    stages: Option<BTreeMap<(String, String), String>>,
}

/// What the cluster says of it, with `--kubeconfig`; absent for the bootstrap machine.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct InCluster<'a> {
    /// Its node; null where there is none.
    node: Option<LiveNode<'a>>,
    /// The certificates that it waits for.
    waits: &'a [Round],
}

/// A node of the cluster.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "joined"))]
struct LiveNode<'a> {
    /// The name of the node.
    #[cfg_attr(test, schemars(length(min = 1)))]
    name: &'a str,
    /// Whether its kubelet says that it is ready.
    ready: bool,
    /// What it is to the cluster.
    roles: &'a [String],
    /// The version of its kubelet; empty where it has not said it.
    version: &'a str,
}

/// A machine, as the cluster knows it.
struct LiveMachine {
    node: Option<Joined>,
    /// The rounds that it waits in.
    waits: Vec<Round>,
}

impl LiveMachine {
    fn word(&self) -> String {
        let mut words = Vec::new();
        match &self.node {
            None => words.push("not there".to_owned()),
            Some(node) => {
                words.push(if node.is_ready { "ready" } else { "not ready" }.to_owned());
                words.extend(node.roles.iter().map(|role| escape(role)));
                words.extend((!node.version.is_empty()).then(|| escape(&node.version)));
            }
        }
        words.extend(self.waits.iter().map(|round| format!("waits for its {} certificate", round.as_str())));
        words.join(", ")
    }

    fn member(&self) -> InCluster<'_> {
        let node = self.node.as_ref().map(|node| LiveNode {
            name: &node.name,
            ready: node.is_ready,
            roles: &node.roles,
            version: &node.version,
        });
        InCluster { node, waits: &self.waits }
    }
}

impl Live {
    pub(super) fn ask(args: &Status, clusters: &[&Cluster], output: &Voice) -> Result<Self, Failure> {
        let mut live = Self::default();
        if let Some(address) = args.watch {
            live.stages = Some(stages(address, output)?);
        }
        if let Some(path) = &args.kubeconfig {
            let cluster = only(clusters)?;
            let runtime = runtime::here()?;
            let (nodes, requests) = runtime.block_on(async {
                let config = kubeconfig::read(Some(path), output.context()).await?;
                let server = cluster::ApiServer::new(config)?;
                Ok::<_, Failure>((server.nodes().await?, server.requests().await?))
            })?;
            live.nodes = Some(seen(cluster, &nodes, &requests));
        }
        Ok(live)
    }

    /// Every machine is a node that is ready, as far as that was asked.
    pub(super) fn is_well(&self) -> bool {
        let is_ready = |seen: &LiveMachine| seen.node.as_ref().is_some_and(|node| node.is_ready);
        self.nodes.as_ref().is_none_or(|nodes| nodes.values().all(is_ready))
    }

    pub(super) fn titles(&self) -> Vec<&'static str> {
        let nodes = self.nodes.is_some().then_some("IN THE CLUSTER");
        nodes.into_iter().chain(self.stages.is_some().then_some("SERVE")).collect()
    }

    pub(super) fn cells(&self, cluster: &Cluster, node: &Node) -> Vec<String> {
        let seen =
            self.nodes.as_ref().map(|nodes| nodes.get(&node.name).map_or_else(dash, LiveMachine::word));
        let stage = self.stages.as_ref().map(|_| self.stage(cluster, node).map_or_else(dash, escape));
        seen.into_iter().chain(stage).collect()
    }

    fn stage(&self, cluster: &Cluster, node: &Node) -> Option<&str> {
        let key = (cluster.id.to_string(), node.name.to_string());
        self.stages.as_ref()?.get(&key).map(String::as_str)
    }

    /// Returns what was asked of a node, for the document.
    pub(super) fn of(&self, cluster: &Cluster, node: &Node) -> (Option<InCluster<'_>>, Option<&str>) {
        let seen = self.nodes.as_ref().and_then(|nodes| nodes.get(&node.name));
        (seen.map(LiveMachine::member), self.stage(cluster, node))
    }
}

fn dash() -> String {
    "-".to_owned()
}

fn seen(cluster: &Cluster, nodes: &[Joined], requests: &Requests) -> BTreeMap<Label, LiveMachine> {
    let of = |machine: DeclaredMachine| {
        let node = nodes.iter().find(|node| machine.names.contains(&node.name)).cloned();
        let own = requests.pending.iter().map(|it| &it.request).filter(|it| verdict::asks_for(it, &machine));
        let mut waits: Vec<Round> = own.map(|request| request.round).collect();
        waits.sort_unstable();
        waits.dedup();
        (machine.name, LiveMachine { node, waits })
    };
    DeclaredMachine::all(cluster).into_iter().map(of).collect()
}

/// Reads the watch of `serve`. What it says is shown, and nothing is decided by it.
fn stages(address: SocketAddr, output: &Voice) -> Result<BTreeMap<(String, String), String>, Failure> {
    let url = format!("http://{address}/watch.json");
    let client = client(None, &output.context().process())?;
    let bytes = client.get_bytes(&url, MOST, PlainHttp::DigestKnown);
    let bytes = bytes.map_err(|error| {
        Failure::by(&error).help("`--watch` is the address of the page of `okdboot serve`: 127.0.0.1:8088 unless it was told another")
    })?;
    let watch: Value = serde_json::from_slice(&bytes)
        .map_err(|_| Failure::new(Exit::Network, format!("`{url}` is not the watch of `okdboot serve`")))?;
    let machines = watch["machines"].as_array().into_iter().flatten();
    let text = |machine: &Value, key: &str| machine[key].as_str().map(str::to_owned);
    let stage = |machine: &Value| {
        Some(((text(machine, "cluster")?, text(machine, "name")?), text(machine, "stage")?))
    };
    Ok(machines.filter_map(stage).collect())
}
