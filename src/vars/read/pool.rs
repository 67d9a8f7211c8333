//! Whose Ignition file a node takes: that of its role, or one that vars.yaml names.

use super::super::raw::RawNode;
use super::super::section::Scalar;
use super::value::Values;
use crate::diag::Code;
use crate::model::pool::Pool;
use crate::model::role::Role;

/// Reads `ignition` or `pool` of a node: a name, with or without `.ign`, or `.bu` for Butane.
pub fn pool(values: &Values, role: Role, raw: &RawNode) -> Option<Pool> {
    let Some(scalar) = &raw.pool else { return Some(Pool::Role(role)) };
    let text = scalar.text.trim();
    let text = [".ign", ".bu"].iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(text);
    if text.contains('/') {
        let message = format!("`{}` is a path", scalar.text);
        let help =
            "write the name of a file in the folder of the cluster's Ignition files, such as `infra.ign`";
        values.refuse(Code::V109, scalar, message, help);
        return None;
    }
    let name = values.pool(&Scalar { text: text.to_owned(), ..scalar.clone() })?;
    match name.as_str().parse::<Role>() {
        Ok(named) if named == role => Some(Pool::Role(role)),
        // Machines of no cluster join none by it, and `node` is the name of a pool like any other there.
        Ok(named) if named == Role::Node || role == Role::Node => Some(Pool::Custom(name)),
        Ok(named) => {
            other_role(values, scalar, role, named);
            None
        }
        Err(_) => Some(Pool::Custom(name)),
    }
}

/// A machine with the file of another role would join as that.
fn other_role(values: &Values, scalar: &Scalar, role: Role, named: Role) {
    let message = format!("a {role} would take the Ignition file of a {named}");
    let help = format!("list the machine as a {named}, or remove the key: a {role} takes `{role}.ign`");
    values.refuse(Code::V247, scalar, message, &help);
}
