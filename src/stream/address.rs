//! Where the metadata of a named stream is published.
//!
//! The layout of openshift/installer changed at 4.10, 4.19 (OKD) and 4.22 (RHCOS); its branches are
//! `release-<X.Y>`.

use crate::model::stream_ref::{Rhel, SCOS_FROM, StreamRef, TWO_STREAMS_FROM, Version};

const FCOS: &str = "https://builds.coreos.fedoraproject.org/streams";
const INSTALLER: &str = "https://raw.githubusercontent.com/openshift/installer";

/// The first release that keeps its streams in a folder of their own.
const FOLDER_FROM: Version = Version { major: 4, minor: 10 };

/// Returns the https address of a stream's metadata; nothing for a file and standard input.
pub fn url(stream: &StreamRef) -> Option<String> {
    match stream {
        StreamRef::Fcos(channel) => Some(format!("{FCOS}/{}.json", channel.as_str())),
        StreamRef::Rhcos(version, rhel) => Some(installer(*version, &rhcos_path(*version, *rhel))),
        StreamRef::Okd(version) => Some(installer(*version, okd_path(*version))),
        StreamRef::Url(url) => Some(url.clone()),
        StreamRef::File(..) | StreamRef::Stdin(_) => None,
    }
}

fn installer(version: Version, path: &str) -> String {
    format!("{INSTALLER}/release-{version}/data/data/{path}")
}

fn rhcos_path(version: Version, rhel: Option<Rhel>) -> String {
    if version < FOLDER_FROM {
        "rhcos-stream.json".to_owned()
    } else if version < TWO_STREAMS_FROM {
        "coreos/rhcos.json".to_owned()
    } else {
        // rhel-9 is what openshift-install itself takes where nobody chooses.
        format!("coreos/coreos-{}.json", rhel.unwrap_or(Rhel::Nine).as_str())
    }
}

fn okd_path(version: Version) -> &'static str {
    if version < FOLDER_FROM {
        "fcos-stream.json"
    } else if version < SCOS_FROM {
        "coreos/fcos.json"
    } else {
        "coreos/scos.json"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_stream_has_its_address() {
        let base = "https://raw.githubusercontent.com/openshift/installer/release-";
        for (name, want) in [
            ("rhcos-4.8", "4.8/data/data/rhcos-stream.json"),
            ("rhcos-4.9", "4.9/data/data/rhcos-stream.json"),
            ("rhcos-4.10", "4.10/data/data/coreos/rhcos.json"),
            ("rhcos-4.21", "4.21/data/data/coreos/rhcos.json"),
            ("rhcos-4.22", "4.22/data/data/coreos/coreos-rhel-9.json"),
            ("rhcos-4.22/rhel-10", "4.22/data/data/coreos/coreos-rhel-10.json"),
            ("rhcos-5.0", "5.0/data/data/coreos/coreos-rhel-9.json"),
            ("okd-4.9", "4.9/data/data/fcos-stream.json"),
            ("okd-4.10", "4.10/data/data/coreos/fcos.json"),
            ("okd-4.18", "4.18/data/data/coreos/fcos.json"),
            ("okd-4.19", "4.19/data/data/coreos/scos.json"),
            ("okd-5.0", "5.0/data/data/coreos/scos.json"),
        ] {
            assert_eq!(url(&name.parse().unwrap()), Some(format!("{base}{want}")), "{name}");
        }
        assert_eq!(
            url(&"testing".parse().unwrap()).as_deref(),
            Some("https://builds.coreos.fedoraproject.org/streams/testing.json")
        );
        assert_eq!(url(&"https://h/s.json".parse().unwrap()).as_deref(), Some("https://h/s.json"));
        assert_eq!(url(&"-".parse().unwrap()), None);
        assert_eq!(url(&"./s.json".parse().unwrap()), None);
    }
}
