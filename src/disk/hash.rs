//! Hashing files on every core, with one small buffer a thread.
//!
//! A file is cut at its checkpoints, if it has any, and whoever is free takes the next leg; see
//! [`crate::model::checkpoint`] for why that proves the same as hashing from one end to the other.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::model::checkpoint::{Checkpoints, HashState, STEP, Walk};
use crate::model::digest::Sha256;
use crate::pool;

/// Bytes that are read at once: few enough to be in the core's own cache still when they are hashed.
const BUFFER: usize = 64 << 10;

/// An open file with the checkpoints that can lie in it.
#[derive(Debug)]
pub struct Cut {
    file: File,
    checkpoints: Vec<HashState>,
}

/// What a file was found to be: its digest, and where its hash stood on the way.
pub type Hashed = (Sha256, Checkpoints);

/// Told the number of bytes as they are hashed, by several threads.
pub type Each<'e> = &'e (dyn Fn(u64) + Sync);

/// Hashes a file.
pub fn sha256_of(file: &File, checkpoints: &Checkpoints, each: Each<'_>) -> io::Result<Hashed> {
    let cut = Cut::of(file.try_clone()?, checkpoints)?;
    cut.join(legs(&[&cut], each), each)
}

/// Hashes several files at once and returns the results in their order.
pub fn sha256_of_all(files: Vec<io::Result<Cut>>, each: Each<'_>) -> Vec<io::Result<Hashed>> {
    let mut walks = legs(&files.iter().flatten().collect::<Vec<_>>(), each).into_iter();
    let mut join = |file: Cut| file.join(walks.by_ref().take(file.legs()).collect(), each);
    files.into_iter().map(|file| join(file?)).collect()
}

/// Walks every leg of every file; whoever is free takes the next one.
fn legs(files: &[&Cut], each: Each<'_>) -> Vec<io::Result<Option<Walk>>> {
    let legs: Vec<_> = files.iter().flat_map(|file| (0..file.legs()).map(move |leg| (file, leg))).collect();
    pool::each(&legs, pool::cores(), |(file, leg)| file.walk(*leg, each))
}

impl Cut {
    /// Cuts a file where its hash is said to stand on the way; that is believed only where it can be
    /// proved.
    pub fn of(file: File, checkpoints: &Checkpoints) -> io::Result<Self> {
        let within = usize::try_from(file.metadata()?.len() / STEP).unwrap_or(usize::MAX);
        Ok(Self { file, checkpoints: checkpoints.0.iter().take(within).copied().collect() })
    }

    fn legs(&self) -> usize {
        self.checkpoints.len() + 1
    }

    /// Walks one leg: up to the next checkpoint, or from the last one to the end of the file. A checkpoint
    /// that is no state of a sha256 has no leg after it.
    fn walk(&self, leg: usize, each: Each<'_>) -> io::Result<Option<Walk>> {
        let begun = if leg == 0 { Some(Walk::default()) } else { Walk::from(&self.checkpoints[leg - 1]) };
        let end = if leg < self.checkpoints.len() { (leg as u64 + 1) * STEP } else { u64::MAX };
        begun.map(|walk| self.go_on(walk, leg as u64 * STEP, end, each)).transpose()
    }

    fn go_on(&self, mut walk: Walk, mut at: u64, end: u64, each: Each<'_>) -> io::Result<Walk> {
        let mut buffer = vec![0; BUFFER];
        while at < end {
            let room = usize::try_from(end - at).unwrap_or(BUFFER).min(BUFFER);
            match self.file.read_at(&mut buffer[..room], at) {
                Ok(0) => break,
                Ok(read) => {
                    walk.update(&buffer[..read]);
                    each(read as u64);
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
    fn join(&self, walks: Vec<io::Result<Option<Walk>>>, each: Each<'_>) -> io::Result<Hashed> {
        let mut proved = Vec::new();
        for (leg, walk) in walks.into_iter().enumerate() {
            let Some(mut walk) = walk? else { break };
            match self.checkpoints.get(leg) {
                Some(said) if walk.passed() == [*said] => {
                    proved.push(*said);
                    continue;
                }
                Some(_) => walk = self.go_on(walk, (leg as u64 + 1) * STEP, u64::MAX, each)?,
                None => {}
            }
            let (sha256, Checkpoints(passed)) = walk.finish();
            return Ok((sha256, Checkpoints([proved, passed].concat())));
        }
        Ok(self.go_on(Walk::default(), 0, u64::MAX, each)?.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// Hashes bytes with these checkpoints, and returns how many were hashed.
    fn hashed(bytes: &[u8], checkpoints: &[HashState]) -> (Hashed, u64) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let seen = AtomicU64::new(0);
        let each = |bytes| _ = seen.fetch_add(bytes, Ordering::Relaxed);
        (sha256_of(&file, &Checkpoints(checkpoints.to_vec()), &each).unwrap(), seen.into_inner())
    }

    fn walked(bytes: &[u8]) -> Hashed {
        let mut walk = Walk::default();
        walk.update(bytes);
        walk.finish()
    }

    #[test]
    fn results_stand_in_the_order_of_the_files() {
        let step = usize::try_from(STEP).unwrap();
        let contents: Vec<Vec<u8>> = (0..5_u8).map(|at| vec![at; usize::from(at % 2) * step + 1]).collect();
        let cut = |bytes: &Vec<u8>| {
            let mut file = tempfile::tempfile()?;
            file.write_all(bytes)?;
            Cut::of(file, &walked(bytes).1)
        };
        let mut files: Vec<_> = contents.iter().map(cut).collect();
        files.insert(3, Err(io::ErrorKind::NotFound.into()));
        let mut found = sha256_of_all(files, &|_| {});
        assert_eq!(found.remove(3).unwrap_err().kind(), io::ErrorKind::NotFound);
        let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
        assert_eq!(found, contents.iter().map(|bytes| walked(bytes)).collect::<Vec<_>>());
    }

    #[test]
    fn no_checkpoint_can_make_a_digest_wrong() {
        let step = usize::try_from(STEP).unwrap();
        let bytes: Vec<u8> = (0..251).cycle().take(2 * step + 70).collect();
        let whole = walked(&bytes);
        let right = whole.1.0.clone();
        let no_state = "ff".repeat(right[0].to_string().len() / 2).parse::<HashState>().unwrap();
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
            assert_eq!(hashed(&bytes, &said).0, whole, "{said:?}");
        }
        for at in [0, step - 1, step, 2 * step - 1, 2 * step, 2 * step + 69] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(hashed(&changed, &right).0, walked(&changed), "byte {at}");
        }
        for length in [0, 70, step, step + 1, 2 * step, 2 * step + 69] {
            assert_eq!(hashed(&bytes[..length], &right).0, walked(&bytes[..length]), "{length} bytes");
        }
    }

    #[test]
    fn every_byte_is_hashed_once_where_the_checkpoints_are_right() {
        let bytes = vec![7; usize::try_from(STEP).unwrap() + 9];
        assert_eq!(hashed(&bytes, &walked(&bytes).1.0).1, bytes.len() as u64);
        assert_eq!(hashed(&bytes, &[]).1, bytes.len() as u64);
    }
}
