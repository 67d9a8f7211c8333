//! The okdboot program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    okdboot::cli::main()
}
