//! Which blocks of a file are to be sent: all that a transfer decides, without a socket.

use std::ops::RangeInclusive;

use super::request::TransferOptions;

/// A file on its way.
#[derive(Clone, Debug)]
pub struct Window {
    options: TransferOptions,
    /// The first block that was not acknowledged, from 1 on; numbers do not wrap here.
    base: u64,
    /// The last block: shorter than the others, perhaps empty.
    last: u64,
    /// Whether the window was sent once more since the last progress.
    again: bool,
}

/// What an acknowledgement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next window; so many blocks were taken.
    Go(u64),
    /// The same window once more.
    Again,
    /// Nothing: it was known. To send again for it would double every packet from here on (RFC 1123,
    /// 4.2.3.1).
    Nothing,
    /// Nothing any more: every byte was taken. So many blocks were new.
    Done(u64),
}

impl Window {
    /// A file of so many bytes, from its beginning.
    pub fn new(options: TransferOptions, size: u64) -> Self {
        let block = u64::try_from(options.block).unwrap_or(u64::MAX);
        Self { options, base: 1, last: size / block + 1, again: false }
    }

    /// Returns the blocks to send.
    pub fn blocks(&self) -> RangeInclusive<u64> {
        self.base..=self.last.min(self.base + u64::from(self.options.window) - 1)
    }

    /// Returns the number of a block on the wire.
    pub fn number(&self, block: u64) -> u16 {
        let wire = match self.options.rollover {
            0 => block % 65_536,
            _ => (block.max(1) - 1) % 65_535 + 1,
        };
        u16::try_from(wire).unwrap_or_default()
    }

    /// Takes notice of an acknowledgement.
    pub fn acknowledged(&mut self, number: u16) -> Next {
        let known = self.base - 1;
        let Some(block) = (known..=*self.blocks().end()).rev().find(|block| self.number(*block) == number)
        else {
            return Next::Nothing;
        };
        if block > known {
            (self.base, self.again) = (block + 1, false);
            let taken = block - known;
            return if block == self.last { Next::Done(taken) } else { Next::Go(taken) };
        }
        // Of a window of several, the first block was lost (RFC 7440, 4).
        if self.options.window > 1 && !self.again {
            self.again = true;
            return Next::Again;
        }
        Next::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn options(window: u16) -> TransferOptions {
        TransferOptions { block: 512, window, timeout: 1, rollover: 0 }
    }

    #[test]
    fn lock_step() {
        let mut window = Window::new(options(1), 1024);
        assert_eq!(window.blocks(), 1..=1);
        assert_eq!(window.acknowledged(0), Next::Nothing);
        assert_eq!(window.acknowledged(1), Next::Go(1));
        assert_eq!(window.acknowledged(1), Next::Nothing);
        assert_eq!(window.acknowledged(2), Next::Go(1));
        // A file of whole blocks ends with an empty one.
        assert_eq!(window.blocks(), 3..=3);
        assert_eq!(window.acknowledged(3), Next::Done(1));
        assert_eq!(Window::new(options(1), 0).blocks(), 1..=1);
    }

    #[test]
    fn windows() {
        let mut window = Window::new(options(4), 512 * 5 + 1);
        assert_eq!(window.blocks(), 1..=4);
        assert_eq!(window.acknowledged(2), Next::Go(2));
        assert_eq!(window.blocks(), 3..=6);
        assert_eq!((window.acknowledged(2), window.acknowledged(2)), (Next::Again, Next::Nothing));
        assert_eq!(window.acknowledged(9), Next::Nothing);
        assert_eq!(window.acknowledged(6), Next::Done(4));
    }

    #[test]
    fn numbers_begin_anew() {
        let mut window = Window::new(options(16), 70_000 * 512);
        let mut sent = 0;
        loop {
            let number = window.number(*window.blocks().end());
            match window.acknowledged(number) {
                Next::Go(taken) => sent += taken,
                Next::Done(taken) => break sent += taken,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(sent, 70_001);
        let one = Window::new(TransferOptions { rollover: 1, ..options(1) }, 70_000 * 512);
        assert_eq!([65_535, 65_536, 65_537].map(|block| one.number(block)), [65_535, 1, 2]);
        let zero = Window::new(options(1), 70_000 * 512);
        assert_eq!([65_535, 65_536, 65_537].map(|block| zero.number(block)), [65_535, 0, 1]);
    }

    /// Whatever a network loses, doubles and mixes up, the file comes whole or the transfer ends.
    #[test]
    fn a_bad_network_costs_time_only() {
        let mut seed = 7_u64;
        let mut chance = |percent: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % 100 < percent
        };
        for (loss, size) in [(0, 0), (10, 100_000), (30, 20_480), (30, 20_481), (10, 512)] {
            for width in 1..=16 {
                let mut window = Window::new(options(width), size);
                let (mut got, mut sent) = (0, 0);
                'whole: loop {
                    // The client takes what follows what it has, and acknowledges the last of it.
                    for block in window.blocks() {
                        sent += 1;
                        if !chance(loss) && block == got + 1 {
                            got = block;
                        }
                    }
                    for _ in 0..if chance(loss) { 2 } else { 1 } {
                        if !chance(loss) && matches!(window.acknowledged(window.number(got)), Next::Done(_)) {
                            break 'whole;
                        }
                    }
                    assert!(sent < 100_000, "{loss} % {size} {width}");
                }
                assert_eq!(got, size / 512 + 1, "{loss} % {size} {width}");
            }
        }
    }
}
