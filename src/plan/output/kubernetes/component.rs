//! The component of a cluster: its files, and the generators that make ConfigMaps and Secrets of them.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{key, site};
use crate::model::cluster::Cluster;
use crate::model::path::RelPath;
use crate::plan::{FileKind, FileMode, Owner, PlannedFile, Sensitivity, layout};

/// How much goes into one object, in bytes: below 1 MiB, and with its text as JSON below what etcd takes
/// (1.5 MiB).
const FULL: usize = 768 << 10;

/// What a cluster boots from.
#[derive(Default)]
pub(super) struct Component {
    items: Vec<Item>,
}

struct Item {
    path: RelPath,
    contents: Arc<[u8]>,
    sensitivity: Sensitivity,
}

/// Files of one kind, cut where an object is full.
struct Objects<'a> {
    generator: &'static str,
    /// What the volume calls it.
    source: &'static str,
    name: &'static str,
    parts: Vec<Vec<&'a Item>>,
}

impl Component {
    pub(super) fn add(&mut self, path: &RelPath, contents: Arc<[u8]>, sensitivity: Sensitivity) {
        self.items.push(Item { path: path.clone(), contents, sensitivity });
    }

    /// Returns the largest file with its size in bytes.
    pub(super) fn largest(&self) -> Option<(&RelPath, usize)> {
        self.items.iter().map(|item| (&item.path, item.contents.len())).max_by_key(|(_, size)| *size)
    }

    /// The copies of the files, and `kustomization.yaml`.
    pub(super) fn files(&self, cluster: &Cluster) -> Vec<PlannedFile> {
        let folder = format!("{}/{}", site::name(&cluster.settings.url), cluster.id);
        let owner = Owner::of(&cluster.id, FileKind::Kubernetes);
        let at = |name: &str| layout::kubernetes(&format!("{folder}/{name}"));
        let text = self.kustomization(cluster.id.as_str());
        let own = PlannedFile::new(at("kustomization.yaml"), owner.clone(), text.into_bytes());
        let copies = self.items.iter().map(|item| {
            let file = PlannedFile::new(at(&item.place()), owner.clone(), Arc::clone(&item.contents));
            match item.sensitivity {
                Sensitivity::Public => file,
                secret @ Sensitivity::Secret => {
                    PlannedFile { mode: FileMode::Secret, sensitivity: secret, ..file }
                }
            }
        });
        copies.chain([own]).collect()
    }

    fn objects(&self) -> [Objects<'_>; 2] {
        let of = |sensitivity| self.items.iter().filter(move |item| item.sensitivity == sensitivity);
        [
            Objects {
                generator: "configMapGenerator",
                source: "configMap",
                name: "boot",
                parts: parts(of(Sensitivity::Public)),
            },
            Objects {
                generator: "secretGenerator",
                source: "secret",
                name: "ignition",
                parts: parts(of(Sensitivity::Secret)),
            },
        ]
    }

    fn kustomization(&self, id: &str) -> String {
        let mut text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n".to_owned();
        let objects = self.objects();
        for one in objects.iter().filter(|one| !one.parts.is_empty()) {
            text.push_str(&one.generators(id));
        }
        text.push_str("patches:\n  - target:\n      kind: Deployment\n      name: okdboot\n    patch: |\n");
        text.extend(objects.iter().map(|one| one.patches(id)));
        text
    }
}

impl Item {
    fn place(&self) -> String {
        format!("files/{}", key::of(&self.path))
    }
}

impl Objects<'_> {
    fn name(&self, id: &str, at: usize) -> String {
        format!("{id}-{}-{at}", self.name)
    }

    fn generators(&self, id: &str) -> String {
        let mut text = format!("{}:\n", self.generator);
        for (at, part) in self.parts.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(text, "  - name: {}\n    files:\n", self.name(id, at));
            text.extend(part.iter().map(|item| format!("      - {}\n", item.place())));
        }
        text
    }

    fn patches(&self, id: &str) -> String {
        let patch = |at| {
            let (source, name) = (self.source, self.name(id, at));
            format!(
                "      - op: add\n        path: /spec/template/spec/volumes/0/projected/sources/-\n        value: {{{source}: {{name: {name}}}}}\n"
            )
        };
        (0..self.parts.len()).map(patch).collect()
    }
}

fn parts<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<Vec<&'a Item>> {
    let (mut parts, mut size) = (Vec::<Vec<&Item>>::new(), usize::MAX);
    for item in items {
        let own = item.contents.len() + item.path.as_str().len();
        size = size.saturating_add(own);
        match parts.last_mut() {
            Some(part) if size <= FULL => part.push(item),
            _ => {
                parts.push(vec![item]);
                size = own;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_cut_before_it_is_full() {
        let mut component = Component::default();
        for (name, size) in [("a", 700 << 10), ("b", 60 << 10), ("c", 60 << 10), ("d", 900 << 10), ("e", 1)] {
            component.add(&name.parse().unwrap(), vec![0; size].into(), Sensitivity::Public);
        }
        let parts = parts(component.items.iter());
        let names = |part: &Vec<&Item>| part.iter().map(|item| item.path.as_str()).collect::<String>();
        assert_eq!(parts.iter().map(names).collect::<Vec<_>>(), ["ab", "c", "d", "e"]);
        assert_eq!(component.largest().unwrap().1, 900 << 10);
    }
}
