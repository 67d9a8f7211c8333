//! Machines under keys that okdboot does not know: forks of helpernode have lists of their own.

use super::{Scalar, Section};
use crate::diag::Span;
use crate::text::did_you_mean;
use crate::vars::yaml::{NodeKind, YamlKey, YamlNode};

/// A key that holds machines, and that nothing reads.
#[derive(Debug)]
pub struct Elsewhere {
    /// The key.
    pub key: String,
    /// Where it stands.
    pub span: Span,
    /// What is said of each machine.
    pub machines: Vec<Stranger>,
}

/// A machine that okdboot boots by no file.
#[derive(Debug)]
pub struct Stranger {
    /// `name`
    pub name: Option<Scalar>,
    /// `ipaddr`
    pub ipaddr: Option<Scalar>,
    /// `macaddr`
    pub macaddr: Option<Scalar>,
}

/// What is read of such a machine, and may be shown.
const READ: [&str; 3] = ["name", "ipaddr", "macaddr"];

impl Section<'_> {
    /// Returns the unknown keys that hold machines; nothing else is said of them then.
    pub fn elsewhere(&mut self) -> Vec<Elsewhere> {
        let found: Vec<Elsewhere> =
            self.entries.iter().filter_map(|(key, node)| self.list(key, node)).collect();
        self.others = found.iter().map(|list| list.key.clone()).collect();
        found
    }

    fn list(&self, key: &YamlKey, node: &YamlNode) -> Option<Elsewhere> {
        // `worker` is no list of one's own, but a slip.
        let is_slip = || did_you_mean(&key.text, self.mapping.names()).is_some();
        if self.mapping.key(&key.text).is_some() || is_slip() {
            return None;
        }
        let machines: Vec<Stranger> = match &node.kind {
            NodeKind::List(items) => {
                let way = |at: usize| format!("{}[{at}]", key.text);
                items.iter().enumerate().filter_map(|(at, item)| self.stranger(&way(at), item)).collect()
            }
            NodeKind::Map(_) => self.stranger(&key.text, node).into_iter().collect(),
            _ => return None,
        };
        (!machines.is_empty()).then(|| Elsewhere { key: key.text.clone(), span: key.span, machines })
    }

    /// Hides what is not read: credentials may be among it.
    pub(super) fn hide_but_addresses(&self, node: &YamlNode) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| self.hide_but_addresses(item)),
            NodeKind::Map(entries) => {
                let others = entries.iter().filter(|(key, _)| !READ.contains(&key.text.as_str()));
                others.for_each(|(_, node)| self.reader.hide(node));
            }
            _ => self.reader.hide(node),
        }
    }

    /// A mapping with a name and an address of any kind is a machine.
    fn stranger(&self, way: &str, node: &YamlNode) -> Option<Stranger> {
        let NodeKind::Map(entries) = &node.kind else { return None };
        let value = |name: &'static str| {
            let (_, node) = entries.iter().find(|(key, _)| key.text == name)?;
            // What an expression of somebody else means is theirs to say.
            let is_value = matches!(&node.kind, NodeKind::Scalar(text) if !text.contains('{'));
            is_value.then(|| self.reader.scalar(&format!("{way}.{name}"), node))?
        };
        let [name, ipaddr, macaddr] = READ.map(value);
        let found = Stranger { name, ipaddr, macaddr };
        let is_machine = found.name.is_some() && (found.ipaddr.is_some() || found.macaddr.is_some());
        is_machine.then_some(found)
    }
}
