//! `okdboot certs`: certificates for mutual TLS with matchbox's gRPC, in files that matchbox and the
//! Terraform provider read.
//!
//! The authority is made once and kept. A key is written before its certificate: whatever dies between the
//! two leaves a pair that does not fit, and the next run makes it anew.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::args::{Certs, Cli};
use super::output::Voice;
use crate::disk;
use crate::model::time::{TimeSpan, UnixTime};
use crate::pki::{self, Facts, PemPair, PkiError};
use crate::run::failure::{Exit, Failure};
use crate::run::verify::certs::{FOLDER, SOON};

/// Who may read a key: its owner.
const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;

/// Makes what is missing, and what ends soon.
pub fn run(cli: &Cli, args: &Certs, output: &mut Voice) -> Result<Exit, Failure> {
    let folder = CertsFolder { path: folder(cli) };
    disk::make_folder(&folder.path)?;
    let now = output.context().now();
    let (authority, is_new) = folder.authority(now)?;
    let signer = pki::check(&authority).map_err(|error| folder.refuse("ca", &error))?;
    if now.until(signer.ends).is_none() {
        let message = format!("the authority `{}` ended at {}", folder.file("ca", "crt"), signer.ends);
        return Err(Failure::new(Exit::Invalid, message)
            .help("move `ca.crt` and `ca.key` away, and give the new `ca.crt` to server and clients"));
    }
    let mut sans = args.sans.clone();
    sans.sort();
    sans.dedup();
    let keeps = !args.renew && !is_new;
    let server = folder.good("server", &signer, now).filter(|facts| keeps && facts.sans == sans);
    let client = folder.good("client", &signer, now).filter(|_| keeps);
    let entries = [
        folder.entry("ca", &signer, is_new),
        folder.kept_or("server", server, || pki::server(&authority, &args.sans, now, args.days))?,
        folder.kept_or("client", client, || pki::client(&authority, now, args.days))?,
    ];
    say(&folder, &entries, now, output);
    Ok(Exit::Done)
}

/// Returns where the certificates of a run are.
fn folder(cli: &Cli) -> Utf8PathBuf {
    let beside = || match cli.global.vars.first().and_then(|vars| vars.parent()) {
        Some(parent) => parent.join(FOLDER),
        None => FOLDER.into(),
    };
    cli.global.given_out().map_or_else(beside, Utf8Path::to_owned)
}

struct CertsFolder {
    path: Utf8PathBuf,
}

/// What `okdboot certs` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// Authority, server, client.
    certificates: &'a [CertificateEntry; 3],
}

/// What is said of a certificate.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "certificate"))]
struct CertificateEntry {
    /// The certificate; its key stands beside it.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    file: Utf8PathBuf,
    /// The last moment of its life, in UTC.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    ends: UnixTime,
    /// Whether it was made now; one that is good is kept.
    #[serde(rename = "made")]
    is_made: bool,
    /// The names that it is for, sorted: of each `DNS:` or `IP:` and the name.
    #[cfg_attr(test, schemars(inner(length(min = 4))))]
    sans: Vec<String>,
}

impl CertsFolder {
    fn file(&self, name: &str, suffix: &str) -> Utf8PathBuf {
        self.path.join(format!("{name}.{suffix}"))
    }

    fn read(&self, name: &str, suffix: &str) -> Result<Option<String>, Failure> {
        let path = self.file(name, suffix);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(Exit::Files, format!("cannot read `{path}`: {error}"))),
        }
    }

    /// Returns the authority, and whether it was made now. One whose key is gone is not replaced: every
    /// client trusts it.
    fn authority(&self, now: UnixTime) -> Result<(PemPair, bool), Failure> {
        match (self.read("ca", "crt")?, self.read("ca", "key")?) {
            (Some(certificate), Some(key)) => Ok((PemPair { certificate, key }, false)),
            (Some(_), None) => {
                let message = format!(
                    "`{}` is there, and its key `{}` is not",
                    self.file("ca", "crt"),
                    self.file("ca", "key")
                );
                Err(Failure::new(Exit::Files, message).help(
                    "bring the key back; or move `ca.crt` away, and give the new one to server and clients",
                ))
            }
            // A key without a certificate has signed nothing.
            (None, _) => {
                let pair = pki::authority(now).map_err(|error| self.refuse("ca", &error))?;
                self.write("ca", &pair)?;
                Ok((pair, true))
            }
        }
    }

    /// Returns a certificate that still serves: of this authority, with its key, and not about to end.
    fn good(&self, name: &str, signer: &Facts, now: UnixTime) -> Option<Facts> {
        let facts = Facts::read(&self.read(name, "crt").ok()??).ok()?;
        let key = self.read(name, "key").ok()??;
        let is_long = now.until(facts.ends).is_some_and(|left| left.as_secs() >= SOON);
        (is_long && facts.is_of(signer) && facts.has_key(&key)).then_some(facts)
    }

    /// Keeps a certificate that is known to be good, else makes one.
    fn kept_or(
        &self,
        name: &str,
        known: Option<Facts>,
        make: impl FnOnce() -> Result<PemPair, PkiError>,
    ) -> Result<CertificateEntry, Failure> {
        if let Some(facts) = known {
            return Ok(self.entry(name, &facts, false));
        }
        let pair = make().map_err(|error| self.refuse(name, &error))?;
        Ok(self.entry(name, &self.write(name, &pair)?, true))
    }

    fn write(&self, name: &str, pair: &PemPair) -> Result<Facts, Failure> {
        disk::replace(&self.file(name, "key"), pair.key.as_bytes(), KEY_MODE)?;
        disk::replace(&self.file(name, "crt"), pair.certificate.as_bytes(), CERTIFICATE_MODE)?;
        Facts::read(&pair.certificate).map_err(|error| self.refuse(name, &error))
    }

    fn refuse(&self, name: &str, error: &PkiError) -> Failure {
        Failure::of(Exit::Invalid, error).context(&format!("cannot use `{}`", self.file(name, "crt")))
    }

    fn entry(&self, name: &str, facts: &Facts, is_made: bool) -> CertificateEntry {
        let sans = facts.sans.iter().map(ToString::to_string).collect();
        CertificateEntry { file: self.file(name, "crt"), ends: facts.ends, is_made, sans }
    }
}

fn say(folder: &CertsFolder, entries: &[CertificateEntry; 3], now: UnixTime, output: &mut Voice) {
    for entry in entries {
        let word = if entry.is_made { "made" } else { "kept" };
        let left = now.until(entry.ends).map(|left| format!(", {}", TimeSpan(left))).unwrap_or_default();
        let names =
            if entry.sans.is_empty() { String::new() } else { format!(" for {}", entry.sans.join(", ")) };
        output.say(&format!("{word} {}{names}, until {}{left}", entry.file, entry.ends));
    }
    output.document(&Document { certificates: entries });
    let path = &folder.path;
    output
        .say(&format!("matchbox: {path}/ca.crt, {path}/server.crt and {path}/server.key into /etc/matchbox"));
    output.say(&format!("clients: {path}/ca.crt, {path}/client.crt and {path}/client.key into ~/.matchbox"));
    output.say(&format!("{path}/ca.key signs both: keep it where no server reads it"));
}
