//! What packages brought: whether a configuration file is still as its package has it.
//!
//! dpkg keeps the md5 of each conffile in `/var/lib/dpkg/status` (deb-conffiles(5)), ucf that of those that
//! it manages in `/var/lib/ucf/hashfile` (ucf(1)); rpm is asked (`rpm --verify`, rpm(8)).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use md5::{Digest as _, Md5};

use crate::model::path::RelPath;

/// What the packages of a system say.
pub struct Packages {
    root: PathBuf,
    /// `md5 path` of every file that dpkg and ucf know.
    known: BTreeSet<(String, String)>,
    rpm: Option<PathBuf>,
}

impl Packages {
    /// Reads what there is below a root file system; `rpm` is the program, where it is installed.
    pub fn read(root: &Path, rpm: Option<PathBuf>) -> Self {
        let text = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
        let mut known: BTreeSet<_> = text("var/lib/dpkg/status").lines().filter_map(conffile).collect();
        known.extend(text("var/lib/ucf/hashfile").lines().filter_map(hashed));
        // rpm takes an absolute one only.
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        Self { root, known, rpm }
    }

    /// Says whether a file that holds these bytes is as its package brought it; not, where nobody knows.
    pub fn is_pristine(&self, path: &RelPath, bytes: &[u8]) -> bool {
        let md5: String = Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        self.known.contains(&(md5, format!("/{path}"))) || self.rpm_says_so(path) == Some(true)
    }

    /// Asks rpm; nothing where it does not know the file.
    fn rpm_says_so(&self, path: &RelPath) -> Option<bool> {
        let path = format!("/{path}");
        let run = |args: &[&str]| {
            let mut command = Command::new(self.rpm.as_ref()?);
            command.arg("--root").arg(&self.root).args(args).arg(&path);
            command.stdin(Stdio::null()).stderr(Stdio::null()).env("LC_ALL", "C").output().ok()
        };
        run(&["--query", "--file"])?.status.success().then_some(())?;
        let said = run(&["--verify", "--nodeps", "--noscripts", "--file"])?;
        Some(!String::from_utf8_lossy(&said.stdout).lines().any(|line| has_changed(line, &path)))
    }
}

/// A line below `Conffiles:` of the status file: ` /etc/x 0123...`; one that is `obsolete` or not there yet
/// (`newconffile`) is none.
fn conffile(line: &str) -> Option<(String, String)> {
    let (path, md5) = line.strip_prefix(" /")?.split_once(' ')?;
    is_md5(md5).then(|| (md5.to_owned(), format!("/{path}")))
}

/// A line of ucf: `0123...  /etc/x`.
fn hashed(line: &str) -> Option<(String, String)> {
    let (md5, path) = line.split_once(char::is_whitespace)?;
    is_md5(md5).then(|| (md5.to_owned(), path.trim().to_owned()))
}

fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A line of `rpm --verify`: nine letters, of which the third is `5` where the digest differs, and the path.
fn has_changed(line: &str, path: &str) -> bool {
    let differs = line.as_bytes().get(2) == Some(&b'5') || line.starts_with("missing");
    differs && line.split_whitespace().next_back() == Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conffiles_are_known_by_their_digest() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        // md5 of "a\n" and of "b\n".
        let (a, b) = ("60b725f10c9c85c70d97880dfe8191b3", "3b5d5c3712955042212316173ccf37be");
        let status = format!(
            "Package: haproxy\nConffiles:\n /etc/haproxy/haproxy.cfg {a}\n /etc/old.conf {a} obsolete\n \
             /etc/new.conf newconffile\nDescription: x\n /etc/no.conf is mentioned\n"
        );
        write("var/lib/dpkg/status", &status);
        write("var/lib/ucf/hashfile", &format!("{b}  /etc/chrony/chrony.conf\nnonsense\n"));
        let packages = Packages::read(root.path(), None);
        let pristine = |path: &str, text: &str| packages.is_pristine(&path.parse().unwrap(), text.as_bytes());
        assert!(pristine("etc/haproxy/haproxy.cfg", "a\n"));
        assert!(!pristine("etc/haproxy/haproxy.cfg", "b\n"));
        assert!(pristine("etc/chrony/chrony.conf", "b\n"));
        assert!(!pristine("etc/chrony/chrony.conf", "a\n"));
        for other in ["etc/old.conf", "etc/new.conf", "etc/no.conf", "etc/other"] {
            assert!(!pristine(other, "a\n"), "{other}");
        }
    }

    #[test]
    fn lines_of_rpm_name_what_differs() {
        let path = "/etc/haproxy/haproxy.cfg";
        assert!(has_changed("S.5....T.  c /etc/haproxy/haproxy.cfg", path));
        assert!(has_changed("missing   c /etc/haproxy/haproxy.cfg", path));
        assert!(!has_changed(".......T.  c /etc/haproxy/haproxy.cfg", path));
        assert!(!has_changed("S.5....T.  c /etc/other", path));
        assert!(!has_changed("", path));
    }
}
