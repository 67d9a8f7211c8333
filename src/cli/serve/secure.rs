//! HTTPS of `serve`: its certificate, its port, and whether machines will take the one at the other.

use std::sync::Arc;

use camino::Utf8Path;
use rustls::ServerConfig;

use super::super::args::Serve;
use super::super::args::serve::Listen;
use super::super::output::Voice;
use crate::model::cluster::Cluster;
use crate::model::name::Label;
use crate::model::url::BaseUrl;
use crate::run::failure::{Exit, Failure};
use crate::serve::tls::CertificateChain;

/// Where machines of a cluster ask for their Ignition files, by https.
pub(super) struct SecureEndpoint {
    cluster: Label,
    base: BaseUrl,
}

/// How and where TLS is spoken.
pub(super) struct Secure {
    pub(super) config: Arc<ServerConfig>,
    pub(super) listen: Listen,
}

/// Returns what the clusters ask for by https.
pub(super) fn asked(clusters: &[&Cluster]) -> Vec<SecureEndpoint> {
    let is_asked = |cluster: &&&Cluster| cluster.settings.ignition_base.is_https();
    let asked = |cluster: &&Cluster| SecureEndpoint {
        cluster: cluster.id.clone(),
        base: cluster.settings.ignition_base.clone(),
    };
    clusters.iter().filter(is_asked).map(asked).collect()
}

/// Reads the certificate and its key, if they are given.
pub(super) fn read(
    args: &Serve,
    asked: &[SecureEndpoint],
    output: &mut Voice,
) -> Result<Option<Secure>, Failure> {
    let (Some(certificate), Some(key)) = (&args.giving.tls_cert, &args.giving.tls_key) else {
        return Ok(None);
    };
    let chain = CertificateChain::parse(&file(certificate)?).map_err(|reason| unfit(certificate, reason))?;
    let config = chain.config(&file(key)?).map_err(|reason| unfit(key, reason))?;
    let port = || asked.first().map(|asked| Listen { address: None, port: asked.base.port() });
    let listen = args.giving.https.or_else(port).ok_or_else(no_port)?;
    for asked in asked {
        let SecureEndpoint { cluster, base } = asked;
        if base.port() == listen.port {
            refuse_wrong(&chain, asked, certificate)?;
        } else {
            let port = listen.port;
            output.say(&format!("warning: machines of `{cluster}` ask {base}: https is at port {port}"));
        }
    }
    Ok(Some(Secure { config, listen }))
}

/// A machine that does not take the certificate is not installed, and says so on its console alone.
fn refuse_wrong(
    chain: &CertificateChain,
    asked: &SecureEndpoint,
    certificate: &Utf8Path,
) -> Result<(), Failure> {
    let SecureEndpoint { cluster, base } = asked;
    let host = base.host();
    chain.judge(&host).map_err(|reason| {
        let message = format!("machines of `{cluster}` would not take `{certificate}` for `{host}`");
        let mut failure = Failure::new(Exit::Invalid, message);
        failure.causes.push(reason);
        failure.help(format!(
            "the first certificate of the file has to name `{host}`, which `okdboot.ignition_base` has, and to hold today"
        ))
    })
}

fn no_port() -> Failure {
    Failure::new(Exit::Usage, "nothing says at which port https is")
        .help("set `okdboot.ignition_base` to an https URL, so that machines ask there, or name the port with `--https`")
}

fn file(path: &Utf8Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::new(Exit::Files, format!("could not read `{path}`")).context_of(&error))
}

fn unfit(path: &Utf8Path, reason: String) -> Failure {
    let mut failure = Failure::new(Exit::Invalid, format!("`{path}` does not fit for https"));
    failure.causes.push(reason);
    failure.help("`--tls-cert` is a PEM file of certificates, `--tls-key` the PEM file of its private key")
}
