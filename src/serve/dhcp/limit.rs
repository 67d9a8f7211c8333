//! How many packets are answered in a time: answers go to all machines of a wire, and whoever makes packets
//! up shall not fill it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::model::mac::MacAddr;

/// The most packets of one machine in a second. Firmware, loader and live system send two each.
const OF_ONE: u32 = 8;

/// The most packets in a second: a rack of 128 machines that are switched on at once.
const OF_ALL: u32 = 256;

/// What a second is.
const PERIOD: Duration = Duration::from_secs(1);

/// What was heard in the present second.
#[derive(Debug)]
pub struct Limit {
    begun: Instant,
    all: u32,
    each: HashMap<MacAddr, u32>,
}

impl Limit {
    /// Counts from now on.
    pub fn new(now: Instant) -> Self {
        Self { begun: now, all: 0, each: HashMap::new() }
    }

    /// Counts a packet of a machine; says whether it is to be answered.
    pub fn takes(&mut self, mac: MacAddr, now: Instant) -> bool {
        if now.duration_since(self.begun) >= PERIOD {
            *self = Self::new(now);
        }
        if self.all >= OF_ALL {
            return false;
        }
        let own = self.each.entry(mac).or_default();
        if *own >= OF_ONE {
            return false;
        }
        *own += 1;
        self.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(number: u32) -> MacAddr {
        let [_, _, high, low] = number.to_be_bytes();
        format!("52:54:00:00:{high:02x}:{low:02x}").parse().unwrap()
    }

    #[test]
    fn one_machine_takes_no_place_of_others_and_a_second_is_a_new_one() {
        let start = Instant::now();
        let mut limit = Limit::new(start);
        let taken = (0..100).filter(|_| limit.takes(mac(0), start)).count();
        assert_eq!(taken, 8);
        let taken = (1..1000).filter(|number| limit.takes(mac(*number), start)).count();
        assert_eq!(taken, 248);
        assert!(!limit.takes(mac(5000), start + Duration::from_millis(999)));
        assert!(limit.takes(mac(0), start + PERIOD));
    }
}
