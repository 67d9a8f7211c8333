//! `--format junit`: nodes as test cases, for the test report of a CI job.
//!
//! The document depends on plan and findings only: no time stamp, no duration, no host name.

use std::fmt::Write as _;

use crate::diag::{Diagnostic, Severity};
use crate::plan::Plan;
use crate::run::verify::finding::Finding;
use crate::text::escape;

/// The suite of what is about no node in particular.
const GENERAL: &str = "files and artifacts";

/// One test case.
struct Case<'a> {
    suite: String,
    name: String,
    findings: Vec<&'a Diagnostic>,
}

impl Case<'_> {
    fn is_failed(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Returns the document. A finding about several nodes stands at each of them.
pub(super) fn document(plan: &Plan, findings: &[Finding]) -> String {
    let cases = cases(plan, findings);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let failed = cases.iter().filter(|case| case.is_failed()).count();
    let _ = writeln!(
        text,
        "<testsuites name=\"okdboot verify\" tests=\"{}\" failures=\"{failed}\">",
        cases.len()
    );
    for suite in cases.chunk_by(|one, other| one.suite == other.suite) {
        let failed = suite.iter().filter(|case| case.is_failed()).count();
        let name = attribute(&suite[0].suite);
        let _ =
            writeln!(text, "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failed}\">", suite.len());
        for case in suite {
            write_case(&mut text, case);
        }
        text.push_str("  </testsuite>\n");
    }
    text + "</testsuites>\n"
}

fn cases<'a>(plan: &Plan, findings: &'a [Finding]) -> Vec<Case<'a>> {
    let mut cases: Vec<Case> = plan
        .nodes
        .iter()
        .map(|node| Case {
            suite: node.cluster.to_string(),
            name: node.name.to_string(),
            findings: findings.iter().filter(|f| f.is_about(node)).map(|f| &f.diagnostic).collect(),
        })
        .collect();
    let general = findings.iter().filter(|finding| !finding.has_node(plan)).map(|f| &f.diagnostic).collect();
    cases.push(Case { suite: GENERAL.to_owned(), name: "all".to_owned(), findings: general });
    cases
}

fn write_case(text: &mut String, case: &Case) {
    let head =
        format!("    <testcase classname=\"{}\" name=\"{}\"", attribute(&case.suite), attribute(&case.name));
    if case.findings.is_empty() {
        *text += &(head + "/>\n");
        return;
    }
    *text += &(head + ">\n");
    for finding in &case.findings {
        let message = attribute(&finding.message);
        let help: String = finding.help.iter().map(|help| format!("help: {}\n", attribute(help))).collect();
        let (code, severity) = (finding.code, finding.severity.as_str());
        *text += &match finding.severity {
            Severity::Error => {
                format!("      <failure type=\"{code}\" message=\"{message}\">{help}</failure>\n")
            }
            _ => format!("      <system-out>{severity}[{code}]: {message}\n{help}</system-out>\n"),
        };
    }
    *text += "    </testcase>\n";
}

/// XML 1.0 has no way to write most control characters; they are spelt out as everywhere.
fn attribute(text: &str) -> String {
    escape(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::attribute;

    #[test]
    fn what_xml_reads_into_is_written_another_way() {
        assert_eq!(attribute("a<b> & \"c\"\u{1b}"), r"a&lt;b&gt; &amp; &quot;c&quot;\u{1b}");
    }
}
