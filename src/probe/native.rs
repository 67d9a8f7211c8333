//! The daemons' own checkers: what dnsmasq, Kea, named, haproxy and others say of the files that were
//! rendered for them.
//!
//! They run in a folder that holds nothing but these files, before anything is published, or in the tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::model::path::RelPath;
use crate::text::escape;

/// A checker: the program, its arguments before the file, and which files it takes.
struct Checker {
    program: &'static str,
    args: &'static [&'static str],
    /// The folder, and how the file's name begins and ends.
    file: (&'static str, &'static str, &'static str),
    /// Whether only root may run it.
    is_roots: bool,
}

const fn checker(
    program: &'static str,
    args: &'static [&'static str],
    file: (&'static str, &'static str, &'static str),
) -> Checker {
    Checker { program, args, file, is_roots: false }
}

/// dnsmasq(8), kea-dhcp4(8), dhcpd(8), named-checkconf(8), haproxy(1), keepalived(8), chronyd(8), nft(8),
/// unbound-checkconf(8).
const CHECKERS: &[Checker] = &[
    checker("dnsmasq", &["--test", "-C"], ("services/dnsmasq", "dnsmasq", ".conf")),
    checker("kea-dhcp4", &["-t"], ("services/kea", "kea-dhcp4", ".conf")),
    checker("kea-dhcp6", &["-t"], ("services/kea", "kea-dhcp6", ".conf")),
    checker("dhcpd", &["-t", "-cf"], ("services/dhcpd", "dhcpd", ".conf")),
    checker("named-checkconf", &["-z"], ("services/bind", "named", ".conf")),
    checker("unbound-checkconf", &[], ("services/unbound", "", ".conf")),
    checker("haproxy", &["-c", "-f"], ("services/haproxy", "haproxy", ".cfg")),
    checker("keepalived", &["-t", "-f"], ("services/keepalived", "", ".conf")),
    checker("chronyd", &["-p", "-f"], ("services/chrony", "chrony", ".conf")),
    Checker { is_roots: true, ..checker("nft", &["-c", "-f"], ("services/firewall", "nftables", ".conf")) },
];

/// What a checker refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The program.
    pub program: &'static str,
    /// The file that it was given.
    pub path: RelPath,
    /// The file and the line that it names, where it names one; the line is from 1.
    pub place: Option<(String, usize)>,
    /// Its words, one line.
    pub said: String,
}

impl Refused {
    /// A daemon that a policy lets not read here, or that looks for an interface that another machine
    /// has, has not said anything of the file.
    fn is_of_this_machine(&self) -> bool {
        let is_absent = self.said.contains("nterface") && self.said.contains("doesn't exist");
        is_absent || self.said.contains("ermission denied")
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeCheck {
    /// What is refused.
    pub refused: Vec<Refused>,
    /// Programs that are not here, may only be run by root, or speak of this machine instead of the file.
    pub absent: BTreeSet<&'static str>,
}

/// Where what a file names is to be found while it is tried.
pub struct TrialPlaces<'a> {
    /// Where the files are tried.
    pub copy: &'a str,
    /// Where the tree is, for what is not among them: files of other clusters.
    pub tree: &'a str,
    /// The paths that files give for the tree; none is empty.
    pub roots: &'a BTreeSet<&'a str>,
    /// What is in the copy.
    pub copied: &'a BTreeSet<&'a str>,
}

impl TrialPlaces<'_> {
    /// Returns a file's text with the places that hold during the trial.
    pub fn placed(&self, text: &str) -> String {
        self.roots.iter().fold(text.to_owned(), |text, root| self.placed_below(&text, root))
    }

    fn placed_below(&self, text: &str, root: &str) -> String {
        let mut parts = text.split(root);
        let mut placed = parts.next().unwrap_or_default().to_owned();
        for rest in parts {
            let end = rest.find(|c: char| c.is_whitespace() || "\"';,:".contains(c)).unwrap_or(rest.len());
            let below = rest[..end].strip_prefix('/');
            let is_elsewhere = below.is_some_and(|path| !self.copied.contains(path));
            placed.push_str(if is_elsewhere { self.tree } else { self.copy });
            placed.push_str(rest);
        }
        placed
    }
}

/// The checkers of some files: those that are here, and the names of those that are not.
pub struct Programs {
    present: Vec<(&'static Checker, PathBuf)>,
    absent: BTreeSet<&'static str>,
}

impl Programs {
    /// Looks for those that have a file among these; `find` finds a program.
    pub fn of(paths: &[RelPath], find: &dyn Fn(&str) -> Option<PathBuf>) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let mut programs = Self { present: Vec::new(), absent: BTreeSet::new() };
        for checker in CHECKERS.iter().filter(|checker| paths.iter().any(|path| checker.takes(path))) {
            match find(checker.program).filter(|_| !checker.is_roots || is_root) {
                Some(program) => programs.present.push((checker, program)),
                None => {
                    programs.absent.insert(checker.program);
                }
            }
        }
        programs
    }

    /// Says whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// Runs them over the files of a folder.
    pub fn check(self, dir: &Path, paths: &[RelPath]) -> NativeCheck {
        let mut outcome = NativeCheck { absent: self.absent, ..NativeCheck::default() };
        for (checker, program) in self.present {
            let due = paths.iter().filter(|path| checker.takes(path));
            let found: Vec<Refused> = due.filter_map(|path| checker.run(&program, dir, path)).collect();
            if found.iter().any(Refused::is_of_this_machine) {
                outcome.absent.insert(checker.program);
            } else {
                outcome.refused.extend(found);
            }
        }
        outcome
    }
}

impl Checker {
    fn takes(&self, path: &RelPath) -> bool {
        let (folder, begin, end) = self.file;
        let (its, name) = path.split();
        its == folder && name.starts_with(begin) && name.ends_with(end)
    }

    /// Runs the program with the folder as its own: relative paths are relative to the output root.
    fn run(&self, program: &Path, dir: &Path, path: &RelPath) -> Option<Refused> {
        let mut command = Command::new(program);
        command.args(self.args).arg(path.as_str()).current_dir(dir);
        let output = command.stdin(Stdio::null()).env("LC_ALL", "C").output();
        let text = match output {
            Ok(output) if output.status.success() => return None,
            Ok(output) => {
                let text = [output.stderr, output.stdout].concat();
                String::from_utf8_lossy(&text).into_owned()
            }
            Err(error) => error.to_string(),
        };
        let said = telling(&text);
        let dir = format!("{}/", dir.display());
        let place = place(&said, path).map(|(file, line)| (file.replace(&dir, ""), line));
        Some(Refused {
            program: self.program,
            path: path.clone(),
            place,
            said: escape(&said).replace(&dir, ""),
        })
    }
}

/// Picks the line that tells most: one that speaks of a place or an error.
fn telling(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let has =
        |line: &&&str, words: &[&str]| words.iter().any(|word| line.to_ascii_lowercase().contains(word));
    let found = lines
        .iter()
        .find(|line| has(line, &["line ", ".conf:", ".cfg:", ".zone:"]) && !has(line, &[" info ", "notice"]))
        .or_else(|| lines.iter().find(|line| has(line, &["error", "fail", "unknown", "bad "])))
        .or(lines.first());
    found.map_or_else(|| "it gave no reason".to_owned(), |line| (*line).to_owned())
}

/// Finds the file and the line in a checker's words: `FILE:12`, `FILE line 12`, `line 12 of FILE`.
fn place(said: &str, path: &RelPath) -> Option<(String, usize)> {
    let words: Vec<&str> = said
        .split(|c: char| c.is_whitespace() || "()[]'\",".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let file = |word: &str| word.contains("services/").then(|| word.trim_end_matches(':').to_owned());
    for word in &words {
        let mut parts = word.split(':');
        let (name, line) = (parts.next()?, parts.next().unwrap_or_default());
        if let (Some(name), Ok(line)) =
            (file(name), line.split(['.', '-']).next().unwrap_or_default().parse())
        {
            return Some((name, line));
        }
    }
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("line"))?;
    let line = words.get(at + 1)?.trim_end_matches([':', '.']).parse().ok()?;
    let named = words.iter().find_map(|word| file(word));
    Some((named.unwrap_or_else(|| path.to_string()), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_the_copy_of_what_is_in_it_and_the_tree_for_all_else() {
        let places = TrialPlaces {
            copy: "/tmp/copy",
            tree: "/home/me/out",
            roots: &BTreeSet::from(["/srv/okdboot"]),
            copied: &BTreeSet::from(["services/bind/zones/a.zone"]),
        };
        let text = "directory \"/srv/okdboot\"; file \"/srv/okdboot/services/bind/zones/a.zone\";\n\
                    file \"/srv/okdboot/services/bind/zones/b.zone\"; /srv/other\n";
        let due = "directory \"/tmp/copy\"; file \"/tmp/copy/services/bind/zones/a.zone\";\n\
                   file \"/home/me/out/services/bind/zones/b.zone\"; /srv/other\n";
        assert_eq!(places.placed(text), due);
    }

    #[test]
    fn the_place_is_found_in_the_words_of_each_program() {
        let path: RelPath = "services/dhcpd/dhcpd.conf".parse().unwrap();
        for (said, file, line) in [
            (
                "dnsmasq: bad option at line 5 of /x/services/dnsmasq/conf.d/lab.conf",
                "/x/services/dnsmasq/conf.d/lab.conf",
                5,
            ),
            ("Error: syntax error at (services/kea/kea-dhcp4.conf:9:17)", "services/kea/kea-dhcp4.conf", 9),
            ("services/kea/kea-dhcp4.conf:12.5-9: syntax error", "services/kea/kea-dhcp4.conf", 12),
            ("services/dhcpd/dhcpd.conf line 12: semicolon expected.", "services/dhcpd/dhcpd.conf", 12),
            ("services/bind/named.conf:5: unknown option 'x'", "services/bind/named.conf", 5),
            (
                "[ALERT] (1) : config : parsing [services/haproxy/haproxy.cfg:23] : unknown",
                "services/haproxy/haproxy.cfg",
                23,
            ),
            ("(services/keepalived/h1.conf: Line 7) Unknown keyword 'x'", "services/keepalived/h1.conf", 7),
            (
                "Fatal error : Invalid directive at line 3 in file services/chrony/chrony.conf",
                "services/chrony/chrony.conf",
                3,
            ),
            (
                "services/firewall/nftables.conf:12:3-8: Error: syntax error",
                "services/firewall/nftables.conf",
                12,
            ),
            ("semicolon expected on line 4", "services/dhcpd/dhcpd.conf", 4),
        ] {
            assert_eq!(place(said, &path), Some((file.to_owned(), line)), "{said}");
        }
        assert_eq!(place("no reason", &path), None);
    }
}
