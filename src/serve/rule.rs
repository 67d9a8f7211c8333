//! Who may have what: one rule for every protocol.
//!
//! Kernels and boot files are public. An Ignition file is not: it holds the pull secret, and that of the
//! bootstrap machine the key to the cluster. It is given to the addresses of those machines whose file it
//! is, and to this machine itself.

use std::net::IpAddr;

use super::machine::{Machines, ServedMachine};
use crate::probe;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// The address that it asked.
    pub here: IpAddr,
}

/// Whether Ignition files go to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignition {
    /// To the machines that they are for.
    ToMachines,
    /// To whoever asks (`--open`).
    Open,
}

impl Peer {
    /// Says whether it is a program of this very machine.
    pub fn is_here(&self) -> bool {
        let address = self.address.to_canonical();
        address.is_loopback() || address == self.here.to_canonical()
    }
}

/// Says whether names are fit to be looked up: none is hidden, none has a character that no file of a
/// tree has, and none is what openshift-install calls its secrets.
pub fn may_be_named(names: &[&str]) -> bool {
    let is_odd = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{fffd}');
    let is_fit = |name: &&str| !name.starts_with('.') && name.len() <= 255 && !name.contains(is_odd);
    let total: usize = names.iter().map(|name| name.len() + 1).sum();
    let last = names.len().saturating_sub(1);
    let is_secret = |(at, name): (usize, &&str)| probe::served::is_secret(name, at < last);
    total <= 1024 && names.iter().all(is_fit) && !names.iter().enumerate().any(is_secret)
}

/// Says why somebody may not have an Ignition file; nothing where it may. `file` is its path below the
/// assets, or the name that a profile has for it; `tied` is the machine that lately asked from this
/// address for what only it asks for.
pub fn ignition(
    rule: Ignition,
    machines: &Machines,
    peer: Peer,
    file: &str,
    tied: Option<&ServedMachine>,
) -> Result<(), String> {
    if rule == Ignition::Open || peer.is_here() || !machines.know_addresses() {
        return Ok(());
    }
    // Who has an address of its own in vars.yaml must come from there.
    let tied = tied.filter(|machine| machine.addresses.is_empty());
    let Some(machine) = machines.by_address(peer.address).or(tied) else {
        return Err(format!(
            "{} is no machine of vars.yaml, and Ignition files hold secrets; `--open` gives them to anybody",
            peer.address
        ));
    };
    if is_for(machine, file) {
        return Ok(());
    }
    Err(format!("`{file}` is not for {}, which has the address {}", machine.name, peer.address))
}

/// Says why a report is not believed; nothing where it is. `tied` is as for [`ignition`].
pub fn report(
    rule: Ignition,
    machine: &ServedMachine,
    peer: Peer,
    tied: Option<&ServedMachine>,
) -> Result<(), String> {
    let own = machine.addresses.contains(&peer.address.to_canonical());
    let is_tied = machine.addresses.is_empty() && tied.is_some_and(|tied| tied.key() == machine.key());
    if own || is_tied || rule == Ignition::Open || peer.is_here() {
        return Ok(());
    }
    Err(format!("{} is no address of {}", peer.address, machine.name))
}

/// `ignition/<cluster>/<pool>.ign`, `ignition/<cluster>/live/<name>.ign`, or a name of matchbox's
/// `ignition` folder, `<cluster>-<role>.ign` or `<cluster>.<pool>.ign`.
fn is_for(machine: &ServedMachine, file: &str) -> bool {
    let (Some(cluster), Some(pool)) = (&machine.cluster, &machine.pool) else { return true };
    let name = &machine.name;
    [
        format!("ignition/{cluster}/{pool}.ign"),
        format!("ignition/{cluster}/live/{name}.ign"),
        format!("ignition/{cluster}/pointer/{name}.ign"),
        format!("{cluster}{}{pool}.ign", pool.separator()),
        format!("{cluster}-live-{name}.ign"),
        format!("{cluster}-pointer-{name}.ign"),
    ]
    .iter()
    .any(|due| due == file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::roster::{Roster, RosterEntry};
    use crate::plan::state;

    fn machines() -> Machines {
        let entry = |name: &str, mac: &str, role: &str, addresses: &[&str]| RosterEntry {
            machine: state::Machine {
                cluster: "lab".parse().unwrap(),
                name: name.parse().unwrap(),
                macs: [mac.parse().unwrap()].into(),
            },
            mode: crate::model::settings::Mode::Install,
            release: None,
            role: Some(role.parse().unwrap()),
            pool: None,
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        };
        let entries = vec![
            entry("m0", "52:54:00:00:00:01", "master", &["192.0.2.10", "2001:db8::10"]),
            entry("w0", "52:54:00:00:00:02", "worker", &["192.0.2.20"]),
            entry("w1", "52:54:00:00:00:03", "worker", &[]),
            RosterEntry {
                pool: Some("infra".parse().unwrap()),
                ..entry("i0", "52:54:00:00:00:04", "worker", &["192.0.2.30"])
            },
        ];
        Machines::of(&[Roster { cluster: "lab".parse().unwrap(), entries }], &[], &[])
    }

    #[test]
    fn an_ignition_file_goes_to_those_whose_it_is() {
        let machines = machines();
        let peer = |text: &str| Peer { address: text.parse().unwrap(), here: "192.0.2.1".parse().unwrap() };
        let may = |from: &str, file: &str| {
            ignition(Ignition::ToMachines, &machines, peer(from), file, None).is_ok()
        };
        assert!(may("192.0.2.10", "ignition/lab/master.ign"));
        assert!(may("2001:db8::10", "ignition/lab/master.ign"));
        assert!(may("::ffff:192.0.2.20", "lab-worker.ign"));
        assert!(may("192.0.2.20", "ignition/lab/live/w0.ign"));
        assert!(may("192.0.2.30", "ignition/lab/infra.ign") && may("192.0.2.30", "lab.infra.ign"));
        assert!(may("127.0.0.1", "ignition/lab/bootstrap.ign"));
        assert!(may("192.0.2.1", "ignition/lab/bootstrap.ign"));
        for (from, file) in [
            ("192.0.2.20", "ignition/lab/master.ign"),
            ("192.0.2.20", "ignition/lab/live/w1.ign"),
            ("192.0.2.20", "ignition/lab/infra.ign"),
            ("192.0.2.30", "ignition/lab/worker.ign"),
            ("192.0.2.20", "ignition/other/worker.ign"),
            ("192.0.2.99", "ignition/lab/worker.ign"),
        ] {
            assert!(!may(from, file), "{from} {file}");
        }
        let stranger = peer("192.0.2.99");
        let file = "ignition/lab/worker.ign";
        ignition(Ignition::Open, &machines, stranger, file, None).unwrap();
        let tied = |mac: &str| machines.by_mac(mac.parse().unwrap());
        let w1 = tied("52:54:00:00:00:03");
        ignition(Ignition::ToMachines, &machines, stranger, file, w1).unwrap();
        let w0 = tied("52:54:00:00:00:02");
        ignition(Ignition::ToMachines, &machines, stranger, file, w0).unwrap_err();
    }

    #[test]
    fn a_machine_reports_from_its_own_address() {
        let machines = machines();
        let machine = |mac: &str| machines.by_mac(mac.parse().unwrap()).unwrap();
        let (w0, w1) = (machine("52:54:00:00:00:02"), machine("52:54:00:00:00:03"));
        let peer = |text: &str| Peer { address: text.parse().unwrap(), here: "192.0.2.1".parse().unwrap() };
        let may = |whose: &ServedMachine, from: &str, tied: Option<&ServedMachine>| {
            report(Ignition::ToMachines, whose, peer(from), tied).is_ok()
        };
        assert!(may(w0, "192.0.2.20", None) && may(w0, "::ffff:192.0.2.20", None));
        assert!(may(w0, "127.0.0.1", None) && may(w1, "192.0.2.99", Some(w1)));
        // Who has an address has to come from there, whatever it asked for before.
        assert!(!may(w0, "192.0.2.99", Some(w0)) && !may(w0, "192.0.2.10", None));
        assert!(!may(w1, "192.0.2.99", None) && !may(w1, "192.0.2.20", Some(w0)));
        report(Ignition::Open, w0, peer("192.0.2.99"), None).unwrap();
    }

    #[test]
    fn names_that_no_tree_has_are_not_looked_up() {
        for good in [&["a.img"][..], &["dir", "b c+d.txt"], &["ignition", "lab", "worker.ign"]] {
            assert!(may_be_named(good), "{good:?}");
        }
        let long = "a".repeat(256);
        for bad in [
            &[".hidden"][..],
            &["dir", ".okdboot", "x"],
            &["a/b"],
            &["a\\b"],
            &["a\0"],
            &[long.as_str()],
            &["kubeconfig"],
            &["auth", "x"],
            &["..", "x"],
        ] {
            assert!(!may_be_named(bad), "{bad:?}");
        }
    }
}
