//! The machines of the watch in the order of their files, found by what they are known by. A hundred
//! thousand of them are a list and an index, not a tree of large leaves.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::serve::event::RowKey;
use crate::serve::machine::Machines;
use crate::serve::row::Row;

/// Every machine.
#[derive(Debug, Default)]
pub(super) struct Rows {
    list: Vec<Row>,
    by_key: HashMap<RowKey, usize>,
}

impl Rows {
    pub(super) fn get(&self, key: &RowKey) -> Option<&Row> {
        self.by_key.get(key).and_then(|at| self.list.get(*at))
    }

    pub(super) fn get_mut(&mut self, key: &RowKey) -> Option<&mut Row> {
        self.by_key.get(key).and_then(|at| self.list.get_mut(*at))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.list.iter()
    }

    /// Takes the machines of a tree; what is known of those that stay is kept.
    pub(super) fn learn(&mut self, machines: &Machines, now: SystemTime) {
        let before = std::mem::take(self);
        let mut known: Vec<Option<Row>> = before.list.into_iter().map(Some).collect();
        self.list.reserve(machines.len());
        for machine in machines.iter() {
            let key = machine.key();
            if self.by_key.contains_key(&key) {
                continue;
            }
            let own = before.by_key.get(&key).and_then(|at| known.get_mut(*at)?.take());
            let row = own.unwrap_or_else(|| Row::new(machine.clone(), now));
            self.by_key.insert(key, self.list.len());
            self.list.push(Row { machine: machine.clone(), ..row });
        }
    }
}
