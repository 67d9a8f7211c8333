//! Where each value of a file stands.

use std::collections::BTreeMap;

use crate::diag::Span;

/// Places by path, such as `workers[1].macaddr`. A run may read a thousand files with hundreds of values each, so
/// that all paths of a file are one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans {
    paths: Box<str>,
    /// Where each path ends, and the place; sorted by path.
    entries: Box<[(u32, Placed)]>,
}

/// A place in half the room: no file of 4 GiB is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Placed {
    start: u32,
    end: u32,
}

impl Spans {
    /// Returns the place of a value.
    pub fn get(&self, path: &str) -> Option<Span> {
        let (mut low, mut high) = (0, self.entries.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.path(middle).cmp(path) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(self.entries[middle].1.span()),
            }
        }
        None
    }

    /// Returns every path, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        (0..self.entries.len()).map(|at| self.path(at))
    }

    fn path(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.entries[before].0);
        &self.paths[start as usize..self.entries[at].0 as usize]
    }
}

impl From<BTreeMap<String, Span>> for Spans {
    fn from(spans: BTreeMap<String, Span>) -> Self {
        let short = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (mut paths, mut entries) = (String::new(), Vec::with_capacity(spans.len()));
        for (path, span) in spans {
            paths += &path;
            entries.push((short(paths.len()), Placed { start: short(span.start), end: short(span.end) }));
        }
        Self { paths: paths.into(), entries: entries.into() }
    }
}

impl Placed {
    fn span(self) -> Span {
        Span { start: self.start as usize, end: self.end as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_place_and_no_other_has_one() {
        let paths = ["dns", "dns.domain", "workers[0]", "workers[0].name", "workers[10]", "workers[1]"];
        let place = |at: usize| Span { start: at, end: at + 7 };
        let known: BTreeMap<String, Span> =
            paths.iter().enumerate().map(|(at, path)| ((*path).to_owned(), place(at))).collect();
        let spans = Spans::from(known.clone());
        assert!(spans.paths().eq(known.keys().map(String::as_str)));
        for (path, span) in &known {
            assert_eq!(spans.get(path), Some(*span), "{path}");
        }
        for absent in ["", "dn", "dns.", "workers", "workers[2]", "zone"] {
            assert_eq!(spans.get(absent), None, "{absent}");
        }
        assert_eq!(Spans::default().get("dns"), None);
    }
}
