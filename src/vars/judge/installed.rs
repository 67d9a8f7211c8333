//! The installed system of a node: what holds for all nodes, what it says itself, and what of it cannot be
//! or is said twice.

use super::super::raw::{RawInstalled, RawNode};
use super::super::read::part::{consoles, kargs};
use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic, Place};
use crate::model::boot::KernelArg;
use crate::model::channel::DiskKind;
use crate::model::console::Console;
use crate::model::disk::{InstallDisk, Paths};
use crate::model::installed::{IndexRange, Installed, InstalledConsoles, LabelGlob, MULTIPATH};

/// What one mapping says of the installed system, and the live arguments beside it.
pub(super) struct Said<'a> {
    raw: &'a RawInstalled,
    live: &'a [Scalar],
    consoles: Option<Vec<Console>>,
    append: Vec<KernelArg>,
    delete: Vec<KernelArg>,
    paths: Option<Paths>,
    labels: Vec<LabelGlob>,
    indexes: Vec<IndexRange>,
}

impl<'a> Said<'a> {
    pub(super) fn read(values: &Values, raw: &'a RawInstalled, live: &'a [Scalar]) -> Self {
        let paths = |several: bool| if several { Paths::Multi } else { Paths::One };
        let labels = Values::words(&raw.save_partlabel);
        let indexes = Values::words(&raw.save_partindex);
        Self {
            raw,
            live,
            consoles: own_consoles(values, &raw.console),
            append: permanent(values, &raw.kargs),
            delete: kargs(values, &raw.kargs_delete),
            paths: values.boolean(raw.multipath.as_ref()).map(paths),
            labels: labels.iter().filter_map(|s| values.parse(Code::V330, s, LABEL_HELP)).collect(),
            indexes: indexes.iter().filter_map(|s| values.parse(Code::V331, s, INDEX_HELP)).collect(),
        }
    }
}

const LABEL_HELP: &str = "write a label, or a pattern with `*`, `?` or `[...]`, such as `data*`";
const INDEX_HELP: &str = "write a number from 1 on, or a range such as `5-7`, `5-` or `-7`";

/// The word for an installed system without consoles of its own.
const NONE: &str = "none";

fn own_consoles(values: &Values, scalars: &[Scalar]) -> Option<Vec<Console>> {
    match scalars {
        [] => None,
        [only] if only.text.trim() == NONE => Some(Vec::new()),
        several => Some(consoles(values, several)),
    }
}

/// Arguments of every boot. What only a live boot reads has no place among them, and a console stands in
/// a key of its own, since the boot loader needs it too.
fn permanent(values: &Values, scalars: &[Scalar]) -> Vec<KernelArg> {
    let args = |scalar: &Scalar| -> Vec<KernelArg> {
        let args = kargs(values, std::slice::from_ref(scalar));
        args.into_iter().filter(|arg| is_permanent(values, scalar, arg)).collect()
    };
    scalars.iter().flat_map(args).collect()
}

fn is_permanent(values: &Values, scalar: &Scalar, arg: &KernelArg) -> bool {
    let console = arg.as_str().strip_prefix("console=").filter(|spec| spec.parse::<Console>().is_ok());
    let help = match (console, arg.name()) {
        (Some(spec), _) => format!("set `installed_console: [{spec}]`: the boot loader gets it too"),
        (None, name) if ["coreos.inst.", "coreos.live"].iter().any(|live| name.starts_with(live)) => {
            format!("move `{arg}` to `kargs`: the installed system does not read it")
        }
        _ => return true,
    };
    let message = format!("`{}`: `{arg}` does not belong to the installed system's arguments", scalar.path);
    values.push(Diagnostic::new(Code::V333, message).at(&values.at(scalar), "here").help(help));
    false
}

/// Joins what holds for all nodes and what a node says itself; its own comes after, and wins where there
/// is only one.
pub(super) fn check(
    values: &Values,
    (raw, disk): (&RawNode, Option<&InstallDisk>),
    all: &Said,
    own: &Said,
) -> Installed {
    let consoles = match (&all.consoles, own.consoles.clone()) {
        (None, None) => InstalledConsoles::AsLive,
        (Some(all), None) => InstalledConsoles::Own(all.clone()),
        (Some(all), Some(own)) if !own.is_empty() => InstalledConsoles::Own([all.clone(), own].concat()),
        (_, Some(own)) => InstalledConsoles::Own(own),
    };
    let installed = Installed {
        consoles,
        append: [all.append.clone(), own.append.clone()].concat(),
        delete: [all.delete.clone(), own.delete.clone()].concat(),
        paths: own.paths.or(all.paths).unwrap_or_default(),
        save_labels: [all.labels.clone(), own.labels.clone()].concat(),
        save_indexes: [all.indexes.clone(), own.indexes.clone()].concat(),
        before: files(all.raw.before.iter().chain(&own.raw.before)),
        after: files(all.raw.after.iter().chain(&own.raw.after)),
    };
    said_twice(values, own, own);
    said_twice(values, own, all);
    if own.paths.is_none() || installed.paths == Paths::Multi {
        said_twice(values, all, own);
    }
    if let Some(disk) = disk {
        fits(values, &installed, (raw, disk), all);
    }
    installed
}

fn files<'a>(scalars: impl Iterator<Item = &'a Scalar>) -> Vec<String> {
    scalars.map(|scalar| scalar.text.trim().to_owned()).collect()
}

/// Reports arguments of one mapping that a key of another, or the same, writes already.
pub(super) fn said_twice(values: &Values, keys: &Said, args: &Said) {
    let multipath = keys.raw.multipath.as_ref().filter(|_| keys.paths == Some(Paths::Multi));
    let written = [
        (keys.raw.save_partlabel.first(), "save_partlabel", "coreos.inst.save_partlabel"),
        (keys.raw.save_partindex.first(), "save_partindex", "coreos.inst.save_partindex"),
        (multipath, "multipath", name_of(MULTIPATH)),
        (multipath, "multipath", "root"),
    ];
    for (scalar, key, name) in written {
        let Some(scalar) = scalar else { continue };
        // `root=` of the live boot is another one.
        let live = args.live.iter().filter(|_| name != "root");
        for args in live.chain(&args.raw.kargs) {
            if args.text.split_whitespace().any(|word| name_of(word) == name) {
                twice(values, (scalar, key), args, name);
            }
        }
    }
}

fn name_of(arg: &str) -> &str {
    arg.split('=').next().unwrap_or_default()
}

fn twice(values: &Values, (scalar, key): (&Scalar, &str), args: &Scalar, name: &str) {
    let diagnostic =
        Diagnostic::new(Code::V332, format!("`{}` has `{name}`, and so does `{key}`", args.path))
            .at(&values.at(args), "the argument")
            .also(&values.at(scalar), "the key that writes it")
            .help(format!("remove `{name}` here, or remove `{key}`"));
    values.push(diagnostic);
}

/// Reports disks on which what is asked for cannot be done.
fn fits(values: &Values, installed: &Installed, (raw, disk): (&RawNode, &InstallDisk), all: &Said) {
    let place = || raw.disk.as_ref().map_or_else(|| values.node(raw), |scalar| values.at(scalar));
    if installed.paths == Paths::Multi && !disk.may_be_multipath() {
        let node = raw.name.as_ref().map_or(&raw.path, |name| &name.text);
        let message = format!("node `{node}` has `multipath`, and its disk `{disk}` is one path only");
        let help = "name the joined device: `/dev/mapper/mpatha`, or a link of `/dev/disk/by-id` such as `wwn-0x5000c500a0b1c2d3`";
        push(values, Code::V334, message, &place(), raw.installed.multipath.as_ref(), help);
    }
    let saves = !installed.save_labels.is_empty() || !installed.save_indexes.is_empty();
    if saves && DiskKind::of(disk) == DiskKind::Dasd {
        let message = format!("partitions of the DASD `{disk}` cannot be kept");
        let own = raw.installed.save_partlabel.first().or(raw.installed.save_partindex.first());
        let key = own.or(all.raw.save_partlabel.first()).or(all.raw.save_partindex.first());
        let help =
            "coreos-installer refuses this: remove `save_partlabel` and `save_partindex` for this node";
        push(values, Code::V335, message, &place(), key, help);
    }
}

fn push(values: &Values, code: Code, message: String, place: &Place, key: Option<&Scalar>, help: &str) {
    let mut diagnostic = Diagnostic::new(code, message).at(place, "on this disk");
    if let Some(key) = key {
        diagnostic = diagnostic.also(&values.at(key), "asked for here");
    }
    values.push(diagnostic.help(help));
}
