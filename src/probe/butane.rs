//! Butane, translated by the real `butane` (coreos/butane): strictly, and as an Ignition file whatever the
//! variant, since `openshift` would come wrapped in a `MachineConfig`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use thiserror::Error;

use crate::model::digest::Sha256;

/// The program.
const PROGRAM: &str = "butane";

/// Why there is no Ignition file.
#[derive(Debug, Error)]
pub enum ButaneError {
    /// The program is not there.
    #[error("there is no `{PROGRAM}` here to translate it")]
    Absent,
    /// The file cannot be read.
    #[error("{0}")]
    Read(io::Error),
    /// It cannot be run.
    #[error("`{PROGRAM}` cannot be run: {0}")]
    Run(io::Error),
    /// It refuses the file; its own words, which name lines and columns.
    #[error("{0}")]
    Refused(String),
}

/// Translates files, each text once: a thousand clusters may have copies of one file. Nothing of it is kept
/// for another run, since secrets may be among it.
#[derive(Debug, Default)]
pub struct Translator {
    made: RefCell<BTreeMap<Sha256, Vec<u8>>>,
}

impl Translator {
    /// Translates a file. Files that it embeds are below its own folder.
    pub fn translate(&self, file: &Path) -> Result<Vec<u8>, ButaneError> {
        let text = fs::read(file).map_err(ButaneError::Read)?;
        if embeds(&text) {
            return run(file);
        }
        let digest = Sha256::of(&text);
        if let Some(made) = self.made.borrow().get(&digest) {
            return Ok(made.clone());
        }
        let made = run(file)?;
        self.made.borrow_mut().insert(digest, made.clone());
        Ok(made)
    }
}

/// Says whether what butane makes may hang on other files too: the keys by which it embeds them all have one of
/// these words (`local`, `contents_local`, `ssh_authorized_keys_local`, `trees`).
fn embeds(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    ["local", "trees"].iter().any(|word| text.contains(word))
}

fn run(file: &Path) -> Result<Vec<u8>, ButaneError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = Command::new(PROGRAM)
        .args(["--strict", "--raw", "--files-dir"])
        .args([folder, file])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ButaneError::Absent,
            _ => ButaneError::Run(error),
        })?;
    if made.status.success() {
        return Ok(made.stdout);
    }
    Err(ButaneError::Refused(String::from_utf8_lossy(&made.stderr).trim().to_owned()))
}
