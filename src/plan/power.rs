//! How a machine is made to boot from the network, or from its ISO, once: by Redfish with curl, or by IPMI.
//!
//! Lines for a shell, and nothing more: okdboot switches no machine on. Names and passwords are in files that
//! curl and ipmitool read. What a BMC answers is one line or many, so that paths are found by their beginning
//! (DMTF DSP0266, schemas `ComputerSystem` and `VirtualMedia`).

use super::layout;
use crate::model::boot_loader::BootLoader;
use crate::model::cluster::Cluster;
use crate::model::node::Node;

/// Where the systems of a BMC are.
const SYSTEMS: &str = "/redfish/v1/Systems";

/// What comes before the lines of all machines. Virtual drives belong to the system, or to its manager where a
/// BMC is older; what they are called is the maker's choice.
pub const HEAD: &str = r#"# bmc.conf is for curl: user = "NAME:PASSWORD", and cacert = FILE, or insecure; chmod 600 bmc.conf
# bmc.password holds the password alone, for ipmitool, and BMC_USER the name
redfish() { at=$1; shift; curl -fsS --connect-timeout 10 -K bmc.conf -H 'Content-Type: application/json' "$@" "$bmc$at"; }
links() { grep -o "\"$1/[^\"]*\"" | tr -d '"'; }
once() { redfish "$system" -X PATCH -d "{\"Boot\":{\"BootSourceOverrideEnabled\":\"Once\",\"BootSourceOverrideTarget\":\"$1\"}}"; }
reset() { redfish "$system/Actions/ComputerSystem.Reset" -X POST -d "{\"ResetType\":\"$1\"}"; }
start() { if redfish "$system" | grep -q '"PowerState": *"On"'; then reset ForceRestart; else reset On; fi; }
drives() { for owner in "$system" $(redfish "$system" | links /redfish/v1/Managers); do redfish "$owner/VirtualMedia" 2>/dev/null | links "$owner/VirtualMedia"; done; }
drive() { all=$(drives); echo "$all" | grep -i -e cd -e dvd || echo "$all" | tail -n 1; }
insert() { redfish "$(drive | head -n 1)/Actions/VirtualMedia.InsertMedia" -X POST -d "{\"Image\":\"$1\",\"Inserted\":true}"; }
"#;

/// Returns the lines of a machine; nothing where vars.yaml does not say where its BMC is.
pub fn lines(cluster: &Cluster, node: &Node) -> Option<Vec<String>> {
    let bmc = node.bmc.as_ref()?;
    let (authority, path) = bmc.authority_and_path();
    let scheme = if bmc.is_https() { "https" } else { "http" };
    let system = if path.is_empty() {
        format!("$(redfish {SYSTEMS} | links {SYSTEMS} | head -n 1)")
    } else {
        format!("/{path}")
    };
    let host = bmc.host();
    let host = host.trim_matches(['[', ']']);
    let ipmi = format!("ipmitool -I lanplus -H {host} -U \"$BMC_USER\" -f bmc.password chassis");
    Some(vec![
        format!("bmc={scheme}://{authority}"),
        format!("system={system}"),
        format!("once {} && start", target(cluster)),
        "# or from the ISO that `okdboot commands --method iso` makes, once it is where this URL says:"
            .to_owned(),
        format!("insert {} && once Cd && start", layout::url_of_iso(cluster, node)),
        "# or by IPMI:".to_owned(),
        format!("{ipmi} bootdev pxe options=efiboot && {{ {ipmi} power cycle || {ipmi} power on; }}"),
    ])
}

/// What firmware calls the way by which a machine boots.
fn target(cluster: &Cluster) -> &'static str {
    let in_use = &cluster.settings.in_use;
    let others = [BootLoader::Pxelinux, BootLoader::Ipxe, BootLoader::Matchbox, BootLoader::Grub];
    let only_http = in_use.has(BootLoader::UefiHttp) && !others.iter().any(|loader| in_use.has(*loader));
    if only_http { "UefiHttp" } else { "Pxe" }
}
