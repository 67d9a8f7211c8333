//! Writing out while the rest arrives, so that at the end little is left to wait for.

use std::fs::File;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// Bytes between two times.
const STEP: u64 = 64 << 20;

/// How far files have been written out.
#[derive(Debug)]
pub(super) struct WriteOut {
    next: u64,
    /// Wakes the thread that waits for the disk; there is none as long as the files are small.
    again: Option<SyncSender<()>>,
}

impl WriteOut {
    pub(super) fn new() -> Self {
        Self { next: STEP, again: None }
    }

    /// Says how far the files are. Where the disk is slower than the network, a time is left out.
    pub(super) fn reached(&mut self, at: u64, files: impl FnOnce() -> Vec<File>) {
        if at < self.next {
            return;
        }
        self.next = at + STEP;
        let again = self.again.get_or_insert_with(|| begin(files()));
        let _ = again.try_send(());
    }
}

fn begin(files: Vec<File>) -> SyncSender<()> {
    let (again, asked) = sync_channel(1);
    thread::spawn(move || {
        for () in asked {
            for file in &files {
                // Whether it went well is asked when the file gets its name; here nobody would hear it.
                let _ = file.sync_data();
            }
        }
    });
    again
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_have_no_thread_and_large_ones_one() {
        let (mut out, mut asked) = (WriteOut::new(), 0);
        for at in [1, STEP - 1, STEP, STEP + 1, 2 * STEP, 3 * STEP] {
            out.reached(at, || {
                asked += 1;
                vec![tempfile::tempfile().unwrap()]
            });
            assert_eq!(asked, u32::from(at >= STEP), "{at}");
        }
    }
}
