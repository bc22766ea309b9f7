//! `ripsaw completions`: the script is generated from the arguments, so it cannot go out of date.

use std::io::{Write as _, stdout};

use clap::CommandFactory as _;
use clap_complete::Shell;
use ripsaw::error::Result;

use super::args::Args;
use super::exit::Exit;
use super::report;

/// Prints the completion script of a shell to standard output.
pub(super) fn run(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    // Into memory first: `generate` panics if a write fails, as with `ripsaw completions bash | head -1`.
    clap_complete::generate(shell, &mut Args::command(), "ripsaw", &mut script);
    stdout().write_all(&script).and_then(|()| stdout().flush()).map_err(report::cannot_print)?;
    Ok(Exit::Done)
}
