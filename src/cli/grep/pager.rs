//! The user's pager, between the output and the terminal.

use std::env;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A running pager. Dropping it waits until the user has quit it.
pub(super) struct Pager {
    /// The process, which has the terminal.
    child: Child,
    /// Its standard input; `None` only while it is dropped.
    input: Option<ChildStdin>,
}

impl Pager {
    /// Starts the program in `RIPSAW_PAGER` or `PAGER`. `None` if neither is set, if it is `cat` or empty, or
    /// if it cannot be started: the output then goes to the terminal directly.
    pub(super) fn start() -> Option<Self> {
        let text = env::var("RIPSAW_PAGER").or_else(|_| env::var("PAGER")).ok()?;
        // The value is a command with options, such as `less -S`; quotes are not interpreted.
        let mut words = text.split_whitespace();
        let program = words.next().filter(|program| *program != "cat")?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped());
        // As git does: F quits if everything fits on the screen, R shows colours, X leaves the text there.
        if env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        Some(Self { child, input })
    }
}

impl Write for Pager {
    /// A pager that the user quit early gives `BrokenPipe`, which ends the search without an error.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Pager {
    /// Waits for the pager: the shell would take the terminal back while it is still drawing.
    fn drop(&mut self) {
        // Closes its input first: the pager would wait for more, and this process for the pager.
        self.input = None;
        let _ = self.child.wait();
    }
}
