//! From the text of one value to what it means: no value is compared with another here.
//!
//! What is wrong with a value is said once, whatever its neighbours are; what is left is a draft, in which
//! that value is absent.

pub mod accept;
pub mod address;
pub mod answers;
pub mod chrony;
pub mod identity;
pub mod part;
pub mod pool;
pub mod value;
