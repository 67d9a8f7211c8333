//! Media of one node that carry the Ignition file, the disk and the arguments: `coreos-installer iso
//! customize` and `pxe customize` (0.27.0).

use super::layout::asset_url;
use super::release;
use super::{Refusal, kept, line};
use crate::lock::LockedCluster;
use crate::model::artifact::ArtifactKind;
use crate::model::cluster::Cluster;
use crate::model::node::Node;
use crate::model::settings::Mode;

/// What is customized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// The live ISO.
    Iso,
    /// The initramfs of a network boot.
    Pxe,
}

/// Where the files are that a command names.
pub struct Places<'a> {
    /// The Ignition file of the node's role.
    pub ignition: &'a str,
    /// The folder of the fetched artifacts.
    pub assets: &'a str,
    /// The certificate of a private authority.
    pub ca: Option<&'a str>,
    /// Returns where a file is that vars.yaml names.
    pub beside: &'a dyn Fn(&str) -> String,
}

/// How the medium of a node is made and booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customized {
    /// The words of the command.
    pub argv: Vec<String>,
    /// The words of the command that makes the network in the live system before, if one has to.
    pub network: Option<Vec<String>>,
    /// The arguments to boot it with: the initramfs carries none, the ISO its own.
    pub boot: Option<String>,
}

/// Returns how the medium of a node is made; nothing for a node that boots from its disk.
pub fn customize(
    medium: Medium,
    cluster: &Cluster,
    locked: Option<&LockedCluster>,
    (node, mode): (&Node, Mode),
    places: &Places,
) -> Result<Option<Customized>, Refusal> {
    if mode == Mode::Local {
        return Ok(None);
    }
    let (word, kind, suffix) = match medium {
        Medium::Iso => ("iso", ArtifactKind::Iso, ".iso"),
        Medium::Pxe => ("pxe", ArtifactKind::Initramfs, "-initramfs.img"),
    };
    let source = &release::artifact(cluster, locked, node.arch, kind)?.name;
    let mut argv = vec!["coreos-installer".to_owned(), word.to_owned(), "customize".to_owned()];
    let kept = kept::args(cluster, node, locked)?;
    argv.extend(carried(node, mode, &kept, places));
    let boot = match medium {
        Medium::Iso => {
            let line = line::carried(cluster, node, mode)?;
            argv.extend(line.args().iter().map(|arg| format!("--live-karg-append={arg}")));
            None
        }
        Medium::Pxe => {
            let rootfs = &release::artifact(cluster, locked, node.arch, ArtifactKind::Rootfs)?.name;
            Some(line::carried_pxe(cluster, (node, mode), &asset_url(cluster, rootfs))?.to_string())
        }
    };
    argv.push(format!("--output={}-{}{suffix}", cluster.id, node.name));
    argv.push(format!("{}/{source}", places.assets));
    Ok(Some(Customized { argv, network: None, boot }))
}

/// What is embedded: for a live node only its Ignition file.
fn carried(node: &Node, mode: Mode, kept: &[String], places: &Places) -> Vec<String> {
    let file = places.ignition;
    let mut words = Vec::new();
    if mode == Mode::Live {
        words.push(format!("--live-ignition={file}"));
    } else {
        words.extend([format!("--dest-device={}", node.disk), format!("--dest-ignition={file}")]);
        words.extend(node.installed_consoles().iter().map(|console| format!("--dest-console={console}")));
        words.extend(
            node.installed.appended().iter().chain(kept).map(|arg| format!("--dest-karg-append={arg}")),
        );
        words.extend(node.installed.delete.iter().map(|arg| format!("--dest-karg-delete={arg}")));
        let script =
            |option: &'static str| move |file: &String| format!("--{option}={}", (places.beside)(file));
        words.extend(node.installed.before.iter().map(script("pre-install")));
        words.extend(node.installed.after.iter().map(script("post-install")));
    }
    words.extend(places.ca.map(|ca| format!("--ignition-ca={ca}")));
    words
}
