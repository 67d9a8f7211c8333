//! What install-config takes from files.

/// What install-config takes from files: never kept in a lock, a manifest, a diff or JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The pull secret, as JSON on one line.
    pub pull_secret: Option<String>,
    /// Public SSH keys, one a line.
    pub ssh_key: Option<String>,
    /// Certificates of authorities, PEM.
    pub trust_bundle: Option<String>,
}
