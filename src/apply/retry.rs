//! How often, and after how long, a passing failure is tried again.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::http::HttpError;

/// Bytes that make a transfer count as one that moves on: its failures are counted anew.
pub(in crate::apply) const PROGRESS: u64 = 1 << 20;

/// The delays between attempts. A value, so that tests need not wait.
#[derive(Clone)]
pub struct Retry {
    /// How many attempts follow the first; those of a transfer that moves on are not counted.
    pub times: u32,
    /// The delay before the first of them; each further one is twice as long.
    pub first: Duration,
    /// The longest delay.
    pub most: Duration,
    /// The longest `Retry-After` that is waited for; a server that asks for more ends the transfer.
    pub patience: Duration,
    /// What waits.
    pub sleep: Arc<dyn Fn(Duration) + Send + Sync>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            times: 5,
            first: Duration::from_secs(1),
            most: Duration::from_secs(30),
            patience: Duration::from_secs(300),
            sleep: Arc::new(thread::sleep),
        }
    }
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("times", &self.times)
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

impl Retry {
    /// Asks, and again while the failure is one that passes; `say` is told of each with the delay before the
    /// next attempt and its number, counted from 1.
    pub(in crate::apply) fn asking<T>(
        &self,
        passes: impl Fn(&HttpError) -> bool,
        say: impl Fn(&HttpError, Duration, u32),
        mut ask: impl FnMut() -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        let mut attempt = 0;
        loop {
            let error = match ask() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(delay) = self.next(attempt, &error).filter(|_| passes(&error)) else {
                return Err(error);
            };
            attempt += 1;
            say(&error, delay, attempt);
            (self.sleep)(delay);
        }
    }

    /// Returns how long to wait after so many further attempts; nothing where there is no sense in it.
    pub(in crate::apply) fn next(&self, attempt: u32, error: &HttpError) -> Option<Duration> {
        let delay = self.delay(attempt, error.retry_after(), chance());
        (error.is_transient() && attempt < self.times && delay <= self.patience).then_some(delay)
    }

    /// Returns the delay before an attempt, counted from 0: between half of the exponential one and
    /// all of it, by chance, so that clients which failed together do not come back together. What
    /// the server asks for is the least.
    pub(in crate::apply) fn delay(&self, attempt: u32, asked: Option<Duration>, chance: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(attempt.min(30)));
        let delay = doubled.min(self.most).mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        delay.max(asked.unwrap_or_default())
    }
}

/// Returns a number between 0 and 1 that differs from run to run and from call to call.
pub(in crate::apply) fn chance() -> f64 {
    // The standard library's hash keys are random; 32 bits of them are plenty for a delay.
    let bits = RandomState::new().hash_one(0_u8) >> 32;
    f64::from(u32::try_from(bits).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_never_undercut_the_server() {
        let retry = Retry::default();
        let seconds = |attempt, asked: Option<u64>, chance| {
            retry.delay(attempt, asked.map(Duration::from_secs), chance).as_secs_f64()
        };
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(seconds(0, None, 1.0), 1.0) && close(seconds(0, None, 0.0), 0.5));
        assert!(close(seconds(3, None, 1.0), 8.0));
        assert!(close(seconds(4_000_000, None, 1.0), 30.0));
        assert!(close(seconds(0, Some(7), 0.3), 7.0));
    }

    #[test]
    fn what_passes_is_asked_again_so_many_times() {
        let retry = Retry { times: 2, sleep: Arc::new(|_| {}), ..Retry::default() };
        let away = || HttpError::Body { url: "http://h/k".to_owned(), why: "cut".to_owned() };
        let asked = |passes: bool, good_at: u32| {
            let mut count = 0;
            let went = retry.asking(
                |_| passes,
                |_, _, _| {},
                || {
                    count += 1;
                    if count >= good_at { Ok(()) } else { Err(away()) }
                },
            );
            (went.is_ok(), count)
        };
        assert_eq!([asked(true, 3), asked(true, 4), asked(false, 3)], [(true, 3), (false, 3), (false, 1)]);
        let lasting = HttpError::TooLarge { url: String::new(), cap: 1 };
        assert!(retry.next(0, &lasting).is_none() && retry.next(2, &away()).is_none());
    }

    #[test]
    fn chance_is_between_nought_and_one_and_varies() {
        let drawn: Vec<f64> = (0..20).map(|_| chance()).collect();
        assert!(drawn.iter().all(|number| (0.0..=1.0).contains(number)));
        assert!(drawn.iter().any(|number| (number - drawn[0]).abs() > f64::EPSILON));
    }
}
