//! Read-only looks at the world for `verify`. Findings are decided by whoever asks.

pub mod butane;
pub mod groups;
pub mod hash;
pub mod host;
pub mod live;
pub mod native;
pub mod package;
pub mod rootfs;
pub mod script;
pub mod served;
pub mod service;
pub mod tftp;
