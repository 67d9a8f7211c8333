//! An endpoint, the certificates of a client, and the connection by mutual TLS.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::Channel;

use super::error::{self, PushError};
use crate::pki;

/// How long a server is waited for.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one answer is waited for.
const ANSWER: Duration = Duration::from_secs(60);

/// Where a matchbox listens for gRPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A name or an address, without brackets.
    host: String,
    port: u16,
}

impl FromStr for Endpoint {
    type Err = PushError;

    fn from_str(text: &str) -> Result<Self, PushError> {
        let refuse = || PushError::Endpoint(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(refuse)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host).to_ascii_lowercase();
        ServerName::try_from(host.clone()).map_err(|_| refuse())?;
        // An address without brackets would be cut in its middle.
        let is_whole = bare.is_some() || !host.contains(':');
        let port = port.parse().ok().filter(|port| *port > 0 && is_whole).ok_or_else(refuse)?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        if host.contains(':') {
            write!(f, "[{host}]:{}", self.port)
        } else {
            write!(f, "{host}:{}", self.port)
        }
    }
}

/// What a client is known by, and whom it trusts.
#[derive(Clone)]
pub struct Credentials(Arc<ClientConfig>);

impl Credentials {
    /// Reads three files of PEM: the authority, the client's certificate, its key.
    pub fn parse(ca: &[u8], certificate: &[u8], key: &[u8]) -> Result<Self, PushError> {
        let refuse = |text: &str| PushError::Credentials(text.to_owned());
        let certificates = |pem: &[u8], option: &str| {
            pki::certificates(pem).map_err(|why| refuse(&format!("the file of `{option}`: {why}")))
        };
        let mut roots = RootCertStore::empty();
        for authority in certificates(ca, "--ca")? {
            roots.add(authority).map_err(|_| refuse("`--ca` is not the certificate of an authority"))?;
        }
        let own = certificates(certificate, "--cert")?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| refuse("there is no private key in the file of `--key`"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_root_certificates(roots).with_client_auth_cert(own, key));
        let mut config = config.map_err(|error| PushError::Credentials(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// Opens a channel. Before it one connection is tried, so that what stands in its way is told by its name.
pub(super) async fn open(endpoint: &Endpoint, credentials: &Credentials) -> Result<Channel, PushError> {
    try_out(endpoint, credentials).await?;
    let (again, known) = (endpoint.clone(), credentials.clone());
    let connector = tower::service_fn(move |_: tonic::codegen::http::Uri| {
        let (endpoint, credentials) = (again.clone(), known.clone());
        async move { dial(endpoint, credentials).await.map(TokioIo::new).map_err(io::Error::other) }
    });
    // TLS is the connector's own, so that the scheme has to be the plain one.
    let transport = Channel::from_shared(format!("http://{endpoint}"))
        .map_err(|_| PushError::Endpoint(endpoint.to_string()))?;
    transport
        .timeout(ANSWER)
        .connect_with_connector(connector)
        .await
        .map_err(|error| refused(endpoint, io::Error::other(error)))
}

/// With TLS 1.3 a client learns only from the first answer that its certificate is refused, and a client of
/// HTTP/2 says that the connection ended. gRPC of Go speaks first: with its settings, or with the alert.
async fn try_out(endpoint: &Endpoint, credentials: &Credentials) -> Result<(), PushError> {
    let mut stream = dial(endpoint.clone(), credentials.clone()).await?;
    let Ok(Err(error)) = tokio::time::timeout(CONNECT, stream.read_u8()).await else { return Ok(()) };
    Err(refused(endpoint, error))
}

/// Says what is wrong with which certificate, or why there is no connection.
fn refused(endpoint: &Endpoint, source: io::Error) -> PushError {
    let shown = endpoint.to_string();
    match error::of_tls(&source) {
        Some(tls) => PushError::Tls { endpoint: shown, reason: error::said(tls, &endpoint.host) },
        None => PushError::Connect { endpoint: shown, source },
    }
}

async fn dial(endpoint: Endpoint, credentials: Credentials) -> Result<TlsStream<TcpStream>, PushError> {
    let name =
        ServerName::try_from(endpoint.host.clone()).map_err(|_| PushError::Endpoint(endpoint.to_string()))?;
    let connected = async {
        let stream = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::clone(&credentials.0)).connect(name, stream).await
    };
    match tokio::time::timeout(CONNECT, connected).await {
        Ok(connected) => connected.map_err(|error| refused(&endpoint, error)),
        Err(_) => Err(refused(&endpoint, io::Error::new(io::ErrorKind::TimedOut, "no answer within 10 s"))),
    }
}

/// Says what a call ran into: a connection that had to be made anew may be refused, too.
pub(super) fn of_call(endpoint: &Endpoint, what: String, status: &tonic::Status) -> PushError {
    let reason = error::of_tls(status)
        .map_or_else(|| status.message().to_owned(), |tls| error::said(tls, &endpoint.host));
    PushError::Call { endpoint: endpoint.to_string(), what, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_port() {
        for right in ["matchbox.example.com:8081", "192.0.2.7:8081", "[2001:db8::7]:8081"] {
            assert_eq!(right.parse::<Endpoint>().unwrap().to_string(), right);
        }
        for wrong in
            ["matchbox", "https://h:8081", "h:0", "h:port", "2001:db8::7:8081", ":8081", "h:80810", ""]
        {
            assert!(wrong.parse::<Endpoint>().is_err(), "{wrong}");
        }
    }
}
