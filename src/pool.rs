//! Doing many things at once, a few at a time.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Returns how many threads can run at once.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The most items that a thread takes at once.
const MOST: usize = 256;

/// Into how many turns the work of a thread falls at least, so that none waits long for the last.
const TURNS: usize = 16;

/// Applies `work` to every item, at most `jobs` at once, and returns the results in the order of the
/// items.
pub fn each<T: Sync, R: Send>(items: &[T], jobs: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = jobs.min(items.len());
    if workers <= 1 {
        return items.iter().map(work).collect();
    }
    let parts: Vec<&[T]> = items.chunks((items.len() / (workers * TURNS)).clamp(1, MOST)).collect();
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < parts.len());
    let part = |at: usize| (at, parts[at].iter().map(&work).collect::<Vec<R>>());
    let drain = || std::iter::from_fn(take).map(part).collect::<Vec<_>>();
    let mut done: Vec<(usize, Vec<R>)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(drain)).collect();
        let joined = threads.into_iter().map(|it| it.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    // Each part leaves the memory once it is taken over: there may be hundreds of thousands of results.
    let mut results = Vec::with_capacity(items.len());
    for (_, part) in done {
        results.extend(part);
    }
    results
}
