//! A cluster as a picture: SVG for people, Mermaid for pages that draw it themselves.

mod mermaid;
mod svg;

pub use mermaid::draw as mermaid;
pub use svg::draw as svg;

use crate::plan::Group;
use crate::text::Count;

/// The heading of a group.
fn heading(group: &Group) -> String {
    format!("{} ({})", group.role, Count(group.nodes.len(), "node"))
}
