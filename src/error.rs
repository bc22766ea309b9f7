//! The one error of the library, and where in the input it happened.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::sync::Arc;

/// A result with ripsaw's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done, where, and what the user can do about it.
///
/// Prints as `what could not be done: INPUT[entry]:line: cause`; the [`hint`](Error::hint) is apart.
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// The parts of an error, boxed: a `Result` is as small as a pointer where nothing goes wrong.
#[derive(Clone)]
struct Inner {
    /// What could not be done, such as `cannot write`.
    task: Cow<'static, str>,
    /// The default, without any field, if it is not known or there is none.
    location: Location,
    cause: Cause,
    hint: Option<String>,
    /// The setting that would help, if there is one.
    remedy: Option<Remedy>,
}

/// A setting that would help. How a user makes it is for the program to say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// Leave out the entries whose paths match this glob.
    LeaveOut(String),
    /// Read the input in the format of this name.
    ReadAs(&'static str),
}

/// Why it could not be done.
#[derive(Clone)]
enum Cause {
    /// Shared, as `io::Error` cannot be cloned.
    Io(Arc<io::Error>),
    /// A reason in words.
    Text(String),
    /// Needs no reason: the task says it.
    Interrupted,
}

/// What sort of error it is, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused something, or reading or writing failed.
    Io(io::ErrorKind),
    /// What was given or read is invalid: the message has the reason.
    Invalid,
    /// The user, or a `Watcher`, asked to stop.
    Interrupted,
}

/// A place in the input. Fields that are not known are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The input as the user named it, or the output.
    pub bundle: Option<String>,
    /// The entry's path in the bundle.
    pub entry: Option<String>,
    /// Physical line, from 1.
    pub line: Option<i64>,
    /// Byte offset in the inflated entry, from 0.
    pub offset: Option<u64>,
}

impl Location {
    /// A place that is a whole input or output.
    pub fn bundle(name: impl Into<String>) -> Self {
        Self { bundle: Some(name.into()), ..Self::default() }
    }

    /// A place that is one entry of a bundle.
    pub fn entry(bundle: impl Into<String>, entry: impl Into<String>) -> Self {
        Self { bundle: Some(bundle.into()), entry: Some(entry.into()), ..Self::default() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(bundle) = &self.bundle {
            write!(f, "{bundle}")?;
        }
        if let Some(entry) = &self.entry {
            write!(f, "[{entry}]")?;
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " (byte {offset})")?;
        }
        Ok(())
    }
}

impl Error {
    /// An error of the operating system or of reading and writing.
    pub fn io(task: impl Into<Cow<'static, str>>, location: Location, cause: io::Error) -> Self {
        Self::build(task.into(), location, Cause::Io(Arc::new(cause)))
    }

    /// An error that has its cause in words.
    pub fn new(
        task: impl Into<Cow<'static, str>>,
        location: Location,
        cause: impl Into<String>,
    ) -> Self {
        Self::build(task.into(), location, Cause::Text(cause.into()))
    }

    /// The user asked to stop.
    pub fn interrupted() -> Self {
        Self::build("interrupted".into(), Location::default(), Cause::Interrupted)
    }

    fn build(task: Cow<'static, str>, location: Location, cause: Cause) -> Self {
        Self(Box::new(Inner { task, location, cause, hint: None, remedy: None }))
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a setting that would help.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.0.remedy = Some(remedy);
        self
    }

    /// Adds where it happened, unless that is known already: the innermost place is the most exact one.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        if self.0.location == Location::default() {
            self.0.location = location;
        }
        self
    }

    /// What could not be done, such as `cannot write`.
    pub fn task(&self) -> &str {
        &self.0.task
    }

    /// Why; empty if the task says it.
    pub fn cause(&self) -> String {
        self.0.cause.to_string()
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// A setting that would help.
    pub fn remedy(&self) -> Option<&Remedy> {
        self.0.remedy.as_ref()
    }

    /// Where it happened.
    pub fn location(&self) -> &Location {
        &self.0.location
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        match &self.0.cause {
            Cause::Io(cause) => ErrorKind::Io(cause.kind()),
            Cause::Text(_) => ErrorKind::Invalid,
            Cause::Interrupted => ErrorKind::Interrupted,
        }
    }

    /// Whether the reader of the output has gone, as `head` does: the command then ends without a message.
    pub fn is_broken_pipe(&self) -> bool {
        self.kind() == ErrorKind::Io(io::ErrorKind::BrokenPipe)
    }

    /// Whether the user asked to stop.
    pub fn is_interrupted(&self) -> bool {
        self.kind() == ErrorKind::Interrupted
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { task, location, cause, .. } = &*self.0;
        write!(f, "{task}")?;
        // An error in an option, say, has no place.
        if *location != Location::default() {
            write!(f, ": {location}")?;
        }
        match cause {
            Cause::Interrupted => Ok(()),
            cause => write!(f, ": {cause}"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => write!(f, "{}", Plain(e)),
            Self::Text(text) => f.write_str(text),
            Self::Interrupted => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As `Display`: `unwrap` in a program prints this.
        write!(f, "Error({self})")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Io(e) => Some(&**e),
            _ => None,
        }
    }
}

/// An operating-system error for people: `no such file or directory` rather than
/// `No such file or directory (os error 2)`.
pub(crate) struct Plain<'a>(pub(crate) &'a io::Error);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        // Errors of other sources have no number, and keep their spelling.
        let Some((words, _)) = text.split_once(" (os error ") else { return f.write_str(&text) };
        let mut letters = words.chars();
        // Only the first letter: names inside the text keep theirs.
        letters.next().map_or(Ok(()), |first| write!(f, "{}", first.to_lowercase()))?;
        f.write_str(letters.as_str())
    }
}
