//! The exit codes, all of them.

use std::process::ExitCode;

/// What the process tells its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; malformed lines alone are no failure, nor is a reader that has seen enough of what is
    /// printed.
    Done = 0,
    /// Nothing matched.
    NoMatch = 1,
    /// An input or entry could not be read whole, the output could not be written whole, `--strict` met
    /// a malformed line, or the arguments make no sense.
    Failed = 2,
    /// Stopped by Ctrl-C, SIGTERM or SIGHUP.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
