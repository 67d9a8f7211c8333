//! The only code that changes the world: it carries out what `plan` decided.
//!
//! It reports to a [`Progress`](progress::Progress) and prints nothing itself.

pub mod addrsize;
mod batch;
pub mod download;
pub mod error;
pub mod files;
mod fresh;
mod prepare;
pub mod progress;
pub mod recover;
pub mod retry;
pub mod upload;
