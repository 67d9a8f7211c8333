//! Whether a locked cluster still is what vars.yaml asks for.

use std::fmt;

use super::resolve::{Needs, StreamUser};
use super::{DigestOrigin, LockedArch, LockedArtifact, LockedCluster, LockedStream};
use crate::model::arch::Arch;
use crate::model::artifact::ArtifactKind;
use crate::model::stream_ref::StreamRef;
use crate::model::url::without_secrets;
use crate::stream::program;

/// Why a locked cluster has to be resolved again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Another stream is asked for.
    Stream {
        /// The locked one.
        locked: Option<String>,
        /// The one that is asked for.
        wanted: String,
    },
    /// The stream's text is another, under the same name.
    Text {
        /// As the person named it.
        source: String,
    },
    /// A node's architecture is not locked.
    Arch(Arch),
    /// vars.yaml names another location than the lock.
    Location {
        /// Of which architecture.
        arch: Arch,
        /// Of which artifact.
        kind: ArtifactKind,
    },
    /// vars.yaml does not name an artifact any more that was locked from it.
    Dropped {
        /// Of which architecture.
        arch: Arch,
        /// Of which artifact.
        kind: ArtifactKind,
    },
    /// `okdboot.sha256` has another digest than the lock.
    Digest {
        /// Of which architecture.
        arch: Arch,
        /// Of which artifact.
        kind: ArtifactKind,
    },
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream { locked: Some(locked), wanted } => {
                write!(f, "the lock has stream `{locked}`, asked for is `{wanted}`")
            }
            Self::Stream { locked: None, wanted } => {
                write!(f, "the lock has no stream, asked for is `{wanted}`")
            }
            Self::Text { source } => write!(f, "the metadata in `{source}` is not the locked one"),
            Self::Arch(arch) => write!(f, "the lock has nothing for `{arch}`"),
            Self::Location { arch, kind } => {
                write!(f, "vars.yaml names another {kind} for `{arch}` than the lock")
            }
            Self::Dropped { arch, kind } => {
                write!(f, "vars.yaml does not name the {kind} for `{arch}` any more")
            }
            Self::Digest { arch, kind } => {
                write!(f, "`okdboot.sha256` has another digest for the {kind} of `{arch}` than the lock")
            }
        }
    }
}

impl LockedCluster {
    /// Says whether the locked entry fits what the cluster asks for now, and if not, why.
    pub fn covers(&self, needs: &Needs<'_>) -> Result<(), Stale> {
        covers_stream(self.stream.as_ref(), needs)?;
        for arch in &needs.arches {
            let locked = self.arches.get(arch).ok_or(Stale::Arch(*arch))?;
            covers_overrides(*arch, locked, needs)?;
        }
        Ok(())
    }
}

fn covers_stream(locked: Option<&LockedStream>, needs: &Needs<'_>) -> Result<(), Stale> {
    let Some(wanted) = needs.stream else { return Ok(()) };
    let wanted = without_secrets(&wanted.to_string());
    match (locked, needs.text) {
        (Some(stream), Some(text)) if stream.sha256 == text => Ok(()),
        (Some(stream), None) if stream.source == wanted => Ok(()),
        (Some(stream), _) if needs.asked == StreamUser::ByVars && stream.stands_in(&wanted) => Ok(()),
        (Some(stream), Some(_)) if stream.source == wanted => Err(Stale::Text { source: wanted }),
        _ => Err(Stale::Stream { locked: locked.map(|stream| stream.source.clone()), wanted }),
    }
}

impl LockedStream {
    /// Says whether this was given in the place of a stream that vars.yaml names. Locks of okdboot 0.1 do
    /// not say for which; what is at hand without a server was given because there was none.
    fn stands_in(&self, wanted: &str) -> bool {
        let is_local = |source: &str| matches!(source.parse(), Ok(StreamRef::File(..) | StreamRef::Stdin(_)));
        match &self.stands_for {
            Some(known) => known == wanted,
            None => is_local(&self.source) && !is_local(wanted),
        }
    }
}

fn covers_overrides(arch: Arch, locked: &LockedArch, needs: &Needs<'_>) -> Result<(), Stale> {
    let named = needs.named(arch);
    for (kind, _, url) in &named {
        let kind = *kind;
        let artifact = locked.artifacts.get(&kind).filter(|it| it.location == **url && it.is_override());
        let artifact = artifact.ok_or(Stale::Location { arch, kind })?;
        if !digest_agrees(artifact, needs) {
            return Err(Stale::Digest { arch, kind });
        }
    }
    let is_named = |kind| named.iter().any(|(named, _, _)| *named == kind);
    let is_of_vars = |it: &LockedArtifact| it.is_override() && !program::is_published(&it.location);
    let dropped = locked.artifacts.iter().find(|(kind, it)| is_of_vars(it) && !is_named(**kind));
    dropped.map_or(Ok(()), |(kind, _)| Err(Stale::Dropped { arch, kind: *kind }))
}

/// A digest in vars.yaml has to be the locked one; a locked one that came from vars.yaml has to be
/// there still.
fn digest_agrees(artifact: &LockedArtifact, needs: &Needs<'_>) -> bool {
    let locked = artifact.digest;
    match needs.sha256.get(&artifact.name) {
        Some(wanted) => locked.is_some_and(|digest| digest.sha256 == *wanted),
        None => locked.is_none_or(|digest| digest.origin != DigestOrigin::Vars),
    }
}
