//! One look at the cluster: what is pending is judged, and what fits is approved.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::approve::cluster::{ApproveError, Cluster, Joined, Requests, Went as Answer};
use crate::approve::{Facts, Machine, Request, Verdict, judge_all};
use crate::cli::args::Approve;
use crate::cli::output::Output;
use crate::cli::pick;
use crate::model::cluster::Cluster as Inventory;
use crate::model::name::Label;
use crate::model::time::UnixTime;
use crate::text::escape;

/// How often what changed meanwhile is judged again at once.
const TRIES: u32 = 5;

/// What is looked for, and what was said before.
pub(super) struct Round<'a> {
    cluster: Cluster,
    machines: Vec<Machine>,
    replaced: BTreeSet<Label>,
    args: &'a Approve,
    /// What was said of each request.
    said: BTreeMap<String, String>,
    /// Nodes whose serving certificate was approved here or before.
    served: BTreeSet<String>,
    members: Vec<Value>,
    /// When it began: a watch lasts for hours.
    begun: (UnixTime, Instant),
}

/// What a look came to.
pub(super) struct Went {
    /// How many requests stay as they are, but for those that a newer one stands for.
    pub(super) left: usize,
    /// Machines that have not joined.
    pub(super) missing: Vec<Label>,
    /// What to wait from.
    pub(super) version: String,
}

impl<'a> Round<'a> {
    pub(super) fn new(
        cluster: Cluster,
        inventory: &Inventory,
        machines: Vec<Machine>,
        args: &'a Approve,
        now: UnixTime,
    ) -> Self {
        let again = |machine: &&Machine| {
            let node = inventory.nodes.iter().find(|node| node.name == machine.name);
            !args.replaced.is_empty()
                && node.is_some_and(|node| pick::wanted(inventory, node, &args.replaced))
        };
        let replaced = machines.iter().filter(again).map(|machine| machine.name.clone()).collect();
        let (said, served, members) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { cluster, machines, replaced, args, said, served, members, begun: (now, Instant::now()) }
    }

    fn now(&self) -> UnixTime {
        let (now, begun) = self.begun;
        UnixTime(now.0.saturating_add(i64::try_from(begun.elapsed().as_secs()).unwrap_or(i64::MAX)))
    }

    pub(super) fn machines(&self) -> usize {
        self.machines.len()
    }

    /// Judges what is pending, and approves what fits; again where something changed meanwhile.
    pub(super) async fn look(&mut self, output: &mut Output<'_>) -> Result<Went, ApproveError> {
        let mut tries = 0;
        loop {
            let nodes = self.cluster.nodes().await?;
            let found = self.cluster.requests().await?;
            self.served.extend(found.served.iter().cloned());
            let names = nodes.iter().map(|node| node.name.clone()).collect();
            let (left, changed) = self.answer(&found, &names, output).await?;
            tries += 1;
            if changed && tries < TRIES {
                continue;
            }
            return Ok(Went { left, missing: self.missing(&nodes), version: found.version });
        }
    }

    async fn answer(
        &mut self,
        found: &Requests,
        nodes: &BTreeSet<String>,
        output: &mut Output<'_>,
    ) -> Result<(usize, bool), ApproveError> {
        let now = self.now();
        let requests: Vec<Request> = found.pending.iter().map(|it| it.request.clone()).collect();
        let (machines, replaced) = (self.machines.clone(), self.replaced.clone());
        let most = self.args.timeout.duration();
        let facts = Facts { machines: &machines, nodes, replaced: &replaced, now, most };
        let (mut left, mut changed) = (0, false);
        for (request, verdict) in judge_all(&requests, &found.approved, &facts) {
            let name = match &verdict {
                Verdict::Approve(_, name) => name,
                Verdict::Leave(machine, why) => {
                    left += usize::from(!why.ends_with(" is newer"));
                    self.say(request, "left", (machine.as_ref(), why), output);
                    continue;
                }
            };
            let Verdict::Approve(machine, _) = &verdict else { continue };
            if self.args.dry_run {
                self.say(request, "would approve", (Some(machine), name), output);
                continue;
            }
            let Some(due) = found.pending.iter().find(|it| it.request.name == request.name) else { continue };
            match self.cluster.approve(due, now).await? {
                Answer::Approved => {
                    self.say(request, "approved", (Some(machine), name), output);
                    if request.round == crate::approve::Round::Serving {
                        self.served.insert(name.clone());
                    }
                }
                Answer::Changed => changed = true,
            }
        }
        Ok((left, changed))
    }

    /// Says it once, however often it is looked at.
    fn say(
        &mut self,
        request: &Request,
        word: &str,
        (machine, text): (Option<&Label>, &str),
        output: &mut Output,
    ) {
        let who = machine.map_or_else(|| escape(&request.user), ToString::to_string);
        let round = request.round.as_str();
        let as_name = if word == "left" { text.to_owned() } else { format!("as {text}") };
        let line = format!("{word} {}: {round} certificate of {who}, {as_name}", escape(&request.name));
        if self.said.insert(request.name.clone(), line.clone()).is_some_and(|before| before == line) {
            return;
        }
        output.say(&line);
        let mut member = json!({"request": request.name, "round": round, "outcome": word});
        if let Some(machine) = machine {
            member["machine"] = json!(machine.to_string());
        }
        member[if word == "left" { "reason" } else { "node" }] = json!(text);
        self.members.push(member);
    }

    /// A machine has joined when its node is ready, or is there and may serve.
    fn missing(&self, nodes: &[Joined]) -> Vec<Label> {
        let has_joined = |machine: &&Machine| {
            let own = |node: &&Joined| machine.names.contains(&node.name);
            nodes.iter().find(own).is_some_and(|node| node.is_ready || self.served.contains(&node.name))
        };
        self.machines
            .iter()
            .filter(|machine| !has_joined(machine))
            .map(|machine| machine.name.clone())
            .collect()
    }

    pub(super) async fn wait(&self, version: &str, most: Duration) {
        // A watch that cannot be had must not become a loop without a pause.
        tokio::join!(self.cluster.wait(version, most), tokio::time::sleep(Duration::from_millis(500)));
    }

    pub(super) fn finish(&mut self, output: &mut Output) {
        output.member("requests", json!(std::mem::take(&mut self.members)));
    }
}
