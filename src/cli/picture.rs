//! A cluster as a picture: SVG for people, Mermaid for pages that draw it themselves.

mod mermaid;
mod svg;

pub use mermaid::draw as mermaid;
pub use svg::draw as svg;

use crate::plan::NodeGroup;
use crate::text::{Count, is_unprintable};

/// Writes a text with entities in the place of what has a meaning; what cannot be printed is left out.
fn escaped(text: &str, entity: impl Fn(char) -> Option<&'static str>) -> String {
    let printable = text.chars().filter(|c| !is_unprintable(*c));
    printable.map(|c| entity(c).map_or_else(|| c.to_string(), str::to_owned)).collect()
}

/// The heading of a group.
fn heading(group: &NodeGroup) -> String {
    format!("{} ({})", group.role, Count(group.nodes.len(), "node"))
}
