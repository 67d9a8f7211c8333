//! `okdboot.accept`: warnings and notices that a person has read and means.

use super::super::section::Scalar;
use super::value::Values;
use crate::diag::{Code, Severity};
use crate::text::did_you_mean;

/// Returns the codes. Only this file's own warnings can be accepted: what stands on a disk or in a network
/// changes by itself.
pub fn codes(values: &Values, raw: &[Scalar]) -> Vec<Code> {
    raw.iter().filter_map(|at| code(values, at)).collect()
}

fn code(values: &Values, at: &Scalar) -> Option<Code> {
    let text = at.text.trim();
    let found = Code::ALL.iter().copied().find(|code| code.as_str() == text);
    let (message, help) = match found {
        Some(code) if code.severity() == Severity::Error => {
            (format!("`{text}` is an error"), format!("mend what `okdboot explain-code {text}` tells of"))
        }
        Some(code) if text.starts_with('V') => return Some(code),
        Some(_) => (
            format!("`{text}` is not about this file"),
            "warnings of vars.yaml can be accepted, whose codes begin with V".to_owned(),
        ),
        None => (format!("`{text}` is no code"), unknown(text)),
    };
    values.refuse(Code::V115, at, message, &help);
    None
}

fn unknown(text: &str) -> String {
    let near = did_you_mean(text, Code::ALL.iter().map(|code| code.as_str()));
    near.map_or("write codes as `okdboot check` prints them, such as `V213`".to_owned(), |near| {
        format!("did you mean `{near}`?")
    })
}
