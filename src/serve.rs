//! `okdboot serve`: a boot server that decides nothing. It gives away what `render` wrote, or any data
//! folder of matchbox, and says how far each machine is.
//!
//! ```text
//! request --ask--> Ask --site--> Reply --connection--> bytes
//!                                  |
//!                                  +--watch--> how far each machine is --report--> page, JSON, metrics
//! ```

pub mod answer;
pub mod ask;
mod callback;
pub mod condition;
mod connection;
pub mod dhcp;
pub mod event;
mod grub;
pub mod index;
pub mod kind;
pub mod loader;
pub mod machine;
mod metrics;
mod page;
pub mod reload;
pub mod report;
pub mod row;
pub mod rule;
mod script;
pub mod server;
pub mod shared;
pub mod site;
pub mod stage;
mod stream;
pub mod tftp;
pub mod tls;
pub mod watch;
pub mod wire;

pub use connection::Door;
