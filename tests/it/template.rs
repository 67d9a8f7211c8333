//! docs/templates.md against the program: every field that a template may use, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::read;
use crate::sandbox::{Ran, Sandbox};

/// The fields in the first column of the table below a heading.
fn documented(heading: &str) -> BTreeSet<String> {
    let text = read("docs/templates.md");
    let section = text.split("\n## ").find(|part| part.starts_with(heading)).unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

/// The fields of a struct as its source declares them.
fn fields(path: &str, name: &str) -> Vec<String> {
    let text = read(path);
    let body = text.split(&format!("struct {name} {{")).nth(1).unwrap().split('}').next().unwrap();
    let declared = body.lines().filter(|line| !line.trim().starts_with("//"));
    let names = declared.filter_map(|line| line.trim().split_once(": "));
    names.map(|(name, _)| name.rsplit(' ').next().unwrap().to_owned()).collect()
}

fn below(prefix: &str, names: Vec<String>) -> impl Iterator<Item = String> {
    names.into_iter().map(move |name| format!("{prefix}{name}"))
}

#[test]
fn every_field_of_a_context_is_documented_and_no_other() {
    let loader = "src/plan/output/loader.rs";
    let mut node: BTreeSet<String> = fields(loader, "Context").into_iter().collect();
    node.extend(below("node.", fields(loader, "NodeContext")));
    assert!(node.remove("node"));
    assert_eq!(documented("What a node's template knows"), node);

    let command = "src/plan/output/commands.rs";
    let mut cluster: BTreeSet<String> = fields(command, "Context").into_iter().collect();
    cluster.extend(below("nodes[].", fields(command, "Printed")));
    assert_eq!(documented("What the commands template knows"), cluster);

    let view = "src/plan/output/services/view.rs";
    let mut services: BTreeSet<String> = fields(view, "Context").into_iter().collect();
    services.extend(below("helper.", fields(view, "HelperView")));
    services.extend(below("network.", fields("src/plan/output/services/view/network.rs", "NetworkView")));
    services.extend(below("time_servers[].", fields(view, "TimeView")));
    services.extend(below("hosts[].", fields(view, "HostView")));
    services.extend(below("aliases[].", fields(view, "AliasView")));
    services.extend(below("api_hosts[].", fields(view, "BackendView")));
    services.extend(below("loaders[].", fields("src/plan/output/services/view/loader.rs", "LoaderView")));
    assert_eq!(documented("What a cluster's template of services knows"), services);
}

#[test]
fn every_template_is_documented() {
    let text = read("docs/templates.md");
    for path in crate::files_below("templates") {
        let name = path.strip_prefix("templates/").unwrap();
        assert!(text.contains(&format!("| `{name}` |")), "{name}");
    }
}

fn with_template(name: &str, text: &str) -> Ran {
    let args = ["render", "--example", "--templates", "mine", "-o", "out", "--quiet"];
    Sandbox::new().file(&format!("mine/{name}"), text).args(args).run()
}

#[test]
fn every_documented_field_can_be_printed() {
    let mut text = String::new();
    for field in documented("What a node's template knows") {
        writeln!(text, "{field} = {{{{ {field} }}}}").unwrap();
    }
    for name in ["pxelinux/node.j2", "ipxe/node.j2", "grub/node.j2"] {
        with_template(name, &text).status(0);
    }
    let ran = with_template("grub/node.j2", &text);
    let path = ran.join("out/tftpboot/grub.cfg-01-52-54-00-f4-26-a1");
    let made = std::fs::read_to_string(path).unwrap();
    assert!(made.contains("\nnode.name = worker0\n"), "{made}");

    let mut text = "{{ cluster }}\n{% for node in nodes %}\n".to_owned();
    for field in documented("What the commands template knows") {
        if let Some(field) = field.strip_prefix("nodes[].") {
            writeln!(text, "{{{{ node.{field} }}}}").unwrap();
        }
    }
    with_template("commands/cluster.j2", &(text + "{% endfor %}\n")).status(0);
}

#[test]
fn what_is_not_documented_is_refused() {
    let ran = with_template("ipxe/node.j2", "#!ipxe\n{{ node.serial }}\n").status(3);
    assert!(ran.stderr_text().contains("mine/ipxe/node.j2:2: "), "{}", ran.stderr_text());
    ran.expect_absent("out/http");
    with_template("ipxe/node.j2", "{{ node }}").status(3);
    with_template("ipxe/node.j2", "{% include 'grub/node.j2' %}{% import 'x' as y %}").status(3);
    let ran = with_template("ipxe/nod.j2", "").status(3);
    assert!(ran.stderr_text().contains("did you mean `ipxe/node.j2`?"), "{}", ran.stderr_text());
    let endless = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
    with_template("ipxe/node.j2", endless).status(3);
}

#[test]
fn the_documented_replacement_renders() {
    let text = read("docs/templates.md");
    let block = text.split("```jinja\n").nth(1).unwrap().split("```").next().unwrap();
    let ran = with_template("grub/node.j2", block).status(0);
    let made = std::fs::read_to_string(ran.join("out/tftpboot/grub.cfg-01-52-54-00-f4-26-a1")).unwrap();
    assert!(made.contains("menuentry 'Install worker0 to /dev/vda' {\n    linux /scos-"), "{made}");
}
