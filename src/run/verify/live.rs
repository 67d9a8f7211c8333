//! `--live`: what is to be asked, made of the rendered files, and what was answered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::Scene;
use super::finding::{Finding, Subject};
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::node::Node;
use crate::model::settings::{IgnitionUrl, IpxeChain, Mode};
use crate::plan::tree::{Standing, Tree as _};
use crate::plan::{FileKind, PlannedFile, PlannedNode, Sensitivity, layout};
use crate::probe::live::{
    self, Answered, BootFormat, BootingMachine, Chain, Expected, ProbeLimits, ReadDepth, Rehearsal,
    ServerFile,
};
use crate::probe::script::{Boot, LoaderMachine};
use crate::run::failure::Failure;
use crate::run::ignition_files::IgnitionFiles;

/// Which servers are asked, and how.
pub struct LiveServers {
    /// Images are read to their end, and their sha256 compared.
    pub is_full: bool,
    /// What boots by these; everything where none is named.
    pub chains: BTreeSet<FileKind>,
    /// The TFTP server, in the place of the helper.
    pub tftp: Option<String>,
    /// The longest wait for an answer.
    pub timeout: Duration,
    /// The end of all questions, from now on.
    pub deadline: Duration,
    /// How many questions at once.
    pub jobs: usize,
    /// PEM certificates to trust besides the platform's.
    pub ca_cert: Option<Utf8PathBuf>,
}

/// Asks for everything, and returns what was answered.
pub(super) fn rehearse(asking: &LiveServers, scene: &Scene) -> Result<Vec<Answered>, Failure> {
    let stage = Stage { asking, scene };
    let rehearsal = Rehearsal { candidates: stage.candidates(), dues: stage.dues(), limits: limits(asking) };
    rehearsal.run(asking.ca_cert.as_deref().map(Utf8Path::as_std_path)).map_err(Failure::from)
}

/// Returns the findings with their nodes.
pub fn findings(answered: &[Answered]) -> Vec<Finding> {
    let made = live::findings(answered).into_iter();
    made.map(|(diagnostic, nodes)| Finding { subject: Subject::Nodes(nodes), diagnostic }).collect()
}

fn limits(asking: &LiveServers) -> ProbeLimits {
    ProbeLimits {
        timeout: asking.timeout,
        deadline: Instant::now() + asking.deadline,
        jobs: asking.jobs,
        reading: if asking.is_full { ReadDepth::Whole } else { ReadDepth::Samples },
    }
}

/// The rendered files, seen as what firmware will ask for.
struct Stage<'a> {
    asking: &'a LiveServers,
    scene: &'a Scene<'a>,
}

impl Stage<'_> {
    /// Returns the nodes of all clusters that boot from the network.
    fn candidates(&self) -> Vec<BootingMachine> {
        let clusters = self.scene.workspace.clusters();
        let nodes =
            clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (*cluster, node)));
        let planned = self.scene.plan.nodes.iter().zip(nodes);
        let all = planned.flat_map(|(planned, (cluster, node))| {
            let further = node.more_macs.iter().map(|mac| self.further(planned, cluster, *mac));
            std::iter::once(self.candidate(planned, cluster, node)).chain(further).collect::<Vec<_>>()
        });
        all.flatten().collect()
    }

    fn candidate(&self, planned: &PlannedNode, cluster: &Cluster, node: &Node) -> Option<BootingMachine> {
        let machine = LoaderMachine { mac: node.mac, server: self.tftp(cluster) };
        let files = planned.files.iter().filter_map(|path| self.scene.plan.file(path));
        let mut chains: Vec<Chain> = files.filter_map(|file| self.chain(file, cluster, &machine)).collect();
        if self.wants(FileKind::Ipxe) && cluster.settings.ipxe == IpxeChain::Matchbox {
            chains.extend(self.matchbox(planned, cluster));
        }
        if node.arch.boots_parm() && self.asking.chains.is_empty() {
            chains.extend(self.parm(planned, cluster));
        }
        if !node.boots_by_file() && planned.mode == Mode::Install && self.asking.chains.is_empty() {
            chains.extend(iso(cluster, node));
        }
        (!chains.is_empty()).then(|| BootingMachine {
            cluster: planned.cluster.clone(),
            name: planned.name.clone(),
            machine,
            chains,
        })
    }

    /// A further interface: its files stand among those of the node, and matchbox asks which one it is.
    fn further(&self, planned: &PlannedNode, cluster: &Cluster, mac: MacAddr) -> Option<BootingMachine> {
        let is_asked = self.wants(FileKind::Ipxe) && cluster.settings.ipxe == IpxeChain::Matchbox;
        let chain = is_asked.then(|| self.matchbox(planned, cluster)).flatten()?;
        Some(BootingMachine {
            cluster: planned.cluster.clone(),
            name: planned.name.clone(),
            machine: LoaderMachine { mac: Some(mac), server: self.tftp(cluster) },
            chains: vec![chain],
        })
    }

    fn wants(&self, chain: FileKind) -> bool {
        self.asking.chains.is_empty() || self.asking.chains.contains(&chain)
    }

    fn tftp(&self, cluster: &Cluster) -> String {
        self.asking.tftp.clone().unwrap_or_else(|| cluster.helper.address.to_string())
    }

    fn chain(&self, file: &PlannedFile, cluster: &Cluster, machine: &LoaderMachine) -> Option<Chain> {
        let tftp = |path: &str| ServerFile::Tftp { server: machine.server.clone(), path: path.to_owned() };
        let (wanted, format, config) = match file.owner.kind {
            FileKind::Pxelinux => {
                (FileKind::Pxelinux, BootFormat::Pxelinux, tftp(layout::tftp_request(&file.path)?))
            }
            FileKind::Grub => {
                // GRUB asks with a slash before the path.
                let over_tftp = layout::tftp_request(&file.path).map(|path| tftp(&format!("/{path}")));
                let over_http = || ServerFile::http(&layout::http_url(cluster, &file.path)?);
                (FileKind::Grub, BootFormat::Grub, over_tftp.or_else(over_http)?)
            }
            FileKind::Ipxe if cluster.settings.ipxe == IpxeChain::Static => {
                (FileKind::Ipxe, BootFormat::Ipxe, ServerFile::http(&layout::http_url(cluster, &file.path)?)?)
            }
            _ => return None,
        };
        self.wants(wanted).then(|| Chain { format, config, due: Some(self.text(file)), given: None })
    }

    /// What stands in the output, which is what should be served; what was planned where that is gone.
    fn text(&self, file: &PlannedFile) -> String {
        let bytes = match self.scene.reader.tree().look(&file.path) {
            Standing::File(found) => found.bytes,
            _ => file.contents.to_vec(),
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn matchbox(&self, planned: &PlannedNode, cluster: &Cluster) -> Option<Chain> {
        let file = self.scene.plan.file(&layout::profile(planned.profile.as_ref()?))?;
        let profile: Value = serde_json::from_str(&self.text(file)).ok()?;
        let config = ServerFile::http(&format!("{}/boot.ipxe", cluster.settings.url))?;
        Some(Chain { format: BootFormat::Matchbox, config, due: printed(&profile), given: None })
    }

    /// What an s390x machine asks for by itself. Kernel and initramfs are asked for only where the command
    /// that makes a guest of KVM fetches them.
    fn parm(&self, planned: &PlannedNode, cluster: &Cluster) -> Option<Chain> {
        let line = planned.line.as_ref()?;
        let fetched = planned.files.iter().filter_map(|path| self.scene.plan.file(path)).find_map(|file| {
            file.path.as_str().ends_with(".virt-install").then(|| located(&self.text(file)))?
        });
        let (kernel, initramfs) = fetched.map_or((None, None), |(kernel, it)| (Some(kernel), Some(it)));
        let given = Boot {
            kernel: kernel.unwrap_or_default(),
            initrds: initramfs.into_iter().collect(),
            args: line.args().iter().map(ToString::to_string).collect(),
        };
        let config = ServerFile::http(cluster.settings.url.to_string().as_str())?;
        Some(Chain { format: BootFormat::Parm, config, due: None, given: Some(given) })
    }

    fn dues(&self) -> BTreeMap<ServerFile, Expected> {
        let mut dues = BTreeMap::new();
        for member in &self.scene.workspace.members {
            dues.extend(self.artifacts(member.cluster()));
            dues.extend(self.exact(member.cluster()));
            dues.extend(rewritten(member.cluster(), &member.ignition));
        }
        dues
    }

    fn artifacts(&self, cluster: &Cluster) -> Vec<(ServerFile, Expected)> {
        let server = self.tftp(cluster);
        let mut dues = Vec::new();
        for artifact in &self.scene.plan.artifacts {
            let sha256 = self.scene.digest(artifact).map(|digest| digest.sha256);
            for path in &artifact.paths {
                let file = self.scene.workspace.out.join(path.as_str());
                let local = file.is_file().then(|| file.into_std_path_buf());
                let place = match layout::tftp_request(path) {
                    Some(path) => Some(ServerFile::Tftp { server: server.clone(), path: path.to_owned() }),
                    None => ServerFile::http(&layout::asset_url(cluster, &artifact.name)),
                };
                dues.extend(place.map(|place| (place, Expected::Artifact { local, sha256 })));
            }
        }
        dues
    }

    /// The Ignition files that are served as they are.
    fn exact(&self, cluster: &Cluster) -> Vec<(ServerFile, Expected)> {
        let secret = self.scene.plan.files.iter().filter(|file| file.sensitivity == Sensitivity::Secret);
        let due = |file: &PlannedFile| {
            let place = ServerFile::http(&layout::ignition_asset_url(cluster, &file.path)?)?;
            Some((place, Expected::Ignition(file.contents.clone())))
        };
        secret.filter_map(due).collect()
    }
}

/// What the printed command of a machine that boots the ISO fetches. Media that carry the file are made where
/// the live system does not know the authority of the server.
fn iso(cluster: &Cluster, node: &Node) -> Option<Chain> {
    let url = layout::exact_ignition_url(cluster, &node.pool);
    let given = Boot { args: vec![format!("coreos.inst.ignition_url={url}")], ..Boot::default() };
    let config = ServerFile::http(&url).filter(|_| cluster.settings.private_ca().is_none())?;
    Some(Chain { format: BootFormat::Iso, config, due: None, given: Some(given) })
}

/// Where `virt-install --location=<url>,kernel=<name>,initrd=<name>` fetches kernel and initramfs.
fn located(command: &str) -> Option<(String, String)> {
    let (_, rest) = command.split_once("--location=")?;
    let word = rest.split([' ', '\'']).next()?;
    let mut parts = word.split(',');
    let url = parts.next()?;
    let kernel = parts.next()?.strip_prefix("kernel=")?;
    let initramfs = parts.next()?.strip_prefix("initrd=")?;
    Some((format!("{url}{kernel}"), format!("{url}{initramfs}")))
}

/// The Ignition files that matchbox serves in its own words.
fn rewritten(cluster: &Cluster, ignition: &IgnitionFiles) -> Vec<(ServerFile, Expected)> {
    if cluster.settings.ignition_url != IgnitionUrl::Matchbox {
        return Vec::new();
    }
    let due = |(node, mac): (&Node, MacAddr)| {
        let url = layout::served_ignition_url(cluster, mac);
        Some((
            ServerFile::http(&url)?,
            Expected::Rewritten(ignition.configs.get(&node.pool)?.bytes().clone()),
        ))
    };
    let asking = cluster.nodes.iter().flat_map(|node| node.boot_macs().map(move |mac| (node, mac)));
    asking.filter_map(due).collect()
}

/// What matchbox prints at `/ipxe` for a profile; nothing where it boots nothing.
fn printed(profile: &Value) -> Option<String> {
    let boot = profile.get("boot")?;
    let words = |name: &str| {
        let list = boot.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    let kernel = boot.get("kernel")?.as_str()?;
    let initrds: String = words("initrd").iter().map(|uri| format!("initrd {uri}\n")).collect();
    Some(format!("#!ipxe\nkernel {kernel} {}\n{initrds}boot\n", words("args").join(" ")))
}
