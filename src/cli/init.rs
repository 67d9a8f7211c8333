//! `okdboot init`: a vars.yaml for a cluster that is not described yet.

mod ask;
mod trial;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::args::{Cli, Init};
use super::output::Voice;
use super::schema;
use crate::disk;
use crate::model::outline::{ListedMachine, Outline};
use crate::probe::host::{self, Attached};
use crate::run::Notices;
use crate::run::failure::{Exit, Failure};
use crate::scaffold::{self, Scaffold};
use crate::text::{Count, List};
use crate::vars;
use ask::Questions;

/// The mode of vars.yaml, in which nothing is secret.
const MODE: u32 = 0o644;
/// Where answers are kept after Ctrl-C.
const ANSWERS: &str = "okdboot-answers.yaml";
/// The most of an input that is read, in bytes.
const MAX_BYTES: u64 = 8 << 20;

/// What `okdboot init` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document<'a> {
    /// The file that was written, or would be with `--dry-run`.
    #[cfg_attr(test, schemars(with = "String", length(min = 1)))]
    file: &'a Utf8Path,
    /// The JSON Schema of vars.yaml that was written beside it, for editors; null where a file of somebody else
    /// has that name.
    #[cfg_attr(test, schemars(with = "Option<String>", length(min = 1), extend("x-or-null" = true)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Beside<'a>>,
    /// Its contents.
    #[cfg_attr(test, schemars(length(min = 1)))]
    text: &'a str,
}

/// What stands beside it under the name of the schema.
#[derive(Serialize)]
#[serde(untagged)]
enum Beside<'a> {
    Written(&'a Utf8Path),
    /// A file of somebody else.
    Another,
}

/// Collects what is known, asks for the rest, and writes.
pub fn run(cli: &Cli, args: &Init, output: &mut Voice) -> Result<Exit, Failure> {
    let [path] = &cli.global.vars[..] else {
        return Err(Failure::new(Exit::Usage, "`init` writes one file, and several are named with `-f`"));
    };
    let mut known = known(args)?;
    let offers = Offers::of_this_machine();
    let mut questions = may_ask(args, output)?.then(Questions::begin).transpose()?;
    if !args.dry_run && path.symlink_metadata().is_ok() {
        may_replace(path, questions.as_mut())?;
    }
    let outline = match &mut questions {
        Some(questions) => {
            known.expect_workers();
            asked(questions, known.outline, &offers, output)?
        }
        None => offers.fill(known.outline),
    };
    let scaffold = scaffold(&outline)?;
    let text = scaffold.to_yaml();
    let checked = check(path, &text, output)?;
    let mut said = Document { file: path, text: &text, schema: None };
    output.document(&said);
    if args.dry_run {
        output.data(&text)?;
        return Ok(Exit::Done);
    }
    if let Some(questions) = &mut questions
        && !questions.confirms(&format!("Write {path}"), true)?
    {
        return Err(Failure::new(Exit::Interrupted, "nothing was written"));
    }
    let schema = schema::beside(path)?;
    disk::replace(path, text.as_bytes(), MODE)?;
    said.schema = Some(schema.as_deref().map_or(Beside::Another, Beside::Written));
    output.document(&said);
    output.say(&format!("{path}: cluster `{}`, {}", checked.base(), Count(checked.nodes.len(), "node")));
    if let Some(schema) = schema {
        output.say(&format!("{schema}: the keys, for your editor"));
    }
    output.say("next: okdboot check, okdboot fetch, okdboot render --ignition DIR");
    Ok(Exit::Done)
}

/// Asks for what is not known. Ctrl-C loses nothing that was answered, if the person wants it kept.
fn asked(
    questions: &mut Questions,
    known: Outline,
    offers: &Offers,
    output: &mut Voice,
) -> Result<Outline, Failure> {
    let (given, mut answered) = (known.clone(), known);
    match questions.complete(&mut answered, offers, output) {
        Ok(()) => Ok(answered),
        Err(failure) if failure.exit == Exit::Interrupted && answered != given => {
            keep(questions, &answered, output)?;
            Err(failure)
        }
        Err(failure) => Err(failure),
    }
}

/// Writes the answers so far where no file is yet.
fn keep(questions: &mut Questions, answered: &Outline, output: &mut Voice) -> Result<(), Failure> {
    let names =
        (1..100).map(|at| if at == 1 { ANSWERS.to_owned() } else { format!("okdboot-answers-{at}.yaml") });
    let mut paths = names.map(Utf8PathBuf::from);
    let Some(path) = paths.find(|path| path.symlink_metadata().is_err()) else { return Ok(()) };
    if questions.keeps(&path) {
        disk::replace(&path, scaffold::answers(answered).as_bytes(), MODE)?;
        output.say(&format!("go on with: okdboot init --answers {path}"));
    }
    Ok(())
}

/// What is known before anybody is asked.
struct KnownAnswers {
    outline: Outline,
    /// Whether nobody but an install-config says that there are no workers.
    is_workerless_by_config: bool,
}

impl KnownAnswers {
    /// `compute.replicas` is 0 wherever machines are installed by hand, workers or none: so they are asked for.
    fn expect_workers(&mut self) {
        if self.is_workerless_by_config {
            self.outline.workers = None;
        }
    }
}

/// Joins answers, install-config and machines; the answers have the last word.
fn known(args: &Init) -> Result<KnownAnswers, Failure> {
    let mut known = Outline::default();
    let mut is_workerless_by_config = false;
    if let Some(path) = &args.answers {
        known = vars::answers::read(path.as_str(), &read(path)?).map_err(Failure::invalid)?;
    }
    if let Some(path) = &args.from_install_config {
        let found = scaffold::from_install_config(&read(path)?)
            .map_err(|error| Failure::of(Exit::Invalid, &error).context(&format!("cannot use `{path}`")))?;
        is_workerless_by_config = known.workers.is_none() && found.workers == Some(0);
        known = known.or(found);
    }
    if let Some(path) = &args.macs {
        let machines = machines(path)?;
        known = known.or(Outline { machines, ..Outline::default() });
    }
    Ok(KnownAnswers { outline: known, is_workerless_by_config })
}

/// A folder is one of matchbox: its groups, or the data folder that they are in.
fn machines(path: &Utf8Path) -> Result<Vec<ListedMachine>, Failure> {
    let listed = if path.is_dir() {
        scaffold::groups(groups(path)?.iter().map(Vec::as_slice))
    } else {
        scaffold::machines(&read(path)?)
    };
    listed
        .map_err(|error| Failure::of(Exit::Invalid, &error).context(&format!("cannot use `{path}`")))
        .map_err(|failure| {
            failure.help("give a list of MAC addresses, the leases of dnsmasq or ISC dhcpd, or a folder of matchbox's groups")
        })
}

fn groups(folder: &Utf8Path) -> Result<Vec<Vec<u8>>, Failure> {
    let own = folder.join("groups");
    let folder = if own.is_dir() { &own } else { folder };
    let found = crate::probe::groups::read(folder)
        .map_err(|error| Failure::new(Exit::Files, format!("cannot read `{folder}`: {error}")))?;
    Ok(found.into_iter().map(|(_, bytes)| bytes).collect())
}

fn read(path: &Utf8Path) -> Result<String, Failure> {
    use std::io::Read as _;
    let read = || {
        let mut text = String::new();
        std::fs::File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
        Ok(text)
    };
    read()
        .map_err(|error: std::io::Error| Failure::new(Exit::Files, format!("cannot read `{path}`: {error}")))
}

/// Says whether questions are asked. Where they cannot be, and nothing was given instead, that is said.
fn may_ask(args: &Init, output: &Voice) -> Result<bool, Failure> {
    let given = args.yes || args.answers.is_some();
    if args.yes || output.is_json() {
        return Ok(false);
    }
    match (output.context().can_ask(), given) {
        (true, _) => Ok(true),
        (false, true) => Ok(false),
        (false, false) => Err(Failure::new(Exit::Usage, "there is no terminal to ask questions on")
            .help("give the answers in a file with `--answers FILE`, or take what is offered with `--yes`")
            .help("a vars.yaml that is there already needs no `init`: name it with `-f FILE`")),
    }
}

/// A file that is there is replaced only where a person says so.
fn may_replace(path: &Utf8Path, questions: Option<&mut Questions>) -> Result<(), Failure> {
    let confirmed = match questions {
        Some(questions) => questions.confirms(&format!("{path} exists. Replace it"), false)?,
        None => false,
    };
    if confirmed {
        return Ok(());
    }
    Err(Failure::new(Exit::Files, format!("`{path}` exists, and was left as it is")).help(
        "name another file with `-f FILE`, look with `--dry-run`, or use what is there: `okdboot check`",
    ))
}

fn scaffold(outline: &Outline) -> Result<Scaffold, Failure> {
    match Scaffold::of(outline) {
        Ok(Ok(scaffold)) => Ok(scaffold),
        Ok(Err(error)) => {
            Err(Failure::of(Exit::Invalid, &error).help("take a larger network, or fewer nodes"))
        }
        Err(missing) => Err(Failure::new(Exit::Invalid, format!("nothing says {}", List::and(&missing)))
            .help("add the keys to the file of `--answers`; docs/init.md lists them")),
    }
}

/// A scaffold has to pass the same check as what people write.
fn check(path: &Utf8Path, text: &str, output: &mut Voice) -> Result<crate::model::cluster::Cluster, Failure> {
    let (checked, report) = vars::read(path.as_str(), text.as_bytes());
    if let Some(checked) = checked {
        output.report(&report, Notices::IfVerbose);
        return Ok(checked.cluster);
    }
    // The places of the report are those of a file that does not exist.
    let mut failure = Failure::new(Exit::Invalid, "nothing was written: the answers contradict one another");
    failure.causes = trial::faults(&report);
    Err(failure)
}

/// What this machine can tell.
struct Offers {
    networks: Vec<Attached>,
    resolvers: Vec<std::net::Ipv4Addr>,
}

impl Offers {
    fn of_this_machine() -> Self {
        Self { networks: host::networks(), resolvers: host::resolvers() }
    }

    /// Takes every offer for what is not known.
    fn fill(&self, known: Outline) -> Outline {
        let network = known.network.or(self.networks.first().map(|attached| attached.network));
        let attached = network.and_then(|network| self.attached(network));
        let gateway = attached.and_then(|attached| attached.gateway);
        let offered = Outline {
            network,
            helper: attached.map(|attached| attached.address),
            gateway: gateway.or(network.map(scaffold::first_host)),
            forwarders: self.resolvers.clone(),
            ..Outline::default()
        };
        known.or(offered)
    }

    fn attached(&self, network: ipnet::Ipv4Net) -> Option<&Attached> {
        self.networks.iter().find(|attached| attached.network == network)
    }
}
