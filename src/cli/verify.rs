//! `okdboot verify`: Ignition files, artifacts and the rendered tree against a fresh plan; the servers
//! too with `--live`.

mod addrsize;
mod artifact;
mod certs;
mod finding;
mod image;
mod junit;
pub mod kin;
mod live;
mod services;
mod shown;
mod stranger;
mod tree;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use self::finding::Finding;
use super::args::services::Surroundings;
use super::args::{Cli, Flip, IgnitionArgs, Rehearsal, StreamArgs, TemplateArgs, Verify};
use super::failure::{Exit, Failure};
use super::ignition_files::IgnitionFiles;
use super::install_files;
use super::locks::{Freshness, Locks, Resolver};
use super::native;
use super::output::{Notices, Output};
use super::session::{self, Made, Session};
use super::write::{Before, Reader};
use crate::diag::{Code, Diagnostic, Report, Severity};
use crate::model::name::Label;
use crate::plan::{FileKind, Plan};
use crate::probe::live::Answered;
use crate::text::Count;

/// What a run was made of, for those who look at it.
struct Checked<'a> {
    session: &'a Session,
    locks: &'a Locks,
    /// The lock file of each cluster.
    paths: &'a [Utf8PathBuf],
    /// The Ignition files of each cluster.
    ignition: &'a [IgnitionFiles],
    reader: &'a Reader,
    plan: &'a Plan,
    out: &'a Utf8Path,
    asks: Asks,
}

/// Whether servers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    /// With `--live`.
    Servers,
    /// Without.
    Nobody,
}

/// What is looked at, and how.
struct Asked<'a> {
    stream: &'a StreamArgs,
    ignition: &'a IgnitionArgs,
    templates: &'a TemplateArgs,
    live: Option<&'a Rehearsal>,
    surroundings: Option<&'a Surroundings>,
}

/// Checks everything that can be checked without a network, and with `--live` what the servers answer;
/// writes nothing.
pub fn run(cli: &Cli, args: &Verify, output: &mut Output) -> Result<Exit, Failure> {
    let asked = Asked {
        stream: &args.stream,
        ignition: &args.ignition,
        templates: &args.templates,
        live: Some(&args.live).filter(|live| live.live),
        surroundings: Some(&args.surroundings),
    };
    look(cli, &asked, output, |checked, answered, findings, output| {
        say(cli, checked, answered, findings, output)
    })
}

/// Checks what can be checked without a network, for a command that begins with it.
/// `seen` is shown what was read for it.
pub fn offline<R>(
    cli: &Cli,
    made: &Flip,
    output: &mut Output,
    seen: impl FnOnce(&Session) -> R,
) -> Result<(Report, R), Failure> {
    let Flip { stream, ignition, templates } = made;
    let asked = Asked { stream, ignition, templates, live: None, surroundings: None };
    look(cli, &asked, output, |checked, _, findings, _| {
        let report = strict(cli, findings).into_iter().map(|finding| finding.diagnostic).collect();
        Ok((report, seen(checked.session)))
    })
}

fn look<R>(
    cli: &Cli,
    args: &Asked,
    output: &mut Output,
    end: impl FnOnce(&Checked, &[Answered], Vec<Finding>, &mut Output) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let mut session = session::open(cli)?;
    session.enter(None)?;
    output.of_inventory(&session.report);
    let resolver = Resolver::new(args.stream, Freshness::Frozen)?;
    let clusters = session.clusters();
    let paths: Vec<Utf8PathBuf> = clusters.iter().map(|cluster| resolver.path(cluster)).collect();
    let ignition = session.ignition(cli, args.ignition)?;
    let locks = resolver.resolve(&clusters, output)?;
    let reader = Reader::open(cli)?;
    let mut before = reader.before(&clusters)?;
    let secrets = install_files::at_hand(&clusters, output.context());
    // Without its secrets, nothing can be said of an install-config.
    let left_out = secrets.is_none().then_some(FileKind::InstallConfig);
    before.around.secrets = secrets.unwrap_or_default();
    let plan = plan(&session, args.templates, (&locks, &paths), &ignition, (&before, left_out))?;
    let now = output.context().now();
    let mut findings = general(&missing_ignition(&plan));
    findings.extend(general(locks.report()));
    findings.extend(kin::findings(&session, &ignition, (&locks, &paths), now));
    let manifest = reader.manifest(&plan.clusters)?;
    findings.extend(tree::findings(&plan, &session, &ignition, (&reader, &manifest), left_out)?);
    findings.extend(general(&tree::unreadable(&plan, &reader)));
    findings.extend(tree::expired(&plan, &session, before.state(), now));
    findings.extend(kin::left_over(cli, &session));
    findings.extend(certs::findings(cli, now));
    findings.extend(kin::served(cli));
    findings.extend(stranger::findings(cli));
    findings.extend(tree::twice(&plan, &manifest, &before, &reader)?);
    let checked = Checked {
        session: &session,
        locks: &locks,
        paths: &paths,
        ignition: &ignition,
        reader: &reader,
        plan: &plan,
        out: &cli.global.out,
        asks: if args.live.is_some() { Asks::Servers } else { Asks::Nobody },
    };
    findings.extend(general(&artifact::check(&checked)));
    findings.extend(general(&addrsize::check(&plan, reader.tree(), &cli.global.out)));
    findings.extend(image::findings(cli, &session, (&locks, &paths)));
    let answered = answered(args, &checked)?;
    findings.extend(live::findings(&answered));
    if args.surroundings.is_some_and(|surroundings| surroundings.native) {
        let found = native::look(&plan, reader.tree(), &session, &before.around, output)?;
        findings.extend(general(&found));
    }
    if let Some(surroundings) = args.surroundings.filter(|surroundings| surroundings.services) {
        findings.extend(services::findings(&session, surroundings, output)?);
    }
    end(&checked, &answered, findings, output)
}

fn strict(cli: &Cli, mut findings: Vec<Finding>) -> Vec<Finding> {
    if cli.global.strict {
        for finding in &mut findings {
            finding.diagnostic.make_strict();
        }
    }
    findings
}

/// Asks the servers, if that is wanted.
fn answered(args: &Asked, checked: &Checked) -> Result<Vec<Answered>, Failure> {
    let Some(live) = args.live else { return Ok(Vec::new()) };
    live::rehearse(live, args.stream.ca_cert.as_deref(), checked)
}

fn general(report: &Report) -> Vec<Finding> {
    report.diagnostics().iter().cloned().map(Finding::general).collect()
}

fn plan(
    session: &Session,
    templates: &TemplateArgs,
    (locks, paths): (&Locks, &[Utf8PathBuf]),
    ignition: &[IgnitionFiles],
    (before, left_out): (&Before, Option<FileKind>),
) -> Result<Plan, Failure> {
    let templates = session::templates(templates)?;
    let kinds = FileKind::usual().filter(|kind| Some(*kind) != left_out).collect();
    session.plan(&Made {
        locks,
        paths,
        ignition,
        templates: &templates,
        kinds: &kinds,
        further: &BTreeSet::new(),
        state: before.state(),
        around: &before.around,
    })
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

/// What `okdboot verify` says.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(extend(
    "if" = {"properties": {"exit": {"maximum": 1}}},
    "then" = {"required": ["diagnostics", "ignition"]}
)))]
pub(super) struct Document<'a> {
    /// The Ignition files that were given, or their rendered copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    ignition: Option<Vec<Hashed<'a>>>,
    /// What servers answered, a node each; with `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<shown::Node<'a>>>,
    /// What was asked of name servers, load balancer and clocks; with `--services`.
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<services::Asked<'a>>>,
}

/// An Ignition file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ignition"))]
struct Hashed<'a> {
    cluster: &'a Label,
    /// The role whose file it is, or the pool that vars.yaml names.
    #[cfg_attr(test, schemars(with = "Label"))]
    role: String,
    /// The digest in the form of `coreos-installer --ignition-hash`.
    #[cfg_attr(test, schemars(regex(pattern = "^sha512-[0-9a-f]{128}$")))]
    hash: String,
}

/// Says the digests that people paste, then the findings.
fn say(
    cli: &Cli,
    checked: &Checked,
    answered: &[Answered],
    findings: Vec<Finding>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let plan = checked.plan;
    let findings = strict(cli, findings);
    let report: Report = findings.iter().map(|finding| finding.diagnostic.clone()).collect();
    let mut digests = Vec::new();
    for (cluster, files) in checked.session.clusters().iter().zip(checked.ignition) {
        for (role, config) in &files.configs {
            let hash = config.sha512().ignition_hash();
            output.listing(&format!("{hash}  {}/{role}.ign\n", cluster.id))?;
            digests.push(Hashed { cluster: &cluster.id, role: role.to_string(), hash });
        }
    }
    output.document(&Document { ignition: Some(digests), ..Document::default() });
    if checked.asks == Asks::Servers {
        output.document(&Document { nodes: Some(shown::nodes(answered)), ..Document::default() });
        let is_seen = output.context().shows_data_on_terminal();
        output.listing(&if is_seen { shown::table(answered) } else { shown::lines(answered) })?;
    }
    if output.is_junit() {
        output.raw(&junit::document(plan, &findings))?;
    }
    output.report(&report, Notices::IfVerbose);
    if !report.has_errors() {
        let (files, artifacts) = (plan.files.len(), plan.artifacts.len());
        output.say(&format!("{} and {} as planned", Count(files, "file"), Count(artifacts, "artifact")));
    }
    output.summary(&report);
    Ok(exit(&report))
}

/// A wrong digest wins over every other finding.
fn exit(report: &Report) -> Exit {
    let errors = || report.diagnostics().iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    if errors().any(|diagnostic| {
        matches!(diagnostic.code, Code::P006 | Code::P007 | Code::P009 | Code::P025 | Code::P040)
    }) {
        return Exit::Digest;
    }
    if errors().next().is_some() { Exit::Differs } else { Exit::Done }
}
