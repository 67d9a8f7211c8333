//! A diagnostic as `--format json` has it.

use serde::{Serialize, Serializer};

use super::{Annotation, Code, Diagnostic, Severity};

/// One finding, with its place where there is one. docs/errors.md and `okdboot explain-code` say more of its code.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Finding"))]
pub(crate) struct PrintedDiagnostic<'a> {
    code: Code,
    severity: Severity,
    /// What was found, without a full stop. Its wording may change; the code does not.
    #[cfg_attr(test, schemars(length(min = 1)))]
    message: &'a str,
    /// The fix, a sentence each.
    help: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Spot<'a>>,
    /// Other places involved, such as the first owner of a duplicate MAC address.
    related: Vec<Spot<'a>>,
}

/// A place in a file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "place"))]
struct Spot<'a> {
    /// The file as it was named to okdboot.
    #[cfg_attr(test, schemars(length(min = 1)))]
    file: &'a str,
    /// The line, counted from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
    /// The column in characters, counted from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    column: usize,
    /// A few words about this place; may be empty.
    label: &'a str,
}

impl<'a> PrintedDiagnostic<'a> {
    pub(super) fn of(diagnostic: &'a Diagnostic) -> Self {
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity,
            message: &diagnostic.message,
            help: &diagnostic.help,
            at: diagnostic.primary.as_ref().map(Spot::of),
            related: diagnostic.related.iter().map(Spot::of).collect(),
        }
    }
}

impl<'a> Spot<'a> {
    fn of(annotation: &'a Annotation) -> Self {
        let (line, column) = annotation.place.line_column();
        Self { file: annotation.place.name(), line, column, label: &annotation.label }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
