//! The files of a run made again, some clusters at a time, for whoever writes them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::workspace::{Member, Planning, Workspace};
use crate::model::artifact::ArtifactKind;
use crate::model::name::Label;
use crate::plan::{self, Parts, PartsOf, PlannedFile};

/// How many nodes are planned at once: some thousand files, and work for every core.
const NODES: usize = 1000;

/// Files that are made of the same inputs as before, so that they are the same.
pub(super) struct Remade<'a> {
    /// The clusters.
    pub workspace: &'a Workspace,
    /// What their plans are made of besides.
    pub planning: Planning<'a>,
    /// The files that are not made of one cluster alone.
    pub shared: &'a [PlannedFile],
}

impl Parts for Remade<'_> {
    fn parts<'a>(&'a self, is_wanted: &'a dyn Fn(&Label) -> bool) -> PartsOf<'a> {
        static NONE: BTreeSet<ArtifactKind> = BTreeSet::new();
        let mut members = self.workspace.members.iter().filter(|it| is_wanted(&it.cluster().id)).peekable();
        let next = move || {
            members.peek()?;
            let some = self.workspace.inputs(few(&mut members), &self.planning, &NONE);
            Some(plan::remake(&some).map(Cow::Owned))
        };
        Box::new(std::iter::once(Ok(Cow::Borrowed(self.shared))).chain(std::iter::from_fn(next)))
    }
}

/// Takes as many clusters as are planned at once, one at least.
fn few<'a>(members: &mut impl Iterator<Item = &'a Member>) -> Vec<&'a Member> {
    let (mut few, mut nodes) = (Vec::new(), 0);
    while nodes < NODES
        && let Some(member) = members.next()
    {
        nodes += member.cluster().nodes.len();
        few.push(member);
    }
    few
}
