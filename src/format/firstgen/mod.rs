//! Harness FirstGen exports of deployment logs: a folder per execution with a text log per sub-command and
//! an `execution.json` (harness-core, 400-rest, `ExportExecutionsService`, `ActivityLogsProcessor`).
//!
//! ```text
//! INFO   2020-06-05T20:50:58.752+0000   Begin execution of script
//! null   2020-06-05T20:50:58.760+0000   a line without a level
//! ```
//!
//! [`execution`] reads what an execution says of its logs, [`names`] takes the same from file names if
//! there is no such description.

mod execution;
mod names;

use super::stamped::{Anchor, Clock, Decoder, Stamped, all, whole_if};
use super::{Format, Sample, Settings};
use crate::record::timestamp;
use crate::table::{LinesBuilder, Origin, Stamp};

/// Harness FirstGen. Any `.log` file in an export is of it, whatever its lines look like.
pub(super) static FORMAT: Format = Format {
    name: "firstgen",
    title: "Harness FirstGen exports of deployment logs",
    detected_by: "lines that begin with LEVEL   TIME   (three blanks each), or a log in a folder \
              HarnessExecutionsLogs",
    columns: &[
        (
            "pipeline, stage, step_group, step, unit",
            "execution.json, or the names of folder and file",
        ),
        ("account, execution", "the names of archive and folder"),
        ("timestamp, zone", "the stamp"),
        ("level", "the word before it"),
        ("message", "the text after it"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: names::identify,
    survey: Some(execution::survey),
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        Box::new(Decoder { read, origin: &ORIGIN, after: count_cut, rest: all, max_line, join })
    },
};

/// The message of the last line of a log that the platform cut.
const TRUNCATED: &str = "The Above Log Message Has Been Truncated Due To Size Limit";

/// A log has at most 25,600,000 characters; the limit is compared with bytes.
static ORIGIN: Origin =
    Origin { name: "firstgen", spans_lines: false, own_lines: true, size_limits: &[25_600_000] };

/// The files beside logs are recognised too, so that the survey can set them aside.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    if let Some(what) = execution::beside_logs(sample) {
        return Some(what.into());
    }
    if sample.path.ends_with(".log") && names::is_in_export(sample.bundle, sample.path) {
        return Some(format!("a log in a folder {}", names::EXPORT));
    }
    sample
        .has_lines(|line| anchor(line) == Anchor::Whole)
        .then(|| "lines that begin with level and time".into())
}

/// Bytes of a time as the platform writes it.
const TIME: usize = "2020-06-05T20:50:58.752+0000".len();

/// What separates level, time and text.
const GAP: &str = "   ";

/// Counts a row by which the platform says that it cut the log. The raw text is a cheap test first; the message has no
/// colours and line end.
fn count_cut(text: &str, _: bool, rows: &mut LinesBuilder) {
    // Perhaps joined to the record before.
    let is_last = || {
        let before = rows.last_message().strip_suffix(TRUNCATED.as_bytes());
        before.is_some_and(|before| before.is_empty() || before.ends_with(b"\n"))
    };
    if text.starts_with(TRUNCATED) && is_last() {
        rows.count_cut();
    }
}

/// The stamp of a line, and its text; `None` if the level, the gaps or the time is not as usual.
fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> {
    let (level, time) = level(line)?;
    let rest = &line[time..];
    let end = match rest.as_bytes().get(TIME) {
        // The sign of the offset shows that the time ends here: after a shorter time, this blank could be the
        // text's.
        Some(b' ') if matches!(rest.as_bytes()[TIME - 5], b'+' | b'-') => TIME,
        _ => rest.bytes().position(|byte| matches!(byte, b' ' | b'\r')).unwrap_or(rest.len()),
    };
    let (time, rest) = rest.split_at(end);
    let text = rest.strip_prefix(GAP).or_else(|| matches!(rest, "" | "\r").then_some(rest))?;
    let (nanos, zone) = instant(time, clock)?;
    Some((Stamp { timestamp: Some(nanos), zone: Some(zone), level }, ["", text]))
}

/// The level that a line begins with, and the offset of the time after the gap. The level is `None` for the
/// word `null`, which the platform writes if there is none.
#[inline]
fn level(line: &str) -> Option<(Option<&str>, usize)> {
    const fn number(text: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*text)
    }
    // Words and gap are compared as one number of eight bytes: four letters leave one byte free.
    const NULL: u64 = number(b"null   \0");
    const INFO: u64 = number(b"INFO   \0");
    const WARN: u64 = number(b"WARN   \0");
    const ERROR: u64 = number(b"ERROR   ");
    const DEBUG: u64 = number(b"DEBUG   ");
    const FATAL: u64 = number(b"FATAL   ");
    let word = number(line.as_bytes().first_chunk()?);
    // The shifts clear the last byte, which is the first of the time after a word of four letters.
    let length = match word << 8 >> 8 {
        INFO | WARN => 4,
        NULL => return Some((None, 4 + GAP.len())),
        _ if matches!(word, ERROR | DEBUG | FATAL) => 5,
        _ => return None,
    };
    Some((Some(&line[..length]), length + GAP.len()))
}

/// A time in nanoseconds since 1970, and its offset as written; `None` if it is invalid.
fn instant<'a>(text: &'a str, clock: &mut Clock) -> Option<(i64, &'a str)> {
    const LOCAL: usize = "2020-06-05T20:50:58.752".len();
    if let Some((local, zone)) = text.split_at_checked(LOCAL)
        && let Some(local) = clock.local::<3>(local)
        && let Some(nanos) = clock.utc(local, zone)
    {
        return Some((nanos, zone));
    }
    // Other offsets and fractions, in full.
    let time = timestamp::parse(text).filter(|time| time.exact && text.as_bytes()[10] == b'T')?;
    Some((time.nanos?, time.zone?))
}

/// Every stamp has its own level, or none.
fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}
