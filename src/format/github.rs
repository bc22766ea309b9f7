//! GitHub Actions run archives; see [`jobs`](super::jobs) for their layout and both copies of the lines.
//!
//! ```text
//! 2026-03-09T09:12:13.6770156Z ##[group]Run cargo test
//! 2026-03-09T09:12:14.0123456Z ##[error]Process completed with exit code 101.
//! ```

use super::jobs::{anchor, identify, is_archived, read, survey};
use super::stamped::{Decoder, Stamped, all, nothing};
use super::{Format, Sample, Settings};
use crate::table::Origin;

/// GitHub Actions. Old archives have Azure's marks; the files beside them decide.
pub(super) static FORMAT: Format = Format {
    name: "github",
    title: "GitHub Actions run archives",
    detected_by: "lines that begin with a UTC time with seven fraction digits, and a name or a mark (##[) of GitHub",
    columns: &[
        ("stage", "the job"),
        ("step", "the step, without its number; null for lines only in the job's log"),
        ("timestamp, zone", "the stamp"),
        ("level", "##[error], ##[warning], ##[notice], ##[debug]"),
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
    Origin { name: "github", spans_lines: false, own_lines: true, size_limits: &[] };

/// By the file alone: stamps of seven digits, and a name or mark of such archives.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    is_archived(sample).then(|| "lines with a time with seven fraction digits".into())
}
