//! The command, run within Python's process.

use std::ffi::OsString;
use std::process;

use pyo3::prelude::*;

/// Runs the command line `words`, whose first word is the command's name, and ends the process with its exit code.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, words: Vec<OsString>) {
    // Output that the command has buffered is written by `exit`.
    py.detach(|| process::exit(ripsaw::cli::run(&words).into()))
}
