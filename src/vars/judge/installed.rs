//! The installed system of a node: what holds for all nodes, what it says itself, and what of it cannot be
//! or is said twice.

use super::super::raw::RawNode;
use super::super::read::installed::InstalledDraft;
use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::{Code, Diagnostic, Place};
use crate::model::channel::DiskKind;
use crate::model::disk::{InstallDisk, Paths};
use crate::model::installed::{Installed, InstalledConsoles, MULTIPATH};

/// Joins what holds for all nodes and what a node says itself; its own comes after, and wins where there
/// is only one.
pub(super) fn check(
    values: &Values,
    (raw, disk): (&RawNode, Option<&InstallDisk>),
    all: &InstalledDraft,
    own: &InstalledDraft,
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
pub(super) fn said_twice(values: &Values, keys: &InstalledDraft, args: &InstalledDraft) {
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
fn fits(values: &Values, installed: &Installed, (raw, disk): (&RawNode, &InstallDisk), all: &InstalledDraft) {
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
