//! What a person runs after files were put in place.

use super::{Action, PlaceStep, Placement, Rendered, Takes};

/// What the commands depend on besides the files.
#[derive(Clone, Copy, Debug)]
pub struct After<'a> {
    /// The root of the system, as it was given.
    pub root: &'a str,
    /// Where the tree stands.
    pub tree: &'a str,
    /// Whether files carry labels.
    pub has_selinux: bool,
    /// Whether firewalld is there.
    pub has_firewalld: bool,
}

/// Returns the commands in their order, one a line.
pub fn commands(placement: &Placement, files: &[Rendered], after: &After) -> Vec<String> {
    let enabled = list(units(placement, |step| matches!(step.action, Action::New | Action::Update)));
    if after.root != "/" {
        // Another system is not running: its daemons begin with it.
        let root = crate::text::shell_quote(after.root);
        return line(&format!("systemctl --root={root} enable"), &enabled).into_iter().collect();
    }
    let mut commands = labels(placement, after);
    let changed = |takes: Takes| {
        list(units(placement, move |step| step.daemon.takes == takes && step.action.is_change()))
    };
    let containers = containers(placement);
    commands.extend((!containers.is_empty()).then(|| "systemctl daemon-reload".to_owned()));
    commands.extend(line("systemctl enable", &enabled));
    commands.extend(line("systemctl reload-or-restart", &changed(Takes::Reload)));
    commands.extend(line("systemctl restart", &[changed(Takes::Restart), containers].concat()));
    commands.extend(firewall(placement, files, after));
    commands.extend(compose(files, after));
    let idle: Vec<String> = placement.idle.iter().filter_map(|it| it.unit).map(str::to_owned).collect();
    commands.extend(line("systemctl disable --now", &idle));
    commands
}

fn line(command: &str, words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| format!("{command} {}", words.join(" ")))
}

fn units<'a>(
    placement: &'a Placement,
    is_due: impl Fn(&PlaceStep) -> bool + 'a,
) -> impl Iterator<Item = &'a str> {
    let due = placement.steps.iter().filter(move |step| step.daemon.takes != Takes::Never && is_due(step));
    due.filter_map(|step| step.daemon.unit)
}

/// Each once, in their order.
fn list<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut list: Vec<String> = words.map(str::to_owned).collect();
    list.dedup();
    list
}

/// Units that podman makes of files (podman-systemd.unit(5)); they cannot be enabled.
fn containers(placement: &Placement) -> Vec<String> {
    let written = placement.steps.iter().filter(|step| step.action.is_change() && step.daemon.unit.is_none());
    let written = written.filter(|step| step.action != Action::Remove);
    written.filter_map(|step| step.to.split().1.strip_suffix(".container").map(str::to_owned)).collect()
}

/// A new file has the label of its folder; the policy may know a better one.
fn labels(placement: &Placement, after: &After) -> Vec<String> {
    if !after.has_selinux {
        return Vec::new();
    }
    let written = placement.steps.iter().filter(|step| matches!(step.action, Action::New | Action::Update));
    let paths: Vec<String> = written.map(|step| format!("/{}", step.to)).collect();
    let is_new = |step: &PlaceStep| step.daemon.name == "haproxy" && step.action.is_change();
    let ports = placement.steps.iter().any(is_new).then(|| "setsebool -P haproxy_connect_any=1".to_owned());
    line("restorecon", &paths).into_iter().chain(ports).collect()
}

fn firewall(placement: &Placement, files: &[Rendered], after: &After) -> Option<String> {
    let script = files.iter().find(|file| file.path.as_str() == "services/firewall/firewalld.sh");
    if let (true, Some(script)) = (after.has_firewalld, script) {
        return Some(format!("sh {}/{}", crate::text::shell_quote(after.tree), script.path));
    }
    let rules = placement.steps.iter().find(|step| step.daemon.takes == Takes::Never);
    rules.filter(|step| step.action.is_change()).map(|step| format!("nft -f /{}", step.to))
}

fn compose(files: &[Rendered], after: &After) -> Option<String> {
    let file = files.iter().find(|file| file.path.as_str() == "services/containers/compose.yaml")?;
    Some(format!("docker compose -f {}/{} up -d", crate::text::shell_quote(after.tree), file.path))
}
