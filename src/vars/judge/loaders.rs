//! `okdboot.serve.loaders`: files on the machine that serves, which need not be this one.

use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::Code;
use crate::model::loaders::{Named, Slot};

pub(super) fn check(values: &Values, raw: &[(Slot, Scalar)]) -> Vec<Named> {
    let is_named = |slot: Slot| raw.iter().any(|(other, _)| *other == slot);
    for (slot, at) in raw {
        if let Some(first) = slot.first().filter(|first| !is_named(*first)) {
            let message = format!("`{slot}` is what the shim of `{first}` starts, which is not set");
            let help = format!("set `okdboot.serve.loaders.{first}` to the shim, or take this out");
            values.refuse(Code::V115, at, message, &help);
        }
    }
    raw.iter().filter_map(|(slot, at)| named(values, *slot, at)).collect()
}

fn named(values: &Values, slot: Slot, at: &Scalar) -> Option<Named> {
    let path = at.text.trim();
    if path.starts_with('/') && !path.ends_with('/') && !path.contains(char::is_control) {
        return Some(Named { slot, path: path.to_owned() });
    }
    let help = "write a path from the root on, such as `/usr/lib/ipxe/snponly.efi`";
    values.refuse(Code::V115, at, format!("`{path}` is no path of a loader"), help);
    None
}
