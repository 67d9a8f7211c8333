//! `okdboot explain-code`: the page of docs/errors.md that a diagnostic belongs to.

use serde::Serialize;

use super::args::ExplainCode;
use super::output::Voice;
use crate::diag::{Code, Severity, manual};
use crate::run::failure::{Exit, Failure};
use crate::text::{List, did_you_mean};

/// What `okdboot explain-code` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document {
    /// The code that was named, or all of them.
    #[cfg_attr(test, schemars(length(min = 1)))]
    codes: Vec<Explained>,
}

/// A code with its page.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Explained {
    code: Code,
    severity: Severity,
    /// A line.
    #[cfg_attr(test, schemars(length(min = 1)))]
    meaning: String,
    /// The section of docs/errors.md, as Markdown.
    #[cfg_attr(test, schemars(length(min = 1)))]
    text: &'static str,
}

impl Explained {
    fn of(code: Code) -> Self {
        Self { code, severity: code.severity(), meaning: manual::meaning(code), text: manual::section(code) }
    }
}

/// Prints the section of a code, or a line for each.
pub fn run(args: &ExplainCode, output: &mut Voice) -> Result<Exit, Failure> {
    let codes = match &args.code {
        Some(text) => vec![manual::find(text).ok_or_else(|| unknown(text))?],
        None => Code::ALL.to_vec(),
    };
    output.document(&Document { codes: codes.iter().copied().map(Explained::of).collect() });
    match codes[..] {
        [code] => output.data(&page(code))?,
        _ => codes.iter().try_for_each(|code| output.data(&line(*code)))?,
    }
    Ok(Exit::Done)
}

fn line(code: Code) -> String {
    format!("{code}  {:7}  {}\n", code.severity().as_str(), manual::meaning(code))
}

/// The section as plain text: examples indented, no marks of Markdown around words.
fn page(code: Code) -> String {
    let mut text = format!("{code} ({})\n\n", code.severity().as_str());
    let mut in_example = false;
    for line in manual::section(code).lines() {
        if line.starts_with("```") {
            in_example = !in_example;
        } else if in_example && !line.is_empty() {
            text.extend(["    ", line, "\n"]);
        } else {
            text.extend([&line.replace("**", ""), "\n"]);
        }
    }
    text
}

fn unknown(text: &str) -> Failure {
    let failure = Failure::new(Exit::Usage, format!("there is no code `{text}`"));
    let alike = manual::numbered(text);
    let near = did_you_mean(text, Code::ALL.iter().map(|code| code.as_str()));
    let failure = match (&alike[..], near) {
        ([], None) => failure,
        ([], Some(near)) => failure.help(format!("did you mean `{near}`?")),
        (alike, _) => failure.help(format!("did you mean {}?", List::or(alike))),
    };
    failure.help("`okdboot explain-code` lists every code")
}
