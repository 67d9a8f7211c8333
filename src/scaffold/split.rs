//! Who gets which address of a network.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use thiserror::Error;

/// Where bootstrap, control plane, workers and the DHCP pool begin in a network of 256 addresses, as
/// the inventories of helpernode have it; other sizes in proportion.
const BOOTSTRAP: u64 = 20;
const MASTERS: u64 = 21;
const WORKERS: u64 = 31;
const POOL: u64 = 200;
/// The most addresses of the pool: reservations do not come from it.
const POOL_SIZE: u64 = 21;

/// The addresses of a cluster's nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The bootstrap machine's.
    pub bootstrap: Ipv4Addr,
    /// The control plane's.
    pub masters: Vec<Ipv4Addr>,
    /// The arbiters'.
    pub arbiters: Vec<Ipv4Addr>,
    /// The workers'.
    pub workers: Vec<Ipv4Addr>,
    /// First and last of the DHCP pool.
    pub pool: (Ipv4Addr, Ipv4Addr),
}

/// How many nodes of each role there are, beside the bootstrap machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeCounts {
    /// Control-plane machines.
    pub masters: u16,
    /// Arbiters.
    pub arbiters: u16,
    /// Workers.
    pub workers: u16,
}

/// A network that has no room.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{network} has room for {room} machines, and there are {needed} with helper, gateway and one for the DHCP pool"
)]
pub struct SplitError {
    network: Ipv4Net,
    room: u64,
    needed: u64,
}

impl Split {
    /// Divides a network; `taken` are the addresses of helper and gateway.
    pub fn of(network: Ipv4Net, taken: &[Ipv4Addr], counts: NodeCounts) -> Result<Self, SplitError> {
        let NodeCounts { masters, arbiters, workers } = counts;
        let taken: BTreeSet<Ipv4Addr> =
            taken.iter().copied().filter(|address| is_host(network, *address)).collect();
        let nodes = 1 + u64::from(masters) + u64::from(arbiters) + u64::from(workers);
        let (room, needed) = (hosts(network), nodes + taken.len() as u64 + 1);
        if needed > room {
            return Err(SplitError { network, room, needed });
        }
        let mut allocation = Allocation { network, taken };
        let bootstrap = allocation.next(BOOTSTRAP);
        let masters = (0..masters).map(|_| allocation.next(MASTERS)).collect();
        let arbiters = (0..arbiters).map(|_| allocation.next(MASTERS)).collect();
        let workers = (0..workers).map(|_| allocation.next(WORKERS)).collect();
        Ok(Self { bootstrap, masters, arbiters, workers, pool: allocation.pool() })
    }
}

struct Allocation {
    network: Ipv4Net,
    taken: BTreeSet<Ipv4Addr>,
}

impl Allocation {
    /// Takes the first free address from a place on, or from the beginning where there is none.
    fn next(&mut self, place: u64) -> Ipv4Addr {
        let start = self.scaled(place);
        let last = hosts(self.network);
        let mut places = (start..=last).chain(1..start).map(|at| address(self.network, at));
        let free = places.find(|address| !self.taken.contains(address));
        let free = free.unwrap_or_else(|| self.network.network());
        self.taken.insert(free);
        free
    }

    fn scaled(&self, place: u64) -> u64 {
        let size = 1_u64 << (32 - u32::from(self.network.prefix_len()));
        (place * size / 256).clamp(1, hosts(self.network)).min(if size > 256 { place } else { u64::MAX })
    }

    /// The free addresses from the pool's place on; in a full network, the last free ones.
    fn pool(&self) -> (Ipv4Addr, Ipv4Addr) {
        let is_free = |at: &u64| !self.taken.contains(&address(self.network, *at));
        let last = hosts(self.network);
        let run = |start: u64| (start..=last).take_while(is_free).take(to_usize(POOL_SIZE)).last();
        let start = self.scaled(POOL);
        if let Some(end) = run(start).filter(|_| is_free(&start)) {
            return (address(self.network, start), address(self.network, end));
        }
        let end = (1..=last).rev().find(is_free).unwrap_or(last);
        let start = (1..=end).rev().take_while(is_free).take(to_usize(POOL_SIZE)).last().unwrap_or(end);
        (address(self.network, start), address(self.network, end))
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How many hosts a network can have.
fn hosts(network: Ipv4Net) -> u64 {
    let size = 1_u64 << (32 - u32::from(network.prefix_len()));
    size.saturating_sub(2)
}

fn address(network: Ipv4Net, at: u64) -> Ipv4Addr {
    Ipv4Addr::from_bits(network.network().to_bits() + u32::try_from(at).unwrap_or_default())
}

/// Returns the first host of a network, which is the gateway more often than not.
pub fn first_host(network: Ipv4Net) -> Ipv4Addr {
    address(network, 1)
}

/// Says whether a host of the network can have an address.
pub fn is_host(network: Ipv4Net, candidate: Ipv4Addr) -> bool {
    network.contains(&candidate) && candidate != network.network() && candidate != network.broadcast()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(network: &str, taken: &[&str], masters: u16, workers: u16) -> Result<Split, SplitError> {
        let taken: Vec<Ipv4Addr> = taken.iter().map(|address| address.parse().unwrap()).collect();
        Split::of(network.parse().unwrap(), &taken, NodeCounts { masters, arbiters: 0, workers })
    }

    #[test]
    fn a_usual_network_is_split_as_usual() {
        let split = split("192.168.7.0/24", &["192.168.7.77", "192.168.7.1"], 3, 2).unwrap();
        assert_eq!(split.bootstrap.to_string(), "192.168.7.20");
        assert_eq!(split.masters[2].to_string(), "192.168.7.23");
        assert_eq!(split.workers[0].to_string(), "192.168.7.31");
        let (first, last) = split.pool;
        assert_eq!((first.to_string(), last.to_string()), ("192.168.7.200".into(), "192.168.7.220".into()));
    }

    /// Whatever fits is split without a collision, and what does not is refused.
    #[test]
    fn no_address_is_given_twice() {
        for prefix in 16..=29_u8 {
            for (masters, workers) in [(1, 0), (1, 1), (3, 0), (3, 2), (3, 17), (5, 200)] {
                let network = format!("10.0.0.0/{prefix}");
                let taken = ["10.0.0.1", "10.0.0.5"];
                let Ok(split) = split(&network, &taken, masters, workers) else {
                    assert!(u64::from(masters + workers) + 4 > hosts(network.parse().unwrap()), "{network}");
                    continue;
                };
                let mut all: Vec<Ipv4Addr> = taken.iter().map(|address| address.parse().unwrap()).collect();
                all.push(split.bootstrap);
                all.extend(split.masters.iter().chain(&split.workers));
                let (first, last) = split.pool;
                assert!(first <= last, "{network}");
                all.extend((first.to_bits()..=last.to_bits()).map(Ipv4Addr::from_bits));
                let network: Ipv4Net = network.parse().unwrap();
                assert!(all.iter().all(|address| is_host(network, *address)), "{network} {split:?}");
                let distinct: BTreeSet<&Ipv4Addr> = all.iter().collect();
                assert_eq!(distinct.len(), all.len(), "{network} {masters} {workers}: {split:?}");
            }
        }
    }

    #[test]
    fn a_network_without_room_is_refused() {
        let error = split("10.0.0.0/29", &["10.0.0.1", "10.0.0.2"], 3, 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "10.0.0.0/29 has room for 6 machines, and there are 9 with helper, gateway and one for the DHCP pool"
        );
    }
}
