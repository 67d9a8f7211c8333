//! One look at the cluster: what is pending is judged, and what fits is approved.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::approve::cluster::{ApiServer, Approval as Answer, ApproveError, Joined, Requests};
use crate::approve::{
    ApprovalFacts, CertificateRequest, DeclaredMachine, Round as Kind, Verdict, judge_all, verdict,
};
use crate::cli::args::Approve;
use crate::cli::output::Voice;
use crate::cli::pick;
use crate::model::cluster::Cluster as Inventory;
use crate::model::name::Label;
use crate::model::time::UnixTime;
use crate::text::escape;

/// How often what changed meanwhile is judged again at once.
const TRIES: u32 = 5;

/// What is looked for, and what was said before.
pub(super) struct ApprovalRound<'a> {
    cluster: ApiServer,
    machines: Vec<DeclaredMachine>,
    /// Machines of vars.yaml that were not named: what they ask for is left alone without a word.
    others: Vec<DeclaredMachine>,
    replaced: BTreeSet<Label>,
    args: &'a Approve,
    /// What was said of each request.
    said: BTreeMap<String, String>,
    /// Nodes whose serving certificate was approved before.
    served: BTreeSet<String>,
    /// Those whose was approved here.
    own: BTreeSet<String>,
    members: Vec<Member>,
    /// When it began: a watch lasts for hours.
    begun: (UnixTime, Instant),
}

/// A request in the document.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "request"))]
pub(in crate::cli) struct Member {
    /// The name of the `CertificateSigningRequest`.
    #[cfg_attr(test, schemars(length(min = 1)))]
    request: String,
    round: Kind,
    outcome: RequestOutcome,
    /// The short name of the machine of vars.yaml; absent where it is none.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<String>,
    /// The name of the node, where it was approved.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    /// Why it stays, where it does.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// It was approved, would be (`--dry-run`), or stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Outcome"))]
enum RequestOutcome {
    #[serde(rename = "approved")]
    Approved,
    #[serde(rename = "would approve")]
    WouldApprove,
    #[serde(rename = "left")]
    Left,
}

impl RequestOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::WouldApprove => "would approve",
            Self::Left => "left",
        }
    }
}

/// What a look came to.
pub(super) struct RoundResult {
    /// How many requests stay as they are, but for those that a newer one stands for.
    pub(super) left: usize,
    /// Machines that have not joined.
    pub(super) missing: Vec<Label>,
    /// What to wait from.
    pub(super) version: String,
}

impl<'a> ApprovalRound<'a> {
    pub(super) fn new(
        cluster: ApiServer,
        inventory: &Inventory,
        machines: Vec<DeclaredMachine>,
        args: &'a Approve,
        now: UnixTime,
    ) -> Self {
        let again = |machine: &&DeclaredMachine| {
            let node = inventory.nodes.iter().find(|node| node.name == machine.name);
            !args.replaced.is_empty()
                && node.is_some_and(|node| pick::wanted(inventory, node, &args.replaced))
        };
        let replaced = machines.iter().filter(again).map(|machine| machine.name.clone()).collect();
        let is_other = |machine: &DeclaredMachine| machines.iter().all(|own| own.name != machine.name);
        let others = DeclaredMachine::all(inventory).into_iter().filter(is_other).collect();
        let (said, members) = (BTreeMap::new(), Vec::new());
        let (served, own) = (BTreeSet::new(), BTreeSet::new());
        Self {
            cluster,
            machines,
            others,
            replaced,
            args,
            said,
            served,
            own,
            members,
            begun: (now, Instant::now()),
        }
    }

    fn now(&self) -> UnixTime {
        let (now, begun) = self.begun;
        UnixTime(now.0.saturating_add(i64::try_from(begun.elapsed().as_secs()).unwrap_or(i64::MAX)))
    }

    pub(super) fn machines(&self) -> usize {
        self.machines.len()
    }

    /// Judges what is pending, and approves what fits; again where something changed meanwhile.
    pub(super) async fn look(&mut self, output: &mut Voice<'_>) -> Result<RoundResult, ApproveError> {
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
            return Ok(RoundResult { left, missing: self.missing(&nodes), version: found.version });
        }
    }

    /// Says what stays, and approves the rest; returns how many stay, and whether something changed meanwhile.
    async fn answer(
        &mut self,
        found: &Requests,
        nodes: &BTreeSet<String>,
        output: &mut Voice<'_>,
    ) -> Result<(usize, bool), ApproveError> {
        let (mut left, mut changed) = (0, false);
        for (request, verdict) in self.judged(found, nodes) {
            match verdict {
                Verdict::Older(machine, newer) => {
                    let why = format!("`{}` is newer", escape(&newer));
                    self.say(&request, RequestOutcome::Left, (Some(&machine), &why), output);
                }
                Verdict::Leave(machine, why) => {
                    left += 1;
                    self.say(&request, RequestOutcome::Left, (machine.as_ref(), &why), output);
                }
                Verdict::Approve(machine, name) if self.args.dry_run => {
                    self.say(&request, RequestOutcome::WouldApprove, (Some(&machine), &name), output);
                }
                Verdict::Approve(machine, name) => {
                    changed |= !self.approve(found, &request, (&machine, &name), output).await?;
                }
            }
        }
        Ok((left, changed))
    }

    fn judged(&self, found: &Requests, nodes: &BTreeSet<String>) -> Vec<(CertificateRequest, Verdict)> {
        let is_own =
            |request: &&CertificateRequest| !self.others.iter().any(|it| verdict::asks_for(request, it));
        let own: Vec<CertificateRequest> =
            found.pending.iter().map(|it| &it.request).filter(is_own).cloned().collect();
        let facts = ApprovalFacts {
            machines: &self.machines,
            nodes,
            replaced: &self.replaced,
            now: self.now(),
            most: self.args.timeout.duration(),
        };
        let judged = judge_all(&own, &found.approved, &facts);
        judged.into_iter().map(|(request, verdict)| (request.clone(), verdict)).collect()
    }

    /// Returns whether it is done; else somebody has changed or removed it meanwhile.
    async fn approve(
        &mut self,
        found: &Requests,
        request: &CertificateRequest,
        (machine, name): (&Label, &str),
        output: &mut Voice<'_>,
    ) -> Result<bool, ApproveError> {
        let Some(due) = found.pending.iter().find(|it| it.request.name == request.name) else {
            return Ok(false);
        };
        if self.cluster.approve(due, self.now()).await? == Answer::Changed {
            return Ok(false);
        }
        self.say(request, RequestOutcome::Approved, (Some(machine), name), output);
        if request.round == Kind::Serving {
            self.own.insert(name.to_owned());
        }
        Ok(true)
    }

    /// Says it once, however often it is looked at.
    fn say(
        &mut self,
        request: &CertificateRequest,
        outcome: RequestOutcome,
        (machine, text): (Option<&Label>, &str),
        output: &mut Voice,
    ) {
        let who = machine.map_or_else(|| escape(&request.user), ToString::to_string);
        let round = request.round.as_str();
        let (word, is_left) = (outcome.as_str(), outcome == RequestOutcome::Left);
        let as_name = if is_left { text.to_owned() } else { format!("as {text}") };
        let line = format!("{word} {}: {round} certificate of {who}, {as_name}", escape(&request.name));
        if self.said.insert(request.name.clone(), line.clone()).is_some_and(|before| before == line) {
            return;
        }
        output.say(&line);
        self.members.push(Member {
            request: request.name.clone(),
            round: request.round,
            outcome,
            machine: machine.map(ToString::to_string),
            node: (!is_left).then(|| text.to_owned()),
            reason: is_left.then(|| text.to_owned()),
        });
    }

    /// A machine has joined when its node is ready, or is there and may serve. The node of one that is
    /// installed again may still be the old one: it has joined when it may serve again.
    fn missing(&self, nodes: &[Joined]) -> Vec<Label> {
        let has_joined = |machine: &&DeclaredMachine| {
            let own = |node: &&Joined| machine.names.contains(&node.name);
            let Some(node) = nodes.iter().find(own) else { return false };
            let is_before = node.is_ready || self.served.contains(&node.name);
            self.own.contains(&node.name) || (is_before && !self.replaced.contains(&machine.name))
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

    /// Returns what was said, for the document.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }
}
