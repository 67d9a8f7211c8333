//! The tree that is served: what is asked, and what it gets.

use std::io::Read as _;
use std::sync::{Arc, PoisonError, RwLock};

use camino::Utf8Path;
use rustix::io::Errno;

use super::answer::{Answer, Body, BootHint, Reply, Validators};
use super::ask::{HttpRequest, RequestMethod};
use super::callback;
use super::grub;
use super::index::{Layout, TreeIndex};
use super::kind;
use super::loader;
use super::loader::own::Own;
use super::machine::ServedMachine;
use super::rule::{self, Peer};
use super::script;
use super::stage::Stage;
use crate::disk::{Below, Opened};
use crate::ignition::{IgnitionConfig, IgnitionError, MAX_BYTES};
use crate::matchbox::script::CHAIN;
use crate::model::digest::Sha256;
use crate::model::loaders::Slot;
use crate::model::mac::MacAddr;
use crate::plan::report;
use crate::text;

/// A tree, and who may have its Ignition files.
#[derive(Debug)]
pub struct Site {
    index: RwLock<Arc<TreeIndex>>,
    below: Below,
    rule: rule::Ignition,
    loaders: Own,
}

impl Site {
    /// Serves a tree that was read.
    pub fn new(root: &Utf8Path, index: TreeIndex, rule: rule::Ignition, loaders: Own) -> Self {
        Self { index: RwLock::new(Arc::new(index)), below: Below::new(root), rule, loaders }
    }

    /// Returns what is served now; it stays as it is for whoever holds it.
    pub fn index(&self) -> Arc<TreeIndex> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves what was read anew from now on.
    pub fn swap(&self, index: TreeIndex) {
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(index);
    }

    /// Answers a request. `tied` finds the machine that lately asked from this address.
    pub fn answer(&self, ask: &HttpRequest, peer: Peer, tied: Option<&ServedMachine>) -> Reply {
        let index = self.index();
        let names = ask.names();
        if names.first() == Some(&report::FOLDER) {
            return callback::answer(&index, ask, (self.rule, peer), tied);
        }
        if !matches!(ask.method, RequestMethod::Get | RequestMethod::Head) {
            let mut reply = Reply::refused(405, "GET and HEAD are answered here, nothing else");
            reply.answer.fields.push(("Allow", "GET, HEAD".to_owned()));
            return reply;
        }
        if ask.is_folder {
            return absent(&names);
        }
        match names[..] {
            [] => Reply::of(Answer::text(kind::TEXT, "matchbox\n")),
            ["boot.ipxe" | "boot.ipxe.0"] => Reply::of(Answer::text(kind::TEXT, CHAIN)),
            ["ipxe"] => script::ipxe(&index, &ask.query),
            ["grub"] => script::grub(&index, &ask.query),
            ["metadata"] => script::metadata(&index, &ask.query),
            ["ignition"] => self.named_ignition(&index, ask, peer, tied),
            ["generic"] => self.generic(&index, &ask.query),
            ["cloud"] => Reply::refused(404, "okdboot serve has no /cloud: CoreOS reads Ignition"),
            ["loaders", ref rest @ ..] | ["assets", "loaders", ref rest @ ..] => {
                self.loader(&index, rest, (peer, tied))
            }
            ["assets", ref rest @ ..] => self.file(&index, &index.layout.data("assets"), rest, (peer, tied)),
            ["tftp", ref rest @ ..] if index.layout == Layout::Rendered => {
                self.or_grub(&index, rest, self.file(&index, "tftpboot", rest, (peer, tied)))
            }
            [grub::FOLDER, _] => self.or_grub(&index, &names, absent(&names)),
            ref rest if index.layout == Layout::Rendered => self.file(&index, "http", rest, (peer, tied)),
            _ => absent(&names),
        }
        .by_cookie(ask.cookie_mac)
    }

    /// Finds what is asked for over TFTP: a file of the tree, or a loader of this machine.
    pub fn over_tftp(&self, names: &[&str]) -> TftpFile {
        let index = self.index();
        let name = names.last().copied().unwrap_or_default();
        let mac = script::mac_in(name);
        let own = || if index.layout == Layout::Rendered { self.open("tftpboot", names).ok() } else { None };
        let opened = own().or_else(|| self.of_host(names)).or_else(|| self.grub(&index, names));
        // Ignition files have no business here: TFTP knows no addresses to be trusted.
        let opened = opened.filter(|_| Stage::of_file(name) != Some(Stage::Ignition));
        let absent = || BootHint::Absent(text::escape(&names.join("/")));
        let about = if opened.is_some() { about(name, mac) } else { absent() };
        TftpFile { opened, about, mac }
    }

    /// A loader of this machine: one that vars.yaml names, or one of the distribution.
    fn of_host(&self, names: &[&str]) -> Option<Opened> {
        let [name] = names else { return None };
        self.loaders.find(name).or_else(|| loader::find(name)?.open())
    }

    /// What GRUB asks for where it knows no file of its machine; see [`grub`].
    fn grub(&self, index: &TreeIndex, names: &[&str]) -> Option<Opened> {
        if grub::is_lead(index.grub_folders(), names) {
            return Opened::in_memory(grub::LEAD.as_bytes()).ok();
        }
        let [grub::FOLDER, mac] = names else { return None };
        let open = |path: String| self.open("tftpboot", &path.split('/').collect::<Vec<_>>()).ok();
        grub::places(index.grub_folders(), mac.parse().ok()?).find_map(open)
    }

    fn or_grub(&self, index: &TreeIndex, names: &[&str], reply: Reply) -> Reply {
        let opened = if reply.answer.status == 404 { self.grub(index, names) } else { None };
        opened.map_or(reply, |opened| given(opened, names.last().copied().unwrap_or_default()))
    }

    /// Returns the name of the loader that vars.yaml has for something.
    pub fn own_loader(&self, slot: Slot) -> Option<&'static str> {
        self.loaders.has(slot).then(|| slot.served_as())
    }

    /// Says whether iPXE finds something for a machine.
    pub fn has_scripts(&self, mac: MacAddr) -> bool {
        self.has_static_script(mac) || self.index().groups() > 0
    }

    fn has_static_script(&self, mac: MacAddr) -> bool {
        let name = format!("{}.ipxe", mac.hexhyp());
        self.index().layout == Layout::Rendered && self.open("http", &["ipxe", &name]).is_ok()
    }

    /// Returns where iPXE finds the script of a machine, below the URL of the tree.
    pub fn script_of(&self, mac: MacAddr) -> String {
        let mac_text = mac.hexhyp();
        if self.has_static_script(mac) {
            format!("/ipxe/{mac_text}.ipxe")
        } else {
            format!("/ipxe?mac={mac_text}")
        }
    }

    /// Says whether a loader can be given away.
    pub fn has_loader(&self, name: &str) -> bool {
        self.over_tftp(&[name]).opened.is_some()
    }

    /// A loader for firmware that asks by HTTP: of the tree, or of this machine.
    fn loader(&self, index: &TreeIndex, names: &[&str], from: (Peer, Option<&ServedMachine>)) -> Reply {
        let own = self.file(index, &index.layout.data("assets/loaders"), names, from);
        if own.answer.status == 200 {
            return own;
        }
        match self.of_host(names) {
            Some(opened) => given(opened, names.last().copied().unwrap_or_default()),
            None => self.or_grub(index, names, own),
        }
    }

    /// The Ignition file that the group's profile names.
    fn named_ignition(
        &self,
        index: &TreeIndex,
        ask: &HttpRequest,
        peer: Peer,
        tied: Option<&ServedMachine>,
    ) -> Reply {
        let labels = script::labels(&ask.query);
        let (mac, profile) = script::profile(index, &labels);
        let name = profile.ok().and_then(|profile| profile.ignition);
        let Some(name) = name else {
            return Reply::refused(404, "the machine's profile names no Ignition file").by(mac);
        };
        if Stage::of_file(&name) != Some(Stage::Ignition) {
            return Reply::refused(404, "okdboot serve translates no Butane: write the file as .ign").by(mac);
        }
        self.ignition(index, &index.layout.data("ignition"), &[&name], peer, tied).by(mac)
    }

    fn ignition(
        &self,
        index: &TreeIndex,
        folder: &str,
        names: &[&str],
        peer: Peer,
        tied: Option<&ServedMachine>,
    ) -> Reply {
        let name = names.join("/");
        if let Err(reason) = rule::ignition(self.rule, &index.machines, peer, &name, tied) {
            return Reply::refused(403, &reason);
        }
        let opened = match self.open(folder, names) {
            Ok(opened) => opened,
            Err(reply) => return *reply,
        };
        let modified = opened.modified;
        match sound(opened, index.digest(&format!("{folder}/{name}"))) {
            Ok((bytes, sha256)) => {
                let mut answer = Answer::text(kind::JSON, bytes);
                answer.known = Some(Validators { modified, tag: Some(format!("\"{sha256}\"")) });
                Reply::of(answer).about(BootHint::File(Stage::Ignition, name))
            }
            // 5xx makes Ignition and coreos-installer ask again; anything else would end the boot for good.
            Err(reason) => Reply::refused(500, &format!("`{name}` cannot be given to a machine: {reason}")),
        }
    }

    /// A text that matchbox makes of a template; without a template in it, it is given as it is.
    fn generic(&self, index: &TreeIndex, query: &str) -> Reply {
        let (mac, profile) = script::profile(index, &script::labels(query));
        let Some(name) = profile.ok().and_then(|profile| profile.generic) else {
            return Reply::refused(404, "the machine's profile names no generic file").by(mac);
        };
        let bytes =
            match self.open(&index.layout.data("generic"), &[&name]).map(|opened| read(opened, MAX_BYTES)) {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(reason)) => return Reply::refused(500, &reason).by(mac),
                Err(reply) => return reply.by(mac),
            };
        if bytes.windows(2).any(|pair| pair == b"{{") {
            return Reply::refused(404, "okdboot serve fills in no Go templates").by(mac);
        }
        Reply::of(Answer::text(kind::of(&name), bytes)).by(mac)
    }

    /// A file as it is; an Ignition file is looked at first, wherever it lies.
    fn file(
        &self,
        index: &TreeIndex,
        folder: &str,
        names: &[&str],
        (peer, tied): (Peer, Option<&ServedMachine>),
    ) -> Reply {
        if names.last().and_then(|name| Stage::of_file(name)) == Some(Stage::Ignition) {
            return self.ignition(index, folder, names, peer, tied);
        }
        let opened = match self.open(folder, names) {
            Ok(opened) => opened,
            Err(reply) => return *reply,
        };
        given(opened, names.last().copied().unwrap_or_default())
    }

    fn open(&self, folder: &str, names: &[&str]) -> Result<Opened, Box<Reply>> {
        if names.is_empty() || !rule::may_be_named(names) {
            return Err(Box::new(absent(names)));
        }
        let segments: Vec<&str> =
            folder.split('/').filter(|name| !name.is_empty()).chain(names.iter().copied()).collect();
        let refuse = |errno| match errno {
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => {
                let mac = names.last().and_then(|name| script::mac_in(name));
                Reply::absent(&names.join("/")).by(mac)
            }
            Errno::ACCESS | Errno::PERM => {
                Reply::refused(500, &format!("this server may not read `{}`", names.join("/")))
            }
            other => Reply::refused(500, &format!("`{}` cannot be read: {other}", names.join("/"))),
        };
        self.below.open(&segments).map_err(|errno| Box::new(refuse(errno)))
    }
}

/// What is found over TFTP.
#[derive(Debug)]
pub struct TftpFile {
    /// The file, if there is one.
    pub opened: Option<Opened>,
    /// What the request says.
    pub about: BootHint,
    /// The MAC address in the name.
    pub mac: Option<MacAddr>,
}

/// A file that is given away as it is.
fn given(opened: Opened, name: &str) -> Reply {
    let answer = Answer {
        status: 200,
        kind: kind::of(name),
        body: Body::File(opened.file, opened.size),
        known: Some(Validators { modified: opened.modified, tag: None }),
        fields: Vec::new(),
    };
    let mac = script::mac_in(name);
    Reply::of(answer).about(about(name, mac)).by(mac)
}

/// What it says of a machine that it was given a file.
fn about(name: &str, mac: Option<MacAddr>) -> BootHint {
    match (Stage::of_file(name), mac) {
        (Some(stage), _) => BootHint::File(stage, name.to_owned()),
        (None, Some(_)) => BootHint::Config,
        (None, None) => BootHint::Nothing,
    }
}

impl Reply {
    /// lpxelinux names its machine with each request.
    fn by_cookie(self, cookie: Option<MacAddr>) -> Self {
        let mac = self.mac.or(cookie);
        self.by(mac)
    }
}

fn absent(names: &[&str]) -> Reply {
    Reply::absent(&text::escape(&names.join("/")))
}

/// Reads a file whole, if it is not too large.
fn read(opened: Opened, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = opened.file.take(most + 1).read_to_end(&mut bytes);
    match read {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= most) => Ok(bytes),
        Ok(_) => Err(format!("it is larger than {} MiB", most >> 20)),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads an Ignition file and judges it: the bytes that were judged are the bytes that are sent.
fn sound(opened: Opened, due: Option<Sha256>) -> Result<(Vec<u8>, Sha256), String> {
    let bytes = read(opened, MAX_BYTES)?;
    match IgnitionConfig::parse(&bytes) {
        // Which specification a release reads is the release's matter.
        Ok(_) | Err(IgnitionError::Specification(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    let sha256 = Sha256::of(&bytes);
    if due.is_some_and(|due| due != sha256) {
        return Err("it is not the file that was rendered: `okdboot verify` says more".to_owned());
    }
    Ok((bytes, sha256))
}
