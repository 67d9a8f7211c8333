//! Mermaid, as GitHub and GitLab draw it.

use super::{escaped, heading};
use crate::plan::Graph;

/// Draws the clusters of a run, each in a box.
pub fn draw(graphs: &[Graph]) -> String {
    let mut text = String::from("flowchart LR\n");
    for (at, graph) in graphs.iter().enumerate() {
        text += &format!("  subgraph c{at}[\"{}\"]\n", escape(&graph.title));
        text += &cluster(at, graph);
        text += "  end\n";
    }
    text
}

fn cluster(cluster: usize, graph: &Graph) -> String {
    let mut text = String::new();
    for (at, server) in graph.servers.iter().enumerate() {
        let lines: Vec<String> =
            std::iter::once(&server.name).chain(&server.files).map(|line| escape(line)).collect();
        text += &format!("    c{cluster}s{at}[(\"{}\")]\n", lines.join("<br/>"));
    }
    for (at, group) in graph.groups.iter().enumerate() {
        text += &format!("    subgraph c{cluster}g{at}[\"{}\"]\n", escape(&heading(group)));
        for (number, node) in group.nodes.iter().enumerate() {
            let lines = [&node.name, &node.address, &node.boots].map(|line| escape(line));
            text += &format!("      c{cluster}g{at}n{number}[\"{}\"]\n", lines.join("<br/>"));
        }
        text += "    end\n";
        for (server, whats) in &group.fetches {
            text +=
                &format!("    c{cluster}g{at} -->|\"{}\"| c{cluster}s{server}\n", escape(&whats.join(", ")));
        }
    }
    text
}

/// Mermaid's entities are HTML's with `#` in the place of `&`.
fn escape(text: &str) -> String {
    escaped(text, |c| match c {
        '#' => Some("#35;"),
        '&' => Some("#amp;"),
        '"' => Some("#quot;"),
        '<' => Some("#lt;"),
        '>' => Some("#gt;"),
        '`' => Some("#96;"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_label() {
        assert_eq!(escape("a\"]<b>&#`c\n"), "a#quot;]#lt;b#gt;#amp;#35;#96;c");
    }
}
