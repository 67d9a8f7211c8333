//! SVG, laid out by hand: who is fetched from stands left, who fetches stands right, and each server has
//! a colour of its own that its lines and its words have too.

use super::{escaped, heading};
use crate::plan::{Graph, NodeGroup, Server};

/// Colours that people who see no red or no green tell apart (Okabe and Ito), dark enough for text.
const COLOURS: [&str; 5] = ["#0072b2", "#b34700", "#007a5a", "#8f4a78", "#5c5c00"];

const WIDTH: usize = 1180;
const MARGIN: usize = 20;
const LINE: usize = 18;
const SERVER_WIDTH: usize = 400;
const GROUP_LEFT: usize = 500;
const GROUP_WIDTH: usize = WIDTH - GROUP_LEFT - MARGIN;
const COLUMNS: usize = 4;
const CELL_HEIGHT: usize = 62;
const GAP: usize = 10;
/// Characters of a line in a server's box.
const FITS: usize = 56;

/// Draws the clusters of a run, one below the other.
pub fn draw(graphs: &[Graph]) -> String {
    let (mut body, mut top) = (String::new(), MARGIN);
    for graph in graphs {
        let (drawn, height) = cluster(graph, top);
        body += &drawn;
        top += height + MARGIN;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{top}\" viewBox=\"0 0 {WIDTH} {top}\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{top}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn cluster(graph: &Graph, top: usize) -> (String, usize) {
    let mut text = words(MARGIN, top + LINE, &graph.title, "font-size=\"18\" font-weight=\"bold\"");
    let below = top + 2 * LINE;
    let servers = stacked(below, graph.servers.iter().map(server_height));
    let groups = stacked(below, graph.groups.iter().map(group_height));
    for (group, at) in graph.groups.iter().zip(&groups) {
        for (number, (server, _)) in group.fetches.iter().enumerate() {
            text += &edge(*server, servers[*server], graph.servers.len(), *at + 38 + number * LINE);
        }
    }
    for (at, (server, y)) in graph.servers.iter().zip(&servers).enumerate() {
        text += &server_box(server, at, *y);
    }
    for (group, y) in graph.groups.iter().zip(&groups) {
        text += &group_box(group, *y);
    }
    let end = |tops: &[usize], last: usize| tops.last().map_or(below, |y| y + last);
    let left = end(&servers, graph.servers.last().map_or(0, server_height));
    let right = end(&groups, graph.groups.last().map_or(0, group_height));
    (text, left.max(right) - top)
}

/// Where boxes of these heights begin, one below the other.
fn stacked(top: usize, heights: impl Iterator<Item = usize>) -> Vec<usize> {
    let place = |next: &mut usize, height: usize| {
        let top = *next;
        *next += height + 2 * GAP;
        Some(top)
    };
    heights.scan(top, place).collect()
}

fn server_height(server: &Server) -> usize {
    (server.files.len() + 1) * LINE + 2 * GAP
}

fn group_height(group: &NodeGroup) -> usize {
    let rows = group.nodes.len().div_ceil(COLUMNS);
    LINE + GAP + group.fetches.len() * LINE + rows * (CELL_HEIGHT + GAP) + GAP
}

/// A line from a group to a server, each server in a lane of its own.
fn edge(server: usize, server_top: usize, servers: usize, y: usize) -> String {
    let lane =
        MARGIN + SERVER_WIDTH + 20 + server * (GROUP_LEFT - MARGIN - SERVER_WIDTH - 40) / servers.max(1);
    let (end, start, target) = (MARGIN + SERVER_WIDTH, GROUP_LEFT, server_top + LINE);
    format!(
        "<path d=\"M{start} {y} H{lane} V{target} H{end}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n\
         <path d=\"M{end} {target} l8 -4 v8 z\" fill=\"{}\"/>\n",
        colour(server),
        colour(server)
    )
}

fn server_box(server: &Server, at: usize, y: usize) -> String {
    let mut text = rect(MARGIN, y, SERVER_WIDTH, server_height(server), "#ffffff", colour(at));
    let bold = format!("font-weight=\"bold\" fill=\"{}\"", colour(at));
    text += &words(MARGIN + GAP, y + LINE + 4, &cut(&server.name), &bold);
    for (number, file) in server.files.iter().enumerate() {
        text += &words(MARGIN + GAP, y + (number + 2) * LINE + 4, &cut(file), "font-size=\"11\"");
    }
    text
}

fn group_box(group: &NodeGroup, y: usize) -> String {
    let mut text = rect(GROUP_LEFT, y, GROUP_WIDTH, group_height(group), "#f4f4f4", "#777777");
    text += &words(GROUP_LEFT + GAP, y + LINE + 2, &heading(group), "font-weight=\"bold\" font-size=\"14\"");
    for (number, (server, whats)) in group.fetches.iter().enumerate() {
        let fill = format!("fill=\"{}\"", colour(*server));
        text += &words(GROUP_LEFT + GAP, y + 42 + number * LINE, &whats.join(", "), &fill);
    }
    let cells = y + LINE + 2 * GAP + group.fetches.len() * LINE;
    let width = (GROUP_WIDTH - (COLUMNS + 1) * GAP) / COLUMNS;
    for (number, node) in group.nodes.iter().enumerate() {
        let x = GROUP_LEFT + GAP + (number % COLUMNS) * (width + GAP);
        let y = cells + (number / COLUMNS) * (CELL_HEIGHT + GAP);
        text += &rect(x, y, width, CELL_HEIGHT, "#ffffff", "#aaaaaa");
        text += &words(x + 8, y + 18, &short(&node.name), "font-weight=\"bold\"");
        text += &words(x + 8, y + 35, &node.address, "");
        text += &words(x + 8, y + 52, &node.boots, "font-size=\"11\" fill=\"#444444\"");
    }
    text
}

fn colour(server: usize) -> &'static str {
    COLOURS[server % COLOURS.len()]
}

fn rect(x: usize, y: usize, width: usize, height: usize, fill: &str, stroke: &str) -> String {
    format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\" fill=\"{fill}\" stroke=\"{stroke}\"/>\n"
    )
}

fn words(x: usize, y: usize, text: &str, style: &str) -> String {
    let style = if style.is_empty() { String::new() } else { format!(" {style}") };
    format!("<text x=\"{x}\" y=\"{y}\"{style}>{}</text>\n", escape(text))
}

/// Names of images differ at both ends, so the middle is left out.
fn cut(text: &str) -> String {
    shortened(text, FITS)
}

fn short(name: &str) -> String {
    shortened(name, 17)
}

fn shortened(text: &str, most: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= most {
        return text.to_owned();
    }
    let (head, tail) = (most / 2, most - most / 2 - 1);
    let ends = [&chars[..head], &['…'], &chars[chars.len() - tail..]];
    ends.concat().into_iter().collect()
}

fn escape(text: &str) -> String {
    escaped(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_the_text() {
        assert_eq!(escape("<a b=\"c\">&'\u{1}"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("abcdefghij", 7), "abc…hij");
        assert_eq!(shortened("abc", 7), "abc");
    }
}
