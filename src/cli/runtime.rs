//! The runtime of commands that ask one server after the other.

use tokio::runtime::{Builder, Runtime};

use crate::run::failure::{Exit, Failure};

/// Makes one on this thread.
pub(super) fn here() -> Result<Runtime, Failure> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Failure::of(Exit::Files, &error))
}
