//! Parts of a machine: interface, bond, disk, consoles, kernel arguments.

use super::super::raw::RawBond;
use super::super::section::Scalar;
use super::leaf::Leaves;
use crate::diag::{Code, Diagnostic};
use crate::model::bond::{self, Bond, BondError, BondMode};
use crate::model::boot::{KernelArg, KernelArgError};
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::net::InterfaceName;
use crate::text::{List, did_you_mean};

pub(super) fn interface(leaves: &Leaves, scalar: &Scalar) -> Option<InterfaceName> {
    leaves.parse(Code::V120, scalar, "write the name that the live system gives it, such as `ens3`")
}

pub(super) fn disk(leaves: &Leaves, scalar: &Scalar) -> Option<InstallDisk> {
    let parsed: InstallDisk = leaves.parse(Code::V112, scalar, "write a device such as `/dev/sda`")?;
    if parsed.as_str() != scalar.text.trim() {
        let message = format!("`{}` is `{}`; read as `{parsed}`", scalar.path, scalar.text);
        let help = format!("write `{parsed}` and this is not said again");
        let place = leaves.at(scalar);
        leaves.push_once(Diagnostic::new(Code::V113, message).at(&place, "without `/dev/`").help(help));
    }
    Some(parsed)
}

pub(super) fn consoles(leaves: &Leaves, scalars: &[Scalar]) -> Vec<Console> {
    let help = "write it without `console=`, such as `ttyS0,115200n8` or `tty0`";
    scalars.iter().filter_map(|s| leaves.parse(Code::V118, s, help)).collect()
}

/// One string may hold several arguments, as people write them after `APPEND`.
pub(super) fn kargs(leaves: &Leaves, scalars: &[Scalar]) -> Vec<KernelArg> {
    let mut args = Vec::new();
    for scalar in scalars {
        for word in scalar.text.split_whitespace() {
            match word.parse() {
                Ok(arg) => args.push(arg),
                Err(error) => leaves.refuse(Code::V117, scalar, &error, &karg_help(&error)),
            }
        }
    }
    args
}

fn karg_help(error: &KernelArgError) -> String {
    match error {
        KernelArgError::NoSuchArgument(name) if name == "coreos.inst" => "remove it".to_owned(),
        KernelArgError::NoSuchArgument(name) => no_such_argument(name.trim_start_matches("coreos.inst.")),
        KernelArgError::Reserved { .. } => "remove it here and set those keys".to_owned(),
        KernelArgError::Empty | KernelArgError::Blank(_) | KernelArgError::Character(_) => {
            "use printable ASCII without quotes and backslashes".to_owned()
        }
    }
}

/// What was meant by an argument that looks like the installer's. All of them begin alike, so only the
/// rest is compared.
fn no_such_argument(rest: &str) -> String {
    if rest == "ignition_hash" {
        return "remove it: `okdboot commands` prints a command that checks the hash".to_owned();
    }
    let installers = KernelArg::installer_args();
    let rests = installers.iter().filter_map(|arg| arg.strip_prefix("coreos.inst."));
    match did_you_mean(rest, rests.chain(["install_dev", "ignition_url"])) {
        Some("install_dev") => "set `disk`: okdboot writes `coreos.inst.install_dev` from it".to_owned(),
        Some("ignition_url") => "remove it: okdboot writes `coreos.inst.ignition_url` itself".to_owned(),
        Some(near) => format!("did you mean `coreos.inst.{near}`?"),
        None => format!("coreos-installer reads {}", List::and(installers)),
    }
}

pub(super) fn bond(leaves: &Leaves, raw: &RawBond) -> Option<Bond> {
    let help = "the name of the bonded interface, such as `bond0`";
    let name = interface(leaves, leaves.required(raw.name.as_ref(), &format!("{}.name", raw.path), help)?)?;
    let ports: Vec<InterfaceName> = raw.ports.iter().map(|s| interface(leaves, s)).collect::<Option<_>>()?;
    let mode = raw.mode.as_ref().map_or("active-backup", |s| s.text.as_str());
    let built = || -> Result<Bond, BondError> {
        let mtu = raw.mtu.as_ref().map(|s| bond::parse_mtu(&s.text)).transpose()?;
        Bond::new(name, ports, BondMode::parse(mode)?, mtu)
    };
    built().map_err(|error| refuse_bond(leaves, raw, &error)).ok()
}

/// Points at the value that is at fault, or at the bond's name.
fn refuse_bond(leaves: &Leaves, raw: &RawBond, error: &BondError) {
    let (at, help) = match error {
        BondError::NoPort => (&raw.name, "name its interfaces as `ports: [ens3, ens4]`".to_owned()),
        BondError::Twice(_) => (&raw.name, "name each interface once".to_owned()),
        BondError::Mode(_) => (&raw.mode, format!("modes are {}", List::and(&BondMode::NAMES))),
        BondError::Option(_) => (&raw.mode, "options follow the mode: `802.3ad,miimon=100`".to_owned()),
        BondError::Mtu(_) => (&raw.mtu, "write the MTU in bytes, such as `9000`".to_owned()),
    };
    let place = leaves.place(at.as_ref().map_or(raw.span, |scalar| scalar.span));
    leaves.push(Diagnostic::new(Code::V121, error.to_string()).at(&place, "in this bond").help(help));
}
