//! A small inventory and the stream that it boots from; the bench of `fetch` includes this file too.

use okdboot::model::digest::Sha256;
use serde_json::{Value, json};

/// Three machines, one of each role.
pub(crate) const VARS: &str = r#"
disk: vda
helper: {name: "helper", ipaddr: "192.0.2.77"}
dns: {domain: "example.com", clusterid: "demo"}
dhcp: {router: "192.0.2.1", netmask: "255.255.255.0", dns: "192.0.2.77"}
bootstrap: {name: "bootstrap", ipaddr: "192.0.2.20", macaddr: "52:54:00:60:72:67"}
masters:
  - {name: "master0", ipaddr: "192.0.2.21", macaddr: "52:54:00:e7:9d:67"}
workers:
  - {name: "worker0", ipaddr: "192.0.2.11", macaddr: "52:54:00:f4:26:a1"}
"#;

/// The metadata of one release for `x86_64`: kernel, initramfs, rootfs and ISO, each a name below
/// `base` and its digest.
pub(crate) fn stream(base: &str, files: [(&str, Sha256); 4]) -> Value {
    let [kernel, initramfs, rootfs, iso] = files
        .map(|(name, sha256)| json!({"location": format!("{base}/{name}"), "sha256": sha256.to_string()}));
    let formats = json!({
        "pxe": {"kernel": kernel, "initramfs": initramfs, "rootfs": rootfs},
        "iso": {"disk": iso},
    });
    let metal = json!({"release": "1.2.3", "formats": formats});
    json!({"stream": "test", "metadata": {}, "architectures": {"x86_64": {"artifacts": {"metal": metal}}}})
}
