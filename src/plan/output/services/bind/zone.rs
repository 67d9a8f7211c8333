//! One zone file. Its serial moves when its records do, and never else.

use super::ZONES;
use crate::model::name::Label;
use crate::plan::output::services::{Run, file};
use crate::plan::{ContentOrigin, FileKind, PlannedFile};

/// A zone.
pub(super) struct Zone<'a> {
    /// Its name, without the closing dot.
    pub(super) origin: &'a str,
    /// The name server.
    pub(super) server: &'a str,
    /// The cluster, where it is of one.
    pub(super) owner: Option<&'a Label>,
}

impl Zone<'_> {
    /// Returns where the file stands.
    pub(super) fn path(&self) -> String {
        format!("{ZONES}/{}.zone", self.origin)
    }

    /// Makes the file around its records.
    pub(super) fn file(&self, run: &Run, records: &str) -> Option<PlannedFile> {
        let path = self.path();
        let text = self.text(run.standing.text(&path), records);
        file(&path, (self.owner, FileKind::Bind), text, ContentOrigin::Generated)
    }

    /// Returns the text with the serial that stands there, or the next one if anything else differs.
    fn text(&self, before: &str, records: &str) -> String {
        let last = serial(before);
        let with = |serial: u32| format!("{}{records}", self.head(serial));
        match last {
            None => with(1),
            Some(last) if with(last) == before => before.to_owned(),
            // RFC 1982: after the last number comes the first; 0 is for zones without a serial.
            Some(last) => with(last.checked_add(1).unwrap_or(1)),
        }
    }

    fn head(&self, serial: u32) -> String {
        let Self { origin, server, .. } = self;
        format!(
            "; `okdboot render` writes this file: change vars.yaml, not this.\n$ORIGIN {origin}.\n$TTL 3600\n\
             @ IN SOA {server}. hostmaster.{server}. (\n    {serial} ; serial\n    10800 1800 1209600 3600 )\n"
        )
    }
}

/// Finds the serial of a zone that was rendered.
fn serial(text: &str) -> Option<u32> {
    text.lines().find_map(|line| line.strip_suffix(" ; serial")?.trim().parse().ok())
}

/// Returns the record that names a zone's server.
pub(super) fn ns(server: &str) -> String {
    format!("@ IN NS {server}.\n")
}

/// Finds the name server of a zone's records.
pub(super) fn server(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("@ IN NS ")?.strip_suffix('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_moves_with_the_records_only() {
        let zone = Zone { origin: "lab.example.com", server: "helper.lab.example.com", owner: None };
        let first = zone.text("", "a IN A 192.0.2.1\n");
        assert_eq!(serial(&first), Some(1));
        assert_eq!(zone.text(&first, "a IN A 192.0.2.1\n"), first);
        let second = zone.text(&first, "a IN A 192.0.2.2\n");
        assert_eq!(serial(&second), Some(2));
        let last = second.replace("    2 ; serial", "    4294967295 ; serial");
        assert_eq!(serial(&zone.text(&last, "")), Some(1));
        assert_eq!(server(&ns("helper.lab.example.com")), Some("helper.lab.example.com"));
    }
}
