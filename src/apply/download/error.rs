//! Why an artifact is not where it should be.

use std::time::Duration;

use camino::Utf8PathBuf;
use thiserror::Error;

use crate::disk::DiskError;
use crate::http::HttpError;
use crate::model::artifact::ArtifactName;
use crate::model::digest::Sha256;
use crate::model::fault::{Fault, Faulty};
use crate::model::fingerprint::Fingerprint;
use crate::plan::tree::ObstacleKind;
use crate::signature::{SignatureError, Unsupported};
use crate::text::Bytes;

/// Why an artifact is not where it should be. An old good file is there still.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// It cannot be fetched.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The file system refuses.
    #[error(transparent)]
    Disk(DiskError),
    /// A link, a folder or a device stands where the file goes.
    #[error("`{path}` is {}, not a regular file; okdboot does not replace it", word(*what))]
    NotAFile {
        /// The place.
        path: Utf8PathBuf,
        /// What it is.
        what: ObstacleKind,
    },
    /// A link or a file stands where a folder goes.
    #[error("`{path}` is not a folder; okdboot does not follow links below the output root")]
    NotAFolder {
        /// The place.
        path: Utf8PathBuf,
    },
    /// The time that the person gave is over.
    #[error("the transfer of `{url}` took longer than `--deadline` allows")]
    Deadline {
        /// Where it comes from.
        url: String,
    },
    /// The server asks for a longer wait than anybody at a keyboard has.
    #[error("{cause}, and asks to wait {} s before the next request", wait.as_secs())]
    Patience {
        /// What it answered.
        cause: HttpError,
        /// How long it asks to wait.
        wait: Duration,
    },
    /// What came is not what was promised.
    #[error("`{url}` has another sha256 than expected\n  expected {expected}\n  received {received} ({})\n  {cause}", Bytes(*bytes))]
    Mismatch {
        /// Where it came from.
        url: String,
        /// The known digest.
        expected: Sha256,
        /// The digest of what came.
        received: Sha256,
        /// How much came.
        bytes: u64,
        /// What is likely behind it, as a sentence.
        cause: String,
    },
    /// The signature is wrong, or proves nothing where one is required.
    #[error("`{name}` is refused: {source}")]
    Signature {
        /// The file.
        name: ArtifactName,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// A signature is required, and the metadata names none.
    #[error("`{name}` has no signature, and `--require-signature` asks for one")]
    Unsigned {
        /// The file.
        name: ArtifactName,
    },
    /// A signature is required, and there is nothing to check it with.
    #[error("there is no key to check the signature of `{name}` with; name a file of keys with `--keyring`")]
    NoKeyring {
        /// The file.
        name: ArtifactName,
    },
    /// A signature is required, and this build cannot check it.
    #[error("`{name}` cannot be taken with `--require-signature`: {source}")]
    Uncheckable {
        /// The file.
        name: ArtifactName,
        /// Why it cannot.
        source: Unsupported,
    },
    /// Somebody else signed it than the lock says.
    #[error(
        "`{name}` is signed with key {found}, but the lock pins {pinned}; `--update` accepts the other one"
    )]
    OtherSigner {
        /// The file.
        name: ArtifactName,
        /// The key found now.
        found: Fingerprint,
        /// The key of the lock.
        pinned: Fingerprint,
    },
    /// Plain http, and nothing to compare with.
    #[error(
        "`{url}` is plain http and its sha256 is not known; put the digest of `{name}` under `okdboot.sha256` in vars.yaml"
    )]
    NoDigest {
        /// The file.
        name: ArtifactName,
        /// Where it would come from.
        url: String,
    },
    /// An answer that cannot be pinned on first use.
    #[error(
        "`{url}` cannot be trusted on first use: {why}; put the digest of `{name}` under `okdboot.sha256` in vars.yaml"
    )]
    Unpinnable {
        /// The file.
        name: ArtifactName,
        /// Where it came from.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// More than an artifact can have.
    #[error("`{url}` has more than {}, which no artifact has", Bytes(*cap))]
    TooLarge {
        /// Where it comes from.
        url: String,
        /// The limit in bytes.
        cap: u64,
    },
    /// Two artifacts want one place.
    #[error("two different files would be `{path}`: `{first}` and `{second}`")]
    Clash {
        /// Below the output root.
        path: String,
        /// Where the one comes from.
        first: String,
        /// Where the other comes from.
        second: String,
    },
}

impl DownloadError {
    /// Says whether another place that has the file may still have the right one.
    pub(super) fn is_of_source(&self) -> bool {
        matches!(
            self,
            Self::Http(_)
                | Self::Mismatch { .. }
                | Self::Patience { .. }
                | Self::TooLarge { .. }
                | Self::Unpinnable { .. }
        )
    }

    /// Says whether what has arrived is worth keeping for the next run.
    pub(super) fn keeps_part(&self) -> bool {
        match self {
            Self::Http(error) => error.fault() == Fault::Network,
            Self::Deadline { .. } | Self::Patience { .. } => true,
            _ => false,
        }
    }
}

impl From<DiskError> for DownloadError {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Obstacle { path, at, what } if at == path => Self::NotAFile { path, what },
            DiskError::Obstacle { at, .. } => Self::NotAFolder { path: at },
            other => Self::Disk(other),
        }
    }
}

fn word(what: ObstacleKind) -> &'static str {
    match what {
        ObstacleKind::Symlink => "a symbolic link",
        ObstacleKind::Folder => "a folder",
        _ => "a device, pipe or socket",
    }
}

impl Faulty for DownloadError {
    fn fault(&self) -> Fault {
        match self {
            Self::Http(error) => error.fault(),
            Self::Disk(_) | Self::NotAFile { .. } | Self::NotAFolder { .. } => Fault::FileSystem,
            Self::Mismatch { .. }
            | Self::Signature { .. }
            | Self::Unsigned { .. }
            | Self::OtherSigner { .. } => Fault::Digest,
            Self::NoKeyring { .. }
            | Self::Uncheckable { .. }
            | Self::NoDigest { .. }
            | Self::TooLarge { .. }
            | Self::Clash { .. } => Fault::Input,
            Self::Unpinnable { .. } | Self::Deadline { .. } | Self::Patience { .. } => Fault::Network,
        }
    }
}
