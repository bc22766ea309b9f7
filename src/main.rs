//! The `ripsaw` command; everything it does is in [`ripsaw::cli`].

use std::env;
use std::process::ExitCode;

/// Runs the command line; the exit code is one of those in `cli::exit`.
fn main() -> ExitCode {
    ripsaw::cli::run(&env::args_os().collect::<Vec<_>>()).into()
}
