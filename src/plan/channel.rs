//! s390x: the arguments of a machine, whose devices its kernel has to be told of.
//!
//! The order of arguments is that of the OpenShift documentation ("Installing a cluster on IBM Z"), one
//! for DASD, one for FCP and one for KVM. coreos-installer carries what [`told`] lists over to the
//! installed system for good (`scripts/coreos-installer-service`, 0.27.0).

use crate::model::channel::{Ipl, LunScan};
use crate::model::node::Node;

/// What the service carries over for good.
const CARRIED: [&str; 5] = ["rd.dasd", "rd.zfcp", "rd.znet", "zfcp.allow_lun_scan", "cio_ignore"];

/// Has the installer prepare a secure start.
const SECURE: &str = "coreos.inst.secure_ipl";

/// Puts the arguments of a machine into the documented order. `goal` is what is to be done, and where the
/// Ignition file is.
pub(super) fn order(
    node: &Node,
    network: Vec<String>,
    rootfs: String,
    (goal, ignition): (Vec<String>, String),
    consoles: Vec<String>,
) -> Vec<String> {
    let (neednet, network): (Vec<String>, Vec<String>) =
        network.into_iter().partition(|arg| arg.starts_with("rd.neednet="));
    if !node.is_on_channel() {
        let urls = vec![ignition, rootfs];
        return [neednet, goal, urls, secure(node), network, devices(node), consoles].concat();
    }
    let is_scsi = !node.channel.zfcp.is_empty();
    let urls = if is_scsi { vec![rootfs, ignition] } else { vec![ignition, rootfs] };
    [ignored(node), neednet, consoles, goal, urls, secure(node), network, devices(node)].concat()
}

/// What the live system is told of channel devices, and the installed one after it.
pub(super) fn told(node: &Node) -> Vec<String> {
    [ignored(node), devices(node), secure(node)].concat()
}

/// The options of `coreos-installer install` that give the installed system what its service would carry
/// over: by hand nothing is.
pub(super) fn options(node: &Node) -> Vec<String> {
    let own = node.kargs.iter().filter(|arg| CARRIED.contains(&arg.name())).map(ToString::to_string);
    let kept = [ignored(node), devices(node), own.collect()].concat();
    let mut options: Vec<String> = kept.into_iter().map(|arg| format!("--append-karg={arg}")).collect();
    let by_argument = node.kargs.iter().any(|arg| arg.name() == SECURE);
    let is_secure = node.channel.ipl == Ipl::Secure && !by_argument;
    options.extend(is_secure.then(|| "--secure-ipl".to_owned()));
    options
}

/// A machine of thousands of devices looks at none but those that it is told of.
fn ignored(node: &Node) -> Vec<String> {
    let own = node.kargs.iter().any(|arg| arg.name() == "cio_ignore");
    let usual = node.is_on_channel() && !own;
    usual.then(|| "cio_ignore=all,!condev".to_owned()).into_iter().collect()
}

fn secure(node: &Node) -> Vec<String> {
    let is_secure = node.channel.ipl == Ipl::Secure;
    is_secure.then(|| SECURE.to_owned()).into_iter().collect()
}

fn devices(node: &Node) -> Vec<String> {
    let channel = &node.channel;
    let mut args: Vec<String> = channel.znet.iter().map(|znet| format!("rd.znet={znet}")).collect();
    args.extend(channel.dasd.iter().map(|dasd| format!("rd.dasd={dasd}")));
    args.extend(
        channel.lun_scan.map(|scan| format!("zfcp.allow_lun_scan={}", u8::from(scan == LunScan::All))),
    );
    args.extend(channel.zfcp.iter().map(|zfcp| format!("rd.zfcp={zfcp}")));
    args
}
