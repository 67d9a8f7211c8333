//! What was answered, for people and for programs.

use serde_json::{Value, json};

use crate::cli::table::Table;
use crate::diag::Severity;
use crate::probe::live::{Answered, Part, Step};
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
    let [config, kernel, initramfs, rootfs, ignition] = Part::ALL.map(cell);
    let name = format!("{}/{}", one.cluster, one.name);
    [name, config, kernel, initramfs, rootfs, ignition, brief(one)]
}

/// A part is right only where it is so on every way.
fn cell(steps: &[&Step]) -> String {
    let faults = steps.iter().filter_map(|step| step.verdict.as_ref().err());
    match faults.min_by_key(|fault| fault.severity) {
        Some(fault) if fault.severity == Severity::Error => fault.code.to_string(),
        Some(_) => "ok?".to_owned(),
        None if steps.is_empty() => "-".to_owned(),
        None => "ok".to_owned(),
    }
}

/// The same facts for programs.
pub(super) fn json(answered: &[Answered]) -> Value {
    let node = |one: &Answered| {
        let ways = one.ways.iter().map(|way| {
            let steps: Vec<Value> = way.steps.iter().map(step).collect();
            json!({"loader": way.format.as_str(), "steps": steps})
        });
        let fault = one.fault();
        json!({
            "cluster": one.cluster.to_string(),
            "name": one.name.to_string(),
            "verdict": fault.map_or("pass", |fault| fault.severity.as_str()),
            "code": fault.map(|fault| fault.code.as_str()),
            "help": fault.map(|fault| &fault.help),
            "ways": ways.collect::<Vec<_>>(),
        })
    };
    answered.iter().map(node).collect()
}

fn step(step: &Step) -> Value {
    let (part, from) = (step.part.as_str(), &step.place);
    match &step.verdict {
        Ok(note) => json!({"part": part, "from": from, "verdict": "pass", "note": note}),
        Err(fault) => json!({
            "part": part,
            "from": from,
            "verdict": fault.severity.as_str(),
            "code": fault.code.as_str(),
            "message": fault.what,
            "help": fault.help,
        }),
    }
}
