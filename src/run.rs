//! Use cases: what the commands do, without the command line.
//!
//! A [`Workspace`] is opened once, from plain values; resolving, reading, planning, comparing and
//! publishing are functions of it. They return values. What a person should hear on the way is
//! [`News`], which the command line says; nothing is printed here.

pub mod boots;
pub mod bundle;
pub mod cache;
mod changed;
mod choice;
pub mod failure;
pub mod flip;
pub mod ignition_files;
pub mod locks;
mod metadata;
pub mod native;
pub mod network;
mod news;
mod process;
pub mod publication;
mod remade;
pub mod render;
pub mod resolver;
mod secrets;
pub mod states;
pub mod tree;
mod twice;
pub mod verify;
pub mod wanted;
pub mod workspace;

pub use choice::{Inventories, StreamChoice};
pub use failure::{Exit, Failure};
pub use news::{News, Note, Notices};
pub use process::Process;
pub use workspace::{Member, Workspace};
