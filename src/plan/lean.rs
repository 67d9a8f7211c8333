//! A plan that fits in memory whatever the number of its files: their digests are kept, and what they hold is made
//! again, some clusters at a time, for those that are written.

use std::borrow::Cow;

use thiserror::Error;

use super::{ExpectedTree, Plan, PlannedFile};
use crate::diag::Report;
use crate::model::fault::{Fault, Faulty};
use crate::model::name::Label;
use crate::template::TemplateError;

/// A plan without the files that are made of one cluster alone.
#[derive(Debug)]
pub struct LeanPlan {
    /// What is compared.
    pub expected: ExpectedTree,
    /// Warnings and notices about the plan itself.
    pub report: Report,
    /// The files that are not made of one cluster alone.
    pub shared: Vec<PlannedFile>,
}

/// Where the files of a run come from with their contents.
pub trait Parts {
    /// Returns the files of the clusters that are wanted, and those that several share, some at a time.
    fn parts<'a>(&'a self, is_wanted: &'a dyn Fn(&Label) -> bool) -> PartsOf<'a>;
}

/// Files with their contents, some at a time.
pub type PartsOf<'a> = Box<dyn Iterator<Item = Result<Cow<'a, [PlannedFile]>, RemakeError>> + 'a>;

/// A file that could not be made a second time.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct RemakeError(#[from] TemplateError);

impl Faulty for RemakeError {
    fn fault(&self) -> Fault {
        self.0.fault()
    }
}

/// A plan has all contents in memory: it is one part.
impl Parts for Plan {
    fn parts<'a>(&'a self, _: &'a dyn Fn(&Label) -> bool) -> PartsOf<'a> {
        Box::new(std::iter::once(Ok(Cow::Borrowed(&*self.files))))
    }
}
