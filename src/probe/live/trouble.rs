//! What is wrong with an answer, which code that has, and what to do about it.

use super::{BootFormat, ChainPart};
use crate::diag::{Code, Severity};
use crate::probe::script::{Boot, ScriptError};
use crate::text::Bytes;

/// What is wrong with an answer, whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No TFTP server answers at all.
    Tftp(String),
    /// No web server does.
    Web(String),
    /// There is no such file.
    Absent(String),
    /// The server may not read it.
    Forbidden(String),
    /// Another status, or another error of TFTP.
    Status(String),
    /// It is elsewhere.
    Redirect(String),
    /// A page of a web server.
    Html,
    /// Bytes too few or too many.
    Length { found: u64, due: Option<u64> },
    /// Other bytes.
    Bytes(String),
    /// Another Ignition file.
    Hash { found: String, due: String },
    /// No Ignition config, or an empty one.
    Ignition(String),
    /// An answer that stops, never ends or is none.
    Broken(String),
    /// No time was left.
    Late,
    /// The loader cannot fetch that.
    Unfetchable(String),
    /// It is sent compressed.
    Encoded(String),
    /// The server does not prove who it is.
    Certificate(String),
    /// A config that boots nothing.
    Script(String),
    /// A config that was not rendered.
    Differs {
        /// What it has instead.
        what: String,
        /// A warning where it boots the same.
        severity: Severity,
        /// What it boots, if it boots.
        boot: Option<Boot>,
    },
}

impl Trouble {
    pub(super) fn larger(cap: usize) -> Self {
        Self::Broken(format!("it has more than {}", Bytes(cap as u64)))
    }

    pub(super) fn stopped(length: u64) -> Self {
        Self::Broken(format!("it breaks off after {}", Bytes(length)))
    }

    pub(super) fn slow(length: u64) -> Self {
        Self::Broken(format!("it comes so slowly that only {} were here in time", Bytes(length)))
    }

    pub(super) fn of_script(error: ScriptError) -> Self {
        if error == ScriptError::Html { Self::Html } else { Self::Script(error.to_string()) }
    }
}

/// What is wrong with one part of one way to boot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BootFault {
    /// The registered code.
    pub code: Code,
    /// A warning where the machine boots all the same.
    pub severity: Severity,
    /// Which file it is about; none where it is the server itself.
    pub place: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: String,
    /// Which part of the way it is.
    pub(super) part: ChainPart,
    pub(super) format: BootFormat,
}

impl BootFault {
    /// Explains a trouble to who wants a file from `place`.
    pub(super) fn new(trouble: &Trouble, format: BootFormat, part: ChainPart, place: &str) -> Self {
        let (code, what) = what(trouble, part);
        let is_server = matches!(trouble, Trouble::Tftp(_) | Trouble::Web(_) | Trouble::Late);
        let severity =
            if let Trouble::Differs { severity, .. } = trouble { *severity } else { code.severity() };
        let place = (!is_server).then(|| place.to_owned());
        Self { code, severity, place, what, help: help(trouble, format, part), part, format }
    }

    /// Returns which part of the way it is.
    pub fn part(&self) -> ChainPart {
        self.part
    }

    /// Returns the file and what is wrong with it.
    pub fn said(&self) -> String {
        match &self.place {
            Some(place) => format!("`{place}`: {}", self.what),
            None => self.what.clone(),
        }
    }
}

fn what(trouble: &Trouble, part: ChainPart) -> (Code, String) {
    match trouble {
        Trouble::Tftp(what) | Trouble::Web(what) => (Code::P030, what.clone()),
        Trouble::Absent(why) if part == ChainPart::Config => (Code::P031, why.clone()),
        Trouble::Script(why) => (Code::P032, why.clone()),
        Trouble::Differs { what, .. } => (Code::P033, format!("it is not what was rendered: it has {what}")),
        Trouble::Absent(why) => (Code::P034, why.clone()),
        Trouble::Forbidden(why) => (Code::P035, why.clone()),
        Trouble::Status(why) => (Code::P036, why.clone()),
        Trouble::Redirect(to) => (Code::P037, format!("it is redirected to `{to}`")),
        Trouble::Html => (Code::P038, "the answer is an HTML page".to_owned()),
        Trouble::Length { found: 0, .. } => (Code::P039, "it is empty".to_owned()),
        Trouble::Length { found, due } => {
            let due = due.map_or_else(String::new, |due| format!(", due are {due}"));
            (Code::P039, format!("it has {found} bytes{due}"))
        }
        Trouble::Bytes(what) => (Code::P040, what.clone()),
        Trouble::Hash { found, due } => (Code::P040, format!("its hash is {found}, due is {due}")),
        Trouble::Ignition(what) => (Code::P041, format!("the answer is {what}")),
        Trouble::Broken(what) => (Code::P042, what.clone()),
        Trouble::Late => (Code::P043, "there was no time left to ask for everything".to_owned()),
        Trouble::Unfetchable(why) => (Code::P044, why.clone()),
        Trouble::Encoded(encoding) => (Code::P045, format!("it is sent compressed ({encoding})")),
        Trouble::Certificate(why) => (Code::P046, why.clone()),
    }
}

fn help(trouble: &Trouble, format: BootFormat, part: ChainPart) -> String {
    let help = match trouble {
        Trouble::Absent(_) if part == ChainPart::Config => return unfound(format).to_owned(),
        Trouble::Tftp(_) => {
            "start a TFTP server with `tftpboot` of the output as its root; if nothing boots from it, leave it out with `--chain ipxe`"
        }
        Trouble::Web(_) => "start the server that `okdboot.url` names, and open its port in the firewall",
        Trouble::Absent(_) if part == ChainPart::Ignition => {
            "run `okdboot render` with `--ignition DIR`, and let the server serve `matchbox/assets` of the output at `/assets`"
        }
        Trouble::Absent(_) => "run `okdboot fetch`, and let the server serve the folder that it fills",
        Trouble::Forbidden(_) if part == ChainPart::Ignition => {
            "let the server's user read it: give its group with `--group` or `okdboot.group`, and render again"
        }
        Trouble::Forbidden(_) => {
            "let the server's user read it and the folders above, and look at their SELinux labels"
        }
        Trouble::Status(_) => "look at the server's log",
        Trouble::Redirect(to) => return redirected(to, format, part),
        Trouble::Html => "let the server serve the file itself: it has answered with a page of its own",
        Trouble::Length { .. } | Trouble::Bytes(_) => {
            "fetch it again with `okdboot fetch`, and serve that very file"
        }
        Trouble::Hash { .. } => {
            "render again, and serve the output's own copy: machines would be installed with other bytes than you checked"
        }
        Trouble::Ignition(_) => {
            "set `okdboot.ignition_url: assets`, and render again: matchbox cannot read every config"
        }
        Trouble::Broken(_) => {
            "look at the server's log, its disk and the network between: the answer cannot be used"
        }
        Trouble::Late => "give more time with `--deadline SECONDS`, or look why the servers are so slow",
        Trouble::Unfetchable(_) => "set `okdboot.url` to plain http, and render again",
        Trouble::Encoded(_) => {
            "switch compression off for these files: loaders and checksums take the bytes as they are sent"
        }
        Trouble::Certificate(_) => {
            "give the authority's certificate with `--ca-cert FILE`; the machines have to trust it too"
        }
        Trouble::Script(_) | Trouble::Differs { .. } => {
            "serve the files that `okdboot render` wrote; `okdboot render --diff` shows what it would change"
        }
    };
    help.to_owned()
}

/// Without its config a machine does not even begin.
fn unfound(format: BootFormat) -> &'static str {
    match format {
        BootFormat::Pxelinux | BootFormat::Grub | BootFormat::Parm | BootFormat::Iso => {
            "run `okdboot render`, and let the TFTP server have `tftpboot` of the output as its root"
        }
        BootFormat::Ipxe => {
            "let a web server serve `http/ipxe` of the output at `<okdboot.url>/ipxe`; if it is matchbox that answers there, set `okdboot.ipxe: matchbox`"
        }
        BootFormat::Matchbox => {
            "run `okdboot render`, and let matchbox have `matchbox` of the output as its `-data-path`"
        }
    }
}

fn redirected(to: &str, format: BootFormat, part: ChainPart) -> String {
    let is_loader = matches!(part, ChainPart::Config | ChainPart::Kernel | ChainPart::Initramfs);
    let who = match (is_loader, format) {
        (true, _) => format.to_string(),
        (false, _) => "a machine that is being installed".to_owned(),
    };
    let why = if to.starts_with("https:") { " to https" } else { "" };
    format!("{who} cannot follow that{why}: serve it over plain http at the first address")
}
