//! `okdboot services diff|install`: the files of the daemons, from the tree to where these look for them.

use serde::Serialize;

use super::args::{Cli, HostArgs, ServicesAction, ServicesDiff, ServicesInstall};
use super::output::Voice;
use crate::diag::Report;
use crate::disk::{DiskError, DiskTree, Root};
use crate::model::digest::Sha256;
use crate::model::distribution::{Distribution, Family};
use crate::model::path::RelPath;
use crate::plan::FileKind;
use crate::plan::change;
use crate::plan::place::{self, Action, After, PlaceStep, Placement, Rendered, TargetHost};
use crate::plan::tree::{Found, Standing, Tree as _};
use crate::probe::package::Packages;
use crate::run::Notices;
use crate::run::failure::{Exit, Failure};
use crate::run::native;
use crate::run::tree::TreeReader;
use crate::text::{Count, escape};

/// Where what was replaced is kept, below the root.
const REPLACED: &str = "var/lib/okdboot/replaced";

/// What `okdboot services diff` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct DiffDocument<'a> {
    /// Files of this machine, by daemon.
    files: Vec<PlacedFile<'a>>,
    /// What a person has to do, a sentence each.
    left: &'a [String],
}

/// What `okdboot services install` says.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct InstallDocument<'a> {
    /// Files of this machine, by daemon.
    files: Vec<PlacedFile<'a>>,
    /// What a person has to do, a sentence each.
    left: &'a [String],
    /// What to run then, in this order.
    commands: &'a [String],
}

/// A file of a daemon on a helper.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PlacedFile<'a> {
    /// Where it stands, from the root of the system.
    #[cfg_attr(test, schemars(regex(pattern = "^/")))]
    path: String,
    /// What becomes of it; `kept` is a file of a person.
    #[cfg_attr(test, schemars(extend("enum" = ["new", "update", "same", "remove", "kept"])))]
    action: &'static str,
    /// Whose it is.
    daemon: &'static str,
    /// The rendered file; null where the file goes.
    from: Option<&'a RelPath>,
    /// A unified diff; of `services diff` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
    /// Where what stood there is kept.
    #[cfg_attr(test, schemars(regex(pattern = "^/")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<String>,
}

impl<'a> PlacedFile<'a> {
    fn of(step: &'a PlaceStep) -> Self {
        Self {
            path: format!("/{}", step.to),
            action: step.action.as_str(),
            daemon: step.daemon.name,
            from: step.from.as_ref(),
            diff: None,
            copy: None,
        }
    }
}

/// Runs one of the two.
pub fn run(cli: &Cli, action: &ServicesAction, output: &mut Voice) -> Result<Exit, Failure> {
    match action {
        ServicesAction::Diff(args) => diff(cli, args, output),
        ServicesAction::Install(args) => install(cli, args, output),
    }
}

/// A look at a host.
struct HostLook {
    host: DiskTree,
    files: Vec<Rendered>,
    placement: Placement,
    family: Family,
}

impl HostLook {
    fn of(cli: &Cli, args: &HostArgs, force: bool, output: &mut Voice) -> Result<Self, Failure> {
        let host = DiskTree::open(&args.root)?;
        let family = family(&host)?;
        let files = rendered(cli, output)?;
        let packages =
            Packages::read(args.root.as_std_path(), native::find("rpm", &output.context().process()));
        let name = args.helper.clone().or_else(|| host_name(&host)).unwrap_or_default();
        let placement = place::place(
            &files,
            &TargetHost {
                tree: &host,
                family,
                name: &name,
                is_pristine: &|path, bytes| packages.is_pristine(path, bytes),
                force,
            },
        );
        refuse_blocked(&placement)?;
        Ok(Self { host, files, placement, family })
    }

    /// What a person has to do before it works, a line each.
    fn left(&self) -> Vec<String> {
        let Placement { steps, lines, absent, .. } = &self.placement;
        let install = match self.family {
            Family::Debian => "apt-get install",
            Family::RedHat => "dnf install",
        };
        let mut left: Vec<String> = absent
            .iter()
            .map(|daemon| format!("{} is not installed: `{install} {}`", daemon.name, daemon.package))
            .collect();
        let kept = steps.iter().filter(|step| step.action == Action::Kept);
        left.extend(kept.map(|step| {
            format!("kept /{}: it is not okdboot's; `--force` replaces it and keeps a copy", step.to)
        }));
        left.extend(lines.iter().map(|line| format!("add to /{}: {}", line.into, line.line)));
        left.extend(self.placement.stale.iter().map(|line| {
            format!("take out of /{}: {}; nothing is rendered for it any more", line.into, line.line)
        }));
        left.extend(nobody(&self.files, &self.placement));
        left
    }

    fn commands(&self, cli: &Cli, args: &HostArgs) -> Vec<String> {
        let has =
            |path: &str| path.parse().is_ok_and(|path: RelPath| self.host.look(&path) != Standing::Absent);
        let tree = std::path::absolute(&cli.global.out).unwrap_or_default();
        let after = After {
            root: args.root.as_str(),
            tree: &tree.to_string_lossy(),
            has_selinux: has("etc/selinux/config"),
            has_firewalld: place::has_firewalld(&self.host),
        };
        place::commands(&self.placement, &self.files, &after)
    }
}

/// Shows what would change; writes nothing.
fn diff(cli: &Cli, args: &ServicesDiff, output: &mut Voice) -> Result<Exit, Failure> {
    let seen = HostLook::of(cli, &args.host, false, output)?;
    let mut members = Vec::new();
    for step in &seen.placement.steps {
        let text = step.action.is_change().then(|| difference(step, &seen.host));
        output.data(text.as_deref().unwrap_or_default())?;
        members.push(PlacedFile { diff: text, ..PlacedFile::of(step) });
    }
    let left = seen.left();
    for line in &left {
        output.say(line);
    }
    output.document(&DiffDocument { files: members, left: &left });
    output.report(&Report::default(), Notices::IfVerbose);
    let is_clean = left.is_empty() && seen.placement.steps.iter().all(|step| !step.action.is_change());
    Ok(if is_clean { Exit::Done } else { Exit::Differs })
}

fn difference(step: &PlaceStep, host: &DiskTree) -> String {
    let before = match host.look(&step.to) {
        Standing::File(found) => Some(found.bytes),
        _ => None,
    };
    let after = (step.action != Action::Remove).then_some(step.text.as_bytes());
    change::unified(step.to.as_str(), before.as_deref(), after)
}

/// Copies the files; a copy of each that is replaced or removed is made first.
fn install(cli: &Cli, args: &ServicesInstall, output: &mut Voice) -> Result<Exit, Failure> {
    let seen = HostLook::of(cli, &args.host, args.force, output)?;
    let is_due = seen.placement.steps.iter().any(|step| step.action.is_change());
    let root = (is_due && !args.dry_run).then(|| open(&args.host)).transpose()?;
    let mut members = Vec::new();
    for step in &seen.placement.steps {
        let copy = match &root {
            Some(root) if step.action.is_change() => carry_out(step, root)?,
            _ => None,
        };
        if step.action.is_change() {
            output.data(&format!("{:8} /{}\n", step.action.as_str(), step.to))?;
        }
        if let Some(copy) = &copy {
            output.data(&format!("{:8} /{copy}\n", "copy"))?;
        }
        members.push(PlacedFile { copy: copy.map(|copy| format!("/{copy}")), ..PlacedFile::of(step) });
    }
    let (left, commands) = (seen.left(), seen.commands(cli, &args.host));
    say(&seen.placement, &left, &commands, args, output)?;
    output.document(&InstallDocument { files: members, left: &left, commands: &commands });
    output.report(&Report::default(), Notices::IfVerbose);
    Ok(if left.is_empty() { Exit::Done } else { Exit::Differs })
}

fn open(args: &HostArgs) -> Result<Root, Failure> {
    let refused = |error: DiskError| {
        let failure = Failure::new(Exit::Files, format!("cannot put files in place below `{}`", args.root));
        failure.context_of(&error).help("run it as root; `--dry-run` needs no rights")
    };
    Root::create(&args.root).map_err(refused)
}

fn carry_out(step: &PlaceStep, root: &Root) -> Result<Option<RelPath>, Failure> {
    let copy = root.set_aside(&step.to, REPLACED)?;
    if step.action == Action::Remove {
        root.take_away(&step.to)?;
    } else {
        root.put(&step.to, step.text.as_bytes())?;
    }
    Ok(copy)
}

fn say(
    placement: &Placement,
    left: &[String],
    commands: &[String],
    args: &ServicesInstall,
    output: &mut Voice,
) -> Result<(), Failure> {
    for line in left {
        output.data(&format!("{line}\n"))?;
    }
    if !commands.is_empty() {
        output.data("then run:\n")?;
    }
    for command in commands {
        output.data(&format!("  {command}\n"))?;
    }
    let changed = placement.steps.iter().filter(|step| step.action.is_change()).count();
    let done = if args.dry_run { "would be put" } else { "put" };
    output.say(&format!(
        "{} {done} in place, {} as they shall be",
        Count(changed, "file"),
        placement.steps.iter().filter(|step| step.action == Action::Same).count()
    ));
    Ok(())
}

/// A link or a folder where a file should be: nothing is touched.
fn refuse_blocked(placement: &Placement) -> Result<(), Failure> {
    let reason = |step: &PlaceStep| match &step.action {
        Action::Blocked(why) => Some(format!("`/{}`: {why}", step.to)),
        _ => None,
    };
    let causes: Vec<String> = placement.steps.iter().filter_map(reason).collect();
    if causes.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(Exit::Files, "nothing was put in place, because something is in the way");
    Err(Failure { causes, ..failure }.help("move it away and run this again"))
}

/// Several helpers share an address, and none of their files is this one's.
fn nobody(files: &[Rendered], placement: &Placement) -> Option<String> {
    let name = |file: &Rendered| {
        file.path.as_str().strip_prefix("services/keepalived/")?.strip_suffix(".conf").map(str::to_owned)
    };
    let names: Vec<String> = files.iter().filter_map(name).collect();
    let of = |daemon: &str| daemon == "keepalived";
    let is_placed = placement.steps.iter().any(|step| of(step.daemon.name))
        || placement.absent.iter().any(|daemon| of(daemon.name));
    (!names.is_empty() && !is_placed).then(|| {
        format!("this machine is none of the helpers {}: name it with `--helper NAME`", names.join(", "))
    })
}

/// Reads the files of services that stand in the tree.
fn rendered(cli: &Cli, output: &mut Voice) -> Result<Vec<Rendered>, Failure> {
    let reader = TreeReader::open(&cli.global.out)?;
    let manifest = reader.manifest(&reader.clusters()?)?;
    let mut files = Vec::new();
    // install-config.yaml is secret and goes nowhere; the run book is for people.
    let is_due =
        |kind: FileKind| kind.is_service() && !matches!(kind, FileKind::InstallConfig | FileKind::Guide);
    for (path, entry) in manifest.entries.iter().filter(|(_, entry)| is_due(entry.owner.kind)) {
        let name = reader.tree().name(path);
        let Standing::File(Found { bytes, .. }) = reader.tree().look(path) else {
            let failure = Failure::new(Exit::Files, format!("cannot read `{name}`, which was rendered"));
            return Err(failure.help("run `okdboot render` again"));
        };
        if Sha256::of(&bytes) != entry.sha256 {
            output.say(&format!("`{name}` was edited by hand since it was rendered"));
        }
        files.push(Rendered { path: path.clone(), text: String::from_utf8_lossy(&bytes).into_owned() });
    }
    if files.is_empty() {
        let message = format!("no file of services stands in `{}`", cli.global.out);
        return Err(Failure::new(Exit::Files, message)
            .help("run `okdboot render` first, or name the folder with `-o DIR`"));
    }
    Ok(files)
}

/// `/etc/os-release` is a link where it is not a file of its own (os-release(5)).
fn family(host: &DiskTree) -> Result<Family, Failure> {
    let read = |path: &str| text(host, path);
    let Some(found) = read("etc/os-release").or_else(|| read("usr/lib/os-release")) else {
        let message = "cannot tell the distribution: there is no `/etc/os-release`";
        return Err(Failure::new(Exit::Files, message).help("name the root of the system with `--root DIR`"));
    };
    let distribution = Distribution::parse(&found);
    distribution.family.ok_or_else(|| {
        let name = escape(&distribution.name);
        let message = format!("where `{name}` has the files of its daemons is not known");
        Failure::new(Exit::Invalid, message)
            .help("known are Debian and Ubuntu, Fedora, CentOS Stream and RHEL; docs/helper.md says what to copy by hand")
    })
}

fn text(host: &DiskTree, path: &str) -> Option<String> {
    match host.look(&path.parse().ok()?) {
        Standing::File(found) => Some(String::from_utf8_lossy(&found.bytes).into_owned()),
        _ => None,
    }
}

/// The first label of the host's name.
fn host_name(host: &DiskTree) -> Option<String> {
    let text = text(host, "etc/hostname")?;
    text.trim().split('.').next().map(str::to_owned)
}
