//! The `cachegen` program: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    cachegen::cli::main()
}
