//! Answers to the questions of `okdboot init`, as a file: read and checked as vars.yaml is.

use std::fmt::Display;
use std::str::FromStr;

use super::super::key::ANSWERS;
use super::super::section::{Reader, Scalar, Section};
use super::super::yaml;
use super::value::Values;
use crate::diag::{Code, Diagnostic, Report, SourceText};
use crate::model::outline::{ListedMachine, MOST_NODES, Outline};
use crate::text::List;

/// Reads answers, with every fault at once.
pub fn read(name: &str, text: &str) -> Result<Outline, Report> {
    let source = SourceText::new(name, text);
    let yaml::Document { root, twice } =
        yaml::parse(&source).map_err(|diagnostic| Report::from(*diagnostic))?;
    let reader = Reader::new(source.clone(), root);
    let Some(mut section) = reader.root(&ANSWERS) else {
        return Err(Diagnostic::new(Code::V005, format!("`{name}` is not a mapping"))
            .help(format!("answers have the keys {}", List::and(&ANSWERS.names().collect::<Vec<_>>())))
            .into());
    };
    let raw = Raw::read(&mut section);
    section.finish();
    let found = reader.finish();
    let values = Values::new(source.hiding(&found.hidden), &found);
    let outline = raw.outline(&values);
    let (faults, hidden) = values.finish();
    let mut report = found.report;
    report.extend(faults);
    report.extend(twice.into_iter().collect());
    report.sort();
    report.hide(&source.hiding(&found.hidden).hiding(&hidden));
    if report.has_errors() { Err(report) } else { Ok(outline) }
}

/// What the file says, unchecked: one scalar a key, and the lists.
struct Raw {
    scalars: Vec<(&'static str, Scalar)>,
    forwarders: Vec<Scalar>,
    macs: Vec<Scalar>,
}

impl Raw {
    fn read(section: &mut Section) -> Self {
        let single = ANSWERS.names().filter(|key| !["forwarders", "macs"].contains(key));
        Self {
            scalars: single.filter_map(|key| Some((key, section.scalar(key)?))).collect(),
            forwarders: section.scalars("forwarders"),
            macs: section.scalars("macs"),
        }
    }

    fn outline(&self, values: &Values) -> Outline {
        let mac = |scalar: &Scalar| Some(ListedMachine { mac: values.mac(scalar)?, name: None });
        Outline {
            cluster: self.parse(values, "cluster", Code::V109, NAME),
            domain: self.parse(values, "domain", Code::V109, "write a domain such as `example.com`"),
            network: self
                .parse::<ipnet::Ipv4Net>(values, "network", Code::V106, "write it as `192.168.7.0/24`")
                .map(|network| network.trunc()),
            helper: self.parse(values, "helper", Code::V106, ADDRESS),
            helper_name: self.parse(values, "helper_name", Code::V109, NAME),
            gateway: self.parse(values, "gateway", Code::V106, ADDRESS),
            forwarders: words(&self.forwarders)
                .iter()
                .filter_map(|scalar| values.parse(Code::V106, scalar, ADDRESS))
                .collect(),
            control_plane: self.count(values, "control_plane", 1),
            arbiters: self.count(values, "arbiters", 0),
            workers: self.count(values, "workers", 0),
            addressing: self.parse(values, "addressing", Code::V115, ""),
            interface: self.parse(values, "interface", Code::V120, "write its name, such as `ens3`"),
            disk: self.parse(values, "disk", Code::V112, "write a device such as `/dev/sda`"),
            arch: self.parse(values, "arch", Code::V115, ""),
            stream: self.parse(values, "stream", Code::V122, ""),
            machines: words(&self.macs).iter().filter_map(mac).collect(),
        }
    }

    fn get(&self, key: &str) -> Option<&Scalar> {
        self.scalars.iter().find(|(name, _)| *name == key).map(|(_, scalar)| scalar)
    }

    fn parse<T>(&self, values: &Values, key: &str, code: Code, help: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        values.parse(code, self.get(key)?, help)
    }

    fn count(&self, values: &Values, key: &str, least: u16) -> Option<u16> {
        let scalar = self.get(key)?;
        let count = scalar.text.trim().parse().ok().filter(|count| (least..=MOST_NODES).contains(count));
        if count.is_none() {
            let message = format!("`{}` is not a number from {least} to {MOST_NODES}", scalar.text);
            values.refuse(Code::V115, scalar, message, "write how many nodes of the role there are");
        }
        count
    }
}

const NAME: &str = "names are letters, digits and hyphens, 63 at most";
const ADDRESS: &str = "write four numbers from 0 to 255 with dots between them";

/// One scalar may hold several words, as a list that was pasted.
fn words(scalars: &[Scalar]) -> Vec<Scalar> {
    let split = |scalar: &Scalar| -> Vec<Scalar> {
        let words = scalar.text.split([' ', ',', ';', '\n', '\t']).filter(|word| !word.is_empty());
        words.map(|word| Scalar { text: word.to_owned(), ..scalar.clone() }).collect()
    };
    scalars.iter().flat_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let text = "cluster: lab\ndomain: example.com\nnetwork: 192.168.7.9/24\nhelper: 192.168.7.77\n\
            helper_name: bastion\ngateway: 192.168.7.1\nforwarders: [9.9.9.9, 1.1.1.1]\ncontrol_plane: 3\narbiters: 0\nworkers: 0\n\
            addressing: static\ninterface: ens3\ndisk: nvme0n1\narch: arm64\nstream: okd-4.20\n\
            macs: |\n  52:54:00:00:00:01\n  52:54:00:00:00:02\n";
        let outline = read("answers.yaml", text).unwrap();
        assert!(ANSWERS.names().all(|key| text.contains(&format!("{key}:"))));
        assert_eq!(outline.network.unwrap().to_string(), "192.168.7.0/24");
        assert_eq!(outline.disk.unwrap().as_str(), "/dev/nvme0n1");
        assert_eq!((outline.forwarders.len(), outline.machines.len()), (2, 2));
        assert_eq!((outline.control_plane, outline.workers), (Some(3), Some(0)));
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let text = "cluster: la_b\nhelper: 192.168.7.777\ncontrol_plane: 0\nmacs: [52:zz]\nworker: 2\n";
        let report = read("answers.yaml", text).unwrap_err();
        let codes: Vec<&str> = report.diagnostics().iter().map(|d| d.code.as_str()).collect();
        assert_eq!(codes, ["V109", "V106", "V115", "V101", "V009"]);
        let last = &report.diagnostics()[4];
        assert_eq!(
            (last.message.as_str(), last.help[0].as_str()),
            ("`answers` has no key `worker`", "did you mean `workers`?")
        );
    }
}
