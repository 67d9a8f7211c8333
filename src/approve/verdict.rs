//! The judgement.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{CertificateRequest, CertificateSubject, DeclaredMachine, Round};
use crate::model::name::Label;
use crate::model::time::{TimeSpan, UnixTime};
use crate::text::{List, escape};

/// Who asks in the first round (openshift/machine-config-operator, `node-bootstrapper`).
const BOOTSTRAPPER: &str = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper";
/// The groups of that service account, all of them.
const BOOTSTRAPPER_GROUPS: [&str; 3] = [
    "system:serviceaccounts",
    "system:serviceaccounts:openshift-machine-config-operator",
    "system:authenticated",
];
/// What the names of nodes begin with.
const NODE: &str = "system:node:";
/// The group of nodes.
const NODES: &str = "system:nodes";
/// How far the clocks of the API server and of this machine may be apart.
const SKEW: Duration = Duration::from_secs(10);

/// What is known beside the request.
#[derive(Clone, Debug)]
pub struct ApprovalFacts<'a> {
    /// The machines that may join.
    pub machines: &'a [DeclaredMachine],
    /// The names of the nodes that are there.
    pub nodes: &'a BTreeSet<String>,
    /// Machines that are installed again: a node of their name is the old one.
    pub replaced: &'a BTreeSet<Label>,
    /// The time.
    pub now: UnixTime,
    /// How old a request of the first round may be.
    pub most: Duration,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is approved, as this machine under this name.
    Approve(Label, String),
    /// It is left as it is, for this reason; the machine where it is one of vars.yaml.
    Leave(Option<Label>, String),
    /// It would fit this machine, and the request of this name is newer.
    Older(Label, String),
}

/// Judges all pending requests. Of several of one machine and round, which kubelets leave behind while
/// nobody answers, the newest is approved; and none that is older than one that was.
pub fn judge_all<'r>(
    pending: &'r [CertificateRequest],
    approved: &'r [CertificateRequest],
    facts: &ApprovalFacts,
) -> Vec<(&'r CertificateRequest, Verdict)> {
    let mut judged: Vec<(&CertificateRequest, Verdict)> =
        pending.iter().map(|request| (request, judge(request, facts))).collect();
    let mut newest: BTreeMap<(Label, Round), &CertificateRequest> = BTreeMap::new();
    let own = judged.iter().filter_map(|(request, verdict)| match verdict {
        Verdict::Approve(machine, _) => Some((machine.clone(), *request)),
        Verdict::Leave(..) | Verdict::Older(..) => None,
    });
    for (machine, request) in own.chain(approved.iter().filter_map(|it| Some((owner(it, facts)?, it)))) {
        let best = newest.entry((machine, request.round)).or_insert(request);
        if (request.made, &request.name) > (best.made, &best.name) {
            *best = request;
        }
    }
    for (request, verdict) in &mut judged {
        let Verdict::Approve(machine, _) = verdict else { continue };
        let best = newest.get(&(machine.clone(), request.round));
        if let Some(best) = best.filter(|best| best.name != request.name) {
            *verdict = Verdict::Older(machine.clone(), best.name.clone());
        }
    }
    judged
}

/// Says whether a request is about the certificate of a machine, right or not.
pub fn asks_for(request: &CertificateRequest, machine: &DeclaredMachine) -> bool {
    let names = request.subject.as_ref().map(|subject| &subject.common_names[..]).unwrap_or_default();
    names.iter().filter_map(|name| name.strip_prefix(NODE)).any(|name| machine.names.contains(name))
}

/// Returns whose certificate a request is about.
fn owner(request: &CertificateRequest, facts: &ApprovalFacts) -> Option<Label> {
    let (machine, _) = named(request.subject.as_ref().ok()?, facts).ok()?;
    Some(machine.name.clone())
}

/// Returns the name of a node by that of its user.
pub(super) fn node_of(user: &str) -> Option<&str> {
    user.strip_prefix(NODE)
}

/// Judges one request.
pub fn judge(request: &CertificateRequest, facts: &ApprovalFacts) -> Verdict {
    let subject = match &request.subject {
        Ok(subject) => subject,
        Err(why) => return Verdict::Leave(None, why.clone()),
    };
    let machine = match named(subject, facts) {
        Ok(found) => found,
        Err(why) => return Verdict::Leave(None, why),
    };
    let (machine, name) = machine;
    let reasons = match request.round {
        Round::Client => client(request, subject, (machine, name), facts),
        Round::Serving => serving(request, subject, (machine, name)),
    };
    match reasons {
        Ok(()) => Verdict::Approve(machine.name.clone(), name.to_owned()),
        Err(why) => Verdict::Leave(Some(machine.name.clone()), why),
    }
}

/// Finds whose certificate it is to be.
fn named<'s, 'm>(
    subject: &'s CertificateSubject,
    facts: &ApprovalFacts<'m>,
) -> Result<(&'m DeclaredMachine, &'s str), String> {
    let [common_name] = &subject.common_names[..] else {
        return Err(format!(
            "its subject has {} common names, and has to have one",
            subject.common_names.len()
        ));
    };
    let Some(name) = common_name.strip_prefix(NODE) else {
        return Err(format!("its common name `{}` is no name of a node", escape(common_name)));
    };
    let machine = facts.machines.iter().find(|machine| machine.names.contains(name));
    let machine = machine.ok_or_else(|| format!("vars.yaml has no machine `{}`", escape(name)))?;
    if subject.organizations != [NODES] || subject.others > 0 {
        return Err(format!("its subject is not `O={NODES}` and the common name, and nothing else"));
    }
    Ok((machine, name))
}

type Named<'a> = (&'a DeclaredMachine, &'a str);

fn client(
    request: &CertificateRequest,
    subject: &CertificateSubject,
    (machine, name): Named,
    facts: &ApprovalFacts,
) -> Result<(), String> {
    if request.user == format!("{NODE}{name}") {
        return Err("it is a renewal: the cluster approves it itself".to_owned());
    }
    if request.user != BOOTSTRAPPER {
        return Err(format!("`{}` asks, and not `{BOOTSTRAPPER}`", escape(&request.user)));
    }
    if request.groups != BOOTSTRAPPER_GROUPS.map(str::to_owned).into() {
        return Err("the groups of who asks are not those of the node bootstrapper".to_owned());
    }
    usages(request, "client auth")?;
    if subject.has_names() {
        return Err("it asks for names or addresses, which a client certificate has none of".to_owned());
    }
    let there = machine.names.iter().find(|name| facts.nodes.contains(*name));
    if let Some(there) = there.filter(|_| !facts.replaced.contains(&machine.name)) {
        return Err(format!(
            "node `{there}` is there already: give `--replace {}` if the machine is installed again",
            machine.name
        ));
    }
    age(request, facts)
}

fn age(request: &CertificateRequest, facts: &ApprovalFacts) -> Result<(), String> {
    let Some(made) = request.made else { return Err("nothing says when it was made".to_owned()) };
    match (made.until(facts.now), facts.now.until(made)) {
        (Some(old), _) if old > facts.most => Err(format!(
            "it is {} old, and {} is the most: the kubelet asks again by itself",
            TimeSpan(old),
            TimeSpan(facts.most)
        )),
        (None, Some(ahead)) if ahead > SKEW => {
            Err(format!("it is from {} ahead: look at the clocks", TimeSpan(ahead)))
        }
        _ => Ok(()),
    }
}

fn serving(
    request: &CertificateRequest,
    subject: &CertificateSubject,
    (machine, name): Named,
) -> Result<(), String> {
    if request.user != format!("{NODE}{name}") {
        return Err(format!("`{}` asks for it, and not the node itself", escape(&request.user)));
    }
    if ![NODES, "system:authenticated"].iter().all(|group| request.groups.contains(*group)) {
        return Err(format!("who asks is not in the group `{NODES}`"));
    }
    usages(request, "server auth")?;
    if subject.other_names > 0 {
        return Err("it asks for a URI or a mail address".to_owned());
    }
    if !subject.has_names() {
        return Err("it asks for no name and no address".to_owned());
    }
    let foreign = subject.dns.iter().filter(|name| !machine.names.contains(*name)).map(|name| escape(name));
    let addresses = subject.addresses.iter().filter(|address| !machine.addresses.contains(address));
    let foreign: Vec<String> = foreign.chain(addresses.map(ToString::to_string)).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(format!(
        "it asks for {}, and vars.yaml says {}",
        List::and(&foreign),
        List::and(
            &machine
                .names
                .iter()
                .cloned()
                .chain(machine.addresses.iter().map(ToString::to_string))
                .collect::<Vec<_>>()
        )
    ))
}

fn usages(request: &CertificateRequest, due: &str) -> Result<(), String> {
    let allowed = ["digital signature", "key encipherment", due];
    let has = |usage: &str| request.usages.contains(usage);
    if has("digital signature") && has(due) && request.usages.iter().all(|it| allowed.contains(&it.as_str()))
    {
        return Ok(());
    }
    let found: Vec<String> = request.usages.iter().map(|usage| escape(usage)).collect();
    Err(format!("its usages are {}, and not digital signature and {due}", List::and(&found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn request(name: &str, made: i64) -> CertificateRequest {
        CertificateRequest {
            name: name.to_owned(),
            round: Round::Client,
            user: BOOTSTRAPPER.to_owned(),
            groups: BOOTSTRAPPER_GROUPS.map(str::to_owned).into(),
            usages: ["digital signature", "key encipherment", "client auth"].map(str::to_owned).into(),
            made: Some(UnixTime(made)),
            subject: Ok(CertificateSubject {
                common_names: vec!["system:node:w0".to_owned()],
                organizations: vec![NODES.to_owned()],
                ..CertificateSubject::default()
            }),
        }
    }

    fn verdicts(pending: &[CertificateRequest], approved: &[CertificateRequest]) -> Vec<String> {
        let machines = [DeclaredMachine {
            name: "w0".parse().unwrap(),
            names: ["w0".to_owned(), "w0.lab.example.com".to_owned()].into(),
            addresses: BTreeSet::new(),
        }];
        let (nodes, replaced) = (BTreeSet::new(), BTreeSet::new());
        let facts = ApprovalFacts {
            machines: &machines,
            nodes: &nodes,
            replaced: &replaced,
            now: UnixTime(10_000),
            most: HOUR,
        };
        let word = |(_, verdict): (&CertificateRequest, Verdict)| match verdict {
            Verdict::Approve(_, name) => name,
            Verdict::Leave(_, why) => why,
            Verdict::Older(_, newer) => format!("older than {newer}"),
        };
        judge_all(pending, approved, &facts).into_iter().map(word).collect()
    }

    #[test]
    fn the_newest_is_approved_and_nothing_older_than_what_was() {
        let [old, new] = [request("old", 9_000), request("new", 9_500)];
        assert_eq!(verdicts(&[old.clone(), new.clone()], &[]), ["older than new", "w0"]);
        assert_eq!(verdicts(std::slice::from_ref(&old), std::slice::from_ref(&new)), ["older than new"]);
        assert_eq!(verdicts(&[new], &[old]), ["w0"]);
    }

    #[test]
    fn a_request_is_neither_old_nor_from_the_future() {
        let said = |made| verdicts(&[request("a", made)], &[]).remove(0);
        assert!(said(6_399).starts_with("it is 1 h"), "{}", said(6_399));
        assert_eq!((said(6_400), said(10_010)), ("w0".to_owned(), "w0".to_owned()));
        assert!(said(10_011).starts_with("it is from 11 s ahead"), "{}", said(10_011));
        let unknown = CertificateRequest { made: None, ..request("a", 0) };
        assert_eq!(verdicts(&[unknown], &[]), ["nothing says when it was made"]);
        let broken = CertificateRequest { subject: CertificateSubject::parse(b"no"), ..request("a", 9_000) };
        assert_eq!(verdicts(&[broken], &[]), ["it is not PEM"]);
    }
}
