//! What was answered, machine by machine, and the findings in it.

use std::collections::BTreeMap;

use super::trouble::{BootFault, Trouble};
use super::{BootFormat, BootingMachine, ChainPart, ChainWalk, PartQuestion};
use crate::diag::Diagnostic;
use crate::model::name::Label;
use crate::probe::script::LoaderAction;

/// The most machines that a finding names.
const MAX_NAMED: usize = 4;

/// What was answered for one machine.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The cluster's id.
    pub cluster: Label,
    /// The node's short name.
    pub name: Label,
    /// One for each way to boot.
    pub ways: Vec<ChainReport>,
}

/// What was answered on one way to boot.
#[derive(Clone, Debug)]
pub struct ChainReport {
    /// The loader.
    pub format: BootFormat,
    /// The steps that were gone or tried, in order.
    pub steps: Vec<ChainStep>,
}

/// One file that was asked for.
#[derive(Clone, Debug)]
pub struct ChainStep {
    /// What it is.
    pub part: ChainPart,
    /// From where.
    pub place: String,
    /// How it was judged, or what is wrong.
    pub verdict: Result<String, BootFault>,
}

impl Answered {
    /// Returns the one thing to fix first, if any: errors before warnings.
    pub fn fault(&self) -> Option<&BootFault> {
        self.ways.iter().filter_map(ChainReport::fault).min_by_key(|fault| fault.severity)
    }

    /// Returns every step to a part, on all ways.
    pub fn steps(&self, part: ChainPart) -> impl Iterator<Item = &ChainStep> {
        self.ways.iter().flat_map(|way| &way.steps).filter(move |step| step.part == part)
    }
}

impl ChainReport {
    /// Returns the first fault, which the later ones may be due to.
    pub fn fault(&self) -> Option<&BootFault> {
        self.steps.iter().find_map(|step| step.verdict.as_ref().err())
    }
}

pub(super) fn collect(
    candidates: &[BootingMachine],
    walks: &[ChainWalk],
    answers: &BTreeMap<&PartQuestion, Result<String, Trouble>>,
) -> Vec<Answered> {
    let mut all: Vec<Answered> = candidates
        .iter()
        .map(|one| Answered { cluster: one.cluster.clone(), name: one.name.clone(), ways: Vec::new() })
        .collect();
    for walk in walks {
        let asked = walk.chain.given.is_none().then(|| config(walk));
        let steps = asked.into_iter().chain(parts(walk, answers)).collect();
        all[walk.candidate].ways.push(ChainReport { format: walk.chain.format, steps });
    }
    all
}

fn config(walk: &ChainWalk) -> ChainStep {
    let place = walk.at.to_string();
    let verdict = match &walk.result {
        Some(Ok(LoaderAction::Local)) => Ok("boots from its disk".to_owned()),
        Some(Ok(_)) => Ok("as rendered".to_owned()),
        Some(Err(trouble)) => Err(BootFault::new(trouble, walk.chain.format, ChainPart::Config, &place)),
        None => {
            let trouble = Trouble::Script("it leads on and on".to_owned());
            Err(BootFault::new(&trouble, walk.chain.format, ChainPart::Config, &place))
        }
    };
    ChainStep { part: ChainPart::Config, place, verdict }
}

fn parts<'a>(
    walk: &'a ChainWalk,
    answers: &'a BTreeMap<&PartQuestion, Result<String, Trouble>>,
) -> impl Iterator<Item = ChainStep> + 'a {
    walk.questions.iter().map(|(part, name, question)| {
        let place = question.as_ref().map_or_else(|_| name.clone(), |q| q.place.to_string());
        let answer = match question {
            Err(trouble) => Err(trouble.clone()),
            Ok(question) => answers.get(question).cloned().unwrap_or(Err(Trouble::Late)),
        };
        let verdict = answer.map_err(|trouble| BootFault::new(&trouble, walk.chain.format, *part, &place));
        ChainStep { part: *part, place, verdict }
    })
}

/// One fault, and the machines that it stops.
struct StoppedBoot<'a> {
    fault: &'a BootFault,
    nodes: Vec<(Label, Label)>,
    /// Whether it is about several files, each with the same fault.
    is_several: bool,
}

/// Returns the first fault of every way, each once, with the machines that it stops.
pub fn findings(answered: &[Answered]) -> Vec<(Diagnostic, Vec<(Label, Label)>)> {
    let of_several = answered.windows(2).any(|pair| pair[0].cluster != pair[1].cluster);
    let mut stops: Vec<StoppedBoot> = Vec::new();
    let mut known: BTreeMap<BootFault, usize> = BTreeMap::new();
    for one in answered {
        for fault in one.ways.iter().filter_map(ChainReport::fault) {
            let at = *known.entry(alike(fault)).or_insert_with(|| {
                stops.push(StoppedBoot { fault, nodes: Vec::new(), is_several: false });
                stops.len() - 1
            });
            stops[at].add(one, fault);
        }
    }
    stops.into_iter().map(|stop| (diagnostic(&stop, of_several), stop.nodes)).collect()
}

impl StoppedBoot<'_> {
    fn add(&mut self, one: &Answered, fault: &BootFault) {
        self.is_several |= fault.place != self.fault.place;
        let node = (one.cluster.clone(), one.name.clone());
        if self.nodes.last() != Some(&node) {
            self.nodes.push(node);
        }
    }
}

/// Returns a fault in the form in which it is one and the same: a server whatever it was asked for, a
/// file whoever wanted it, and the configs of a loader, of which every machine has its own.
fn alike(fault: &BootFault) -> BootFault {
    let mut fault = fault.clone();
    if fault.place.is_none() {
        fault.part = ChainPart::Config;
    }
    if fault.place.is_none() || fault.part != ChainPart::Config {
        fault.format = BootFormat::Pxelinux;
    } else {
        fault.place = Some(String::new());
    }
    fault
}

fn diagnostic(stop: &StoppedBoot, of_several: bool) -> Diagnostic {
    let (fault, who) = (stop.fault, names(&stop.nodes, of_several));
    let others = if stop.is_several { " (and so on)" } else { "" };
    let message = match (&fault.place, fault.part) {
        (None, _) => format!("{}; it concerns {who}", fault.what),
        (Some(place), ChainPart::Config) => {
            format!("{} config of {who}: `{place}`{others}: {}", fault.format, fault.what)
        }
        (Some(_), part) => format!("{part} of {who}: {}", fault.said()),
    };
    let mut diagnostic = Diagnostic::new(fault.code, message).help(fault.help.clone());
    diagnostic.severity = fault.severity;
    diagnostic
}

fn names(nodes: &[(Label, Label)], several: bool) -> String {
    let name = |(cluster, name): &(Label, Label)| {
        if several { format!("`{cluster}/{name}`") } else { format!("`{name}`") }
    };
    let named: Vec<String> = nodes.iter().take(MAX_NAMED).map(name).collect();
    match (nodes.len(), named.split_last()) {
        (count, _) if count > MAX_NAMED => format!("{} and {} more", named.join(", "), count - MAX_NAMED),
        (_, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => named.concat(),
    }
}
