//! The `ripsaw` command; everything it does is in [`cli`].

mod cli;

use std::process::ExitCode;

/// Runs the command line; the exit code is one of those in `cli::exit`.
fn main() -> ExitCode {
    cli::run().into()
}
