//! The user's pager, between us and the terminal.

use std::env;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A pager that runs; it is waited for when it is dropped.
pub(super) struct Pager {
    child: Child,
    input: Option<ChildStdin>,
}

impl Pager {
    /// Starts what `RIPSAW_PAGER` or `PAGER` names, if that is there; `None` where there is none, or
    /// where it cannot be started.
    pub(super) fn start() -> Option<Self> {
        let text = env::var("RIPSAW_PAGER").or_else(|_| env::var("PAGER")).ok()?;
        let mut words = text.split_whitespace();
        let program = words.next().filter(|program| *program != "cat")?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped());
        // As git has it: colours, and no paging of what fits on the screen.
        if env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        Some(Self { child, input })
    }
}

impl Write for Pager {
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
    fn drop(&mut self) {
        // Closes its input: there is no more.
        self.input = None;
        let _ = self.child.wait();
    }
}
