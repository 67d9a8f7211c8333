//! `render --graph`: pictures that are always the same, whole, and readable.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::sandbox::{Sandbox, assert_same};
use crate::tool::{optional, succeed};
use crate::{blesses, names_in, project, read};

#[test]
fn the_example_is_drawn_as_it_was_looked_at_last() {
    for (form, path) in [("svg", "testdata/graph/example.svg"), ("mermaid", "testdata/graph/example.mmd")] {
        let ran =
            Sandbox::new().args(["render", "-q", "--example", "--graph", form]).run().status(0).stderr("");
        assert!(names_in(ran.path()).is_empty(), "a picture writes nothing");
        if blesses() {
            fs::write(project(path), ran.stdout_text()).unwrap();
        }
        assert_same(path, &read(path), &ran.stdout_text());
        let json =
            Sandbox::new().args(["render", "--example", "--graph", form, "--format", "json"]).run().status(0);
        let document: Value = serde_json::from_str(&json.stdout_text()).unwrap();
        assert_eq!(document["graph"], ran.stdout_text());
    }
}

/// Sixty nodes, some of which boot from the ISO or from their disks.
fn many() -> Sandbox {
    let mut vars = String::from(
        "disk: /dev/sda\nhelper: {name: helper, ipaddr: 10.0.0.5}\ndns: {domain: example.com, clusterid: edge}\n\
         okdboot: {ignition_base: \"https://boot.example.com\"}\n\
         bootstrap: {name: bootstrap, ipaddr: 10.0.0.10, macaddr: \"52:54:00:00:00:01\"}\nmasters:\n",
    );
    for at in 0..3 {
        vars += &format!(
            "  - {{name: master{at}, ipaddr: 10.0.0.{}, macaddr: \"52:54:00:00:01:0{at}\"}}\n",
            at + 11
        );
    }
    vars += "workers:\n";
    for at in 0..56 {
        let mac =
            if at % 20 == 7 { String::new() } else { format!(", macaddr: \"52:54:00:00:02:{at:02x}\"") };
        let mode = if at % 20 == 9 { ", mode: local" } else { "" };
        vars += &format!("  - {{name: worker{at}, ipaddr: 10.0.0.{}{mac}{mode}}}\n", at + 100);
    }
    Sandbox::new().vars(vars).file("okdboot.lock", read("testdata/render/static/okdboot.lock"))
}

/// The boxes of an SVG as (x, y, width, height), in its order, without the background.
fn boxes(svg: &str) -> Vec<(usize, usize, usize, usize)> {
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()?.parse().ok()
    };
    svg.lines()
        .filter(|line| line.starts_with("<rect x="))
        .map(|line| {
            let number = |name| attribute(line, name).unwrap();
            (number("x"), number("y"), number("width"), number("height"))
        })
        .collect()
}

#[test]
fn sixty_nodes_are_all_there_and_no_box_lies_over_another() {
    let svg = many().args(["render", "-q", "--graph", "svg"]).run().status(0).stdout_text();
    let mermaid = many().args(["render", "-q", "--graph", "mermaid"]).run().status(0).stdout_text();
    let names = (0..56).map(|at| format!("worker{at}")).chain((0..3).map(|at| format!("master{at}")));
    for name in names {
        assert_eq!(svg.matches(&format!(">{name}</text>")).count(), 1, "{name}");
        assert_eq!(mermaid.matches(&format!("[\"{name}<br/>")).count(), 1, "{name}");
    }
    for words in ["boots from the ISO", "boots from its disk"] {
        assert_eq!(svg.matches(words).count(), 3, "{words}");
    }
    let boxes = boxes(&svg);
    // Three servers, five groups, sixty nodes.
    assert_eq!(boxes.len(), 3 + 5 + 60);
    let distinct: BTreeSet<_> = boxes.iter().collect();
    assert_eq!(distinct.len(), boxes.len());
    for (at, (x, y, width, height)) in boxes.iter().enumerate() {
        for (left, top, w, h) in &boxes[at + 1..] {
            let apart = x + width <= *left || left + w <= *x || y + height <= *top || top + h <= *y;
            let inside = x <= left && y <= top && left + w <= x + width && top + h <= y + height;
            assert!(apart || inside, "{:?} lies over {:?}", boxes[at], (left, top, w, h));
        }
    }
}

#[test]
fn a_drawing_program_reads_it() {
    let Some(program) = optional("rsvg-convert") else { return };
    let sandbox = many();
    let svg = many().args(["render", "-q", "--graph", "svg"]).run().status(0).stdout_text();
    fs::write(sandbox.path().join("many.svg"), svg).unwrap();
    let png = sandbox.path().join("many.png");
    succeed(Command::new(program).arg(sandbox.path().join("many.svg")).arg("-o").arg(&png), "many.svg");
    assert!(fs::read(png).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_picture_is_not_mixed_with_other_ways_of_looking() {
    for flag in ["--check", "--diff", "--dry-run", "--force"] {
        Sandbox::new().args(["render", "--example", "--graph", "svg", flag]).run().status(2).stdout("");
    }
}
