//! ripsaw's errors as Python's exceptions.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ripsaw::error::{Error, ErrorKind, Location};

/// What ends a call or a reading before its end.
pub(crate) enum Failure {
    /// The library's error; not an interruption.
    Library(Error),
    /// An exception that Python raised meanwhile, such as `KeyboardInterrupt`.
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Library(error) => {
                Python::attach(|py| exception_of(py, &error).map_or_else(|e| e, PyErr::from_value))
            }
            Failure::Python(error) => error,
        }
    }
}

/// The exception of an error, not raised.
pub(crate) fn exception_of<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let Location { bundle, entry, line, offset } = error.location();
    let fields = PyDict::new(py);
    fields.set_item("bundle", bundle)?;
    fields.set_item("entry", entry)?;
    fields.set_item("line", line)?;
    fields.set_item("offset", offset)?;
    fields.set_item("cause", error.cause())?;
    fields.set_item("hint", error.hint())?;
    // The number is lost where the library has words of its own.
    let number = std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .and_then(std::io::Error::raw_os_error);
    fields.set_item("errno", number)?;
    let kind = match error.kind() {
        ErrorKind::Io(std::io::ErrorKind::NotFound) => "RipsawFileNotFoundError",
        ErrorKind::Io(_) => "RipsawOSError",
        ErrorKind::Interrupted => "RipsawError",
        _ => "RipsawValueError",
    };
    let class = py.import(intern!(py, "ripsaw._errors"))?.getattr(kind)?;
    class.call((error.to_string(),), Some(&fields))
}

/// An error of an argument.
pub(crate) fn refuse(argument: &str, cause: impl Into<String>) -> Error {
    Error::new(format!("cannot use {argument}"), Location::default(), cause)
}
