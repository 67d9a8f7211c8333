//! Integration tests: one binary, one file a subject.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, but not their helpers")]

mod disk;
mod download;
mod server;
