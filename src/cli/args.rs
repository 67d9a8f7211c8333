//! What the command line accepts.

mod approve;
mod arm;
mod assets;
mod bundle;
mod cache;
mod certs;
mod explain;
mod fetch;
mod global;
mod help;
mod init;
mod inventory;
mod look;
mod man;
mod place;
mod push;
mod render;
pub mod serve;
pub mod services;
mod status;
mod unpack;
mod up;
mod verify;

pub use approve::Approve;
pub use arm::{Arm, Disarm, Flip};
pub use assets::{AssetsAction, AssetsSync, Reach};
pub use bundle::{BundleAction, BundleExport, BundleImport};
pub use cache::{CacheAction, CachePrune};
pub use certs::Certs;
pub use explain::{Explain, ExplainCode};
pub use fetch::Fetch;
pub use global::{Colour, Format, Global};
pub use init::Init;
pub use man::ManArgs;
pub use place::{HostArgs, ServicesAction, ServicesDiff, ServicesInstall};
pub use push::Push;
pub use render::{Only, Picture, Remove, Render};
pub use serve::Serve;
pub use status::Status;
pub use unpack::Unpack;
pub use up::Up;
pub use verify::{RehearsalArgs, Verify};

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::stream_ref::StreamRef;
use crate::run::{Exit, Failure, StreamChoice};

use help::{
    APPROVE_EXAMPLES, ARM_EXAMPLES, ASSETS_EXAMPLES, BUNDLE_EXAMPLES, CACHE_EXAMPLES, CERTS_EXAMPLES,
    CHECK_EXAMPLES, COMMANDS_EXAMPLES, COMPLETIONS_EXAMPLES, DISARM_EXAMPLES, EXAMPLES,
    EXPLAIN_CODE_EXAMPLES, EXPLAIN_EXAMPLES, FETCH_EXAMPLES, HELP_EXAMPLES, INIT_EXAMPLES, MAN_EXAMPLES,
    PUSH_EXAMPLES, REMOVE_EXAMPLES, RENDER_EXAMPLES, SCHEMA_EXAMPLES, SERVE_EXAMPLES, SERVICES_EXAMPLES,
    STATUS_EXAMPLES, UNPACK_EXAMPLES, UP_EXAMPLES, VERIFY_EXAMPLES,
};

const ABOUT: &str = "One vars.yaml in, everything that the machines of a bare-metal OpenShift or OKD \
    cluster boot from out: matchbox, PXELINUX, iPXE and GRUB files, Ignition copies with their \
    digests, verified CoreOS images, and the command to install each machine by hand.";

/// From one vars.yaml to all that a bare-metal OpenShift or OKD cluster boots from
#[derive(Debug, Parser)]
#[command(
    name = "okdboot",
    version,
    long_version = env!("OKDBOOT_VERSION"),
    long_about = ABOUT,
    after_help = EXAMPLES,
    max_term_width = 80,
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the command line, and settles what depends on several of its words.
    pub fn read(args: &[OsString]) -> Result<Self, clap::Error> {
        let mut cli = Self::try_parse_from(args)?;
        cli.global.settle();
        Ok(cli)
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first vars.yaml: asks a few questions
    ///
    /// Asks what it cannot know and offers what it can: this machine's networks, a
    /// split of the network, MAC addresses from a list or DHCP leases. The file is
    /// commented, and helpernode reads it too. A file that is there is kept.
    #[command(after_help = INIT_EXAMPLES)]
    Init(Init),
    /// Report every fault and warning of vars.yaml
    ///
    /// All of them at once, each with its place, a code and the exact fix. Writes
    /// nothing and needs no network. Exit code 3 if there is an error.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Fetch the boot artifacts, verified against the lock
    ///
    /// Reads the stream once, pins release and digests in okdboot.lock beside
    /// vars.yaml, and puts kernel, initramfs and rootfs of each architecture in use
    /// below the output root. A file gets its name only after its sha256 has matched;
    /// one that is there and right is not fetched again.
    #[command(after_help = FETCH_EXAMPLES)]
    Fetch(Fetch),
    /// Write every boot file of every cluster
    ///
    /// matchbox groups and profiles, PXELINUX, iPXE and GRUB files, copies of the
    /// Ignition files with SHA512SUMS, and the printed commands. Rendering twice
    /// changes nothing; files of nodes that are gone are removed; files that were
    /// edited by hand are kept unless `--force` is given.
    #[command(after_help = RENDER_EXAMPLES)]
    Render(Render),
    /// Compare Ignition files, images and boot files with the plan
    ///
    /// Prints the sha512 of each Ignition file as coreos-installer takes it, and
    /// reports whatever is missing, altered or left over. With `--live` it asks the
    /// servers too, as the firmware of each node will. Writes nothing. Exit code 1 if
    /// there are findings, 5 if a digest is wrong.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Print the coreos-installer command of each node
    ///
    /// For machines that are installed from the ISO: the command to run in the live
    /// system, which checks the sha512 of the Ignition file; with `--method kargs` the
    /// arguments to type at the boot menu; with iso and pxe how to make media that
    /// carry everything.
    #[command(after_help = COMMANDS_EXAMPLES)]
    Commands(Commands),
    /// Explain a node: each value with its origin, URLs, images, files
    ///
    /// Where in vars.yaml each effective value stands, or that it is a default; the
    /// exact URLs, the kernel command line with its length, the images with release
    /// and digest, the files. `--group-match` selects a group as matchbox does.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Print the help of a command
    #[command(hide = true, after_help = HELP_EXAMPLES)]
    Help {
        /// Which
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
    /// Let nodes be installed by their next network boot
    #[command(after_help = ARM_EXAMPLES)]
    Arm(Arm),
    /// Let nodes boot from their disks
    #[command(after_help = DISARM_EXAMPLES)]
    Disarm(Disarm),
    /// Show of every node whether it is armed, since when, until when
    ///
    /// And what it boots, as the output root has it. Reads files only: no network,
    /// no lock. What was armed or disarmed stands in okdboot.state.json beside
    /// vars.yaml. With `--kubeconfig` it asks the cluster, too, and ends with 1 unless
    /// every machine is a node that is ready.
    #[command(after_help = STATUS_EXAMPLES)]
    Status(Status),
    /// Take the files of a cluster out of the output root
    ///
    /// The cluster is named by its id, as files are named by it; vars.yaml is not
    /// read. Files that were edited by hand are kept and stop it, unless `--force`
    /// is given. Images stay: other clusters may boot from them.
    #[command(after_help = REMOVE_EXAMPLES)]
    Remove(Remove),
    /// Serve the output root over HTTP and TFTP, and show how far each machine is
    ///
    /// Answers as matchbox does, and gives away images, boot files and Ignition files;
    /// the last only to the machines that they are for. `verify` looks at the tree
    /// first. A tree that is rendered meanwhile is served from then on. Ends with
    /// Ctrl-C or SIGTERM, when what is being sent is sent. `--data` serves any data
    /// folder of matchbox.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Put the files of the helper's daemons where these look for them
    ///
    /// `render` writes the files of dnsmasq, BIND, haproxy and the others below
    /// `services/`. These commands compare them with what this machine has, and copy
    /// them. No daemon is started: the commands for that are printed.
    #[command(after_help = SERVICES_EXAMPLES)]
    Services {
        /// What to do.
        #[command(subcommand)]
        action: ServicesAction,
    },
    /// Give groups, profiles and Ignition files to matchbox on other machines
    ///
    /// By its gRPC with mutual TLS. Compares first; what others have put there stays,
    /// what okdboot put there and plans no more goes. Assets do not travel.
    #[command(after_help = PUSH_EXAMPLES)]
    Push(Push),
    /// Approve the certificates of the machines of vars.yaml, and of no others
    ///
    /// In place of a loop that approves whatever is pending: a request has to fit its
    /// machine in name, address, groups and usages. What does not fit is said with the
    /// reason and left as it is; nothing is denied.
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve(Approve),
    /// Put the images where machines and pods fetch them
    #[command(after_help = ASSETS_EXAMPLES)]
    Assets {
        /// What to do.
        #[command(subcommand)]
        action: AssetsAction,
    },
    /// Put a tree together from the volumes of a pod, and get its images
    ///
    /// For the init container of `render --only kubernetes`: checks every file with
    /// the manifest of its cluster, and every image with its lock. Reads no vars.yaml.
    #[command(after_help = UNPACK_EXAMPLES)]
    Unpack(Unpack),
    /// Check, fetch, render, verify and serve in one
    ///
    /// Stops at the first thing that a person has to do, and says it. What was done
    /// before is not done again by the next run. The steps are those of `check`,
    /// `fetch`, `render`, `verify` and `serve`; their options are there for whoever
    /// needs more.
    #[command(after_help = UP_EXAMPLES)]
    Up(Up),
    /// Carry everything into a room without a network, as one file
    ///
    /// An archive of artifacts, lock, stream metadata, signatures, vars.yaml and the
    /// rendered tree. Nothing of it lands before all of it was checked.
    #[command(after_help = BUNDLE_EXAMPLES)]
    Bundle {
        /// Which way.
        #[command(subcommand)]
        action: BundleAction,
    },
    /// Look at the cache of artifacts, or make room in it
    ///
    /// Images, programs and stream metadata that `fetch` got are kept by their sha256
    /// in ~/.cache/okdboot (or `XDG_CACHE_HOME`), for all output roots of a user.
    /// What is removed is fetched again when it is needed.
    #[command(after_help = CACHE_EXAMPLES)]
    Cache {
        /// What to do with it.
        #[command(subcommand)]
        action: CacheAction,
    },
    /// Make certificates for matchbox's gRPC: authority, server, client
    ///
    /// matchbox takes writes over gRPC with mutual TLS alone, and the Terraform
    /// provider sends them so. The authority is made once and kept; certificates that
    /// are good are kept too. `verify` says when one ends soon. They are written into
    /// okdboot-certs beside vars.yaml, or into the folder of -o.
    #[command(after_help = CERTS_EXAMPLES)]
    Certs(Certs),
    /// Explain a diagnostic: what it means, an example, the fix
    ///
    /// The section of docs/errors.md, carried in the program. Case does not matter,
    /// and the code may be copied with what stands around it, as in `error[V201]`.
    #[command(after_help = EXPLAIN_CODE_EXAMPLES)]
    ExplainCode(ExplainCode),
    /// Print the JSON Schema of vars.yaml, for editors
    ///
    /// An editor then completes keys, explains them, and underlines what cannot be
    /// right. `init` writes it beside vars.yaml, and refers to it in the first line.
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema,
    /// Write manual pages
    ///
    /// Made from the arguments of this very program: okdboot.1 describes it and the
    /// options of all commands, and a page such as okdboot-render.1 each command.
    /// man finds pages in ~/.local/share/man/man1 by name: man okdboot-render.
    #[command(after_help = MAN_EXAMPLES)]
    Man(ManArgs),
    /// Print completions for a shell
    ///
    /// Made from the arguments of this very program; the folder completions/ of the
    /// sources holds the same for bash, zsh and fish.
    ///
    /// A shell can also ask the program while you type: it then knows the nodes of
    /// your vars.yaml, roles, codes and *.yaml files. Put one of these lines where the
    /// shell starts, instead of a script:
    ///
    /// bash: `source <(OKDBOOT_COMPLETE=bash okdboot)`
    ///
    /// zsh: `source <(OKDBOOT_COMPLETE=zsh okdboot)`
    ///
    /// fish: `OKDBOOT_COMPLETE=fish okdboot | source`
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which release is booted.
#[derive(Clone, Debug, Default, Args)]
pub struct StreamArgs {
    /// Where images come from: stable, testing, next, rhcos-4.N, okd-4.N, an
    /// https URL, a file, or - for standard input
    #[arg(long, value_name = "STREAM", allow_hyphen_values = true)]
    pub stream: Option<String>,
    /// The lock, instead of okdboot.lock beside vars.yaml
    #[arg(long, value_name = "FILE")]
    pub lock: Option<Utf8PathBuf>,
    /// Refuse to change the lock
    #[arg(long)]
    pub locked: bool,
    /// PEM certificates to trust besides the platform's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<Utf8PathBuf>,
}

impl StreamArgs {
    /// Returns what was chosen.
    pub fn choice(&self) -> Result<StreamChoice, Failure> {
        let stream = self.stream.as_deref().map(str::parse::<StreamRef>).transpose();
        let stream = stream.map_err(|error| {
            Failure::new(Exit::Usage, format!("`--stream`: {error}")).help(
                "give `rhcos-4.20`, `okd-4.20`, `stable`, `testing`, `next`, an https URL, a file, or `-`",
            )
        })?;
        let (lock, ca_cert) = (self.lock.clone(), self.ca_cert.clone());
        Ok(StreamChoice { stream, lock, is_locked: self.locked, ca_cert })
    }
}

/// Where the Ignition files are.
#[derive(Clone, Debug, Default, Args)]
pub struct IgnitionArgs {
    /// The folder of bootstrap.ign, master.ign, worker.ign; for several
    /// clusters one folder each in it, named by cluster id
    #[arg(long, value_name = "DIR")]
    pub ignition: Option<Utf8PathBuf>,
}

/// Which templates are used.
#[derive(Clone, Debug, Default, Args)]
pub struct TemplateArgs {
    /// A folder whose files replace embedded templates
    #[arg(long, value_name = "DIR")]
    pub templates: Option<Utf8PathBuf>,
}

/// `okdboot check`
#[derive(Debug, Args)]
pub struct Check {
    /// Look at this stream, too: that it is one, and where it is a file, whether it
    /// has what the nodes boot
    #[arg(long, value_name = "STREAM")]
    pub stream: Option<String>,
    /// The lock, instead of okdboot.lock beside vars.yaml
    #[arg(long, value_name = "FILE")]
    pub lock: Option<Utf8PathBuf>,
}

/// `okdboot commands`
#[derive(Debug, Args)]
pub struct Commands {
    /// Only these nodes
    #[arg(value_name = "NODE")]
    pub nodes: Vec<String>,
    /// Only nodes of this role: bootstrap, master, arbiter, worker
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Where the Ignition files are.
    #[command(flatten)]
    pub ignition: IgnitionArgs,
    /// Which release; read for iso and pxe only.
    #[command(flatten)]
    pub stream: StreamArgs,
    /// What to print
    #[arg(long, value_enum, default_value_t = MethodArg::Install)]
    pub method: MethodArg,
}

/// What `commands` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "method"))]
#[serde(rename_all = "lowercase")]
pub enum MethodArg {
    /// The command to run in the live system
    Install,
    /// The arguments to type at the boot menu of the ISO
    Kargs,
    /// The command that makes an ISO of the node's own
    Iso,
    /// The command that makes an initramfs of the node's own, and its boot line
    Pxe,
    /// What makes its BMC boot it from the network, or from its ISO, once
    Power,
}
