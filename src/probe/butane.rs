//! Butane, translated by the real `butane` (coreos/butane): strictly, and as an Ignition file whatever the
//! variant, since `openshift` would come wrapped in a `MachineConfig`.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use thiserror::Error;

/// The program.
const PROGRAM: &str = "butane";

/// Why there is no Ignition file.
#[derive(Debug, Error)]
pub enum ButaneError {
    /// The program is not there.
    #[error("there is no `{PROGRAM}` here to translate it")]
    Absent,
    /// It cannot be run.
    #[error("`{PROGRAM}` cannot be run: {0}")]
    Run(io::Error),
    /// It refuses the file; its own words, which name lines and columns.
    #[error("{0}")]
    Refused(String),
}

/// Translates a file. Files that it embeds are below its own folder.
pub fn translate(file: &Path) -> Result<Vec<u8>, ButaneError> {
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
