//! The boot server: HTTP, TFTP and DHCP over a rendered tree, and how far each machine is.

pub mod event;
