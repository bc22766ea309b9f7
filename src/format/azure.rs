//! Azure Pipelines log archives, written like GitHub's; see [`jobs`](super::jobs).
//!
//! ```text
//! 2026-03-09T09:12:13.6770156Z ##[section]Starting: Run tests
//! 2026-03-09T09:12:14.0123456Z ##[warning]no tests found
//! ```

use super::jobs::{anchor, beside_jobs, has_text, identify, is_archived, read, survey};
use super::stamped::{Decoder, Stamped, all, nothing};
use super::{Format, Sample, Settings};
use crate::table::Origin;

/// Azure Pipelines. Tried before `github`, whose rule is the same without `##[section]`.
pub(super) static FORMAT: Format = Format {
    name: "azure",
    title: "Azure Pipelines log archives",
    detected_by: "as github, with ##[section] lines; initializeLog.txt with lines of ##[",
    columns: &[
        ("stage", "the job"),
        ("step", "the step, without its number; null for lines only in the job's log"),
        ("timestamp, zone", "the stamp"),
        ("level", "##[error], ##[warning], ##[debug]"),
        ("message", "the text after that"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, path| identify(path),
    survey: Some(survey),
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        Box::new(Decoder { read, origin: &ORIGIN, after: nothing, rest: all, max_line, join })
    },
};

/// Each row is a line; the line of a whole log that its step's file has as well gives no row.
static ORIGIN: Origin =
    Origin { name: "azure", spans_lines: false, own_lines: true, size_limits: &[] };

/// By the file alone. The survey may change it to `github` if the archive has that service's files.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    if let Some(what) = beside_jobs(sample) {
        return Some(what.into());
    }
    let is_one = is_archived(sample) && has_text(sample, "##[section]");
    is_one.then(|| "lines with a time with seven fraction digits and ##[section]".into())
}
