//! The okdboot program: everything is in the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// The static program would have musl's, which lets one thread at a time allocate (docs/performance.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    okdboot::cli::main()
}
