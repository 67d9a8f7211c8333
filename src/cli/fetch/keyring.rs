//! The keys that signatures are checked with: those that were named, else Fedora's of the distribution.

use camino::{Utf8Path, Utf8PathBuf};

use crate::run::failure::{Exit, Failure};
use crate::signature::Keyring;

/// Where distributions keep the keys of package repositories. Only Fedora's count: everybody else's
/// are there too, and none of them signs a CoreOS image.
const FOLDERS: [&str; 3] =
    ["/etc/pki/rpm-gpg", "/usr/share/distribution-gpg-keys", "/usr/share/distribution-gpg-keys/fedora"];

/// How Fedora's keys are called there.
const PREFIX: &str = "RPM-GPG-KEY-fedora-";

/// The most of a file of keys that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Reads the files that were named; each has to hold a key. Where none was named, the distribution's
/// are taken as far as they can be read.
pub fn load(named: &[Utf8PathBuf]) -> Result<Keyring, Failure> {
    let mut keyring = Keyring::default();
    for path in named {
        let failed = |exit, why: &dyn std::fmt::Display| {
            Failure::new(exit, format!("cannot use `{path}` as `--keyring`: {why}"))
        };
        let bytes = read(path).map_err(|error| failed(Exit::Files, &error))?;
        keyring.extend(Keyring::parse(&bytes).map_err(|error| failed(Exit::Invalid, &error))?);
    }
    if named.is_empty() {
        let found = FOLDERS.iter().flat_map(|folder| fedoras(folder));
        let keys = found.filter_map(|path| Keyring::parse(&read(&path).ok()?).ok());
        keys.for_each(|more| keyring.extend(more));
    }
    Ok(keyring)
}

fn read(path: &Utf8PathBuf) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn fedoras(folder: &str) -> Vec<Utf8PathBuf> {
    let entries = Utf8Path::new(folder).read_dir_utf8().into_iter().flatten().flatten();
    let named =
        entries.filter(|entry| entry.file_name().starts_with(PREFIX)).map(|entry| entry.path().to_owned());
    let mut paths: Vec<Utf8PathBuf> = named.filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}
