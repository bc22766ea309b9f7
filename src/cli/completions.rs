//! `ripsaw completions`.

use std::io::{Write as _, stdout};

use clap::CommandFactory as _;
use clap_complete::Shell;
use ripsaw::error::Result;

use super::args::Args;
use super::exit::Exit;
use super::report;

/// Prints the completion script of a shell.
pub(super) fn run(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "ripsaw", &mut script);
    stdout().write_all(&script).and_then(|()| stdout().flush()).map_err(report::cannot_print)?;
    Ok(Exit::Done)
}
