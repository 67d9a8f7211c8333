//! `okdboot.serve.loaders`: files on the machine that serves, which need not be this one.

use super::super::section::Scalar;
use super::value::Values;
use crate::diag::Code;
use crate::model::loaders::{Named, Slot};

/// Reads the path of a loader.
pub fn named(values: &Values, (slot, at): &(Slot, Scalar)) -> Option<Named> {
    let path = at.text.trim();
    if path.starts_with('/') && !path.ends_with('/') && !path.contains(char::is_control) {
        return Some(Named { slot: *slot, path: path.to_owned() });
    }
    let help = "write a path from the root on, such as `/usr/lib/ipxe/snponly.efi`";
    values.refuse(Code::V115, at, format!("`{path}` is no path of a loader"), help);
    None
}
