//! x
pub fn no_network_of_its_own() -> Option<String> { None }
