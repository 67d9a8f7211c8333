//! Ignition files as openshift-install makes them, with real certificates of chosen life.

use std::time::SystemTime;

use rcgen::{CertificateParams, DnType, KeyPair};

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3600;

/// One run of the installer.
pub(crate) struct Installer {
    /// Of the root authority, which the pointers trust.
    pub(crate) root: String,
    /// When the day-long certificate starts and ends, in seconds from now.
    pub(crate) life: (i64, i64),
    /// `<clusterid>.<domain>`
    pub(crate) base: String,
    /// The install-config in its bootstrap.ign; absent with an installer that is not known.
    pub(crate) config: Option<String>,
    /// Its version.
    pub(crate) version: String,
    /// Its release image.
    pub(crate) image: String,
    /// Whether the one machine is its own bootstrap.
    pub(crate) is_in_place: bool,
}

impl Installer {
    /// A fresh run for the cluster of testdata/render/dhcp.
    pub(crate) fn new() -> Self {
        let root = certificate("root-ca", (-HOUR, 87_600 * HOUR));
        Self {
            root,
            life: (-HOUR, 23 * HOUR),
            base: "ocp4.example.com".to_owned(),
            config: None,
            version: "v4.20.3".to_owned(),
            image: "quay.io/okd/scos-release:4.20.0-okd-scos.15".to_owned(),
            is_in_place: false,
        }
    }

    /// Returns bootstrap.ign; what the parts hold is base64, one part is gzip besides.
    pub(crate) fn bootstrap(&self) -> String {
        let signer = certificate("kubelet-signer", self.life);
        let kubeconfig = format!("users:\n- client-certificate-data: {}\n", base64(self.root.as_bytes()));
        let mut files = vec![
            file("/opt/openshift/tls/root-ca.crt", &data(self.root.as_bytes())),
            file("/opt/openshift/tls/kubelet-signer.crt", &data(&gzip(signer.as_bytes()))),
            file("/opt/openshift/auth/kubeconfig", &data(kubeconfig.as_bytes())),
            file("/etc/motd", "data:,hello%20there"),
        ];
        if self.is_in_place {
            files.push(file("/usr/local/bin/install-to-disk.sh", "data:,echo"));
        }
        files.extend(self.config.as_ref().map(|config| self.of_run(config)).into_iter().flatten());
        format!(r#"{{"ignition":{{"version":"3.2.0"}},"storage":{{"files":[{}]}}}}"#, files.join(","))
    }

    /// What tells of a run, as the installer writes it.
    fn of_run(&self, config: &str) -> [String; 3] {
        let config: String = config.lines().map(|line| format!("    {line}\n")).collect();
        let cluster = format!("apiVersion: v1\ndata:\n  install-config: |\n{config}kind: ConfigMap\n");
        let installer = format!("apiVersion: v1\ndata:\n  invoker: user\n  version: {}\n", self.version);
        let image = format!(
            "#!/usr/bin/env bash\nif ! D=$( podman inspect {} --format json ); then :; fi\n",
            self.image
        );
        [
            file("/opt/openshift/manifests/cluster-config.yaml", &data(cluster.as_bytes())),
            file("/opt/openshift/openshift/openshift-install-manifests.yaml", &data(installer.as_bytes())),
            file("/usr/local/bin/release-image.sh", &data(image.as_bytes())),
        ]
    }

    /// Returns the pointer of a role.
    pub(crate) fn pointer(&self, role: &str) -> String {
        self.pointer_at(&format!("https://api-int.{}:22623/config/{role}", self.base))
    }

    /// Returns a pointer at any URL.
    pub(crate) fn pointer_at(&self, url: &str) -> String {
        let ca = data(self.root.as_bytes());
        format!(
            r#"{{"ignition":{{"config":{{"merge":[{{"source":"{url}"}}]}},"security":{{"tls":{{"certificateAuthorities":[{{"source":"{ca}"}}]}}}},"version":"3.2.0"}}}}"#
        )
    }
}

/// Returns a self-signed certificate as PEM.
pub(crate) fn certificate(name: &str, (starts, ends): (i64, i64)) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let now = i64::try_from(now).unwrap();
    let at = |seconds: i64| {
        rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs((now + seconds).try_into().unwrap())
    };
    (params.not_before, params.not_after) = (at(starts), at(ends));
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

fn file(path: &str, source: &str) -> String {
    format!(r#"{{"path":"{path}","contents":{{"source":"{source}"}}}}"#)
}

/// Returns bytes as a `data:` URL.
pub(crate) fn data(bytes: &[u8]) -> String {
    format!("data:text/plain;charset=utf-8;base64,{}", base64(bytes))
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Returns bytes packed.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}
