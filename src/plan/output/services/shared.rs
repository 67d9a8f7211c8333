//! A text file of several clusters: a head, a section a cluster between two comments, and a tail.
//!
//! A section of a cluster that is not in this run is kept as it stands.

use std::collections::BTreeMap;

use super::{Made, Run};
use crate::model::name::Label;
use crate::plan::{ContentOrigin, FileKind};

/// A shared file before its sections are known.
pub(super) struct Shared<'a> {
    pub(super) kind: FileKind,
    pub(super) path: &'a str,
    /// What begins a comment.
    pub(super) comment: &'a str,
    /// The template of the sections.
    pub(super) origin: ContentOrigin,
}

/// The sections of a file by cluster.
pub(super) type Sections = BTreeMap<Label, String>;

impl Shared<'_> {
    /// Returns the sections that stand in the file, without those of this run's clusters, with these.
    pub(super) fn sections(&self, run: &Run, own: Vec<(Label, String)>) -> Sections {
        let mut sections = self.standing(run.standing.text(self.path));
        sections.retain(|id, _| !run.ids.contains(id));
        sections.extend(own);
        sections
    }

    /// Makes the file, or says that it is of no use any more.
    pub(super) fn file(&self, head: &str, sections: &Sections, tail: &str, made: &mut Made) {
        if sections.is_empty() {
            made.dropped.extend(self.path.parse().ok());
            return;
        }
        let text = format!("{head}{}{tail}", self.bodies(sections));
        made.push(super::file(self.path, (None, self.kind), text, self.origin.clone()));
    }

    /// Returns the sections with their comments.
    pub(super) fn bodies(&self, sections: &Sections) -> String {
        sections.iter().map(|(id, body)| self.section(id, body)).collect()
    }

    fn section(&self, id: &Label, body: &str) -> String {
        let comment = self.comment;
        format!("{comment} okdboot: cluster {id}\n{body}{comment} okdboot: end of {id}\n")
    }

    fn standing(&self, text: &str) -> Sections {
        let begin = format!("{} okdboot: cluster ", self.comment);
        let end = format!("{} okdboot: end of ", self.comment);
        let (mut sections, mut open) = (Sections::new(), None);
        for line in text.lines() {
            if let Some(id) = line.strip_prefix(&begin) {
                open = id.parse::<Label>().ok().map(|id| (id, String::new()));
            } else if line.starts_with(&end) {
                sections.extend(open.take());
            } else if let Some((_, body)) = &mut open {
                body.push_str(line);
                body.push('\n');
            }
        }
        sections
    }
}
