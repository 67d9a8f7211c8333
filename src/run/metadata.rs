//! The text of a stream, from wherever it is.

use super::choice::StreamChoice;
use super::failure::{Exit, Failure};
use super::ignition_files;
use super::network::client;
use super::process::Process;
use crate::model::cluster::Cluster;
use crate::model::stream_ref::StreamRef;
use crate::stream;

/// The most of a stream's text that is read, in bytes.
const MAX_STREAM: u64 = 8 << 20;

/// Reads the text of a stream from wherever it is.
pub fn text(choice: &StreamChoice, source: &StreamRef, process: &Process) -> Result<String, Failure> {
    if is_local(source) { local_text(source) } else { download(choice, source, process) }
}

/// Reads the text of a stream that is at hand; of any other there is none.
pub fn local_text(source: &StreamRef) -> Result<String, Failure> {
    let text = match source {
        StreamRef::File(path, _) => stream::load(path.as_ref()),
        StreamRef::Stdin(_) => stream::read(std::io::stdin()),
        remote => return Err(Failure::new(Exit::Network, format!("stream `{remote}` is not at hand"))),
    };
    text.map_err(|error| {
        let failure = Failure::by(&error);
        match source {
            StreamRef::File(..) => {
                failure.help("`--stream` names a release, an https URL or a file that is there")
            }
            _ => failure,
        }
    })
}

fn download(choice: &StreamChoice, source: &StreamRef, process: &Process) -> Result<String, Failure> {
    let Some(url) = stream::url(source) else {
        return Err(Failure::new(Exit::Bug, format!("stream `{source}` has no address")));
    };
    let client = client(choice.ca_cert.as_deref(), process)?;
    let text = client.get_text(&url, MAX_STREAM).map_err(Failure::from);
    text.map_err(|failure| failure.help("without a network, give the metadata as a file: `--stream FILE`"))
}

/// Says whether a stream is at hand without a network.
pub fn is_local(source: &StreamRef) -> bool {
    matches!(source, StreamRef::File(..) | StreamRef::Stdin(_))
}

/// A file that vars.yaml names is relative to it.
pub fn beside(cluster: &Cluster) -> Option<StreamRef> {
    match cluster.settings.stream.clone()? {
        StreamRef::File(path, rhel) => {
            Some(StreamRef::File(ignition_files::beside(&cluster.file, &path).into_string(), rhel))
        }
        other => Some(other),
    }
}
