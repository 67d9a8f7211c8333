use super::*;
use crate::model::digest::Sha256;

const TEXT: &str = r#"{
  "format-version": 2,
  "machines": [
    {
      "cluster": "ocp4",
      "name": "worker0",
      "macs": [
        "52:54:00:00:00:01"
      ],
      "armed": false,
      "since": "2026-01-01T00:00:00Z"
    },
    {
      "cluster": "ocp4",
      "name": "worker1",
      "macs": [],
      "armed": true,
      "until": "2030-01-01T00:00:00Z"
    }
  ]
}
"#;

const OLD: &str = r#"{
  "format-version": 1,
  "clusters": {
    "ocp4": {
      "worker0": {
        "armed": false
      },
      "worker1": {
        "armed": true,
        "until": "2030-01-01T00:00:00Z"
      }
    }
  }
}
"#;

fn machine(cluster: &str, name: &str, macs: &[&str]) -> Machine {
    let macs = macs.iter().map(|mac| mac.parse().unwrap()).collect();
    Machine { cluster: cluster.parse().unwrap(), name: name.parse().unwrap(), macs }
}

fn said(machine: Machine) -> State {
    State::from_iter([Said { machine, arming: Arming::Disarmed, since: None }])
}

#[test]
fn text_is_stable_and_parses_back() {
    let state = State::parse(TEXT.as_bytes(), "s").unwrap();
    assert_eq!(state.to_text(), TEXT);
    assert_eq!(State::default().to_text(), "{\n  \"format-version\": 2,\n  \"machines\": []\n}\n");
}

#[test]
fn what_okdboot_0_1_wrote_is_read_by_its_names() {
    let old = State::parse_old(OLD.as_bytes(), "s").unwrap();
    assert_eq!(old.to_old_text(), OLD);
    let found = old.find(&machine("ocp4", "worker0", &["52:54:00:00:00:01"])).unwrap();
    assert_eq!((found.arming, found.since), (Arming::Disarmed, None));
    assert!(State::parse(OLD.as_bytes(), "s").is_err());
}

#[test]
fn a_machine_is_its_mac_addresses_whatever_its_name() {
    let one = machine("a", "w1", &["52:54:00:00:00:01", "52:54:00:00:00:02"]);
    assert!(one.is(&machine("b", "other", &["52:54:00:00:00:02"])), "renamed");
    assert!(!one.is(&machine("a", "w1", &["52:54:00:00:00:03"])), "another machine under its name");
    assert!(one.is(&machine("a", "w1", &[])), "without an address only the name is left");
    assert!(!one.is(&machine("b", "w1", &[])));
}

#[test]
fn what_is_said_here_wins_over_what_is_adopted_and_loses_to_what_is_taken() {
    let mac = ["52:54:00:00:00:01"];
    let (here, there) = (said(machine("a", "new", &mac)), said(machine("a", "old", &mac)));
    let mut adopted = here.clone();
    adopted.adopt(there.clone());
    assert_eq!(adopted, here);
    let mut taken = here;
    taken.take(there.clone());
    assert_eq!(taken, there);
}

#[test]
fn untrusted_entries_are_refused() {
    for (from, to) in [
        ("worker0", "../x"),
        ("52:54:00:00:00:01", "52:54"),
        ("2030-01-01T00:00:00Z", "soon"),
        ("2026-01-01T00:00:00Z", "then"),
        ("\"armed\": false", "\"armed\": 1"),
        ("\"format-version\": 2", "\"format-version\": 3"),
        ("\"armed\": true", "\"armed\": false"),
        ("\"macs\": []", "\"macs\": [\"52:54:00:00:00:01\"]"),
    ] {
        assert_ne!(TEXT.replace(from, to), TEXT);
        assert!(State::parse(TEXT.replace(from, to).as_bytes(), "s").is_err(), "{to}");
    }
}

#[test]
fn any_order_of_entries_is_the_same_state() {
    let one = machine("a", "w1", &["52:54:00:00:00:01"]);
    let other = machine("a", "w2", &["52:54:00:00:00:02"]);
    let mut state = said(one.clone());
    state.adopt(said(other.clone()));
    let mut turned = said(other);
    turned.adopt(said(one));
    assert_eq!(Sha256::of(state.to_text().as_bytes()), Sha256::of(turned.to_text().as_bytes()));
}
