//! What a long piece of work tells its watcher while it runs.

use crate::model::artifact::ArtifactName;

/// What is being done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A file that is there already is hashed.
    Checking,
    /// It comes from a server or a `file:` URL.
    Fetching,
    /// It goes to an object store.
    Sending,
    /// It is copied to a further place below the output root.
    Copying,
}

/// A watcher. Several threads report at once, each about its own file.
pub trait Progress: Sync {
    /// Work on a file begins; `size` is in bytes and absent where a server does not say it.
    fn started(&self, file: &ArtifactName, activity: Activity, size: Option<u64>);

    /// So many more bytes are done.
    fn advanced(&self, file: &ArtifactName, bytes: u64);

    /// The activity that began last has ended, well or not.
    fn finished(&self, file: &ArtifactName);

    /// Something a person may want to know, in one line.
    fn line(&self, text: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _file: &ArtifactName, _activity: Activity, _size: Option<u64>) {}

    fn advanced(&self, _file: &ArtifactName, _bytes: u64) {}

    fn finished(&self, _file: &ArtifactName) {}

    fn line(&self, _text: &str) {}
}
