//! Hashing files on every core, with one small buffer a thread.
//!
//! A file is cut at its waypoints, if it has any, and whoever is free takes the next leg; see
//! [`crate::model::waypoint`] for why that proves the same as hashing from one end to the other.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::thread;

use camino::Utf8PathBuf;

use super::pool;
use crate::model::digest::Sha256;
use crate::model::waypoint::{STEP, State, Walk, Waypoints};

/// Bytes that are read at once: few enough to be in the core's own cache still when they are hashed.
const BUFFER: usize = 64 << 10;

/// A file to hash.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Where its hash is said to stand on the way; believed only where that can be proved.
    pub waypoints: Waypoints,
}

/// An open file with the waypoints that can lie in it.
struct Cut {
    file: File,
    waypoints: Vec<State>,
}

/// Returns the sha256 of each file, in the order of `candidates`.
pub fn sha256_of(candidates: &[Candidate]) -> Vec<io::Result<Sha256>> {
    let opened: Vec<io::Result<Cut>> = candidates.iter().map(Cut::open).collect();
    let files = opened.iter().flatten();
    let legs: Vec<(&Cut, usize)> =
        files.flat_map(|file| (0..=file.waypoints.len()).map(move |leg| (file, leg))).collect();
    let mut walks = pool::each(&legs, cores(), |(file, leg)| file.walk(*leg)).into_iter();
    let mut digest = |file: Cut| {
        let walks: Vec<_> = walks.by_ref().take(file.waypoints.len() + 1).collect();
        file.digest(walks)
    };
    opened.into_iter().map(|file| digest(file?)).collect()
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Cut {
    fn open(candidate: &Candidate) -> io::Result<Self> {
        if !std::fs::symlink_metadata(&candidate.path)?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let file = File::open(&candidate.path)?;
        let within = usize::try_from(file.metadata()?.len() / STEP).unwrap_or(usize::MAX);
        let waypoints = candidate.waypoints.0.iter().take(within).copied().collect();
        Ok(Self { file, waypoints })
    }

    /// Walks one leg: up to the next waypoint, or from the last one to the end of the file. A waypoint
    /// that is no state of a sha256 has no leg after it.
    fn walk(&self, leg: usize) -> io::Result<Option<Walk>> {
        let begun = if leg == 0 { Some(Walk::default()) } else { Walk::from(&self.waypoints[leg - 1]) };
        let end = if leg < self.waypoints.len() { (leg as u64 + 1) * STEP } else { u64::MAX };
        begun.map(|walk| self.go_on(walk, leg as u64 * STEP, end)).transpose()
    }

    fn go_on(&self, mut walk: Walk, mut at: u64, end: u64) -> io::Result<Walk> {
        let mut buffer = vec![0; BUFFER];
        while at < end {
            let room = usize::try_from(end - at).unwrap_or(BUFFER).min(BUFFER);
            match self.file.read_at(&mut buffer[..room], at) {
                Ok(0) => break,
                Ok(read) => {
                    walk.update(&buffer[..read]);
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(walk)
    }

    /// Joins the legs. From the first one that did not end where it was said to, the rest is walked
    /// again: its own end is the truth.
    fn digest(&self, walks: Vec<io::Result<Option<Walk>>>) -> io::Result<Sha256> {
        let mut walks = walks.into_iter();
        let whole = || self.go_on(Walk::default(), 0, u64::MAX);
        for (number, said) in self.waypoints.iter().enumerate() {
            let Some(walk) = walks.next().transpose()?.flatten() else { return Ok(whole()?.finish().0) };
            if walk.passed() != [*said] {
                return Ok(self.go_on(walk, (number as u64 + 1) * STEP, u64::MAX)?.finish().0);
            }
        }
        let last = walks.next().transpose()?.flatten();
        Ok(last.map_or_else(whole, Ok)?.finish().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(folder: &tempfile::TempDir, bytes: &[u8], waypoints: &[State]) -> Sha256 {
        let path = Utf8PathBuf::from_path_buf(folder.path().join("image")).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let candidate = Candidate { path, waypoints: Waypoints(waypoints.to_vec()) };
        sha256_of(&[candidate]).pop().unwrap().unwrap()
    }

    #[test]
    fn results_stand_in_the_order_of_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let candidate = |path| Candidate { path, waypoints: Waypoints::default() };
        let mut candidates = Vec::new();
        for at in 0..20 {
            let path = root.join(format!("f{at}"));
            std::fs::write(&path, format!("{at}")).unwrap();
            candidates.push(candidate(path));
        }
        candidates.insert(3, candidate(root.join("absent")));
        candidates.push(candidate(root.clone()));
        let mut found = sha256_of(&candidates);
        assert_eq!(found.remove(3).unwrap_err().kind(), io::ErrorKind::NotFound);
        for (at, result) in found[..20].iter().enumerate() {
            assert_eq!(*result.as_ref().unwrap(), Sha256::of(at.to_string().as_bytes()));
        }
        assert!(found[20].is_err());
    }

    #[test]
    fn no_waypoint_can_make_a_digest_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let step = usize::try_from(STEP).unwrap();
        let bytes: Vec<u8> = (0..251).cycle().take(2 * step + 70).collect();
        let mut walk = Walk::default();
        walk.update(&bytes);
        let (digest, Waypoints(right)) = walk.finish();
        let no_state = "ff".repeat(right[0].to_string().len() / 2).parse::<State>().unwrap();
        for said in [
            vec![],
            right.clone(),
            vec![right[0]],
            vec![right[1], right[0]],
            vec![right[0], right[0]],
            vec![right[1], right[1]],
            vec![no_state, right[1]],
            vec![right[0], no_state],
            [right.clone(), right.clone()].concat(),
        ] {
            assert_eq!(sum(&folder, &bytes, &said), digest, "{said:?}");
        }
        for at in [0, step - 1, step, 2 * step - 1, 2 * step, 2 * step + 69] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(sum(&folder, &changed, &right), Sha256::of(&changed), "byte {at}");
        }
        for length in [0, 70, step, step + 1, 2 * step, 2 * step + 69] {
            assert_eq!(
                sum(&folder, &bytes[..length], &right),
                Sha256::of(&bytes[..length]),
                "{length} bytes"
            );
        }
    }
}
