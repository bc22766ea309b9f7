//! The exit codes, all of them.
//!
//! They are documented in `--help` and scripts depend on them: grep's 0, 1 and 2 mean what they mean for
//! `grep` itself.

/// How the process ends; the discriminant is the exit code, in the 8 bits that a process can return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done. Malformed lines alone are not a failure, and neither is a reader that closes the pipe early.
    Done = 0,
    /// Nothing matched.
    NoMatch = 1,
    /// An input or entry could not be read whole, the output could not be written whole, `--strict` met
    /// a malformed line, or the arguments make no sense.
    Failed = 2,
    /// Stopped by Ctrl-C, SIGTERM or SIGHUP: 128 + SIGINT, as shells report it.
    Interrupted = 130,
}
