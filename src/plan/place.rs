//! Where the files of the services go on a helper, decided from what stands there.
//!
//! A file of a person is never replaced unasked: okdboot's goes beside it, and the line that names it is
//! said. What okdboot wrote before, and what a package brought and nobody changed, is replaced.

mod after;
mod daemon;

use std::collections::BTreeSet;

pub use after::{After, commands};
pub use daemon::{Daemon, Takes};

use super::tree::{Standing, Tree};
use crate::model::distribution::Family;
use crate::model::path::RelPath;
use daemon::{Aside, Home, daemons};

/// A rendered file, read from the tree.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Where it stands in the tree.
    pub path: RelPath,
    /// What it says.
    pub text: String,
}

/// What the decision is made from besides the files.
pub struct TargetHost<'a> {
    /// The root file system.
    pub tree: &'a dyn Tree,
    /// Its distribution's family.
    pub family: Family,
    /// The name of this helper, for files that each helper has its own of.
    pub name: &'a str,
    /// Says whether a file is as its package brought it.
    pub is_pristine: &'a dyn Fn(&RelPath, &[u8]) -> bool,
    /// Whether files of a person are replaced.
    pub force: bool,
}

/// What becomes of a file of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing stood there.
    New,
    /// Something else stands there.
    Update,
    /// It is as it shall be.
    Same,
    /// It is of a cluster that is gone.
    Remove,
    /// It is a person's, and there is no other place.
    Kept,
    /// Something is in the way.
    Blocked(String),
}

/// One file of the host.
#[derive(Clone, Debug)]
pub struct PlaceStep {
    /// Whose file it is.
    pub daemon: &'static Daemon,
    /// Where it comes from; nothing where it goes.
    pub from: Option<RelPath>,
    /// Where it stands on the host.
    pub to: RelPath,
    /// What it shall say.
    pub text: String,
    /// What becomes of it.
    pub action: Action,
}

/// A line that a person has to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The file.
    pub into: RelPath,
    /// The line.
    pub line: &'static str,
}

/// What is to be done on a host.
#[derive(Debug, Default)]
pub struct Placement {
    /// Files, in the order of daemons and names.
    pub steps: Vec<PlaceStep>,
    /// Lines to add by hand.
    pub lines: Vec<Line>,
    /// Daemons whose package is not there.
    pub absent: Vec<&'static Daemon>,
    /// Daemons whose own file is okdboot's, and which nothing is rendered for any more.
    pub idle: Vec<&'static Daemon>,
    /// Lines that name a file of okdboot which nothing is rendered for any more.
    pub stale: Vec<Line>,
}

impl Action {
    /// Returns its word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Update => "update",
            Self::Same => "same",
            Self::Remove => "remove",
            Self::Kept => "kept",
            Self::Blocked(_) => "blocked",
        }
    }

    /// Says whether something is written or removed.
    pub fn is_change(&self) -> bool {
        matches!(self, Self::New | Self::Update | Self::Remove)
    }
}

/// Decides what becomes of each file of the host.
pub fn place(files: &[Rendered], host: &TargetHost) -> Placement {
    let mut placement = Placement::default();
    for daemon in daemons(host.family) {
        placement.daemon(daemon, files, host);
    }
    placement
}

/// A file, its place in the tree's terms and on the host.
type Due<'a> = (&'static Home, &'a Rendered, RelPath);

/// The files of a daemon that are due on this host.
fn due<'a>(daemon: &'static Daemon, files: &'a [Rendered], host: &TargetHost) -> Vec<Due<'a>> {
    let of = |home: &'static Home| {
        files.iter().filter_map(move |file| {
            let name = stem(home.from, file.path.as_str())?;
            // One place for files of several helpers: it takes this helper's.
            let is_ours = home.to.contains('*') || !home.from.contains('*') || name == host.name;
            let to = home.to.replace('*', name).parse().ok()?;
            is_ours.then_some((home, file, to))
        })
    };
    daemon.homes.iter().flat_map(of).collect()
}

/// Returns what stands for `*`; an empty text where the pattern has none and is the path.
fn stem<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        None => (pattern == path).then_some(""),
        Some((before, after)) => {
            let name = path.strip_prefix(before)?.strip_suffix(after)?;
            (!name.is_empty() && !name.contains('/')).then_some(name)
        }
    }
}

/// Says whether a daemon runs in a container of this tree, which mounts its file from there.
fn is_contained(daemon: &Daemon, files: &[Rendered]) -> bool {
    let unit = format!("services/containers/{}.container", daemon.name);
    let service = format!("\n  {}:\n", daemon.name);
    let is_compose = |file: &Rendered| file.path.as_str() == "services/containers/compose.yaml";
    files.iter().any(|file| file.path.as_str() == unit || (is_compose(file) && file.text.contains(&service)))
}

fn is_absent(host: &TargetHost, path: &str) -> bool {
    let standing = path.parse().map(|path: RelPath| host.tree.look(&path));
    standing.is_ok_and(|standing| standing == Standing::Absent)
}

/// A host has one of the two; firewalld's rules are commands, not a file.
fn is_firewalld(daemon: &Daemon, host: &TargetHost) -> bool {
    daemon.name == "nftables" && has_firewalld(host.tree)
}

/// Says whether firewalld is there.
pub fn has_firewalld(tree: &dyn Tree) -> bool {
    "etc/firewalld".parse().is_ok_and(|path: RelPath| tree.look(&path) != Standing::Absent)
}

/// Says whether the daemon's own file is okdboot's.
fn is_all_ours(daemon: &Daemon, host: &TargetHost) -> bool {
    let places = daemon.homes.iter().filter(|home| home.aside.is_none_or(|aside| aside.to != home.to));
    let mut places = places.map(|home| home.to).filter(|to| !to.contains('*'));
    places.any(|path| found(host, path).is_some_and(|text| is_ours(&text)))
}

/// Returns the lines of a person's files that name a file of okdboot.
fn named_by_a_person(daemon: &Daemon, host: &TargetHost) -> Vec<Line> {
    let line = |aside: Aside| {
        let into = aside.into.parse().ok()?;
        is_named(host, aside).then_some(Line { into, line: aside.line })
    };
    daemon.homes.iter().filter_map(|home| line(home.aside?)).collect()
}

fn is_named(host: &TargetHost, aside: Aside) -> bool {
    found(host, aside.into).is_some_and(|text| text.lines().any(|line| line.trim() == aside.line))
}

fn found(host: &TargetHost, path: &str) -> Option<String> {
    match host.tree.look(&path.parse().ok()?) {
        Standing::File(found) => Some(String::from_utf8_lossy(&found.bytes).into_owned()),
        _ => None,
    }
}

/// Every file of services says that it is okdboot's: in a comment, or where Kea keeps such words.
fn is_ours(text: &str) -> bool {
    ["`okdboot render` writes", "# okdboot: cluster ", "\"okdboot-cluster\""]
        .iter()
        .any(|it| text.contains(it))
}

impl Placement {
    fn daemon(&mut self, daemon: &'static Daemon, files: &[Rendered], host: &TargetHost) {
        // A container mounts its file from the tree.
        let due = if is_contained(daemon, files) { Vec::new() } else { due(daemon, files, host) };
        let stale = if due.is_empty() { named_by_a_person(daemon, host) } else { Vec::new() };
        if due.is_empty() && is_all_ours(daemon, host) {
            // Until it is switched off, it reads what its file names.
            self.idle.push(daemon);
        } else if !stale.is_empty() {
            // It reads what the line names as long as that stands there.
            self.stale.extend(stale);
        } else if !due.is_empty() && is_absent(host, daemon.sign) {
            self.absent.extend((!is_firewalld(daemon, host)).then_some(daemon));
        } else if !is_firewalld(daemon, host) {
            for (home, file, to) in due {
                self.file(daemon, home, file, to, host);
            }
            self.gone(daemon, files, host);
        }
    }

    fn file(
        &mut self,
        daemon: &'static Daemon,
        home: &'static Home,
        file: &Rendered,
        to: RelPath,
        host: &TargetHost,
    ) {
        let text = placed(host.family, file);
        let action = action(host, &to, &text);
        let aside = home.aside.filter(|aside| action == Action::Kept || aside.to == home.to);
        match aside {
            Some(aside) => self.aside(daemon, aside, (file, text), host),
            None => self.steps.push(PlaceStep { daemon, from: Some(file.path.clone()), to, text, action }),
        }
    }

    /// Puts a file beside a person's, whose file has to name it.
    fn aside(
        &mut self,
        daemon: &'static Daemon,
        aside: Aside,
        (file, text): (&Rendered, String),
        host: &TargetHost,
    ) {
        let (Ok(to), Ok(into)) = (aside.to.parse::<RelPath>(), aside.into.parse::<RelPath>()) else { return };
        let text = if daemon.name == "BIND" { zones(&text) } else { text };
        let action = action(host, &to, &text);
        if !is_named(host, aside) {
            self.lines.push(Line { into, line: aside.line });
        }
        self.steps.push(PlaceStep { daemon, from: Some(file.path.clone()), to, text, action });
    }

    /// Takes away what stands at places with a name in them and is of no cluster any more.
    fn gone(&mut self, daemon: &'static Daemon, files: &[Rendered], host: &TargetHost) {
        for home in daemon.homes.iter().filter(|home| home.to.contains('*')) {
            let due: BTreeSet<&str> =
                files.iter().filter_map(|file| stem(home.from, file.path.as_str())).collect();
            let Some((folder, _)) = home.to.rsplit_once('/') else { continue };
            let names = folder.parse().map(|folder| host.tree.names(&folder)).unwrap_or_default();
            for path in names.iter().map(|name| format!("{folder}/{name}")) {
                let is_gone = stem(home.to, &path).is_some_and(|name| !due.contains(name))
                    && found(host, &path).is_some_and(|text| is_ours(&text));
                if let (true, Ok(to)) = (is_gone, path.parse()) {
                    self.steps.push(PlaceStep {
                        daemon,
                        from: None,
                        to,
                        text: String::new(),
                        action: Action::Remove,
                    });
                }
            }
        }
    }
}

fn action(host: &TargetHost, to: &RelPath, text: &str) -> Action {
    match host.tree.look(to) {
        Standing::Absent => Action::New,
        Standing::File(found) if found.bytes == text.as_bytes() => Action::Same,
        Standing::File(found) => {
            let is_free = host.force || is_ours(&String::from_utf8_lossy(&found.bytes));
            let is_free = is_free || (host.is_pristine)(to, &found.bytes);
            if is_free { Action::Update } else { Action::Kept }
        }
        Standing::Other(obstacle) => Action::Blocked(obstacle.to_string()),
        Standing::Unreadable(why) => Action::Blocked(why),
    }
}

/// Returns a file's text with the places of the host instead of those of the tree.
fn placed(family: Family, file: &Rendered) -> String {
    match file.path.as_str() {
        "services/dnsmasq/dnsmasq.conf" => lines(&file.text, |line| {
            let name = line.strip_prefix("conf-file=")?.rsplit_once("/services/dnsmasq/conf.d/")?.1;
            Some(format!("conf-file=/etc/dnsmasq.d/okdboot/{name}"))
        }),
        "services/bind/named.conf" => named(family, &file.text),
        _ => file.text.clone(),
    }
}

fn named(family: Family, text: &str) -> String {
    let (directory, zones) = match family {
        Family::Debian => ("/var/cache/bind", "/etc/bind/okdboot"),
        Family::RedHat => ("/var/named", "/var/named/okdboot"),
    };
    lines(text, |line| {
        if line.starts_with("    directory \"") {
            return Some(format!("    directory \"{directory}\";"));
        }
        let (before, rest) = line.split_once("file \"")?;
        let (_, name) = rest.split_once("/services/bind/zones/")?;
        line.starts_with("zone ").then(|| format!("{before}file \"{zones}/{name}"))
    })
}

/// What a named.conf of somebody else can take: the zones alone, since it has options already.
fn zones(text: &str) -> String {
    let head = "// Zones. `okdboot render` writes this file: change vars.yaml, not this.\n";
    let zones = text.lines().filter(|line| line.starts_with("zone "));
    zones.fold(head.to_owned(), |text, line| text + line + "\n")
}

/// Changes some lines of a text.
fn lines(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    text.lines().map(|line| change(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

#[cfg(test)]
mod tests;
