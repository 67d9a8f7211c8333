//! From the text of one value to what it means: no value is compared with another here.
//!
//! What is wrong with a value is said once, whatever its neighbours are; what is left is a draft, in which
//! that value is absent.

pub mod accept;
pub mod address;
pub mod answers;
pub mod channel;
pub mod chrony;
pub mod device;
pub mod dhcp;
pub mod file;
pub mod given;
pub mod helper;
pub mod identity;
pub mod image;
pub mod install;
pub mod installed;
pub mod ipv6;
pub mod link;
pub mod loaders;
pub mod network;
pub mod node;
pub mod part;
pub mod pool;
pub mod service;
pub mod settings;
pub mod stranger;
pub mod usual;
pub mod value;
