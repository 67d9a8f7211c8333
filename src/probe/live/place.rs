//! Where a loader gets a file from.

use std::fmt;

use url::Url;

use super::{BootFormat, ChainPart};
use crate::probe::script::LoaderMachine;

/// A file on a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerFile {
    /// An http or https URL.
    Http(String),
    /// A file that a TFTP server has.
    Tftp {
        /// Its name or address, with a port where it is not 69.
        server: String,
        /// As the loader asks for it.
        path: String,
    },
}

impl fmt::Display for ServerFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => f.write_str(url),
            Self::Tftp { server, path } => {
                write!(f, "tftp://{}/{}", bracketed(server), path.trim_start_matches('/'))
            }
        }
    }
}

impl ServerFile {
    /// Says whether it is asked by https.
    fn is_https(&self) -> bool {
        matches!(self, Self::Http(url) if url.starts_with("https:"))
    }

    /// Takes a URL in the form in which others are compared with it.
    pub fn http(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        url.has_host().then(|| Self::Http(url.into()))
    }

    /// Returns the place as expectations are kept by: TFTP servers take a leading slash for nothing.
    #[must_use]
    pub fn plain(&self) -> Self {
        match self {
            Self::Http(url) => Self::Http(url.clone()),
            Self::Tftp { server, path } => {
                Self::Tftp { server: server.clone(), path: path.trim_start_matches('/').to_owned() }
            }
        }
    }

    /// Returns the server with its port, to whom one silence counts for all.
    pub(super) fn server(&self) -> String {
        match self {
            Self::Http(url) => {
                let url = Url::parse(url).ok();
                let port = url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
                format!("{}:{port}", url.as_ref().and_then(Url::host_str).unwrap_or_default())
            }
            Self::Tftp { server, .. } => {
                let server = bracketed(server);
                let after_address = server.rsplit_once(']').map_or(&*server, |(_, after)| after);
                if after_address.contains(':') { server } else { format!("{server}:69") }
            }
        }
    }
}

/// An address of IPv6 that stands alone gets the brackets that keep it apart from a port.
fn bracketed(server: &str) -> String {
    let is_bare = server.matches(':').count() > 1 && !server.starts_with('[');
    if is_bare { format!("[{server}]") } else { server.to_owned() }
}

/// Finds what a loader's config, fetched from `config`, means by `name`; or says why the loader cannot
/// fetch that.
pub(super) fn locate(
    format: BootFormat,
    part: ChainPart,
    name: &str,
    config: &ServerFile,
    machine: &LoaderMachine,
) -> Result<ServerFile, String> {
    match (part, format) {
        (ChainPart::Rootfs | ChainPart::Ignition, _) => by_live_system(part, name),
        (_, BootFormat::Pxelinux) => by_pxelinux(name, machine),
        (_, BootFormat::Grub) => by_grub(name, machine),
        (_, BootFormat::Ipxe | BootFormat::Matchbox) => by_ipxe(name, config),
        (_, BootFormat::Parm | BootFormat::Iso) => malformed(ServerFile::http(name)),
    }
}

/// curl gets the rootfs, coreos-installer or Ignition the config.
fn by_live_system(part: ChainPart, name: &str) -> Result<ServerFile, String> {
    match scheme(name) {
        Some("http" | "https") => malformed(ServerFile::http(name)),
        Some("tftp") => tftp_url(name),
        _ => Err(format!("the live system fetches its {part} over http, https or tftp only")),
    }
}

fn by_ipxe(name: &str, config: &ServerFile) -> Result<ServerFile, String> {
    let whole = match (scheme(name), config) {
        (None, ServerFile::Http(base)) => Url::parse(base).ok().and_then(|base| base.join(name).ok()),
        _ => Url::parse(name).ok(),
    };
    let whole = whole.ok_or_else(not_a_url)?;
    match whole.scheme() {
        "http" => malformed(ServerFile::http(whole.as_str())),
        "tftp" => tftp_url(whole.as_str()),
        // Whoever has fetched its script so has TLS, which the iPXE of a distribution has not.
        "https" if config.is_https() => malformed(ServerFile::http(whole.as_str())),
        "https" => Err("an iPXE as distributions build it has no https".to_owned()),
        other => Err(format!("iPXE has no scheme `{other}`")),
    }
}

/// `http://...`, `tftp://...`, `host::path`, `::path`, or a path beside the loader.
fn by_pxelinux(name: &str, machine: &LoaderMachine) -> Result<ServerFile, String> {
    match scheme(name) {
        Some("http") => return malformed(ServerFile::http(name)),
        Some("tftp") => return tftp_url(name),
        Some("https") => return Err("lpxelinux has no https".to_owned()),
        Some(other) => return Err(format!("lpxelinux fetches no `{other}:` that could be looked at here")),
        None => {}
    }
    let (server, path) = name.split_once("::").unwrap_or(("", name));
    let server = if server.is_empty() { &machine.server } else { server };
    Ok(ServerFile::Tftp { server: server.to_owned(), path: path.to_owned() })
}

/// `(http,host:port)/path`, `(tftp,host)/path`, `(tftp)/path` or a path on the root device, which is
/// the TFTP server.
fn by_grub(name: &str, machine: &LoaderMachine) -> Result<ServerFile, String> {
    let Some((device, path)) = name.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return Ok(ServerFile::Tftp { server: machine.server.clone(), path: name.to_owned() });
    };
    let (protocol, server) = device.split_once(',').unwrap_or((device, ""));
    let server = if server.is_empty() { machine.server.as_str() } else { server };
    match protocol {
        "tftp" | "pxe" => Ok(ServerFile::Tftp { server: server.to_owned(), path: path.to_owned() }),
        "http" => malformed(ServerFile::http(&format!("http://{server}/{}", path.trim_start_matches('/')))),
        "https" => Err("GRUB has no https".to_owned()),
        _ => Err(format!("GRUB fetches nothing from `({device})`")),
    }
}

fn tftp_url(text: &str) -> Result<ServerFile, String> {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let (server, path) = rest.split_once('/').ok_or_else(not_a_url)?;
    malformed(
        (!server.is_empty()).then(|| ServerFile::Tftp { server: server.to_owned(), path: path.to_owned() }),
    )
}

fn malformed(place: Option<ServerFile>) -> Result<ServerFile, String> {
    place.ok_or_else(not_a_url)
}

fn not_a_url() -> String {
    "it is not a URL".to_owned()
}

fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once("://")?;
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme.then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(format: BootFormat, part: ChainPart, name: &str) -> String {
        let machine = LoaderMachine { mac: "52:54:00:60:72:67".parse().ok(), server: "10.0.0.2".into() };
        let config = ServerFile::http("http://h:8080/ipxe/x.ipxe").unwrap();
        match locate(format, part, name, &config, &machine) {
            Ok(place) => place.to_string(),
            Err(why) => why,
        }
    }

    #[test]
    fn each_loader_has_its_own_way_to_say_where() {
        let pxe = |name| said(BootFormat::Pxelinux, ChainPart::Kernel, name);
        assert_eq!(pxe("http://h/k"), "http://h/k");
        assert_eq!(pxe("k"), "tftp://10.0.0.2/k");
        assert_eq!(pxe("::sub/k"), "tftp://10.0.0.2/sub/k");
        assert_eq!(pxe("h::k"), "tftp://h/k");
        assert_eq!(pxe("https://h/k"), "lpxelinux has no https");
        let grub = |name| said(BootFormat::Grub, ChainPart::Initramfs, name);
        assert_eq!(grub("(http,h:8081)/okd//k"), "http://h:8081/okd//k");
        assert_eq!(grub("(tftp)/k"), "tftp://10.0.0.2/k");
        assert_eq!(grub("(tftp,h)/k"), "tftp://h/k");
        assert_eq!(grub("/k"), "tftp://10.0.0.2/k");
        assert_eq!(grub("(hd0,1)/k"), "GRUB fetches nothing from `(hd0,1)`");
        let ipxe = |name| said(BootFormat::Ipxe, ChainPart::Kernel, name);
        assert_eq!(ipxe("../assets/k"), "http://h:8080/assets/k");
        assert_eq!(ipxe("tftp://h/k"), "tftp://h/k");
        assert_eq!(ipxe("https://h/k"), "an iPXE as distributions build it has no https");
        let secure = ServerFile::http("https://h/ipxe/x.ipxe").unwrap();
        let machine = LoaderMachine { mac: None, server: "10.0.0.2".into() };
        let by_tls = |format| locate(format, ChainPart::Kernel, "https://h/k", &secure, &machine).is_ok();
        assert!(by_tls(BootFormat::Ipxe) && by_tls(BootFormat::Matchbox));
        assert_eq!(said(BootFormat::Grub, ChainPart::Ignition, "https://h/i"), "https://h/i");
        assert_eq!(
            said(BootFormat::Grub, ChainPart::Rootfs, "ftp://h/i"),
            "the live system fetches its rootfs over http, https or tftp only"
        );
    }

    #[test]
    fn a_server_has_its_port() {
        assert_eq!(ServerFile::http("https://h/x").unwrap().server(), "h:443");
        assert_eq!(tftp_url("tftp://h/x").unwrap().server(), "h:69");
        assert_eq!(tftp_url("tftp://h:6969/x").unwrap().server(), "h:6969");
        assert_eq!(tftp_url("tftp://[fd00::2]/x").unwrap().server(), "[fd00::2]:69");
        assert_eq!(tftp_url("tftp://[fd00::2]:6969/x").unwrap().server(), "[fd00::2]:6969");
        let bare = ServerFile::Tftp { server: "fd00::2".into(), path: "/x".into() };
        assert_eq!(
            (bare.server().as_str(), bare.to_string().as_str()),
            ("[fd00::2]:69", "tftp://[fd00::2]/x")
        );
        assert!(tftp_url("tftp:///x").is_err());
    }
}
