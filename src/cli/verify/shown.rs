//! What was answered, for people and for programs.

use serde::Serialize;

use crate::cli::table::Table;
use crate::diag::{Code, Severity};
use crate::model::name::Label;
use crate::probe::live::{self, Answered, BootFault, ChainPart, ChainStep};
use crate::text::escape;

/// One line a node.
pub(super) fn lines(answered: &[Answered]) -> String {
    let line = |one: &Answered| format!("{}/{}: {}\n", one.cluster, one.name, verdict(one));
    answered.iter().map(line).collect()
}

fn verdict(one: &Answered) -> String {
    match one.fault() {
        None => "pass".to_owned(),
        // Servers may say anything, and a terminal would do it.
        Some(fault) => escape(&format!("{}[{}] {}", fault.severity.as_str(), fault.code, fault.said())),
    }
}

/// A verdict for a line that is short: without the address, which the finding below the table has.
fn brief(one: &Answered) -> String {
    match one.fault() {
        None => "pass".to_owned(),
        Some(fault) if fault.place.is_none() => escape(&fault.what),
        Some(fault) => escape(&format!("{}: {}", fault.part().as_str(), fault.what)),
    }
}

/// The same as a table.
pub(super) fn table(answered: &[Answered]) -> String {
    let titles = ["node", "config", "kernel", "initramfs", "rootfs", "ignition", "verdict"];
    Table::titled(&titles).print(answered.iter().map(row))
}

fn row(one: &Answered) -> [String; 7] {
    let cell = |part| cell(&one.steps(part).collect::<Vec<_>>());
    let [config, kernel, initramfs, rootfs, ignition] = ChainPart::ALL.map(cell);
    let name = format!("{}/{}", one.cluster, one.name);
    [name, config, kernel, initramfs, rootfs, ignition, brief(one)]
}

/// A part is right only where it is so on every way.
fn cell(steps: &[&ChainStep]) -> String {
    let faults = steps.iter().filter_map(|step| step.verdict.as_ref().err());
    match faults.min_by_key(|fault| fault.severity) {
        Some(fault) if fault.severity == Severity::Error => fault.code.to_string(),
        Some(_) => "ok?".to_owned(),
        None if steps.is_empty() => "-".to_owned(),
        None => "ok".to_owned(),
    }
}

/// A node and what servers gave it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Node"))]
pub(super) struct VerifiedNode<'a> {
    cluster: &'a Label,
    name: &'a Label,
    verdict: Verdict,
    /// The code of its worst fault; null where all is right.
    code: Option<Code>,
    /// The fix of that fault; null where all is right.
    help: Option<&'a str>,
    /// The loaders by which it may boot.
    ways: Vec<LoaderWay<'a>>,
}

/// What a loader was given.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Way"))]
struct LoaderWay<'a> {
    /// Which loader was rehearsed.
    #[cfg_attr(test, schemars(extend("enum" = ["pxelinux", "ipxe", "matchbox", "grub", "parm", "iso"])))]
    loader: &'static str,
    /// What it asks for, in order.
    steps: Vec<ChainFile<'a>>,
}

/// One request of a boot.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "step", extend(
    "if" = {"properties": {"verdict": {"const": "pass"}}},
    "then" = {"required": ["note"], "properties": {"code": false, "message": false, "help": false}},
    "else" = {"required": ["code", "message", "help"], "properties": {"note": false}}
)))]
struct ChainFile<'a> {
    /// What was asked for.
    #[cfg_attr(test, schemars(extend("enum" = ChainPart::ALL.map(ChainPart::as_str))))]
    part: &'static str,
    /// The URL that was asked.
    #[cfg_attr(test, schemars(length(min = 1)))]
    from: &'a str,
    verdict: Verdict,
    /// What was found to be right, and how thoroughly; only with `pass`.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    /// What is wrong.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    /// The fix.
    #[cfg_attr(test, schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// `pass`, or the severity of what is wrong.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Pass,
    Error,
    Warning,
    Notice,
}

impl Verdict {
    fn of(fault: Option<&BootFault>) -> Self {
        match fault.map(|fault| fault.severity) {
            None => Self::Pass,
            Some(Severity::Error) => Self::Error,
            Some(Severity::Warning) => Self::Warning,
            Some(Severity::Notice) => Self::Notice,
        }
    }
}

/// The same facts for programs.
pub(super) fn nodes(answered: &[Answered]) -> Vec<VerifiedNode<'_>> {
    answered.iter().map(VerifiedNode::of).collect()
}

impl<'a> VerifiedNode<'a> {
    fn of(one: &'a Answered) -> Self {
        let fault = one.fault();
        Self {
            cluster: &one.cluster,
            name: &one.name,
            verdict: Verdict::of(fault),
            code: fault.map(|fault| fault.code),
            help: fault.map(|fault| fault.help.as_str()),
            ways: one.ways.iter().map(LoaderWay::of).collect(),
        }
    }
}

impl<'a> LoaderWay<'a> {
    fn of(way: &'a live::ChainReport) -> Self {
        Self { loader: way.format.as_str(), steps: way.steps.iter().map(ChainFile::of).collect() }
    }
}

impl<'a> ChainFile<'a> {
    fn of(step: &'a ChainStep) -> Self {
        let fault = step.verdict.as_ref().err();
        Self {
            part: step.part.as_str(),
            from: &step.place,
            verdict: Verdict::of(fault),
            note: step.verdict.as_deref().ok(),
            code: fault.map(|fault| fault.code),
            message: fault.map(|fault| fault.what.as_str()),
            help: fault.map(|fault| fault.help.as_str()),
        }
    }
}
