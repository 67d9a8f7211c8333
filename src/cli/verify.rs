//! `okdboot verify`: Ignition files, artifacts and the rendered tree against a fresh plan; the servers
//! too with `--live`.

mod junit;
pub(super) mod services;
mod shown;

use std::time::Duration;

use serde::Serialize;

use super::args::services::Surroundings;
use super::args::{Cli, Flip, IgnitionArgs, RehearsalArgs, StreamArgs, TemplateArgs, Verify};
use super::opened;
use super::output::Voice;
use crate::diag::{Code, Report, Severity};
use crate::model::name::Label;
use crate::run::resolver::Freshness;
use crate::run::verify::finding::Finding;
use crate::run::verify::live::LiveServers;
use crate::run::verify::{self, Looked, VerifyRequest};
use crate::run::workspace::templates;
use crate::run::{Exit, Failure, Notices, Workspace};
use crate::text::Count;

/// The longest run without `--deadline`.
const DEADLINE: Duration = Duration::from_secs(120);
const FULL_DEADLINE: Duration = Duration::from_secs(3600);

/// Checks everything that can be checked without a network, and with `--live` what the servers answer;
/// writes nothing.
pub fn run(cli: &Cli, args: &Verify, output: &mut Voice) -> Result<Exit, Failure> {
    let request = VerifyRequest {
        live: args.live.live.then(|| asking(&args.live, &args.stream)),
        is_native: args.surroundings.native,
        services: args.surroundings.services.then(|| around(&args.surroundings)),
    };
    let made = (&args.stream, &args.ignition, &args.templates);
    let (workspace, looked) = look(cli, made, &request, output)?;
    if args.surroundings.services {
        looked.services.iter().try_for_each(|asked| output.listing(&services::table(&asked.rows)))?;
        let services = Some(services::members(&looked.services));
        output.document(&Document { services, ..Document::default() });
    }
    say(cli, args, (&workspace, looked), output)
}

/// Checks what can be checked without a network, for a command that begins with it.
pub fn offline(cli: &Cli, made: &Flip, output: &mut Voice) -> Result<(Report, Workspace), Failure> {
    let made = (&made.stream, &made.ignition, &made.templates);
    let (workspace, looked) = look(cli, made, &VerifyRequest::default(), output)?;
    let findings = strict(cli, looked.findings);
    Ok((findings.into_iter().map(|finding| finding.diagnostic).collect(), workspace))
}

fn look(
    cli: &Cli,
    (stream, ignition, templates_of): (&StreamArgs, &IgnitionArgs, &TemplateArgs),
    request: &VerifyRequest,
    output: &mut Voice,
) -> Result<(Workspace, Looked), Failure> {
    let mut workspace = opened::entered(cli, output)?;
    let choice = stream.choice()?;
    workspace.read_ignition(ignition.ignition.as_deref())?;
    output.told(|news| workspace.resolve(&choice, Freshness::Frozen, news))?;
    let templates = templates(templates_of.templates.as_deref())?;
    let looked = verify::look(&mut workspace, &templates, request)?;
    Ok((workspace, looked))
}

fn asking(live: &RehearsalArgs, stream: &StreamArgs) -> LiveServers {
    let usual = if live.full { FULL_DEADLINE } else { DEADLINE };
    LiveServers {
        is_full: live.full,
        chains: live.chains.iter().map(|chain| chain.kind()).collect(),
        tftp: live.tftp.clone(),
        timeout: Duration::from_secs(live.timeout.into()),
        deadline: live.deadline.map_or(usual, |seconds| Duration::from_secs(seconds.into())),
        jobs: live.jobs.into(),
        ca_cert: stream.ca_cert.clone(),
    }
}

fn around(args: &Surroundings) -> verify::services::ServerOverrides {
    verify::services::ServerOverrides {
        name_servers: args.dns.iter().map(|server| server.0).collect(),
        time_servers: args.ntp.iter().map(|server| (server.host.clone(), server.port)).collect(),
        dhcp: args.dhcp.clone(),
    }
}

fn strict(cli: &Cli, mut findings: Vec<Finding>) -> Vec<Finding> {
    if cli.global.strict {
        for finding in &mut findings {
            finding.diagnostic.make_strict();
        }
    }
    findings
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
    ignition: Option<Vec<IgnitionHash<'a>>>,
    /// What servers answered, a node each; with `--live`.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<shown::VerifiedNode<'a>>>,
    /// What was asked of name servers, load balancer and clocks; with `--services`.
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<services::ServiceQuestion<'a>>>,
}

/// An Ignition file.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ignition"))]
struct IgnitionHash<'a> {
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
    args: &Verify,
    (workspace, looked): (&Workspace, Looked),
    output: &mut Voice,
) -> Result<Exit, Failure> {
    let Looked { plan, findings, answered, .. } = looked;
    let findings = strict(cli, findings);
    let report: Report = findings.iter().map(|finding| finding.diagnostic.clone()).collect();
    let digests = digests(workspace, output)?;
    output.document(&Document { ignition: Some(digests), ..Document::default() });
    if args.live.live {
        output.document(&Document { nodes: Some(shown::nodes(&answered)), ..Document::default() });
        let is_seen = output.context().shows_data_on_terminal();
        output.listing(&if is_seen { shown::table(&answered) } else { shown::lines(&answered) })?;
    }
    if output.is_junit() {
        output.raw(&junit::document(&plan, &findings))?;
    }
    output.report(&report, Notices::IfVerbose);
    if !report.has_errors() {
        let (files, artifacts) = (plan.files.len(), plan.artifacts.len());
        output.say(&format!("{} and {} as planned", Count(files, "file"), Count(artifacts, "artifact")));
    }
    output.summary(&report);
    Ok(exit(&report))
}

/// Says the digest of every Ignition file that was read.
fn digests<'a>(workspace: &'a Workspace, output: &mut Voice) -> Result<Vec<IgnitionHash<'a>>, Failure> {
    let mut digests = Vec::new();
    for member in &workspace.members {
        let cluster = &member.cluster().id;
        for (role, config) in &member.ignition.configs {
            let hash = config.sha512().ignition_hash();
            output.listing(&format!("{hash}  {cluster}/{role}.ign\n"))?;
            digests.push(IgnitionHash { cluster, role: role.to_string(), hash });
        }
    }
    Ok(digests)
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
