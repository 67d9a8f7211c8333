//! Validated plain types, one noun a file.
//!
//! A value of one of these types is true: it was parsed once and cannot be wrong later. Nothing here
//! is `Deserialize`, reads a file, or knows where a value came from; that is `vars`, `lock` and
//! `ignition`.

pub mod arch;
pub mod artifact;
pub mod bond;
pub mod boot;
pub mod boot_loader;
pub mod channel;
pub mod checkpoint;
pub mod choice;
pub mod cluster;
pub mod console;
pub mod daemon;
pub mod device;
pub mod digest;
pub mod disk;
pub mod distribution;
pub mod fault;
pub mod fingerprint;
pub mod installed;
pub mod lifetime;
pub mod loaders;
pub mod mac;
pub mod moment;
pub mod mtu;
pub mod name;
pub mod net;
pub mod network;
pub mod node;
pub mod origin;
pub mod outline;
pub mod path;
pub mod pool;
pub mod role;
pub mod service;
pub mod settings;
pub mod stream_ref;
pub mod sums;
pub mod temp;
pub mod time;
pub mod url;
