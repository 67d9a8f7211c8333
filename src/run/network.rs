//! The HTTP client of a run.

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Exit, Failure};
use super::process::Process;
use crate::http::{Client, HttpSettings, Netrc};

/// Makes the HTTP client that a run's options ask for.
pub fn client(ca_cert: Option<&Utf8Path>, process: &Process) -> Result<Client, Failure> {
    let ca_cert = ca_cert.map(|path| path.as_std_path().to_owned());
    let settings = HttpSettings { ca_cert, netrc: netrc(process)?, ..HttpSettings::default() };
    Client::new(settings).map_err(Failure::from)
}

/// Reads the credentials of hosts from `$NETRC`, else `~/.netrc`, as curl does. Only a file that was
/// named has to be there.
fn netrc(process: &Process) -> Result<Netrc, Failure> {
    let named = process.env("NETRC").map(Utf8PathBuf::from);
    let usual = || process.env("HOME").map(|home| Utf8Path::new(home).join(".netrc"));
    let Some(path) = named.clone().or_else(usual) else { return Ok(Netrc::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Netrc::parse(&text)),
        Err(_) if named.is_none() => Ok(Netrc::default()),
        Err(error) => Err(Failure::new(Exit::Files, format!("cannot read `{path}`: {error}"))),
    }
}
