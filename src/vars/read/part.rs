//! Parts of a machine: interface, disk, consoles, kernel arguments; architectures and URLs of servers.

use super::super::section::Scalar;
use super::value::Values;
use crate::diag::{Code, Diagnostic};
use crate::model::arch::Arch;
use crate::model::boot::{KernelArg, KernelArgError};
use crate::model::console::Console;
use crate::model::disk::InstallDisk;
use crate::model::net::InterfaceName;
use crate::model::url::BaseUrl;
use crate::text::{List, did_you_mean};

/// Reads the name of an interface.
pub fn interface(values: &Values, scalar: &Scalar) -> Option<InterfaceName> {
    values.parse(Code::V120, scalar, "write the name that the live system gives it, such as `ens3`")
}

/// Reads a disk that a node is installed on.
pub fn disk(values: &Values, scalar: &Scalar) -> Option<InstallDisk> {
    let parsed: InstallDisk = values.parse(Code::V112, scalar, "write a device such as `/dev/sda`")?;
    if parsed.is_part() {
        let message = format!("`{}`: `{parsed}` is a part of a disk", scalar.path);
        let help = "name the whole disk: coreos-installer writes its partition table";
        values.push(Diagnostic::new(Code::V240, message).at(&values.at(scalar), "not a disk").help(help));
        return None;
    }
    if parsed.may_move() {
        let message = format!("`{}`: which disk is `{parsed}` may change from boot to boot", scalar.path);
        let help = "name it by a link that stays, such as `/dev/disk/by-id/wwn-0x5000c500a0b1c2d3` or one of `/dev/disk/by-path`";
        let diagnostic = Diagnostic::new(Code::V241, message).at(&values.at(scalar), "not the first disk");
        values.push_once(diagnostic.help(help));
    }
    if parsed.as_str() != scalar.text.trim() {
        let message = format!("`{}` is `{}`; read as `{parsed}`", scalar.path, scalar.text);
        let help = format!("write `{parsed}` and this is not said again");
        let place = values.at(scalar);
        values.push_once(Diagnostic::new(Code::V113, message).at(&place, "without `/dev/`").help(help));
    }
    Some(parsed)
}

/// A URL without credentials; `such` is one that is right.
pub fn base(values: &Values, scalar: &Scalar, such: &str) -> Option<BaseUrl> {
    if values.refuses_credentials(scalar) {
        return None;
    }
    values.parse(Code::V116, scalar, &format!("write it as `{such}`"))
}

/// Reads an architecture.
pub fn arch(values: &Values, scalar: &Scalar) -> Option<Arch> {
    let help = format!("architectures are {}", List::or(&Arch::ALL));
    values.parse(Code::V115, scalar, &help)
}

/// Reads consoles.
pub fn consoles(values: &Values, scalars: &[Scalar]) -> Vec<Console> {
    let help = "write it without `console=`, such as `ttyS0,115200n8` or `tty0`";
    scalars.iter().filter_map(|s| values.parse(Code::V118, s, help)).collect()
}

/// One string may hold several arguments, as people write them after `APPEND`.
pub fn kargs(values: &Values, scalars: &[Scalar]) -> Vec<KernelArg> {
    let mut args = Vec::new();
    for scalar in scalars {
        for word in scalar.text.split_whitespace() {
            match word.parse() {
                Ok(arg) => args.push(arg),
                Err(error) => values.refuse(Code::V117, scalar, &error, &karg_help(&error)),
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
