//! What the program must have decided: the plan, made once more from the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use okdboot::ignition;
use okdboot::lock;
use okdboot::model::artifact::ArtifactKind;
use okdboot::model::pool::Pool;
use okdboot::plan::state::State;
use okdboot::plan::{self, ClusterInput, FileKind, Inputs, Plan, SharedFiles};
use okdboot::template::Templates;
use okdboot::vars;

/// Plans the cluster of a folder.
pub fn read(dir: &Path) -> Plan {
    let text = fs::read(dir.join("vars.yaml")).expect("it was written");
    let (checked, report) = vars::read("vars.yaml", &text);
    let checked = checked.unwrap_or_else(|| panic!("{report:?}"));
    let lock = lock::load(&dir.join("okdboot.lock")).expect("it is a lock");
    let cluster = checked.cluster.id.clone();
    // What was made of Butane stands among what was rendered alone.
    let folders = ["ignition".to_owned(), format!("out/matchbox/assets/ignition/{cluster}")];
    let path = |pool: &Pool| {
        folders.iter().map(|folder| dir.join(format!("{folder}/{pool}.ign"))).find(|at| at.exists())
    };
    let file = |pool: &Pool| ignition::load(&path(pool).expect("there is one"), "ignition");
    let pools = checked.cluster.pools();
    let files: BTreeMap<_, _> =
        pools.into_iter().map(|pool| (pool.clone(), file(pool).expect("it is Ignition"))).collect();
    let locked = lock.clusters.get(&checked.cluster.id);
    let inputs = Inputs {
        clusters: vec![ClusterInput { cluster: &checked.cluster, locked, ignition: &files, secrets: None }],
        templates: &Templates::embedded().expect("they compile"),
        kinds: &FileKind::all().collect(),
        artifacts: &BTreeSet::from([ArtifactKind::Metal]),
        state: &State::default(),
        standing: &SharedFiles::default(),
        root: "/srv/okdboot",
    };
    plan::build(&inputs).unwrap_or_else(|error| panic!("{error:?}"))
}
