//! Where everything stands below the output root, and under which URL machines find it: spelt here and
//! nowhere else. All of it is made of names that have been checked, so that nothing can fail.

use crate::model::arch::Arch;
use crate::model::artifact::ArtifactName;
use crate::model::cluster::Cluster;
use crate::model::mac::MacAddr;
use crate::model::name::Label;
use crate::model::node::Node;
use crate::model::path::RelPath;
use crate::model::pool::Pool;
use crate::model::role::Role;

/// The folder of okdboot's own files below the output root.
pub const OWN_FOLDER: &str = ".okdboot";
/// The data folder of matchbox.
pub const MATCHBOX: &str = "matchbox";
/// What matchbox, or a web server, serves at `/assets`.
pub const ASSETS: &str = "matchbox/assets";
/// What a web server serves at `/`.
pub const HTTP: &str = "http";
/// The TFTP root.
pub const TFTP: &str = "tftpboot";
/// matchbox's groups.
pub const GROUPS: &str = "matchbox/groups";
/// matchbox's profiles.
pub const PROFILES: &str = "matchbox/profiles";
/// The digests of every copy of an Ignition file.
pub const SUMS: &str = "SHA512SUMS";
/// What runs `serve` in Kubernetes.
pub const KUBERNETES: &str = "kubernetes";
/// Locks on their way into a pod.
const TRAVELLING_LOCKS: &str = ".okdboot/lock";
/// Manifests on that way.
const TRAVELLING_MANIFESTS: &str = ".okdboot/manifest";
/// The most parts that such a manifest is believed to have.
const MOST_PARTS: usize = 1000;
/// What stands for machines of s390x alone.
const S390X: &str = "s390x";

/// The group of a machine.
pub fn group(cluster: &Label, node: &Label) -> RelPath {
    group_file(&group_stem(cluster, node))
}

/// The stem of the group of a machine, which is its id.
pub fn group_stem(cluster: &Label, node: &Label) -> String {
    format!("{cluster}-{node}")
}

/// The stem of the group by which a machine is installed where there are two phases.
pub fn installed_stem(cluster: &Label, node: &Label) -> String {
    format!("{cluster}-{node}-installed")
}

/// The stem of the group of a further interface, counted from 2. No name of a node holds a dot.
pub fn further_stem(stem: &str, count: usize) -> String {
    format!("{stem}.{count}")
}

/// A group by its stem.
pub fn group_file(stem: &str) -> RelPath {
    RelPath::made(format!("{GROUPS}/{stem}.json"))
}

/// A profile by its stem.
pub fn profile(stem: &str) -> RelPath {
    RelPath::made(format!("{PROFILES}/{stem}.json"))
}

/// What PXELINUX and petitboot look for: ARP's type of Ethernet, then the address with hyphens.
pub fn pxelinux(mac: MacAddr) -> RelPath {
    RelPath::made(format!("{TFTP}/pxelinux.cfg/01-{}", mac.hexhyp()))
}

/// The script of a machine.
pub fn ipxe(mac: MacAddr) -> RelPath {
    RelPath::made(format!("{HTTP}/ipxe/{}.ipxe", mac.hexhyp()))
}

/// What GRUB looks for on an architecture.
pub fn grub(cluster: &Cluster, arch: Arch, mac: MacAddr) -> RelPath {
    RelPath::made(format!("{TFTP}/{}grub.cfg-01-{}", grub_folder(cluster, arch), mac.hexhyp()))
}

/// What GRUB looks for where firmware fetched it over HTTP.
pub fn grub_http(cluster: &Cluster, arch: Arch, mac: MacAddr) -> RelPath {
    RelPath::made(format!("{HTTP}/{}grub.cfg-01-{}", grub_folder(cluster, arch), mac.hexhyp()))
}

/// Where GRUB looks on an architecture, below the TFTP root, with a closing slash: `grub2-mknetdir` puts
/// the image of POWER into `boot/grub2`.
fn grub_folder(cluster: &Cluster, arch: Arch) -> String {
    match (&cluster.settings.grub_prefix, arch) {
        (Some(prefix), _) => prefix.as_path(),
        (None, Arch::Ppc64le) => "boot/grub2/".to_owned(),
        (None, _) => String::new(),
    }
}

/// What PXELINUX and GRUB read once there is no file of a machine.
pub fn of_every_machine() -> [RelPath; 3] {
    ["pxelinux.cfg/default", "grub.cfg", "boot/grub2/grub.cfg"]
        .map(|path| RelPath::made(format!("{TFTP}/{path}")))
}

/// The folder of a cluster's byte-exact Ignition files.
pub fn ignition_folder(cluster: &Label) -> RelPath {
    RelPath::made(format!("{ASSETS}/ignition/{cluster}"))
}

/// The byte-exact copy of a pool's Ignition file, which digests are about.
pub fn exact_ignition(cluster: &Label, pool: &Pool) -> RelPath {
    RelPath::made(format!("{ASSETS}/ignition/{cluster}/{pool}.ign"))
}

/// The copy that matchbox serves at `/ignition`, in its own words.
pub fn served_ignition(cluster: &Label, pool: &Pool) -> RelPath {
    RelPath::made(format!("{MATCHBOX}/ignition/{}", ignition_id(cluster, pool)))
}

/// The name by which a profile refers to that copy.
pub fn ignition_id(cluster: &Label, pool: &Pool) -> String {
    format!("{}.ign", pool.below(cluster))
}

/// A config of one node, in a folder of its form: a worker may be called `master`.
pub fn node_ignition(cluster: &Label, form: &str, node: &Label) -> RelPath {
    RelPath::made(format!("{ASSETS}/ignition/{cluster}/{form}/{node}.ign"))
}

/// The pages that stand in for a listing of the folders that hold Ignition files.
pub fn index_page(cluster: Option<&Label>) -> RelPath {
    cluster.map_or_else(
        || RelPath::made(format!("{ASSETS}/ignition/index.html")),
        |cluster| RelPath::made(format!("{ASSETS}/ignition/{cluster}/index.html")),
    )
}

/// The page that stands in for a listing of the assets.
pub fn assets_page() -> RelPath {
    RelPath::made(format!("{ASSETS}/index.html"))
}

/// The cluster in the path of a copy of an Ignition file.
pub fn owner_of_ignition(path: &RelPath) -> Option<&str> {
    if let Some(rest) = below(path, ASSETS).and_then(|rest| rest.strip_prefix("ignition/")) {
        return rest.split_once('/').map(|(id, _)| id);
    }
    let stem = below(path, MATCHBOX)?.strip_prefix("ignition/")?.strip_suffix(".ign")?;
    let of_role = |role: &Role| stem.strip_suffix(role.as_str())?.strip_suffix('-');
    stem.split_once('.').map(|(id, _)| id).or_else(|| Role::ALL.iter().find_map(of_role))
}

/// An image as it is served.
pub fn asset(name: &ArtifactName) -> RelPath {
    RelPath::made(format!("{ASSETS}/{name}"))
}

/// An image as it is served over TFTP.
pub fn tftp_asset(name: &ArtifactName) -> RelPath {
    RelPath::made(format!("{TFTP}/{name}"))
}

/// A program for the person at the helper.
pub fn client(name: &ArtifactName) -> RelPath {
    RelPath::made(format!("clients/{name}"))
}

/// The printed commands of a cluster.
pub fn commands(cluster: &Label) -> RelPath {
    RelPath::made(format!("commands/{cluster}.txt"))
}

/// The digests of every copy.
pub fn sums() -> RelPath {
    RelPath::made(SUMS.to_owned())
}

/// What a machine of s390x is started with.
pub fn parm(cluster: &Label, node: &Label, suffix: &str) -> RelPath {
    RelPath::made(format!("{S390X}/{cluster}/{node}.{suffix}"))
}

/// A kernel or an initramfs beside those.
pub fn parm_asset(cluster: &Label, name: &ArtifactName) -> RelPath {
    RelPath::made(format!("{S390X}/{cluster}/{name}"))
}

/// What stands beside an initramfs there, and nowhere else.
pub fn beside_parm_asset(initramfs: &RelPath, suffix: &str) -> Option<RelPath> {
    below(initramfs, S390X).map(|_| RelPath::made(format!("{initramfs}{suffix}")))
}

/// What all clusters share of Terraform's.
pub fn terraform_provider() -> RelPath {
    // No cluster can be called so.
    RelPath::made("terraform/_provider.tf.json".to_owned())
}

/// The resources of a cluster for Terraform.
pub fn terraform(cluster: &Label) -> RelPath {
    RelPath::made(format!("terraform/{cluster}.tf.json"))
}

/// Where a machine's own ISO is served, once somebody has put it there.
pub fn url_of_iso(cluster: &Cluster, node: &Node) -> String {
    format!("{}/assets/{}-{}.iso", cluster.settings.url, cluster.id, node.name)
}

/// What Kubernetes runs: a base, or a file of a site.
pub fn kubernetes(path: &str) -> RelPath {
    RelPath::made(format!("{KUBERNETES}/{path}"))
}

/// The lock of a cluster, on its way into a pod.
pub fn travelling_lock(cluster: &Label) -> RelPath {
    RelPath::made(format!("{TRAVELLING_LOCKS}/{cluster}.json"))
}

/// A part of the manifest of a cluster on that way, counted from 1.
pub fn travelling_manifest(cluster: &Label, part: usize, parts: usize) -> RelPath {
    RelPath::made(format!("{TRAVELLING_MANIFESTS}/{cluster}/{part}-of-{parts}.json"))
}

/// Returns whose manifest it is a part of, which, and of how many.
pub fn travelling_manifest_of(path: &RelPath) -> Option<(Label, usize, usize)> {
    let (cluster, part) = below(path, TRAVELLING_MANIFESTS)?.split_once('/')?;
    let (part, parts) = part.strip_suffix(".json")?.split_once("-of-")?;
    let parts: usize = parts.parse().ok().filter(|parts| *parts <= MOST_PARTS)?;
    Some((cluster.parse().ok()?, part.parse().ok()?, parts))
}

/// Returns what a TFTP client asks for to get a file.
pub fn tftp_request(path: &RelPath) -> Option<&str> {
    below(path, TFTP)
}

/// Returns the URL of a file that a web server serves, if it is one.
pub fn http_url(cluster: &Cluster, path: &RelPath) -> Option<String> {
    below(path, HTTP).map(|rest| format!("{}/{rest}", cluster.settings.url))
}

/// Returns the URL of a file of the assets, with which base Ignition files are reached.
pub fn ignition_asset_url(cluster: &Cluster, path: &RelPath) -> Option<String> {
    below(path, ASSETS).map(|rest| format!("{}/assets/{rest}", cluster.settings.ignition_base))
}

/// Returns the URL of an artifact.
pub fn asset_url(cluster: &Cluster, name: &ArtifactName) -> String {
    format!("{}/{name}", cluster.settings.assets_url())
}

/// Returns the URL of the byte-exact copy of a pool's Ignition file.
pub fn exact_ignition_url(cluster: &Cluster, pool: &Pool) -> String {
    format!("{}/assets/ignition/{}/{pool}.ign", cluster.settings.ignition_base, cluster.id)
}

/// Returns the URL of the config of one node.
pub fn node_ignition_url(cluster: &Cluster, form: &str, node: &Label) -> String {
    format!("{}/assets/ignition/{}/{form}/{node}.ign", cluster.settings.ignition_base, cluster.id)
}

/// Returns the URL at which matchbox finds the Ignition file by the MAC address.
pub fn served_ignition_url(cluster: &Cluster, mac: MacAddr) -> String {
    format!("{}/ignition?mac={}", cluster.settings.ignition_base, mac.hexhyp())
}

/// Returns the URL at which matchbox prints an iPXE script by the MAC address.
pub fn served_ipxe_url(cluster: &Cluster, mac: MacAddr) -> String {
    format!("{}/ipxe?mac={}", cluster.settings.url, mac.hexhyp())
}

/// Returns the stem of a file of matchbox's in one of its folders.
pub fn stem<'a>(path: &'a RelPath, folder: &str) -> Option<&'a str> {
    below(path, folder)?.strip_suffix(".json").filter(|stem| !stem.contains('/'))
}

fn below<'a>(path: &'a RelPath, folder: &str) -> Option<&'a str> {
    path.as_str().strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        /// What is made without a check would have passed it.
        #[test]
        fn every_path_is_one(
            cluster in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?",
            node in "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
            name in "[A-Za-z0-9_+][A-Za-z0-9._+-]{0,60}",
            mac in "52[0-9a-f]{10}",
        ) {
            let (cluster, node): (Label, Label) = (cluster.parse().unwrap(), node.parse().unwrap());
            let (name, mac): (ArtifactName, MacAddr) = (name.parse().unwrap(), mac.parse().unwrap());
            let pools = Role::ALL.map(Pool::Role).into_iter().chain([Pool::Custom(node.clone())]);
            let copies = |pool: Pool| [exact_ignition(&cluster, &pool), served_ignition(&cluster, &pool)];
            let copies: Vec<RelPath> = pools.flat_map(copies).collect();
            for path in &copies {
                prop_assert_eq!(owner_of_ignition(path), Some(cluster.as_str()));
            }
            let group = group(&cluster, &node);
            let stem_of_group = group_stem(&cluster, &node);
            prop_assert_eq!(stem(&group, GROUPS), Some(stem_of_group.as_str()));
            prop_assert_eq!(stem(&group, PROFILES), None);
            let rest = [
                group, profile(&installed_stem(&cluster, &node)), pxelinux(mac), ipxe(mac),
                node_ignition(&cluster, "live", &node), index_page(Some(&cluster)), index_page(None),
                assets_page(), asset(&name), tftp_asset(&name), client(&name), commands(&cluster), sums(),
                parm(&cluster, &node, "parm"), parm_asset(&cluster, &name), ignition_folder(&cluster),
            ];
            for path in rest.iter().chain(&copies).chain(&of_every_machine()) {
                prop_assert_eq!(&path.as_str().parse::<RelPath>().unwrap(), path);
            }
        }
    }
}
