//! Why a push stops, by the names that people look for.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};
use thiserror::Error;

use crate::model::fault::{Fault, Faulty};

/// Why something was not pushed.
#[derive(Debug, Error)]
pub enum PushError {
    /// Not an address.
    #[error("`{0}` is not an endpoint: write HOST:PORT, such as matchbox.example.com:8081")]
    Endpoint(String),
    /// Certificates that cannot be used.
    #[error("cannot use the certificates: {0}")]
    Credentials(String),
    /// Nobody answers.
    #[error("cannot connect to {endpoint}: {source}")]
    Connect {
        /// The server.
        endpoint: String,
        /// Why not.
        source: io::Error,
    },
    /// The two do not trust one another.
    #[error("no mutual TLS with {endpoint}: {reason}")]
    Tls {
        /// The server.
        endpoint: String,
        /// Why not.
        reason: String,
    },
    /// The server said no, or nothing.
    #[error("{endpoint} did not {what}: {reason}")]
    Call {
        /// The server.
        endpoint: String,
        /// What was asked for.
        what: String,
        /// What it said.
        reason: String,
    },
}

impl Faulty for PushError {
    fn fault(&self) -> Fault {
        match self {
            Self::Endpoint(_) | Self::Credentials(_) => Fault::Input,
            Self::Connect { .. } | Self::Tls { .. } | Self::Call { .. } => Fault::Network,
        }
    }
}

/// Finds what TLS has to say in a chain of causes.
pub(super) fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = error.downcast_ref().or_else(|| inner.and_then(|inner| inner.downcast_ref()));
        if found.is_some() {
            return found;
        }
        cause = error.source();
    }
    None
}

/// Says what is wrong with which certificate. What the server says of the client's comes as an alert
/// (RFC 8446, 6.2).
pub(super) fn said(error: &rustls::Error, host: &str) -> String {
    use CertificateError as Bad;
    let text = match error {
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "the server's certificate has expired: `okdboot certs --renew` makes another"
        }
        rustls::Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet: look at the clocks"
        }
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            return format!(
                "the server's certificate is not for `{host}`: make another with `okdboot certs`, or name the server as the certificate does"
            );
        }
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => {
            "the server's certificate is of another authority than `--ca`"
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server wants a client certificate"
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateExpired) => {
            "the client certificate has expired: `okdboot certs --renew` makes another"
        }
        rustls::Error::AlertReceived(
            AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::DecryptError,
        ) => {
            "the server does not take the client certificate: it is of another authority than the server's `-ca-file`"
        }
        other => return other.to_string(),
    };
    text.to_owned()
}
