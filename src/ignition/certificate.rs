//! Certificates in the contents of an Ignition file: whose they are and how long they last.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::model::time::UnixTime;
use crate::text::escape;

/// How many certificates of one file are looked at; a bootstrap.ign has about 60.
pub const MAX_CERTIFICATES: usize = 2000;

/// How much of a subject is shown, in characters.
const MAX_SUBJECT: usize = 120;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// [`BEGIN`] in base64: how a kubeconfig and a Secret hold a PEM text.
const BEGIN_BASE64: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t";

/// A certificate (RFC 5280), as far as `verify` needs it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certificate {
    /// `notAfter`, the last moment of its life.
    pub ends: UnixTime,
    /// `notBefore`.
    pub starts: UnixTime,
    /// The subject's name, cut and without control characters.
    pub subject: String,
    /// The whole in DER: two certificates are the same if this is.
    pub der: Vec<u8>,
}

/// Returns the certificates in a text, PEM ones and PEM ones that are base64 once more. A block that
/// is no certificate is passed over: the text may be about anything.
pub fn certificates_in(text: &[u8]) -> Vec<Certificate> {
    let text = String::from_utf8_lossy(text);
    let mut found = pem_blocks(&text);
    let mut rest = &*text;
    while let Some(at) = rest.find(BEGIN_BASE64).filter(|_| found.len() < MAX_CERTIFICATES) {
        let word = rest[at..].split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c)).next();
        let word = word.unwrap_or_default();
        let inner = STANDARD.decode(word).unwrap_or_default();
        found.extend(pem_blocks(&String::from_utf8_lossy(&inner)));
        rest = &rest[at + word.len()..];
    }
    found
}

fn pem_blocks(text: &str) -> Vec<Certificate> {
    let blocks = text.split(BEGIN).skip(1).take(MAX_CERTIFICATES);
    let bodies = blocks.filter_map(|block| Some(block.split_once(END)?.0));
    bodies.filter_map(|body| parse(&STANDARD.decode(without_blanks(body)).ok()?)).collect()
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

fn parse(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let subject: String = certificate.subject().to_string().chars().take(MAX_SUBJECT).collect();
    let validity = certificate.validity();
    Some(Certificate {
        ends: UnixTime(validity.not_after.timestamp()),
        starts: UnixTime(validity.not_before.timestamp()),
        subject: escape(&subject),
        der: der.to_vec(),
    })
}
