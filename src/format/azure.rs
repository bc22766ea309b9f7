//! Azure Pipelines log archives, written as GitHub's are; see [`jobs`](super::jobs).

use super::jobs::{anchor, has_text, identify, is_archived, read, survey};
use super::stamped::{Decoder, Stamped};
use super::{Format, Sample, Settings};
use crate::table::Origin;

/// Azure Pipelines.
pub(super) static FORMAT: Format = Format {
    name: "azure",
    title: "Azure Pipelines log archives",
    told_by: "as github, with ##[section] lines",
    columns: &[
        ("stage", "the job"),
        ("step", "the step, without its number; null for lines only in the job's log"),
        ("timestamp, zone", "the stamp"),
        ("level", "##[error], ##[warning], ##[debug]"),
        ("message", "the text after that"),
    ],
    recognise,
    identify: |_, path| identify(path),
    survey: Some(survey),
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let max_line = settings.max_line;
        Box::new(Decoder { read, origin: &ORIGIN, cut_mark: None, max_line })
    },
};

static ORIGIN: Origin =
    Origin { name: "azure", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = is_archived(sample) && has_text(sample, "##[section]");
    is_one.then(|| "lines with a time with seven fraction digits and ##[section]".into())
}
