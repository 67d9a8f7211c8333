//! What lies in the folders that servers give to anybody who asks.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};

use crate::plan::layout;

/// How deep folders are looked into.
const MAX_DEPTH: usize = 8;

/// How many entries are looked at.
const MAX_ENTRIES: usize = 50_000;

/// The folders below the output root that are served: the assets by matchbox or a web server, the
/// scripts by a web server, the rest over TFTP.
const SERVED: [&str; 3] = [layout::ASSETS, layout::HTTP, layout::TFTP];

/// Returns what the installer meant for nobody else and is served all the same, as paths below `out`,
/// sorted. Links are followed, because servers do it; each folder is looked into once.
pub fn secrets(out: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut walk = ServedWalk { seen: BTreeSet::new(), left: MAX_ENTRIES, found: Vec::new() };
    for folder in SERVED {
        walk.folder(&out.join(folder), 0);
    }
    walk.found.sort();
    walk.found
        .into_iter()
        .map(|path| path.strip_prefix(out).map_or(path.clone(), Utf8Path::to_owned))
        .collect()
}

struct ServedWalk {
    seen: BTreeSet<PathBuf>,
    left: usize,
    found: Vec<Utf8PathBuf>,
}

impl ServedWalk {
    fn folder(&mut self, folder: &Utf8Path, depth: usize) {
        let new = fs::canonicalize(folder).is_ok_and(|real| self.seen.insert(real));
        let Ok(entries) = folder.read_dir_utf8() else { return };
        if !new || depth > MAX_DEPTH {
            return;
        }
        for entry in entries.flatten() {
            let Some(left) = self.left.checked_sub(1) else { return };
            self.left = left;
            let is_folder = fs::metadata(entry.path()).is_ok_and(|meta| meta.is_dir());
            if is_secret(entry.file_name(), is_folder) {
                self.found.push(entry.path().to_owned());
            } else if is_folder {
                self.folder(entry.path(), depth + 1);
            }
        }
    }
}

/// Says whether openshift-install and its users give such a name to secrets.
pub fn is_secret(name: &str, is_folder: bool) -> bool {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "auth" => is_folder,
        "kubeadmin-password" | ".openshift_install_state.json" | ".openshift_install.log" => true,
        _ => {
            let stem = name.replace(['_', '-', '.'], "");
            stem.starts_with("kubeconfig")
                || stem.starts_with("pullsecret")
                || name.starts_with("install-config.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_secrets_are_known() {
        for name in [
            "kubeconfig",
            "kubeconfig-noingress",
            "pull-secret.json",
            "PullSecret",
            "install-config.yaml.bak",
        ] {
            assert!(is_secret(name, false), "{name}");
        }
        assert!(is_secret("auth", true));
        for name in ["auth", "bootstrap.ign", "kernel", "index.html", "pxelinux.cfg"] {
            assert!(!is_secret(name, false), "{name}");
        }
    }
}
