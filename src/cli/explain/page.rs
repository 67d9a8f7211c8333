//! A node as a page of text.

use super::Said;
use super::target::ExplainTarget;
use super::value::ValueRow;
use crate::cli::table::Table;
use crate::model::arch::Arch;
use crate::plan::{NodeView, PlannedNode, max_line};
use crate::text::escape;

/// The width beyond which a value does not move what says the others.
const MOST_VALUE: usize = 40;

/// What vars.yaml and its defaults say.
pub(super) fn values(found: &ExplainTarget, rows: &[ValueRow]) -> String {
    let head = format!(
        "{}: {} of cluster `{}`, {}\n\n",
        found.cluster().fqdn(found.node),
        found.node.role,
        found.cluster().id,
        found.node.place
    );
    let cells = |row: &ValueRow| [row.name.to_owned(), escape(&row.value), row.origin()];
    head + &Table::indented("  ").at_most(MOST_VALUE).print(rows.iter().map(cells))
}

/// What was planned for it.
pub(super) fn plan(planned: &PlannedNode, arch: Arch, about: &NodeView, (release, butane): Said) -> String {
    let mut text = String::new();
    match &planned.line {
        Some(line) => {
            let counted =
                if arch.boots_parm() { "characters of a parm file" } else { "bytes with its closing NUL" };
            text +=
                &format!("\nkernel command line, {} of {} {counted}\n", planned.line_bytes, max_line(arch));
            text.extend(line.args().iter().map(|arg| format!("  {arg}\n")));
        }
        None => text += &format!("\nno kernel command line: {}\n", why_none(planned)),
    }
    text += "\nasks for\n";
    text.extend(about.requests.iter().map(|request| format!("  {:9}  {}\n", request.what, request.url)));
    if let Some(butane) = butane {
        text += &format!("\nits Ignition file is what butane makes of {}\n", escape(butane));
    }
    if let Some(enforcement) = &about.enforcement {
        text += &format!("\n{enforcement}\n");
    }
    if !about.artifacts.is_empty() {
        text += &format!("\nboots release {}\n", release.unwrap_or("that vars.yaml names"));
        text.extend(about.image.iter().map(|image| format!("  {image}\n")));
        for (kind, artifact) in &about.artifacts {
            let digest = artifact.digest.map_or_else(
                || "no digest known".to_owned(),
                |digest| format!("sha256 {} ({})", digest.sha256, digest.origin),
            );
            text += &format!("  {:9}  {}\n  {:9}  {digest}\n", kind.as_str(), artifact.name, "");
        }
    }
    text += "\nfiles below the output root\n";
    text.extend(about.files.iter().map(|file| format!("  {:9}  {}\n", file.owner.kind.as_str(), file.path)));
    text
}

fn why_none(planned: &PlannedNode) -> &'static str {
    use crate::model::settings::Mode;
    if planned.mode == Mode::Local { "it boots from its disk" } else { "it has no network boot file" }
}
