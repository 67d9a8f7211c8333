//! vars.yaml: from text to a checked [`Cluster`](crate::model::cluster::Cluster).
//!
//! `yaml` reads a tree with exact positions, `expand` evaluates Jinja in it, `raw` gives the tree the
//! shape of a helpernode inventory, `check` decides what is true. Each stage reports every fault it
//! finds; the next one runs on what is left, so one run tells everything.

pub mod expand;
pub mod yaml;
