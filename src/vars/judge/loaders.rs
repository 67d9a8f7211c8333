//! `okdboot.serve.loaders`: what a shim starts needs the shim.

use super::super::read::value::Values;
use super::super::section::Scalar;
use crate::diag::Code;
use crate::model::loaders::Slot;

/// Reports a loader whose shim is not set.
pub(super) fn check(values: &Values, raw: &[(Slot, Scalar)]) {
    let is_named = |slot: Slot| raw.iter().any(|(other, _)| *other == slot);
    for (slot, at) in raw {
        if let Some(first) = slot.first().filter(|first| !is_named(*first)) {
            let message = format!("`{slot}` is what the shim of `{first}` starts, which is not set");
            let help = format!("set `okdboot.serve.loaders.{first}` to the shim, or take this out");
            values.refuse(Code::V115, at, message, &help);
        }
    }
}
