//! Faults that are injected on purpose: the unit tests fail the Nth writing operation for every N, once, or from then on as
//! if the process were gone.

use rustix::io::Errno;

#[cfg(test)]
thread_local! {
    static LEFT: std::cell::Cell<Option<(u32, Errno)>> = const { std::cell::Cell::new(None) };
    static GONE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Stands before every operation that changes the disk; fails only where a test asked for it.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "the tests' version fails")]
pub(crate) fn fault() -> Result<(), Errno> {
    Ok(())
}

/// Fails once, at the operation that [`fail_at`] named.
#[cfg(test)]
pub(crate) fn fault() -> Result<(), Errno> {
    LEFT.with(|left| match left.get() {
        Some((1, errno)) if GONE.get() => Err(errno),
        Some((1, errno)) => {
            left.set(None);
            Err(errno)
        }
        Some((n, errno)) => {
            left.set(Some((n - 1, errno)));
            Ok(())
        }
        None => Ok(()),
    })
}

/// Makes the `nth` operation from now on (counted from 1) fail on this thread; returns afterwards,
/// with `None`, whether that fault is still to come.
#[cfg(test)]
pub(crate) fn fail_at(nth: Option<u32>, errno: Errno) -> bool {
    LEFT.with(|left| left.replace(nth.map(|n| (n, errno))).is_some())
}

/// Lets no operation succeed from the `nth` on, tidying up included, as if the process were killed there;
/// until it is called with `None`.
#[cfg(test)]
pub(crate) fn die_at(nth: Option<u32>) {
    GONE.set(nth.is_some());
    LEFT.set(nth.map(|n| (n, Errno::IO)));
}
