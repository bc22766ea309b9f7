//! The user's pager, between the output and the terminal: for `grep`, `cat` and `ls` alike.

use std::env;
use std::io::{self, IsTerminal as _, Write, stdout};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use ripsaw::error::{Error, Location};

use super::interrupt::Interrupt;

/// The variables that name a pager, the first one that is set.
const VARIABLES: [&str; 2] = ["RIPSAW_PAGER", "PAGER"];

/// Standard output, through the user's pager if it is a terminal and `pages` is set. A pager that cannot be
/// started is reported with `warn`, and the output goes to the terminal directly.
pub(super) fn stdout_for_people(
    pages: bool,
    interrupt: &Interrupt,
    warn: fn(&Error),
) -> Box<dyn Write + Send> {
    let named = if pages && stdout().is_terminal() { named() } else { None };
    let Some((variable, text)) = named else { return Box::new(stdout()) };
    Box::new(Paged { out: Out::Waiting { variable, text }, interrupt: interrupt.clone(), warn })
}

/// The first variable that is set, and its value; `None` if that is empty or `cat`, or if neither is set.
fn named() -> Option<(&'static str, String)> {
    let set = |name| Some((name, env::var_os(name)?.to_string_lossy().trim().to_owned()));
    let (variable, text) = VARIABLES.into_iter().find_map(set)?;
    (!["", "cat"].contains(&&*text)).then_some((variable, text))
}

/// Output that starts the pager when there is something to show: a search without a match opens no empty
/// screen, and messages that come before the first line stay visible.
struct Paged {
    /// Where the output goes.
    out: Out,
    /// Told of the pager, which must not be left alone with the terminal.
    interrupt: Interrupt,
    /// Prints a warning.
    warn: fn(&Error),
}

/// The state of the output.
enum Out {
    /// Nothing has been written. The pager is the value of a variable.
    Waiting { variable: &'static str, text: String },
    /// A pager runs.
    Pager(Pager),
    /// It could not be started.
    Plain(io::Stdout),
}

impl Write for Paged {
    /// A pager that the user quit early gives `BrokenPipe`, which ends the command without an error.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Out::Waiting { variable, text } = &self.out {
            self.out = match Pager::start(text) {
                Ok(pager) => {
                    self.interrupt.wait_for_pager(Arc::clone(&pager.child));
                    Out::Pager(pager)
                }
                Err(cause) => {
                    let place = Location::bundle(text.as_str());
                    let error = Error::new("cannot start the pager", place, cause.to_string());
                    (self.warn)(
                        &error.with_hint(format!("set {variable} to another program, or to cat")),
                    );
                    Out::Plain(stdout())
                }
            };
        }
        match &mut self.out {
            Out::Pager(pager) => pager.input()?.write(bytes),
            Out::Plain(out) => out.write(bytes),
            Out::Waiting { .. } => Ok(0),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Pager(pager) => pager.input()?.flush(),
            Out::Plain(out) => out.flush(),
            Out::Waiting { .. } => Ok(()),
        }
    }
}

/// A running pager. Dropping it waits until the user has quit it.
struct Pager {
    /// The process, which has the terminal. Shared with what looks whether it has ended.
    child: Arc<Mutex<Child>>,
    /// Its standard input; `None` only while it is dropped.
    input: Option<ChildStdin>,
}

impl Pager {
    /// Starts a program with options, such as `less -S`, in words as a shell reads them.
    fn start(text: &str) -> io::Result<Self> {
        let unclosed = || io::Error::other("a quote is not closed");
        let words = shlex::split(text).ok_or_else(unclosed)?;
        let (program, options) = words.split_first().ok_or_else(unclosed)?;
        let mut command = Command::new(program);
        command.args(options).stdin(Stdio::piped());
        // As git does: F quits if everything fits on the screen, R shows colours, X leaves the text there.
        if env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        Ok(Self { child: Arc::new(Mutex::new(child)), input })
    }

    /// The pipe to it.
    fn input(&mut self) -> io::Result<&mut ChildStdin> {
        self.input.as_mut().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl Drop for Pager {
    /// Waits for the pager: the shell would take the terminal back while it is still drawing.
    fn drop(&mut self) {
        // Closes its input first: the pager would wait for more, and this process for the pager.
        self.input = None;
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    }
}
