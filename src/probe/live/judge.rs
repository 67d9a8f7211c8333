//! Whether what came is what is due.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde_json::Value;

use super::trouble::Trouble;
use super::{BootFormat, Chain, Expected, ServerFile};
use crate::diag::Severity;
use crate::model::digest::{Sha256, Sha512};
use crate::probe::script::{self, Boot, LoaderAction, LoaderMachine, ScriptError, grub, ipxe, pxelinux};
use crate::text::Bytes;

/// How much of the beginning and of the end of an artifact is read.
pub(super) const SAMPLE: u64 = 64 << 10;

/// The longest text of another that is shown.
const MAX_SHOWN: usize = 160;

/// Which part of a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    First,
    Last,
}

/// Reads the text of a config as its loader does, and compares it with what is due.
pub(super) fn config(
    chain: &Chain,
    bytes: &[u8],
    at: &ServerFile,
    machine: &LoaderMachine,
    hops: usize,
) -> Result<LoaderAction, Trouble> {
    let text = script::text(bytes).map_err(Trouble::of_script)?;
    let found = read(chain.format, text, at, machine).map_err(Trouble::of_script)?;
    // matchbox's first script is the same for all machines, and leads on.
    if chain.format == BootFormat::Matchbox && hops == 0 && matches!(found, LoaderAction::Chain(_)) {
        return Ok(found);
    }
    match difference(chain, text, &found, at, machine) {
        None => Ok(found),
        Some((what, severity)) => {
            let boot = if let LoaderAction::Boot(boot) = found { Some(boot) } else { None };
            Err(Trouble::Differs { what, severity, boot })
        }
    }
}

fn read(
    format: BootFormat,
    text: &str,
    at: &ServerFile,
    machine: &LoaderMachine,
) -> Result<LoaderAction, ScriptError> {
    match format {
        BootFormat::Pxelinux => pxelinux::read(text),
        BootFormat::Grub => grub::read(text, machine),
        BootFormat::Ipxe | BootFormat::Matchbox | BootFormat::Parm | BootFormat::Iso => {
            ipxe::read(text, machine, &at.to_string())
        }
    }
}

fn difference(
    chain: &Chain,
    text: &str,
    found: &LoaderAction,
    at: &ServerFile,
    machine: &LoaderMachine,
) -> Option<(String, Severity)> {
    let Some(due) = &chain.due else {
        return Some(("a boot script where none was rendered".to_owned(), Severity::Error));
    };
    if due == text {
        return None;
    }
    // What okdboot renders is always read; a template of one's own may be more than the readers know.
    let due = read(chain.format, due, at, machine).ok();
    match (due, found) {
        (Some(due), found) if due == *found && chain.format == BootFormat::Matchbox => None,
        (Some(due), found) if due == *found => {
            Some(("other words, which boot the same".to_owned(), Severity::Warning))
        }
        (Some(LoaderAction::Boot(due)), LoaderAction::Boot(found)) => {
            Some((changed(&due, found), Severity::Error))
        }
        (Some(LoaderAction::Local), _) => {
            Some(("one that does not boot from the disk".to_owned(), Severity::Error))
        }
        (_, LoaderAction::Local) => Some(("one that boots from the disk".to_owned(), Severity::Error)),
        _ => Some(("another text".to_owned(), Severity::Error)),
    }
}

/// Names the first thing that differs.
fn changed(due: &Boot, found: &Boot) -> String {
    let differ = |what: &str, found: &str, due: &str| {
        format!("{what} `{}` where `{}` is due", shown(found), shown(due))
    };
    if due.kernel != found.kernel {
        return differ("the kernel", &found.kernel, &due.kernel);
    }
    if due.initrds != found.initrds {
        return differ("the initramfs", &found.initrds.join(","), &due.initrds.join(","));
    }
    let more = found.args.iter().find(|arg| !due.args.contains(arg));
    let fewer = due.args.iter().find(|arg| !found.args.contains(arg));
    match (more, fewer) {
        (Some(more), Some(fewer)) => differ("the argument", more, fewer),
        (Some(more), None) => format!("the argument `{}`, which is not due", shown(more)),
        (None, Some(fewer)) => format!("no argument `{}`", shown(fewer)),
        (None, None) => "the arguments in another order or number".to_owned(),
    }
}

fn shown(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).collect::<String>() + "..."
}

/// Demands an Ignition config, and the due one.
pub(super) fn ignition(body: &[u8], due: Option<&Expected>) -> Result<String, Trouble> {
    let exact = if let Some(Expected::Ignition(bytes)) = due { Some(bytes) } else { None };
    if exact.is_some_and(|due| **due == *body) {
        return Ok("sha512".to_owned());
    }
    first_bytes(body)?;
    let found = parse(body)?;
    let is_due_empty = match due {
        Some(Expected::Ignition(due) | Expected::Rewritten(due)) => {
            parse(due).is_ok_and(|due| is_empty(&due))
        }
        _ => false,
    };
    if is_empty(&found) && !is_due_empty {
        return Err(Trouble::Ignition(
            "an empty config, with which a machine installs and stays unconfigured".to_owned(),
        ));
    }
    match due {
        Some(Expected::Ignition(due)) => Err(Trouble::Hash {
            found: Sha512::of(body).ignition_hash(),
            due: Sha512::of(due).ignition_hash(),
        }),
        Some(Expected::Rewritten(due)) if parse(due).map(content).ok() != Some(content(found)) => {
            Err(Trouble::Ignition("another config than that of its role".to_owned()))
        }
        Some(Expected::Rewritten(_)) => Ok("same content".to_owned()),
        _ => Ok("not compared".to_owned()),
    }
}

/// A JSON object with a version; the parser itself refuses what is nested too deep.
fn parse(body: &[u8]) -> Result<Value, Trouble> {
    let bad = |what: &str| Trouble::Ignition(what.to_owned());
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        bad(&format!("no JSON: the fault is at line {}, column {}", error.line(), error.column()))
    })?;
    let has_version = value.pointer("/ignition/version").is_some_and(Value::is_string);
    if has_version { Ok(value) } else { Err(bad("JSON without `ignition.version`")) }
}

/// Says whether a config has nothing but a version. matchbox's own has an empty one.
fn is_empty(config: &Value) -> bool {
    content(config.clone()).as_object().is_some_and(serde_json::Map::is_empty)
}

/// Returns what a config says, without its version: matchbox writes every config as 3.4.0.
fn content(mut config: Value) -> Value {
    if let Some(ignition) = config.get_mut("ignition").and_then(Value::as_object_mut) {
        ignition.remove("version");
    }
    pruned(config)
}

/// Takes away what says nothing: nulls, and objects and lists with nothing in them. matchbox writes
/// them, and leaves them out, as it likes.
fn pruned(value: Value) -> Value {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::Object(object) => !object.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(object) => {
            let members = object.into_iter().map(|(name, value)| (name, pruned(value)));
            Value::Object(members.filter(|(_, value)| says(value)).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(pruned).collect()),
        other => other,
    }
}

/// Web servers answer a page of their own where a file is not what they think.
pub(super) fn first_bytes(bytes: &[u8]) -> Result<(), Trouble> {
    if script::is_html(bytes) { Err(Trouble::Html) } else { Ok(()) }
}

pub(super) fn length(found: Option<u64>, due: Option<u64>) -> Result<(), Trouble> {
    match (found, due) {
        (Some(0), _) => Err(Trouble::Length { found: 0, due: due.filter(|due| *due > 0) }),
        (Some(found), Some(due)) if found != due => Err(Trouble::Length { found, due: Some(due) }),
        _ => Ok(()),
    }
}

/// Compares what was read of one end of a file with the copy on this machine.
pub(super) fn sample(local: Option<&Path>, which: Sample, found: &[u8]) -> Result<(), Trouble> {
    let Some(path) = local else { return Ok(()) };
    let read = || {
        let mut file = File::open(path)?;
        if which == Sample::Last {
            file.seek(SeekFrom::End(-i64::try_from(SAMPLE).unwrap_or(0)))?;
        }
        let mut bytes = Vec::new();
        file.take(SAMPLE).read_to_end(&mut bytes).map(|_| bytes)
    };
    match read() {
        Ok(due) if due == found => Ok(()),
        Ok(_) if which == Sample::First => {
            Err(Trouble::Bytes("its first bytes differ from the copy here".to_owned()))
        }
        Ok(_) => Err(Trouble::Bytes("its last bytes differ from the copy here".to_owned())),
        // `verify` itself reports what it cannot read.
        Err(_) => Ok(()),
    }
}

pub(super) fn digest(found: Sha256, due: Option<Sha256>) -> Result<String, Trouble> {
    match due {
        Some(due) if due != found => {
            Err(Trouble::Bytes(format!("its sha256 is {found}, the lock has {due}")))
        }
        Some(_) => Ok("sha256".to_owned()),
        None => Ok(format!("sha256 {found}, not compared")),
    }
}

pub(super) fn note(length: Option<u64>, is_compared: bool) -> String {
    match (length, is_compared) {
        (Some(length), true) => Bytes(length).to_string(),
        (Some(length), false) => format!("{}, not compared", Bytes(length)),
        (None, true) => "length not told".to_owned(),
        (None, false) => "not compared".to_owned(),
    }
}
