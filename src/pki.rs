//! Certificates for mutual TLS with matchbox's gRPC: an authority, and what it signs.
//!
//! Keys are ECDSA on P-256, in PKCS #8 (RFC 5958), which Go and the Terraform provider read. Nothing here
//! touches files; the moment is given.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use thiserror::Error;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::model::time::UnixTime;
use crate::text::escape;

/// How long an authority lasts, in days: ten years.
pub const AUTHORITY_DAYS: u32 = 3650;
/// Clocks of clients may be behind, in seconds.
const SKEW: i64 = 3600;
const DAY: i64 = 86_400;

/// A name that a server's certificate holds: `DNS:name` or `IP:address`, as openssl(1) spells them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum San {
    /// A host name.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Not such a name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{}` is not a name for a certificate: write DNS:matchbox.example.com or IP:192.168.7.77", escape(.0))]
pub struct SanError(String);

impl FromStr for San {
    type Err = SanError;

    fn from_str(text: &str) -> Result<Self, SanError> {
        let refuse = || SanError(text.to_owned());
        let (kind, value) = text.split_once(':').ok_or_else(refuse)?;
        let is_name = |name: &str| {
            let label = |label: &str| {
                !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            };
            name.len() <= 253 && name.trim_start_matches("*.").split('.').all(label)
        };
        match kind.to_ascii_uppercase().as_str() {
            "DNS" if is_name(value) => Ok(Self::Dns(value.to_ascii_lowercase())),
            "IP" => value.parse().map(Self::Ip).map_err(|_| refuse()),
            _ => Err(refuse()),
        }
    }
}

impl fmt::Display for San {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Ip(address) => write!(f, "IP:{address}"),
        }
    }
}

/// A certificate and its key, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemPair {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `notAfter`
    pub ends: UnixTime,
    /// The names that it is for, sorted.
    pub sans: Vec<San>,
    /// The public key.
    public_key: Vec<u8>,
    is_authority: bool,
    der: Vec<u8>,
}

/// Why there is no certificate.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PkiError {
    /// Not a certificate in PEM.
    #[error("it is no certificate in PEM")]
    Certificate,
    /// Not a key that can sign.
    #[error("it is no key in PEM that can sign: PKCS #8, ECDSA or Ed25519")]
    Key,
    /// Two files that do not belong together.
    #[error("the key is not that of the certificate")]
    Pair,
    /// A certificate of a server or of a client in an authority's place.
    #[error("it is not the certificate of an authority")]
    Authority,
    /// The library refused.
    #[error("no certificate could be made: {0}")]
    Made(String),
}

impl From<rcgen::Error> for PkiError {
    fn from(error: rcgen::Error) -> Self {
        Self::Made(error.to_string())
    }
}

impl Facts {
    /// Reads the first certificate of a PEM text.
    pub fn read(pem: &str) -> Result<Self, PkiError> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| PkiError::Certificate)?;
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| PkiError::Certificate)?;
        let names = certificate.subject_alternative_name().ok().flatten();
        let mut sans: Vec<San> =
            names.into_iter().flat_map(|names| &names.value.general_names).filter_map(san).collect();
        sans.sort();
        Ok(Self {
            ends: UnixTime(certificate.validity().not_after.timestamp()),
            sans,
            public_key: certificate.public_key().subject_public_key.data.to_vec(),
            is_authority: certificate.is_ca(),
            der: der.to_vec(),
        })
    }

    /// Says whether a key in PEM is that of this certificate.
    pub fn has_key(&self, key: &str) -> bool {
        KeyPair::from_pem(key).is_ok_and(|key| key.public_key_raw() == self.public_key)
    }

    /// Says whether an authority has signed it.
    pub fn is_of(&self, authority: &Self) -> bool {
        let (Ok((_, own)), Ok((_, signer))) =
            (X509Certificate::from_der(&self.der), X509Certificate::from_der(&authority.der))
        else {
            return false;
        };
        own.verify_signature(Some(signer.public_key())).is_ok()
    }
}

fn san(name: &GeneralName) -> Option<San> {
    match name {
        GeneralName::DNSName(name) => Some(San::Dns((*name).to_ascii_lowercase())),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|it| San::Ip(it.into())),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|it| San::Ip(it.into())),
            _ => None,
        },
        _ => None,
    }
}

/// Reads every certificate of a file of PEM; one without any is refused.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err("there is no certificate in it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Says whether TLS itself has refused, by the causes of an error: that does not pass by waiting.
pub fn is_refused(error: &dyn Error) -> bool {
    let is_refusal = |tls: &rustls::Error| !matches!(tls, rustls::Error::General(_));
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    causes.flat_map(wrapped).any(|cause| cause.downcast_ref().is_some_and(is_refusal))
}

/// An error, and what each `io::Error` in it was made of: that is no cause of it.
fn wrapped<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let inner = |error: &&'a (dyn Error + 'static)| {
        let inner = error.downcast_ref::<io::Error>()?.get_ref()?;
        Some(inner as &'a (dyn Error + 'static))
    };
    std::iter::successors(Some(error), inner)
}

/// Makes an authority.
pub fn authority(now: UnixTime) -> Result<PemPair, PkiError> {
    let mut params = params("okdboot authority", now, AUTHORITY_DAYS);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok(PemPair { certificate, key: key.serialize_pem() })
}

/// Makes the certificate of a server, for the names by which clients reach it.
pub fn server(authority: &PemPair, sans: &[San], now: UnixTime, days: u32) -> Result<PemPair, PkiError> {
    let name = sans.first().map_or_else(|| "matchbox".to_owned(), san_value);
    let mut params = params(&name, now, days);
    params.subject_alt_names = sans.iter().map(rcgen_san).collect::<Result<_, _>>()?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    signed(params, authority, now)
}

/// Makes the certificate of a client.
pub fn client(authority: &PemPair, now: UnixTime, days: u32) -> Result<PemPair, PkiError> {
    let mut params = params("okdboot client", now, days);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    signed(params, authority, now)
}

fn san_value(san: &San) -> String {
    match san {
        San::Dns(name) => name.clone(),
        San::Ip(address) => address.to_string(),
    }
}

fn rcgen_san(san: &San) -> Result<SanType, PkiError> {
    Ok(match san {
        San::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
        San::Ip(address) => SanType::IpAddress(*address),
    })
}

fn params(name: &str, now: UnixTime, days: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let at = |seconds: i64| epoch + Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    params.not_before = at(now.0 - SKEW);
    params.not_after = at(now.0 + i64::from(days) * DAY);
    params
}

/// Signs; no certificate outlives its authority.
fn signed(mut params: CertificateParams, authority: &PemPair, now: UnixTime) -> Result<PemPair, PkiError> {
    let facts = check(authority)?;
    let left = u64::try_from(facts.ends.0 - now.0).unwrap_or_default();
    let end = params.not_before + Duration::from_secs(left.saturating_add(SKEW.unsigned_abs()));
    params.not_after = params.not_after.min(end);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let own = KeyPair::from_pem(&authority.key).map_err(|_| PkiError::Key)?;
    let issuer = Issuer::from_ca_cert_pem(&authority.certificate, own)?;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?.pem();
    Ok(PemPair { certificate, key: key.serialize_pem() })
}

/// Says whether a certificate and a key are an authority that can sign.
pub fn check(authority: &PemPair) -> Result<Facts, PkiError> {
    let facts = Facts::read(&authority.certificate)?;
    if !facts.is_authority {
        return Err(PkiError::Authority);
    }
    KeyPair::from_pem(&authority.key).map_err(|_| PkiError::Key)?;
    if facts.has_key(&authority.key) { Ok(facts) } else { Err(PkiError::Pair) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_tls_is_found_however_deep_it_is() {
        let tls = || rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let twice = io::Error::other(io::Error::other(tls()));
        assert!(is_refused(&Outer(Box::new(twice))));
        assert!(!is_refused(&Outer(Box::new(io::Error::other("reset")))));
        assert!(!is_refused(&Outer(Box::new(rustls::Error::General("x".to_owned())))));
    }

    #[derive(Debug, Error)]
    #[error("outer")]
    struct Outer(#[source] Box<dyn Error + Send + Sync>);

    const NOW: UnixTime = UnixTime(1_800_000_000);

    #[test]
    fn what_is_signed_has_its_names_its_key_and_its_end() {
        let authority = authority(NOW).unwrap();
        let facts = check(&authority).unwrap();
        assert_eq!(facts.ends.0, NOW.0 + i64::from(AUTHORITY_DAYS) * DAY);
        let sans = ["IP:192.168.7.77", "DNS:Matchbox.example.com", "IP:2001:db8::1"];
        let mut sans: Vec<San> = sans.iter().map(|san| san.parse().unwrap()).collect();
        let pair = server(&authority, &sans, NOW, 365).unwrap();
        let server = Facts::read(&pair.certificate).unwrap();
        sans.sort();
        assert_eq!((server.sans.clone(), server.ends.0), (sans, NOW.0 + 365 * DAY));
        assert!(server.has_key(&pair.key) && !server.has_key(&authority.key) && server.is_of(&facts));
        let other = check(&super::authority(NOW).unwrap()).unwrap();
        assert!(!server.is_of(&other), "another authority of the same name");
        // No certificate outlives its authority, and none that has ended signs.
        let late = UnixTime(facts.ends.0 - 5 * DAY);
        let short = Facts::read(&client(&authority, late, 365).unwrap().certificate).unwrap();
        assert_eq!(short.ends, facts.ends);
    }

    #[test]
    fn what_is_no_authority_signs_nothing() {
        let one = authority(NOW).unwrap();
        let other = authority(NOW).unwrap();
        let mixed = PemPair { certificate: one.certificate.clone(), key: other.key };
        assert_eq!(client(&mixed, NOW, 1), Err(PkiError::Pair));
        let leaf = client(&one, NOW, 1).unwrap();
        assert_eq!(client(&leaf, NOW, 1), Err(PkiError::Authority));
        let broken = PemPair { key: "x".to_owned(), ..one.clone() };
        assert_eq!(client(&broken, NOW, 1), Err(PkiError::Key));
        assert_eq!(Facts::read("-----BEGIN CERTIFICATE-----\nAAAA\n"), Err(PkiError::Certificate));
    }

    #[test]
    fn names_are_told_by_their_kind() {
        for right in ["DNS:a", "DNS:*.example.com", "IP:10.0.0.1", "IP:::1", "dns:b"] {
            assert!(right.parse::<San>().is_ok(), "{right}");
        }
        for wrong in ["a", "DNS:", "DNS:a b", "IP:10.0.0", "URI:http://h", "DNS:a..b", "IP:10.0.0.1/24"] {
            assert!(wrong.parse::<San>().is_err(), "{wrong}");
        }
    }
}
