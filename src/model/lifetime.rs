//! How long something holds, as people type it.

use std::str::FromStr;

use thiserror::Error;

use super::time::UnixTime;

/// A time from now on, in whole seconds: `90m`, `6h`, `2d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    seconds: i64,
}

/// Not a lifetime.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{0}` is not a number with `m`, `h` or `d`")]
pub struct LifetimeError(String);

impl Lifetime {
    /// Returns how long it is.
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.seconds.unsigned_abs())
    }

    /// Returns the moment at which it ends if it begins at another.
    pub fn after(self, begin: UnixTime) -> UnixTime {
        UnixTime(begin.0.saturating_add(self.seconds))
    }
}

impl FromStr for Lifetime {
    type Err = LifetimeError;

    fn from_str(text: &str) -> Result<Self, LifetimeError> {
        let refuse = || LifetimeError(text.to_owned());
        let unit = text.chars().last().ok_or_else(refuse)?;
        let seconds = match unit {
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(refuse()),
        };
        let number: u32 =
            text.strip_suffix(unit).and_then(|digits| digits.parse().ok()).ok_or_else(refuse)?;
        Ok(Self { seconds: i64::from(number) * seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_counted_from_their_beginning() {
        let end = |text: &str| text.parse::<Lifetime>().unwrap().after(UnixTime(100)).0;
        assert_eq!([end("90m"), end("6h"), end("2d")], [5500, 21_700, 172_900]);
        for bad in ["", "6", "h", "-6h", "6 h", "6w", "1.5h", "99999999999d", "6ä"] {
            assert_eq!(bad.parse::<Lifetime>(), Err(LifetimeError(bad.to_owned())));
        }
    }
}
