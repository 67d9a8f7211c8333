//! Read-only looks at the world for `verify`. Findings are decided by whoever asks.

pub mod hash;
pub mod live;
pub mod pool;
pub mod script;
pub mod served;
pub mod tftp;
