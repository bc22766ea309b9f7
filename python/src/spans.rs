//! Plans: a scan cut into spans, which other processes read apart.

use std::ffi::OsString;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ripsaw::error::Error;
use ripsaw::scan::Span;

use crate::errors::{Failure, refuse};
use crate::options::Options;
use crate::signals::interruptible;

/// The spans of inputs in groups of about `target_bytes` of text, each as JSON, and what could not be listed, or with
/// `is_lenient` opened.
#[pyfunction]
pub(crate) fn plan(
    py: Python<'_>,
    paths: Vec<OsString>,
    options: Options,
    target_bytes: u64,
    divide: bool,
    is_lenient: bool,
) -> Result<(Vec<Vec<u8>>, Vec<String>), Failure> {
    let plan = interruptible(py, move || options.plan(&paths, target_bytes, divide, is_lenient))?;
    let json = |group: &[Span]| serde_json::to_vec(group);
    let groups: Result<_, _> = plan.groups(target_bytes).map(json).collect();
    let groups = groups.map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((groups, plan.problems))
}

/// The spans of a group.
///
/// # Errors
/// Bytes that [`plan`] has not made.
pub(crate) fn spans_of(group: &[u8]) -> Result<Vec<Span>, Error> {
    serde_json::from_slice(group).map_err(|e| refuse("spans", e.to_string()))
}
