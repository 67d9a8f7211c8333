//! Pages that hide listings.

use super::FileKind;
use super::make::Make;
use crate::model::name::Label;
use crate::plan::inputs::Inputs;
use crate::plan::{Owner, PlannedFile, layout};

/// A page a folder.
#[derive(Debug)]
pub(super) struct Index;

impl Make for Index {
    fn of_run(&self, inputs: &Inputs, _files: &[PlannedFile]) -> Vec<PlannedFile> {
        pages(&inputs.ids())
    }
}

/// Empty pages: matchbox and web servers show them instead of a listing, which would give away the
/// names of Ignition files.
pub(super) fn pages(clusters: &[&Label]) -> Vec<PlannedFile> {
    let page = |owner, path| PlannedFile::new(path, owner, Vec::new());
    let shared = [layout::assets_page(), layout::index_page(None)]
        .map(|path| page(Owner::shared(FileKind::Index), path));
    let own = clusters.iter().map(|id| page(Owner::of(id, FileKind::Index), layout::index_page(Some(id))));
    shared.into_iter().chain(own).collect()
}
