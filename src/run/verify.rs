//! Everything that can be checked of a run: Ignition files, artifacts and the rendered tree against a fresh
//! plan, what stands around them, and what servers answer where somebody asks them.

mod addrsize;
mod artifact;
pub mod certs;
pub mod consistency;
pub mod finding;
mod image;
pub mod live;
pub mod services;
mod tree;
mod unmanaged;

use super::failure::Failure;
use super::native;
use super::tree::TreeReader;
use super::workspace::{Planning, Workspace};
use crate::diag::{Code, Diagnostic, Report};
use crate::plan::manifest::Manifest;
use crate::plan::state::State;
use crate::plan::{FileKind, Plan};
use crate::probe::live::Answered;
use crate::template::Templates;
use finding::Finding;

/// What is looked at besides the files.
#[derive(Default)]
pub struct VerifyRequest {
    /// Ask the servers that machines will ask.
    pub live: Option<live::LiveServers>,
    /// Have the daemons' own checkers look at their files.
    pub is_native: bool,
    /// Ask the servers around the cluster.
    pub services: Option<services::ServerOverrides>,
}

/// What was found.
pub struct Looked {
    /// The plan that the tree was compared with.
    pub plan: Plan,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// What servers answered; empty where none was asked.
    pub answered: Vec<Answered>,
    /// What the servers around the clusters answered; empty where none was asked.
    pub services: Vec<services::ServiceChecks>,
}

/// What the checks are about.
struct Scene<'a> {
    workspace: &'a Workspace,
    reader: &'a TreeReader,
    manifest: &'a Manifest,
    plan: &'a Plan,
    /// Without its secrets, nothing can be said of an install-config.
    left_out: Option<FileKind>,
}

/// Checks a run whose releases and Ignition files are known; writes nothing.
pub fn look(
    workspace: &mut Workspace,
    templates: &Templates,
    request: &VerifyRequest,
) -> Result<Looked, Failure> {
    let left_out = workspace.read_secrets().is_err().then_some(FileKind::InstallConfig);
    let workspace = &*workspace;
    let reader = workspace.reader()?;
    let before = reader.before(&workspace.clusters())?;
    let plan = workspace.plan(&Planning {
        templates,
        kinds: &FileKind::usual().filter(|kind| Some(*kind) != left_out).collect(),
        state: before.state(),
        around: &before.around,
    })?;
    let manifest = reader.manifest(&plan.clusters)?;
    let scene = Scene { workspace, reader: &reader, manifest: &manifest, plan: &plan, left_out };
    let mut findings = scene.files(before.state())?;
    findings.extend(tree::twice(&scene, &before)?);
    findings.extend(scene.artifacts());
    let answered =
        request.live.as_ref().map_or_else(|| Ok(Vec::new()), |asking| live::rehearse(asking, &scene))?;
    findings.extend(live::findings(&answered));
    if request.is_native {
        findings.extend(general(&native::look(&plan, reader.tree(), workspace, &before.around.root)?));
    }
    let services =
        request.services.as_ref().map_or_else(|| Ok(Vec::new()), |it| services::ask(workspace, it))?;
    findings.extend(services.iter().flat_map(services::ServiceChecks::findings));
    Ok(Looked { plan, findings, answered, services })
}

impl Scene<'_> {
    /// Checks Ignition files, the tree, and what else is served.
    fn files(&self, state: &State) -> Result<Vec<Finding>, Failure> {
        let (workspace, out) = (self.workspace, &self.workspace.out);
        let now = workspace.process.now();
        let mut findings = general(&missing_ignition(self.plan));
        findings.extend(general(workspace.locks.report()));
        findings.extend(consistency::findings(workspace));
        findings.extend(tree::findings(self)?);
        findings.extend(general(&tree::unreadable(self.plan, self.reader)));
        findings.extend(tree::expired(self.plan, workspace, state, now));
        findings.extend(consistency::left_over(workspace));
        findings.extend(certs::findings(&workspace.clusters(), now));
        findings.extend(consistency::served(out));
        findings.extend(unmanaged::findings(out));
        Ok(findings)
    }

    /// Checks the images, and whether those of a machine belong together.
    fn artifacts(&self) -> Vec<Finding> {
        let mut findings = general(&artifact::check(self));
        findings.extend(general(&addrsize::check(self.plan, self.reader.tree(), &self.workspace.out)));
        findings.extend(image::findings(self.workspace));
        findings
    }
}

fn general(report: &Report) -> Vec<Finding> {
    report.diagnostics().iter().cloned().map(Finding::general).collect()
}

/// A file that was not given was not checked, which is worth saying where everything is checked.
fn missing_ignition(plan: &Plan) -> Report {
    let missing = plan.report.diagnostics().iter().filter(|diagnostic| diagnostic.code == Code::R010);
    let finding = |diagnostic: &Diagnostic| {
        Diagnostic::new(Code::P011, format!("{}, so nothing of it was checked", diagnostic.message))
            .help("give the folder of `openshift-install create ignition-configs` with `--ignition DIR`")
    };
    missing.map(finding).collect()
}
