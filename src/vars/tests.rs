//! Every value that is there is judged, whatever its neighbours are.
//!
//! A file with nearly every key has each value right, wrong, or an expression that cannot be evaluated. What
//! is said of a wrong value alone is said of it whichever others are wrong as well.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::read;
use crate::diag::{Code, Report, Span};

/// Each value stands as `[[right|wrong]]`.
const FILE: &str = include_str!("../../testdata/vars/every-value.yaml");
const UNKNOWN: &str = "{{ nobody }}";
/// Said of a value because of what stands beside it.
const OF_OTHERS: [Code; 2] = [Code::V220, Code::V226];

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Right,
    Wrong,
    Unknown,
}

/// A value with the text that follows it.
struct Value {
    right: &'static str,
    wrong: &'static str,
    after: &'static str,
}

/// Returns what stands before the first value, and the values.
fn template() -> (&'static str, Vec<Value>) {
    let text = FILE.split_once('\n').unwrap().1;
    let mut parts = text.split("[[");
    let head = parts.next().unwrap();
    let value = |part: &'static str| {
        let (value, after) = part.split_once("]]").unwrap();
        let (right, wrong) = value.split_once('|').unwrap();
        Value { right, wrong, after }
    };
    (head, parts.map(value).collect())
}

/// Writes the file, and says where each value stands.
fn written(states: &[State]) -> (String, Vec<Span>) {
    let (head, values) = template();
    let (mut text, mut spans) = (head.to_owned(), Vec::new());
    for (value, state) in values.iter().zip(states) {
        let is_quoted = text.ends_with('"');
        let start = text.len();
        match state {
            State::Right => text += value.right,
            State::Wrong => text += value.wrong,
            State::Unknown if is_quoted => text += UNKNOWN,
            State::Unknown => text += &format!("\"{UNKNOWN}\""),
        }
        spans.push(Span { start: start - usize::from(is_quoted), end: text.len() });
        text += value.after;
    }
    (text, spans)
}

/// Returns what is said of a file at each value.
fn said(states: &[State]) -> Vec<BTreeSet<Code>> {
    let (text, spans) = written(states);
    let (_, report) = read("vars.yaml", text.as_bytes());
    spans.iter().map(|span| codes_at(&report, *span)).collect()
}

fn codes_at(report: &Report, span: Span) -> BTreeSet<Code> {
    let is_here = |at: usize| (span.start..=span.end).contains(&at);
    let found = report.diagnostics().iter().filter(|diagnostic| {
        diagnostic.primary.as_ref().is_some_and(|primary| is_here(primary.place.span.start))
    });
    found.map(|diagnostic| diagnostic.code).collect()
}

fn rest(count: usize) -> Vec<State> {
    vec![State::Right; count]
}

/// What is said of each value that is wrong alone.
fn alone() -> &'static [BTreeSet<Code>] {
    static ALONE: std::sync::LazyLock<Vec<BTreeSet<Code>>> = std::sync::LazyLock::new(|| {
        let count = template().1.len();
        let one = |at: usize| {
            let mut states = rest(count);
            states[at] = State::Wrong;
            said(&states).swap_remove(at)
        };
        (0..count).map(one).collect()
    });
    &ALONE
}

#[test]
fn a_file_with_every_value_right_is_right() {
    let (text, _) = written(&rest(template().1.len()));
    let (_, report) = read("vars.yaml", text.as_bytes());
    let said = crate::diag::render(&report, crate::diag::Palette::Plain);
    assert!(!report.has_errors(), "{said}");
}

#[test]
fn every_wrong_value_is_refused() {
    let (_, values) = template();
    let silent: Vec<&str> = alone()
        .iter()
        .zip(&values)
        .filter(|(codes, _)| codes.is_empty())
        .map(|(_, value)| value.wrong)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

/// Returns what is hidden of the values of a file.
fn hidden(states: &[State]) -> Vec<String> {
    let (_, values) = template();
    let unknown = BTreeSet::from([Code::V011]);
    let mut hidden = Vec::new();
    for (at, found) in said(states).iter().enumerate() {
        let due = match states[at] {
            State::Right => continue,
            State::Wrong => &alone()[at],
            State::Unknown => &unknown,
        };
        // The mask of an address that is not known is judged as one of IPv4.
        let is_said =
            |code: &Code| found.contains(code) || (*code == Code::V227 && found.contains(&Code::V108));
        if !due.iter().all(|code| is_said(code) || OF_OTHERS.contains(code)) {
            hidden.push(format!("`{}` lacks {due:?} of {found:?}", values[at].wrong));
        }
    }
    hidden
}

#[test]
fn all_at_once_are_reported() {
    let states = vec![State::Wrong; template().1.len()];
    let hidden = hidden(&states);
    assert!(hidden.is_empty(), "{hidden:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Half of the values are right, so that any two of them are wrong beside any others that are right.
    #[test]
    fn no_value_hides_another(states in proptest::collection::vec(
        prop_oneof![
            3 => Just(State::Right),
            2 => Just(State::Wrong),
            1 => Just(State::Unknown),
        ],
        template().1.len(),
    )) {
        let hidden = hidden(&states);
        prop_assert!(hidden.is_empty(), "{:#?}", hidden);
    }
}
