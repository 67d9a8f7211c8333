//! What is said of the installed system, each value by itself.

use super::super::raw::RawInstalled;
use super::super::section::Scalar;
use super::part::{consoles, kargs};
use super::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::boot::KernelArg;
use crate::model::console::Console;
use crate::model::disk::Paths;
use crate::model::installed::{IndexRange, LabelGlob};

/// What one mapping says of the installed system, and the live arguments beside it.
pub struct InstalledDraft<'a> {
    /// What the file says.
    pub raw: &'a RawInstalled,
    /// `kargs`, which are of the live boot.
    pub live: &'a [Scalar],
    /// `installed_console`; none at all where it says so.
    pub consoles: Option<Vec<Console>>,
    /// `installed_kargs`
    pub append: Vec<KernelArg>,
    /// `installed_kargs_delete`
    pub delete: Vec<KernelArg>,
    /// `multipath`
    pub paths: Option<Paths>,
    /// `save_partlabel`
    pub labels: Vec<LabelGlob>,
    /// `save_partindex`
    pub indexes: Vec<IndexRange>,
}

impl<'a> InstalledDraft<'a> {
    /// Reads the keys about the installed system.
    pub fn read(values: &Values, raw: &'a RawInstalled, live: &'a [Scalar]) -> Self {
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
