//! What a run is about to publish: `.okdboot/intent.json`, durable from before its first rename until
//! after its last.
//!
//! Before it is there, a run that ends has changed nothing. From then on its changes will be made: the
//! run does it, or whichever run takes the lock next. All temp files are durable when it is written, so
//! that nothing but renames is left to do. It is untrusted input: a step is done only where the bytes
//! have the digests that it says.

use std::collections::HashSet;

use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::layout::OWN_FOLDER;
use super::tree::{Standing, Tree};
use super::{KindError, Owner};
use crate::model::digest::Sha256;
use crate::model::fault::{Fault, Faulty};
use crate::model::name::Label;
use crate::model::path::RelPath;

/// The version of the format that is read and written.
const FORMAT_VERSION: u64 = 1;

/// The intent below the output root.
pub const FILE: &str = ".okdboot/intent.json";

/// The folders of okdboot's own files that a run publishes.
const OWN: [&str; 2] = [".okdboot/manifest", ".okdboot/machines"];

/// What a run is about to publish, in the order in which it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// Folders that get their names before anything else: their files have theirs.
    pub folders: Vec<NewFolder>,
    /// One a path.
    pub steps: Vec<Step>,
}

/// A folder that gets its name with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFolder {
    /// Where it will stand.
    pub path: RelPath,
    /// The name that it has beside its place.
    pub temp: String,
}

/// One file that gets its name, or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub path: RelPath,
    /// Whose it is; nobody's where it is okdboot's own.
    pub owner: Option<Owner>,
    /// The digest of what stood there; absent if nothing did, or where it does not matter.
    pub before: Option<Sha256>,
    /// The digest of what will stand there; absent if nothing will.
    pub after: Option<Sha256>,
    /// The name of the temp file with these bytes, beside the path; absent where it goes, or comes with its folder.
    pub temp: Option<String>,
}

/// An intent that cannot be used. Nothing is guessed then.
#[derive(Debug, Error)]
#[error("cannot read `{file}`, which a run left that did not end: {cause}")]
pub struct IntentError {
    /// The file.
    pub file: String,
    /// Why.
    pub cause: String,
}

impl Faulty for IntentError {
    fn fault(&self) -> Fault {
        Fault::Input
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Wire {
    format_version: u64,
    #[serde(default)]
    folders: Vec<WireFolder>,
    steps: Vec<WireStep>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFolder {
    path: String,
    temp: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireStep {
    path: String,
    cluster: Option<String>,
    kind: Option<String>,
    before: Option<String>,
    after: Option<String>,
    temp: Option<String>,
}

/// The same on its way out.
#[derive(Serialize)]
struct WrittenStep<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Sha256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Sha256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temp: Option<&'a str>,
}

/// How many steps a piece of the text has.
const PIECE: usize = 1024;

/// The folders with their key, as they stand before the steps.
fn folders_text(folders: &[NewFolder]) -> String {
    if folders.is_empty() {
        return String::new();
    }
    let folder = |new: &NewFolder| WireFolder { path: new.path.to_string(), temp: new.temp.clone() };
    // Strings only: serialising cannot fail.
    let text = serde_json::to_string(&folders.iter().map(folder).collect::<Vec<_>>()).unwrap_or_default();
    format!("\"folders\":{text},")
}

/// Steps as they stand between the brackets of a list.
fn part_of(steps: &[Step]) -> String {
    // Strings and numbers only: serialising cannot fail.
    let text = serde_json::to_string(steps).unwrap_or_default();
    text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or_default().to_owned()
}

impl Intent {
    /// Reads the intent that a killed run has left, if one has.
    pub fn load(tree: &dyn Tree) -> Result<Option<Self>, IntentError> {
        let refuse = |file: String, cause: String| IntentError { file, cause };
        let at: RelPath = FILE.parse().map_err(|_| refuse(FILE.to_owned(), "not a path".to_owned()))?;
        match tree.look(&at) {
            Standing::Absent => Ok(None),
            Standing::File(found) => {
                Self::parse(&found.bytes).map(Some).map_err(|cause| refuse(tree.name(&at), cause))
            }
            Standing::Other(obstacle) => Err(refuse(tree.name(&at), obstacle.to_string())),
            Standing::Unreadable(cause) => Err(refuse(tree.name(&at), cause)),
        }
    }

    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        Self::pieces(&self.folders, &self.steps).collect()
    }

    /// Returns the text of the file for some steps, in pieces: a run may have hundreds of thousands of them. It
    /// lives for a moment, so nothing is aligned in it.
    pub fn pieces(folders: &[NewFolder], steps: &[Step]) -> impl Iterator<Item = String> {
        let head = format!("{{\"format-version\":{FORMAT_VERSION},{}\"steps\":[", folders_text(folders));
        let comma = |part: usize| if part == 0 { "" } else { "," };
        let parts = steps.chunks(PIECE).enumerate();
        let parts = parts.map(move |(at, part)| comma(at).to_owned() + &part_of(part));
        std::iter::once(head).chain(parts).chain(std::iter::once("]}\n".to_owned()))
    }

    /// Returns the steps of some clusters and of files that all share.
    #[must_use]
    pub fn of(self, clusters: &[Label]) -> Self {
        let clusters: HashSet<&Label> = clusters.iter().collect();
        let is_wanted = |step: &Step| step.cluster().is_none_or(|id| clusters.contains(id));
        Self { steps: self.steps.into_iter().filter(is_wanted).collect(), ..self }
    }

    /// Returns the clusters that it is about.
    pub fn clusters(&self) -> Vec<Label> {
        let mut clusters: Vec<Label> = self.steps.iter().filter_map(|step| step.cluster().cloned()).collect();
        clusters.sort();
        clusters.dedup();
        clusters
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if wire.format_version != FORMAT_VERSION {
            let found = wire.format_version;
            return Err(format!("its `format-version` is {found}, this okdboot reads {FORMAT_VERSION}"));
        }
        Ok(Self {
            folders: wire.folders.into_iter().map(WireFolder::checked).collect::<Result<_, _>>()?,
            steps: wire.steps.into_iter().map(WireStep::checked).collect::<Result<_, _>>()?,
        })
    }
}

impl Step {
    /// Says whether it is a file that has its name already, in a folder that has none.
    pub fn comes_with_folder(&self) -> bool {
        self.temp.is_none() && self.after.is_some()
    }

    fn cluster(&self) -> Option<&Label> {
        self.owner.as_ref()?.cluster.as_ref()
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = WrittenStep {
            path: self.path.as_str(),
            cluster: self.cluster().map(Label::as_str),
            kind: self.owner.as_ref().map(|owner| owner.kind.as_str()),
            before: self.before.as_ref(),
            after: self.after.as_ref(),
            temp: self.temp.as_deref(),
        };
        written.serialize(serializer)
    }
}

impl WireFolder {
    fn checked(self) -> Result<NewFolder, String> {
        let path: RelPath =
            self.path.parse().map_err(|error: crate::model::path::RelPathError| error.to_string())?;
        if path.as_str().split('/').next() == Some(OWN_FOLDER) {
            return Err(format!("`{path}` is no folder that a run publishes"));
        }
        let temp = temp(&path, self.temp)?;
        Ok(NewFolder { path, temp })
    }
}

impl WireStep {
    fn checked(self) -> Result<Step, String> {
        let path: RelPath =
            self.path.parse().map_err(|error: crate::model::path::RelPathError| error.to_string())?;
        let digest = |text: Option<String>| {
            text.map(|text| text.parse::<Sha256>()).transpose().map_err(|error| error.to_string())
        };
        let owner = self.kind.map(|kind| owner(self.cluster.as_deref(), &kind)).transpose()?;
        let is_own = path.as_str().split('/').next() == Some(OWN_FOLDER);
        if is_own != owner.is_none() || (is_own && !OWN.contains(&path.split().0)) {
            return Err(format!("`{path}` is nothing that a run publishes"));
        }
        let temp = self.temp.map(|name| temp(&path, name)).transpose()?;
        Ok(Step { path, owner, before: digest(self.before)?, after: digest(self.after)?, temp })
    }
}

fn owner(cluster: Option<&str>, kind: &str) -> Result<Owner, String> {
    let kind = kind.parse().map_err(|error: KindError| error.to_string())?;
    let cluster = cluster.map(str::parse::<Label>).transpose().map_err(|error| error.to_string())?;
    Ok(Owner { cluster, kind })
}

/// A temp file stands beside its path and has a temp file's name.
fn temp(path: &RelPath, name: String) -> Result<String, String> {
    let inner = crate::model::temp::stem(&name);
    match inner.filter(|inner| !inner.contains('/') && inner.parse::<RelPath>().is_ok()) {
        Some(_) => Ok(name),
        None => Err(format!("`{}` is no temp file for `{path}`", crate::text::escape(&name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::FileKind;

    fn intent() -> Intent {
        let owner = |kind| Some(Owner { cluster: Some("lab".parse().unwrap()), kind });
        let step = |path: &str, owner, before, after, temp: Option<&str>| Step {
            path: path.parse().unwrap(),
            owner,
            before,
            after,
            temp: temp.map(str::to_owned),
        };
        let (old, new) = (Sha256::of(b"old"), Sha256::of(b"new"));
        let folder = NewFolder { path: "c/new".parse().unwrap(), temp: ".okdboot-1-4.part".to_owned() };
        Intent {
            folders: vec![folder],
            steps: vec![
                step("a/x", owner(FileKind::Grub), Some(old), Some(new), Some(".okdboot-1-2.part")),
                step("b/gone", owner(FileKind::Ipxe), Some(old), None, None),
                step(".okdboot/machines/lab.json", None, None, Some(new), Some(".okdboot-1-3.part")),
            ],
        }
    }

    #[test]
    fn text_parses_back() {
        assert_eq!(Intent::parse(intent().to_text().as_bytes()).unwrap(), intent());
        assert_eq!(intent().clusters(), ["lab".parse().unwrap()]);
    }

    #[test]
    fn a_text_of_several_pieces_is_one_text() {
        let mut intent = intent();
        let gone = |at: usize| Step { path: format!("b/{at}").parse().unwrap(), ..intent.steps[1].clone() };
        let many: Vec<Step> = (0..2 * PIECE).map(gone).collect();
        intent.steps.extend(many);
        assert_eq!(Intent::pieces(&intent.folders, &intent.steps).count(), 5);
        assert_eq!(Intent::parse(intent.to_text().as_bytes()).unwrap(), intent);
        assert_eq!(Intent::parse(Intent::default().to_text().as_bytes()).unwrap(), Intent::default());
    }

    #[test]
    fn what_no_run_publishes_is_refused() {
        let text = intent().to_text();
        for (from, to) in [
            ("a/x", "../x"),
            ("a/x", ".okdboot/lock"),
            (".okdboot/machines/lab.json", ".okdboot/lock"),
            (".okdboot/machines/lab.json", "etc/x"),
            ("\"kind\":\"grub\"", "\"kind\":\"exe\""),
            (".okdboot-1-2.part", "../../x"),
            (".okdboot-1-2.part", "passwd"),
            (".okdboot-1-2.part", ".okdboot-/1.part"),
            ("c/new", "../new"),
            ("c/new", ".okdboot/new"),
            (".okdboot-1-4.part", "d"),
            (".okdboot-1-4.part", ".okdboot-/../4.part"),
            ("\"format-version\":1", "\"format-version\":2"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(Intent::parse(text.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }
}
