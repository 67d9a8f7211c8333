//! What matchbox's paths answer for the labels of a request.

use super::answer::{Answer, BootHint, Reply};
use super::index::TreeIndex;
use super::kind;
use crate::matchbox::profile::Read;
use crate::matchbox::select::{self, Labels};
use crate::matchbox::{NetBoot, form, script};
use crate::model::mac::MacAddr;

/// Why a machine gets no boot configuration.
pub(super) enum Without {
    /// No group is for it.
    Group,
    /// Its group names a profile that is not there.
    Profile(String),
}

/// Returns the labels of a query. Twelve bare digits are a MAC address, too: matchbox takes them or not
/// as the Go that built it does.
pub(super) fn labels(query: &str) -> Labels {
    let mut pairs = form::pairs(query);
    for (key, value) in &mut pairs {
        let bare = Some(&*value).filter(|value| key.eq_ignore_ascii_case("mac") && value.len() == 12);
        if let Some(mac) = bare.and_then(|value| value.parse::<MacAddr>().ok()) {
            *value = mac.to_string();
        }
    }
    select::labels(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Finds the profile for labels, and the MAC address among them.
pub(super) fn profile(index: &TreeIndex, labels: &Labels) -> (Option<MacAddr>, Result<Read, Without>) {
    let mac = labels.get("mac").and_then(|mac| mac.parse().ok());
    let Some(chosen) = index.choose(labels) else { return (mac, Err(Without::Group)) };
    let stem = &chosen.group.profile;
    (mac, index.profile(stem).ok_or_else(|| Without::Profile(stem.clone())))
}

/// `/ipxe`
pub(super) fn ipxe(index: &TreeIndex, query: &str) -> Reply {
    boot(index, query, script::ipxe)
}

/// `/grub`
pub(super) fn grub(index: &TreeIndex, query: &str) -> Reply {
    boot(index, query, script::grub)
}

fn boot(index: &TreeIndex, query: &str, text: fn(&NetBoot) -> String) -> Reply {
    let (mac, profile) = profile(index, &labels(query));
    let reply = match profile {
        Ok(Read { boot: Some(boot), .. }) => {
            Reply::of(Answer::text(kind::TEXT, text(&boot))).about(BootHint::Config)
        }
        Ok(Read { boot: None, .. }) => local(index, mac),
        Err(Without::Profile(stem)) => Reply::refused(404, &format!("there is no profile `{stem}`")),
        Err(Without::Group) => unknown(index, mac),
    };
    reply.by(mac)
}

/// The answer is 404, since iPXE then goes on to the next device (docs/modes.md).
fn local(index: &TreeIndex, mac: Option<MacAddr>) -> Reply {
    let machine = mac.and_then(|mac| index.machines.by_mac(mac));
    let name = machine.map_or("this machine", |machine| machine.name.as_str());
    Reply::of(Answer::refusal(404, &format!("{name} boots from its disk"))).about(BootHint::Local)
}

fn unknown(index: &TreeIndex, mac: Option<MacAddr>) -> Reply {
    let Some(mac) = mac else { return Reply::refused(404, "no group is for this request") };
    let near = index.machines.nearest(mac);
    let near = near.map_or_else(String::new, |machine| {
        let macs: Vec<String> = machine.macs.iter().map(ToString::to_string).collect();
        format!("; {} has {}", machine.name, macs.join(" and "))
    });
    let answer = Answer::refusal(404, &format!("no machine has the MAC address {mac}{near}"));
    Reply::of(answer).about(BootHint::Unknown(mac))
}

/// `/metadata`
pub(super) fn metadata(index: &TreeIndex, query: &str) -> Reply {
    let labels = labels(query);
    let Some(chosen) = index.choose(&labels) else { return unknown(index, None) };
    let text = script::metadata(chosen.metadata, &chosen.group.selector, &labels, query);
    // As matchbox has it.
    Reply::of(Answer::text("plain/text", text))
}

/// Returns the MAC address in the name of a boot file: `<mac>.ipxe`, `01-<mac>`, `grub.cfg-01-<mac>`.
pub(super) fn mac_in(name: &str) -> Option<MacAddr> {
    let name = name.strip_suffix(".0").unwrap_or(name);
    let name = name.strip_suffix(".ipxe").unwrap_or(name);
    let name = name.strip_prefix("grub.cfg-").unwrap_or(name);
    name.strip_prefix("01-").unwrap_or(name).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::mac_in;

    #[test]
    fn boot_files_name_their_machine() {
        for name in [
            "52-54-00-00-00-01.ipxe",
            "52-54-00-00-00-01.ipxe.0",
            "01-52-54-00-00-00-01",
            "grub.cfg-01-52-54-00-00-00-01",
        ] {
            assert_eq!(mac_in(name).unwrap().to_string(), "52:54:00:00:00:01", "{name}");
        }
        assert_eq!(mac_in("default"), None);
    }
}
