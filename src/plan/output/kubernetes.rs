//! A kustomize base with `okdboot serve` in it, an overlay a site, and in that a component a cluster.
//!
//! What a cluster boots from travels as it is rendered: boot files in ConfigMaps, Ignition files in Secrets,
//! each under a key that is its path (`key`). The init container puts them together again ([`volume`]) and
//! gets the images of the lock. kustomize names ConfigMaps and Secrets by what is in them, so that a change
//! of any file starts new replicas.
//!
//! A site is one address: the clusters whose machines ask the same `okdboot.url`.

mod component;
mod key;
mod site;
pub mod volume;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::FileKind;
use super::made::Made;
use super::make::Make;
use super::shared_files::{Keeps, SharedFiles};
use crate::diag::{Code, Diagnostic, Report};
use crate::lock::{LockFile, LockedArch, LockedCluster, to_json};
use crate::model::artifact::ArtifactKind;
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::model::path::RelPath;
use crate::plan::inputs::{ClusterInput, Inputs};
use crate::plan::manifest::{Entry, Manifest};
use crate::plan::roster::{self, Roster};
use crate::plan::{Owner, Plan, PlannedFile, Sensitivity, layout};
use component::Component;

/// The most that a ConfigMap or a Secret takes, in bytes (Kubernetes, "ConfigMap": 1 MiB).
const MOST: usize = 1 << 20;

/// The most entries of a part of a manifest; each has about 250 bytes.
const MOST_ENTRIES: usize = 2000;

/// What all sites share.
const BASE: [(&str, &str); 8] = [
    ("base/kustomization.yaml", include_str!("kubernetes/base/kustomization.yaml")),
    ("base/deployment.yaml", include_str!("kubernetes/base/deployment.yaml")),
    ("base/namespace.yaml", include_str!("kubernetes/base/namespace.yaml")),
    ("base/networkpolicy.yaml", include_str!("kubernetes/base/networkpolicy.yaml")),
    ("base/poddisruptionbudget.yaml", include_str!("kubernetes/base/poddisruptionbudget.yaml")),
    ("base/service.yaml", include_str!("kubernetes/base/service.yaml")),
    ("matchbox/kustomization.yaml", include_str!("kubernetes/base/matchbox.yaml")),
    ("openshift/kustomization.yaml", include_str!("kubernetes/base/openshift.yaml")),
];

/// A base, an overlay a site, a component a cluster.
#[derive(Debug)]
pub(super) struct Kubernetes;

impl Make for Kubernetes {
    /// Everything that machines boot by travels.
    fn needs(&self) -> Vec<FileKind> {
        FileKind::loaders().chain([FileKind::Ignition]).collect()
    }

    fn keeps(&self) -> &'static [Keeps] {
        &[Keeps::Below(layout::KUBERNETES, site::OVERLAY)]
    }

    fn of_plan(&self, inputs: &Inputs, plan: &Plan) -> Result<Made, Report> {
        let (mut made, mut faults) = (Made::of(base()), Report::default());
        for input in &inputs.clusters {
            let component = component(inputs, input, plan);
            faults.extend(component.too_large(&input.cluster.id).into_iter().collect());
            made.files.extend(component.files(input.cluster));
        }
        if faults.has_errors() {
            return Err(faults);
        }
        let own: Vec<_> = inputs.clusters.iter().map(|input| input.cluster).collect();
        let sites = site::files(&inputs.ids().into_iter().collect(), &own, inputs.standing);
        made.dropped.extend(sites.dropped);
        made.files.extend(sites.files);
        Ok(made)
    }

    fn without(&self, id: &Label, standing: &SharedFiles) -> Made {
        let mut sites = site::files(&BTreeSet::from([id]), &[], standing);
        if sites.files.is_empty() && !sites.dropped.is_empty() {
            sites.dropped.extend(base().into_iter().map(|file| file.path));
        }
        Made { dropped: sites.dropped, ..Made::of(sites.files) }
    }
}

fn base() -> Vec<PlannedFile> {
    let file = |(path, text): &(&str, &str)| {
        let text = text.replace("VERSION", env!("CARGO_PKG_VERSION"));
        PlannedFile::new(layout::kubernetes(path), Owner::shared(FileKind::Kubernetes), text.into_bytes())
    };
    BASE.iter().map(file).collect()
}

/// Collects what a cluster boots from.
fn component(inputs: &Inputs, input: &ClusterInput, plan: &Plan) -> Component {
    let (id, needs) = (&input.cluster.id, Kubernetes.needs());
    let boots = |file: &&PlannedFile| {
        let Owner { cluster, kind } = &file.owner;
        cluster.as_ref() == Some(id) && needs.contains(kind)
    };
    let mut component = Component::default();
    let mut entries = Vec::new();
    for file in plan.files.iter().filter(boots) {
        let entry = Entry { owner: file.owner.clone(), sha256: Sha256::of(&file.contents) };
        entries.push((file.path.clone(), entry));
        component.add(&file.path, Arc::clone(&file.contents), file.sensitivity);
    }
    let roster = Roster::of(input.cluster, inputs.state, input.locked).to_text();
    let own = [(roster::path(id), roster), (Some(layout::travelling_lock(id)), lock(id, input.locked))];
    let own = own.into_iter().filter_map(|(path, text)| Some((path?, text)));
    for (path, text) in own.chain(manifests(id, &entries)) {
        component.add(&path, text.into_bytes().into(), Sensitivity::Public);
    }
    component
}

/// The manifest of a cluster in parts that an object can hold.
fn manifests(id: &Label, entries: &[(RelPath, Entry)]) -> Vec<(RelPath, String)> {
    let parts: Vec<_> = entries.chunks(MOST_ENTRIES).collect();
    let part = |(at, part): (usize, &&[(RelPath, Entry)])| {
        let manifest: Manifest = part.iter().cloned().collect();
        (layout::travelling_manifest(id, at + 1, parts.len()), manifest.to_text())
    };
    parts.iter().enumerate().map(part).collect()
}

/// The lock of one cluster, with what machines load and nothing else.
fn lock(id: &Label, locked: Option<&LockedCluster>) -> String {
    let loaded = |arch: &LockedArch| {
        let own = arch.artifacts.iter().filter(|(kind, _)| ArtifactKind::NETBOOT.contains(kind));
        LockedArch { artifacts: own.map(|(kind, it)| (*kind, it.clone())).collect(), ..arch.clone() }
    };
    let clusters = locked.map(|locked| {
        let arches = locked.arches.iter().map(|(arch, it)| (*arch, loaded(it))).collect();
        (id.clone(), LockedCluster { arches, ..locked.clone() })
    });
    // Strings and maps only: serialising cannot fail.
    to_json(&LockFile { clusters: clusters.into_iter().collect() }).unwrap_or_default()
}

impl Component {
    /// Says which file no ConfigMap or Secret can hold.
    fn too_large(&self, id: &Label) -> Option<Diagnostic> {
        let (path, size) = self.largest().filter(|(_, size)| *size > MOST)?;
        let message =
            format!("`{path}` of `{id}` has {size} bytes, and Kubernetes holds {MOST} in one object");
        let help = "serve this cluster with `okdboot serve` or matchbox on a host of its own";
        Some(Diagnostic::new(Code::R042, message).help(help))
    }
}
