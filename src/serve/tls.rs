//! The certificate of `serve`, and whether machines will take it.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::pki;

/// A certificate with what vouches for it, the server's own first.
#[derive(Debug)]
pub struct CertificateChain(Vec<CertificateDer<'static>>);

impl CertificateChain {
    /// Reads a file of PEM.
    pub fn parse(pem: &[u8]) -> Result<Self, String> {
        pki::certificates(pem).map(Self)
    }

    /// Returns how TLS is spoken with this certificate; `key` is a file of PEM.
    pub fn config(&self, key: &[u8]) -> Result<Arc<ServerConfig>, String> {
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|_| "there is no private key in it".to_owned())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(self.0.clone(), key));
        let mut config = config.map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Says why no machine would take it as that of a host, whomever it trusts.
    pub fn judge(&self, host: &str) -> Result<(), String> {
        let own = self.0.first().ok_or_else(|| "there is no certificate in it".to_owned())?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare).map_err(|error| error.to_string())?;
        let parsed = ParsedCertificate::try_from(own).map_err(|error| error.to_string())?;
        verify_server_name(&parsed, &name).map_err(|error| error.to_string())?;
        let (_, certificate) = X509Certificate::from_der(own).map_err(|error| error.to_string())?;
        let validity = certificate.validity();
        if validity.is_valid() {
            return Ok(());
        }
        Err(format!(
            "it holds from {} to {}, and today is another day",
            validity.not_before, validity.not_after
        ))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn made(names: &[&str], year: i32) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn a_certificate_names_its_host_and_holds_today() {
        let (pem, key) = made(&["192.0.2.1", "boot.example.com", "2001:db8::1"], 2099);
        let chain = CertificateChain::parse(pem.as_bytes()).unwrap();
        chain.config(key.as_bytes()).unwrap();
        for host in ["192.0.2.1", "boot.example.com", "[2001:db8::1]"] {
            chain.judge(host).unwrap();
        }
        for host in ["192.0.2.2", "other.example.com"] {
            assert!(chain.judge(host).unwrap_err().contains("not valid for name"), "{host}");
        }
        let (old, _) = made(&["192.0.2.1"], 2001);
        let reason = CertificateChain::parse(old.as_bytes()).unwrap().judge("192.0.2.1").unwrap_err();
        assert!(reason.contains("to Jan  1 00:00:00 2001"), "{reason}");
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let ((pem, _), (_, other)) = (made(&["a.example.com"], 2099), made(&["a.example.com"], 2099));
        let chain = CertificateChain::parse(pem.as_bytes()).unwrap();
        assert!(chain.config(other.as_bytes()).unwrap_err().contains("key"));
        assert!(chain.config(pem.as_bytes()).unwrap_err().contains("no private key"));
        assert!(CertificateChain::parse(other.as_bytes()).unwrap_err().contains("no certificate"));
    }
}
