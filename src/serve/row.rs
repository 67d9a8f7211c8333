//! One machine in the watch: how far it is, and what is to be said of it.

use std::time::{Duration, SystemTime};

use super::event::Level;
use super::machine::ServedMachine;
use super::stage::Stage;
use crate::model::settings::Mode;
use crate::text::Bytes;

/// What is known of a machine.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which.
    pub machine: ServedMachine,
    /// How far it is in its present boot.
    pub stage: Stage,
    /// When it got so far.
    pub since: SystemTime,
    /// When it was heard last.
    pub heard: SystemTime,
    /// How often it has begun to boot since the server was started.
    pub boots: u64,
    /// Bytes that were sent to it.
    pub bytes: u64,
    /// What is being sent to it: the newest file.
    pub transfer: Option<Box<FileTransfer>>,
    /// A file that it broke off and did not get since.
    pub broken: Option<String>,
    /// That it is being installed once more.
    pub again: Option<String>,
}

/// A file under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTransfer {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub stage: Stage,
    /// Bytes sent so far.
    pub sent: u64,
    /// Bytes to send.
    pub total: u64,
}

/// What a step of a boot changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootStep {
    /// It is where it was.
    Same,
    /// It is further.
    Further,
    /// It began to boot again.
    Again,
    /// It began to boot again after it had its Ignition file, and will be installed again.
    Loop,
}

impl Row {
    /// A machine of which nothing was heard yet.
    pub fn new(machine: ServedMachine, now: SystemTime) -> Self {
        let stage = Stage::Never;
        Self {
            machine,
            stage,
            since: now,
            heard: now,
            boots: 0,
            bytes: 0,
            transfer: None,
            broken: None,
            again: None,
        }
    }

    /// Takes notice of a stage. A machine only goes forward; what lies behind it belongs to a new boot.
    pub fn reach(&mut self, stage: Stage, now: SystemTime) -> BootStep {
        self.heard = now;
        let begins = stage.rank() <= Stage::Kernel.rank();
        let step = match (stage.rank(), self.stage.rank()) {
            (new, old) if new == old => BootStep::Same,
            (new, old) if new > old => BootStep::Further,
            _ if !begins => BootStep::Same,
            _ if self.was_installed() && stage != Stage::Local => BootStep::Loop,
            _ => BootStep::Again,
        };
        if step == BootStep::Same {
            return step;
        }
        if self.boots == 0 || step != BootStep::Further {
            self.boots += 1;
            (self.broken, self.again) = (None, None);
        }
        (self.stage, self.since) = (stage, now);
        step
    }

    fn was_installed(&self) -> bool {
        self.stage.rank() >= Stage::Ignition.rank()
            && !matches!(self.machine.mode, Some(Mode::Live | Mode::Local))
    }

    /// Returns what a person should know of the machine now, if anything.
    pub fn note(&self, now: SystemTime) -> Option<(Level, String)> {
        if let Some(fault) = self.broken.as_ref().or(self.again.as_ref()) {
            return Some((Level::Error, fault.clone()));
        }
        if let Some(transfer) = &self.transfer {
            let (sent, total) = (Bytes(transfer.sent), Bytes(transfer.total));
            return Some((Level::Info, format!("{} {sent} of {total}", transfer.stage)));
        }
        let silent = now.duration_since(self.heard).unwrap_or_default();
        silence(self.stage, self.machine.mode, silent).map(|text| (Level::Warning, text.to_owned()))
    }
}

/// What the silence of a machine means.
fn silence(stage: Stage, mode: Option<Mode>, silent: Duration) -> Option<&'static str> {
    let minutes = silent.as_secs() / 60;
    match stage {
        Stage::Dhcp if minutes >= 1 => Some(
            "its firmware asked how to boot and fetched no loader: it may take no second DHCP offer, or want another loader; look at its console",
        ),
        Stage::Loader if minutes >= 1 => Some(
            "it has its loader and did not ask for its boot configuration: Secure Boot refuses the loader, or the loader has no address; look at its console",
        ),
        Stage::Config if minutes >= 1 => {
            Some("it has its boot configuration and did not ask for the kernel: look at its console")
        }
        Stage::Kernel if minutes >= 2 => {
            Some("it has the kernel and did not ask for the initramfs: look at its console")
        }
        Stage::Initramfs if minutes >= 2 => Some(
            "it has kernel and initramfs and says nothing: no driver for its NIC, or no address; look at its console",
        ),
        Stage::Live | Stage::Rootfs if minutes >= 5 => {
            Some("its live system did not ask for the Ignition file: look at its console")
        }
        Stage::Ignition if minutes >= 15 && mode != Some(Mode::Live) => {
            Some("it should be installed by now: see whether it answers, then `okdboot disarm` it")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(mode: Mode) -> Row {
        let machine = ServedMachine {
            pool: None,
            cluster: None,
            name: "w0".to_owned(),
            role: None,
            macs: Vec::new(),
            addresses: Vec::new(),
            mode: Some(mode),
        };
        Row::new(machine, SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn a_boot_goes_forward_and_a_second_one_after_the_installation_is_a_loop() {
        let now = SystemTime::UNIX_EPOCH;
        let mut row = row(Mode::Install);
        let boot =
            [Stage::Config, Stage::Config, Stage::Kernel, Stage::Initramfs, Stage::Rootfs, Stage::Ignition];
        let steps: Vec<BootStep> = boot.iter().map(|stage| row.reach(*stage, now)).collect();
        assert_eq!(
            steps,
            [
                BootStep::Further,
                BootStep::Same,
                BootStep::Further,
                BootStep::Further,
                BootStep::Further,
                BootStep::Further
            ]
        );
        assert_eq!(row.boots, 1);
        // The live system asks for its root file system with HEAD and for the Ignition file twice.
        assert_eq!(
            [row.reach(Stage::Live, now), row.reach(Stage::Ignition, now)],
            [BootStep::Same, BootStep::Same]
        );
        assert_eq!(row.reach(Stage::Config, now), BootStep::Loop);
        assert_eq!((row.boots, row.stage), (2, Stage::Config));
        row.reach(Stage::Rootfs, now);
        assert_eq!(row.reach(Stage::Kernel, now), BootStep::Again);
        row.reach(Stage::Ignition, now);
        assert_eq!(row.reach(Stage::Local, now), BootStep::Again);
        assert_eq!(row.boots, 4);
    }

    #[test]
    fn a_live_machine_may_boot_as_often_as_it_likes() {
        let now = SystemTime::UNIX_EPOCH;
        let mut row = row(Mode::Live);
        row.reach(Stage::Config, now);
        row.reach(Stage::Ignition, now);
        assert_eq!(row.reach(Stage::Config, now), BootStep::Again);
    }

    #[test]
    fn silence_has_a_meaning() {
        let at = |minutes: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minutes);
        let mut row = row(Mode::Install);
        assert_eq!(row.note(at(100)), None);
        row.reach(Stage::Initramfs, at(0));
        assert_eq!(row.note(at(1)), None);
        assert!(row.note(at(2)).unwrap().1.contains("NIC"));
        row.reach(Stage::Ignition, at(3));
        assert_eq!(row.note(at(10)), None);
        assert!(row.note(at(18)).unwrap().1.contains("okdboot disarm"));
        row.transfer = Some(Box::new(FileTransfer {
            id: 1,
            name: "k".into(),
            stage: Stage::Kernel,
            sent: 1024,
            total: 4096,
        }));
        assert_eq!(row.note(at(18)).unwrap().1, "kernel 1.0 KiB of 4.0 KiB");
    }
}
