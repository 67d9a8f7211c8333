//! Groups, profiles and Ignition files, given to a matchbox on another machine over its gRPC with mutual TLS
//! (matchbox v0.11.0, `matchbox/rpc` and `matchbox/storage`).
//!
//! A server is seen as a tree of files, as `plan` compares trees: the paths are those that `render` writes
//! below `matchbox/`. What okdboot has put there stands in a manifest of each cluster, which is kept by the
//! server itself, so that whoever pushes next, from whatever machine, knows it. The manifest and what a killed
//! push was about to do are generic configs, which no profile refers to.

mod error;
mod order;
mod place;
mod server;
mod tls;
mod wire;

pub use error::PushError;
pub use order::steps;
pub use place::{MOST_BYTES, intent, manifest};
pub use server::MatchboxServer;
pub use tls::{Credentials, Endpoint};
