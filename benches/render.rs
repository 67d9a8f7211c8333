//! Benchmarks; see docs/performance.md.
fn main() {}
