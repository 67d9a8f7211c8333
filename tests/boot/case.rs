//! What all cases of one loader have in common: boot a machine, return what its kernel was given.

use crate::cluster::Machine as Node;
use crate::guest;
use crate::lab::{Lab, Setup};
use crate::loader::Loader;
use crate::machine::{Firmware, Machine};
use crate::tool;

/// A firmware and a program that it loads over TFTP.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The test's name, for the line that says why it is not run.
    pub name: &'static str,
    /// What the machine starts with.
    pub firmware: Firmware,
    /// What the firmware loads.
    pub loader: Loader,
    /// The machine.
    pub node: Node,
}

/// A boot that happened.
#[derive(Debug)]
pub struct Booted {
    /// What was served.
    pub lab: Lab,
    /// What the kernel was given.
    pub line: Vec<String>,
    /// What the plan has.
    pub planned: Vec<String>,
}

impl Case {
    /// Boots the machine, where the machine that runs the tests has what that needs.
    pub fn boot(self, setup: Setup) -> Option<Booted> {
        let tools = [self.firmware.tools(), self.loader.tools()].concat();
        if !tool::present(self.name, &tools) {
            return None;
        }
        let lab = setup.serve();
        let bootfile = self.loader.install(&lab);
        guest::place(&lab, self.firmware.debian_arch());
        let line = Machine::new(&lab, self.node, self.firmware, bootfile).boot_line();
        let planned = lab.line(self.node);
        Some(Booted { lab, line, planned })
    }
}
