//! A request for a certificate, as the API server keeps it, and what is inside of it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::{OID_X509_COMMON_NAME, OID_X509_ORGANIZATION_NAME};
use x509_parser::prelude::FromDer as _;

use crate::model::time::UnixTime;
use crate::text::words;

words! {
    /// What a kubelet asks for.
    Round {
        /// The certificate that it is a client of the API server with.
        Client = "client",
        /// The certificate that it serves logs and commands with.
        Serving = "serving",
    }
}

impl Round {
    /// Returns the round of a signer, if it is one of kubelets'.
    pub fn of(signer: &str) -> Option<Self> {
        match signer {
            "kubernetes.io/kube-apiserver-client-kubelet" => Some(Self::Client),
            "kubernetes.io/kubelet-serving" => Some(Self::Serving),
            _ => None,
        }
    }
}

/// A pending request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub round: Round,
    /// Who asks, as the API server knows it.
    pub user: String,
    /// The groups of who asks.
    pub groups: BTreeSet<String>,
    /// What the certificate is to be good for.
    pub usages: BTreeSet<String>,
    /// When it was made; absent where the API server does not say.
    pub made: Option<UnixTime>,
    /// What the certificate is to say.
    pub subject: Result<CertificateSubject, String>,
}

/// What a certificate is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateSubject {
    /// `CN`, each.
    pub common_names: Vec<String>,
    /// `O`, each.
    pub organizations: Vec<String>,
    /// How many other attributes it has.
    pub others: usize,
    /// Names in DNS.
    pub dns: BTreeSet<String>,
    /// Addresses.
    pub addresses: BTreeSet<IpAddr>,
    /// How many names of other kinds: mail addresses, URIs.
    pub other_names: usize,
}

impl CertificateSubject {
    /// Reads a request in PEM (PKCS#10, RFC 2986).
    pub fn parse(pem: &[u8]) -> Result<Self, String> {
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).map_err(|_| "it is not PEM".to_owned())?;
        let (_, request) = X509CertificationRequest::from_der(&pem.contents)
            .map_err(|_| "it is not a certificate request".to_owned())?;
        let mut subject = Self::default();
        for attribute in request.certification_request_info.subject.iter_attributes() {
            let text = attribute.as_str().map(str::to_owned);
            match (attribute.attr_type(), text) {
                (oid, Ok(text)) if *oid == OID_X509_COMMON_NAME => subject.common_names.push(text),
                (oid, Ok(text)) if *oid == OID_X509_ORGANIZATION_NAME => subject.organizations.push(text),
                _ => subject.others += 1,
            }
        }
        for extension in request.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(names) = extension {
                names.general_names.iter().for_each(|name| subject.name(name));
            }
        }
        Ok(subject)
    }

    fn name(&mut self, name: &GeneralName) {
        match name {
            GeneralName::DNSName(name) => drop(self.dns.insert((*name).to_owned())),
            GeneralName::IPAddress(bytes) => match address(bytes) {
                Some(address) => drop(self.addresses.insert(address)),
                None => self.other_names += 1,
            },
            _ => self.other_names += 1,
        }
    }

    /// Says whether it names anything besides the subject.
    pub fn has_names(&self) -> bool {
        !self.dns.is_empty() || !self.addresses.is_empty() || self.other_names > 0
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}
