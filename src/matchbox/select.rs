//! Which group matchbox takes for a machine, by its own rule (matchbox v0.11.0, read and run).
//!
//! A group matches where every pair of its selector is a label of the request; a label that is not
//! there counts as empty. Of those that match, the one with the most pairs wins; among equals the
//! greatest by its sorted `key=value` pairs. There is no second try: if the winner's profile is missing,
//! the machine gets nothing.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

/// Labels of a request.
pub type Labels = BTreeMap<String, String>;

/// What a request must carry, sorted by key. A map would take half a kilobyte for the one pair that most
/// groups have.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector(Box<[(String, String)]>);

/// What selection needs of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCandidate {
    /// The stem of its file.
    pub stem: String,
    /// The stem of its profile's file; may be empty.
    pub profile: String,
    /// What a request must carry; empty for a default group.
    pub selector: Selector,
}

impl Selector {
    /// Returns the pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&String> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// Returns how many pairs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether any request will do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Labels> for Selector {
    fn from(pairs: Labels) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl FromIterator<(String, String)> for Selector {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        pairs.into_iter().collect::<Labels>().into()
    }
}

impl Serialize for Selector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// Why matchbox takes no notice of a group's file, but for a line in its log.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Vanished {
    /// Not JSON, or not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A member of another type.
    #[error("`{0}` is of the wrong type")]
    WrongType(&'static str),
    /// A selector by a MAC address that is none.
    #[error("`{0}` is not a MAC address as matchbox reads them")]
    Mac(String),
}

impl GroupCandidate {
    /// Reads a group's file as matchbox does: names in any letter case, unknown members ignored.
    pub fn parse(stem: &str, bytes: &[u8]) -> Result<Self, Vanished> {
        let members: Map<String, Value> = serde_json::from_slice(bytes).map_err(|_| Vanished::NotAnObject)?;
        let mut candidate =
            Self { stem: stem.to_owned(), profile: String::new(), selector: Selector::default() };
        let mut pairs = Labels::new();
        for (name, value) in &members {
            match name.to_ascii_lowercase().as_str() {
                "id" => drop(string(value, "id")?),
                "name" => drop(string(value, "name")?),
                "profile" => candidate.profile = string(value, "profile")?,
                "selector" => pairs.extend(selector(value)?),
                "metadata" if !value.is_object() && !value.is_null() => {
                    return Err(Vanished::WrongType("metadata"));
                }
                _ => {}
            }
        }
        candidate.selector = pairs.into();
        Ok(candidate)
    }

    /// Returns the selector as matchbox sorts it, and as a person reads it.
    pub fn pairs(&self) -> String {
        let mut pairs: Vec<String> =
            self.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.sort();
        pairs.join(",")
    }

    fn matches(&self, labels: &Labels) -> bool {
        let label = |key: &String| labels.get(key).map_or("", String::as_str);
        self.selector.iter().all(|(key, value)| label(key) == value)
    }

    /// Orders the stronger one first.
    fn before(&self, other: &Self) -> Ordering {
        let by_count = other.selector.len().cmp(&self.selector.len());
        by_count.then_with(|| other.pairs().cmp(&self.pairs()))
    }
}

fn string(value: &Value, name: &'static str) -> Result<String, Vanished> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        _ => Err(Vanished::WrongType(name)),
    }
}

fn selector(value: &Value) -> Result<Labels, Vanished> {
    let pairs = match value {
        Value::Null => return Ok(Labels::new()),
        Value::Object(pairs) => pairs,
        _ => return Err(Vanished::WrongType("selector")),
    };
    let pair = |(key, value): (&String, &Value)| {
        let text = string(value, "selector")?;
        let text = if is_mac(key) { mac(&text).ok_or(Vanished::Mac(text))? } else { text };
        Ok((key.clone(), text))
    };
    pairs.iter().map(pair).collect()
}

/// The labels of a request as matchbox takes them: a MAC address that it cannot read is dropped.
pub fn labels<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in given {
        let value = if is_mac(key) { mac(value) } else { Some(value.to_owned()) };
        // Of a label that is given twice the first one counts.
        if let Some(value) = value {
            labels.entry(key.to_owned()).or_insert(value);
        }
    }
    labels
}

fn is_mac(key: &str) -> bool {
    key.eq_ignore_ascii_case("mac")
}

/// Pairs joined by `:` or by `-`, or groups of four joined by `.`, of 6, 8 or 20 bytes.
fn mac(text: &str) -> Option<String> {
    let (separator, digits) = [(':', 2), ('-', 2), ('.', 4)].into_iter().find(|(c, _)| text.contains(*c))?;
    let groups: Vec<&str> = text.split(separator).collect();
    let is_group = |group: &&str| group.len() == digits && group.bytes().all(|b| b.is_ascii_hexdigit());
    let bytes = groups.len() * digits / 2;
    if !groups.iter().all(is_group) || ![6, 8, 20].contains(&bytes) {
        return None;
    }
    let joined = groups.concat().to_ascii_lowercase();
    let pairs: Vec<&str> = (0..bytes).filter_map(|at| joined.get(2 * at..2 * at + 2)).collect();
    Some(pairs.join(":"))
}

/// Which groups match a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection<'a> {
    /// Those that match, the strongest first: the first is taken, it shadows the others.
    pub matching: Vec<&'a GroupCandidate>,
    /// Whether the second is as strong as the first: then nothing says which of them is taken.
    pub tie: bool,
}

/// Finds the groups that match labels.
pub fn select<'a>(groups: impl IntoIterator<Item = &'a GroupCandidate>, labels: &Labels) -> Selection<'a> {
    let mut matching: Vec<&GroupCandidate> =
        groups.into_iter().filter(|group| group.matches(labels)).collect();
    matching.sort_by(|a, b| a.before(b));
    let tie = matches!(matching[..], [first, second, ..] if first.selector == second.selector);
    Selection { matching, tie }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(stem: &str, selector: &[(&str, &str)]) -> GroupCandidate {
        let selector = selector.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        GroupCandidate { stem: stem.into(), profile: stem.into(), selector }
    }

    fn taken(groups: &[GroupCandidate], given: &[(&str, &str)]) -> Vec<String> {
        let labels = labels(given.iter().copied());
        select(groups, &labels).matching.iter().map(|group| group.stem.clone()).collect()
    }

    #[test]
    fn more_pairs_win_and_then_the_greatest() {
        let mac = ("mac", "52:54:00:00:00:01");
        let groups = [
            group("default", &[]),
            group("node", &[mac]),
            group("installed", &[("os", "installed")]),
            group("both", &[mac, ("os", "installed")]),
        ];
        assert_eq!(taken(&groups[..3], &[mac, ("os", "installed")]), ["installed", "node", "default"]);
        assert_eq!(taken(&groups, &[mac, ("os", "installed")]), ["both", "installed", "node", "default"]);
        assert_eq!(taken(&groups, &[("mac", "52-54-00-00-00-01")]), ["node", "default"]);
        assert_eq!(taken(&groups, &[("mac", "nonsense")]), ["default"]);
    }

    #[test]
    fn a_label_that_is_missing_counts_as_empty() {
        let groups = [group("default", &[]), group("without", &[("os", "")])];
        assert_eq!(taken(&groups, &[]), ["without", "default"]);
        assert_eq!(taken(&groups, &[("os", "x")]), ["default"]);
    }

    #[test]
    fn equal_selectors_are_a_tie() {
        let groups = [group("a", &[("os", "x")]), group("b", &[("os", "x")]), group("c", &[])];
        assert!(select(&groups, &labels([("os", "x")])).tie);
        assert!(!select(&groups, &labels([])).tie);
    }

    #[test]
    fn files_are_read_as_matchbox_reads_them() {
        let parse = |text: &str| GroupCandidate::parse("x", text.as_bytes());
        let read = parse(r#"{"PROFILE":"p","selector":{"MAC":"52-54-00-AA-BB-CC"},"more":1}"#).unwrap();
        assert_eq!((read.profile.as_str(), read.pairs().as_str()), ("p", "MAC=52:54:00:aa:bb:cc"));
        assert_eq!(parse(r#"{"selector":{"os":null}}"#).unwrap().pairs(), "os=");
        assert_eq!(parse("[]"), Err(Vanished::NotAnObject));
        assert_eq!(parse(r#"{"selector":{"os":1}}"#), Err(Vanished::WrongType("selector")));
        assert_eq!(parse(r#"{"metadata":[]}"#), Err(Vanished::WrongType("metadata")));
        assert_eq!(parse(r#"{"selector":{"mac":"5:4"}}"#), Err(Vanished::Mac("5:4".into())));
    }
}
