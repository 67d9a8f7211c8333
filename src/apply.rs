//! The only code that changes the world. It prints nothing: what it does it reports to a
//! [`progress::Progress`].

pub mod download;
pub mod progress;
