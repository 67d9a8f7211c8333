//! Integration tests: one binary, one file a subject.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, but not their helpers")]

mod cached;
mod download;
mod fetch;
mod resume;
mod server;
mod signed;
