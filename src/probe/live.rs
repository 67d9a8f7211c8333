//! The rehearsal: what the firmware of each machine will ask, asked now.
//!
//! Every address is read from the texts that the servers give, step by step as a loader does. What is
//! the same for many machines is asked once.

mod ask;
mod judge;
mod place;
mod report;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use place::ServerFile;
pub use report::{Answered, ChainReport, ChainStep, findings};
pub use trouble::BootFault;

use self::ask::{Asker, Follows};
use self::trouble::Trouble;
use super::script::{Boot, LoaderAction, LoaderMachine, MAX_SCRIPT};
use crate::http::{HttpError, Looker};
use crate::model::digest::Sha256;
use crate::model::name::Label;
use crate::pool;
use crate::text::words;

/// How many scripts may lead on to another.
const MAX_CHAINS: usize = 4;

/// The largest Ignition config that is read.
const MAX_IGNITION: usize = 64 << 20;

words! {
    /// A way to boot.
    BootFormat {
        /// PXELINUX and lpxelinux.
        Pxelinux = "pxelinux",
        /// A script of its own for each machine.
        Ipxe = "ipxe",
        /// iPXE through matchbox.
        Matchbox = "matchbox",
        /// GRUB.
        Grub = "grub",
        /// No loader that asks: a parm file, or the command that makes a guest of KVM.
        Parm = "parm",
        /// The ISO: a person types the command, which fetches the Ignition file.
        Iso = "iso",
    }
}

words! {
    /// What a machine fetches, in this order.
    ChainPart {
        /// The loader's file.
        Config = "config",
        /// The kernel.
        Kernel = "kernel",
        /// The initramfs.
        Initramfs = "initramfs",
        /// The root file system of the live system.
        Rootfs = "rootfs",
        /// The Ignition config.
        Ignition = "ignition",
    }
}

impl fmt::Display for ChainPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Ignition { "Ignition config" } else { self.as_str() })
    }
}

impl fmt::Display for BootFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pxelinux => "PXELINUX",
            Self::Ipxe => "iPXE",
            Self::Matchbox => "matchbox",
            Self::Grub => "GRUB",
            Self::Parm => "virt-install",
            Self::Iso => "the ISO",
        })
    }
}

/// A machine that is going to boot.
#[derive(Clone, Debug)]
pub struct BootingMachine {
    /// The cluster's id.
    pub cluster: Label,
    /// The node's short name.
    pub name: Label,
    /// What its loaders know of it.
    pub machine: LoaderMachine,
    /// How it may boot.
    pub chains: Vec<Chain>,
}

/// One way to boot a machine.
#[derive(Clone, Debug)]
pub struct Chain {
    /// The loader.
    pub format: BootFormat,
    /// What it asks for first.
    pub config: ServerFile,
    /// The text that it should end up with; absent where it should get none.
    pub due: Option<String>,
    /// What it boots, where somebody puts that before it and no text is asked for.
    pub given: Option<Boot>,
}

/// What should be found at a place.
#[derive(Clone, Debug)]
pub enum Expected {
    /// An artifact.
    Artifact {
        /// A copy on this machine.
        local: Option<PathBuf>,
        /// Its digest, if the lock knows it.
        sha256: Option<Sha256>,
    },
    /// An Ignition file, byte by byte.
    Ignition(Arc<[u8]>),
    /// An Ignition file that matchbox writes anew.
    Rewritten(Arc<[u8]>),
}

/// What is to be asked, and within which bounds.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The machines.
    pub candidates: Vec<BootingMachine>,
    /// What should be found, by [`ServerFile::plain`].
    pub dues: BTreeMap<ServerFile, Expected>,
    /// How patiently.
    pub limits: ProbeLimits,
}

/// How patiently servers are asked.
#[derive(Clone, Debug)]
pub struct ProbeLimits {
    /// The longest wait for an answer, and then for its next byte.
    pub timeout: Duration,
    /// The end of everything.
    pub deadline: Instant,
    /// How many questions at once.
    pub jobs: usize,
    /// How much of an artifact is read.
    pub reading: ReadDepth,
}

/// How much of an artifact is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadDepth {
    /// Its beginning and its end.
    Samples,
    /// All of it.
    Whole,
}

/// One question about a part, which may be that of many machines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PartQuestion {
    place: ServerFile,
    part: ChainPart,
    follows: Follows,
}

/// A chain on its way.
struct ChainWalk<'a> {
    candidate: usize,
    chain: &'a Chain,
    machine: &'a LoaderMachine,
    /// Where it stands.
    at: ServerFile,
    hops: usize,
    result: Option<Result<LoaderAction, Trouble>>,
    /// Questions by part, or why one cannot be asked.
    questions: Vec<(ChainPart, String, Result<PartQuestion, Trouble>)>,
}

impl Rehearsal {
    /// Asks everything, and returns what was answered for each machine.
    pub fn run(&self, ca_cert: Option<&Path>) -> Result<Vec<Answered>, HttpError> {
        let asker = Asker::new(Looker::new(ca_cert, self.limits.timeout)?, &self.limits);
        let mut walks = self.walks();
        for _ in 0..=MAX_CHAINS {
            self.fetch_configs(&asker, &mut walks);
        }
        walks.iter_mut().for_each(ChainWalk::ask);
        let questions: BTreeSet<&PartQuestion> =
            walks.iter().flat_map(|walk| &walk.questions).filter_map(|(_, _, q)| q.as_ref().ok()).collect();
        let questions: Vec<&PartQuestion> = questions.into_iter().collect();
        let answers = pool::each(&questions, self.limits.jobs, |question| self.answer(&asker, question));
        let answers: BTreeMap<&PartQuestion, Result<String, Trouble>> =
            questions.iter().copied().zip(answers).collect();
        Ok(report::collect(&self.candidates, &walks, &answers))
    }

    fn walks(&self) -> Vec<ChainWalk<'_>> {
        let chains = self.candidates.iter().enumerate().flat_map(|(candidate, one)| {
            one.chains.iter().map(move |chain| ChainWalk {
                candidate,
                chain,
                machine: &one.machine,
                at: chain.config.clone(),
                hops: 0,
                result: chain.given.clone().map(|boot| Ok(LoaderAction::Boot(boot))),
                questions: Vec::new(),
            })
        });
        chains.collect()
    }

    /// Fetches the next text of every chain that is not at its end.
    fn fetch_configs(&self, asker: &Asker, walks: &mut [ChainWalk]) {
        let open: BTreeSet<(ServerFile, Follows)> = walks
            .iter()
            .filter(|walk| walk.result.is_none())
            .map(|walk| (walk.at.clone(), Follows::of(walk.chain.format, ChainPart::Config)))
            .collect();
        let open: Vec<_> = open.into_iter().collect();
        let texts =
            pool::each(&open, self.limits.jobs, |(place, follows)| asker.small(place, *follows, MAX_SCRIPT));
        let texts: BTreeMap<&ServerFile, _> = open.iter().map(|(place, _)| place).zip(texts).collect();
        for walk in walks.iter_mut().filter(|walk| walk.result.is_none()) {
            if let Some(text) = texts.get(&walk.at) {
                walk.advance(text);
            }
        }
    }

    fn answer(&self, asker: &Asker, question: &PartQuestion) -> Result<String, Trouble> {
        let due = self.dues.get(&question.place.plain());
        match question.part {
            ChainPart::Ignition => {
                let body = asker.small(&question.place, question.follows, MAX_IGNITION)?;
                judge::ignition(&body, due)
            }
            _ => asker.artifact(&question.place, question.follows, due),
        }
    }
}

impl ChainWalk<'_> {
    /// Reads a text that was fetched, and goes on or ends.
    fn advance(&mut self, text: &Result<Vec<u8>, Trouble>) {
        let read = match text {
            Err(Trouble::Absent(_)) if self.chain.due.is_none() && self.hops > 0 => Ok(LoaderAction::Local),
            Err(trouble) => Err(trouble.clone()),
            Ok(bytes) => judge::config(self.chain, bytes, &self.at, self.machine, self.hops),
        };
        let Ok(LoaderAction::Chain(next)) = &read else {
            self.result = Some(read);
            return;
        };
        match place::locate(self.chain.format, ChainPart::Config, next, &self.at, self.machine) {
            Ok(next) if self.hops < MAX_CHAINS => (self.at, self.hops) = (next, self.hops + 1),
            Ok(_) => self.result = Some(Err(Trouble::Script("it leads on and on".to_owned()))),
            Err(why) => self.result = Some(Err(Trouble::Unfetchable(why))),
        }
    }

    /// Finds out what the chain's end asks for.
    fn ask(&mut self) {
        let boot = match &self.result {
            Some(Ok(LoaderAction::Boot(boot)) | Err(Trouble::Differs { boot: Some(boot), .. })) => {
                boot.clone()
            }
            _ => return,
        };
        for (part, name) in parts(&boot) {
            let place = place::locate(self.chain.format, part, name, &self.at, self.machine);
            let follows = Follows::of(self.chain.format, part);
            let question =
                place.map(|place| PartQuestion { place, part, follows }).map_err(Trouble::Unfetchable);
            self.questions.push((part, name.to_owned(), question));
        }
    }
}

fn parts(boot: &Boot) -> Vec<(ChainPart, &str)> {
    let kernel = Some(boot.kernel.as_str()).filter(|kernel| !kernel.is_empty());
    let mut parts: Vec<(ChainPart, &str)> =
        kernel.map(|kernel| (ChainPart::Kernel, kernel)).into_iter().collect();
    parts.extend(boot.initrds.iter().map(|name| (ChainPart::Initramfs, name.as_str())));
    parts.extend(boot.rootfs().map(|url| (ChainPart::Rootfs, url)));
    parts.extend(boot.ignition().map(|url| (ChainPart::Ignition, url)));
    parts
}
