//! The okdboot program.
fn main() {}
