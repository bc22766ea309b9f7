//! Text with a time at the beginning of its lines, and perhaps a level after it: what most programs write
//! that do not write JSON.
//!
//! ```text
//! 2026-03-09 10:00:00,123 INFO [main] started
//! 2026-03-09T10:00:00.5+01:00 [main] WARN c.e.Server - slow
//! [2026-03-09 10:00:00] production.ERROR: no such user
//! 2026/03/09 10:00:00 [error] 123#0: *1 upstream timed out
//! ```
//!
//! The time is cut off, with brackets that are around it alone, and the rest is the message.

use super::clock::Time;
use super::lines::valid;
use super::stamped::{Anchor, Clock, Decoder, Stamped, all, whole_if};
use super::tail::add_fields;
use super::{Format, Sample, Settings};
use crate::identity::Identity;
use crate::table::{LinesBuilder, Origin, Stamp};

/// Stamped text. The formats of platforms, whose lines have times as well, come before it.
pub(super) static FORMAT: Format = Format {
    name: "stamped",
    title: "text with times: Spring Boot, Logback, Log4j, Python, Rust, zap, Laravel, nginx ...",
    detected_by: "lines that begin with a time (2026-03-09 10:00:00, [2026/03/09T10:00:00.123Z])",
    columns: &[
        ("timestamp, zone", "the time; UTC if it has no offset"),
        ("level", "a level word near the time"),
        ("message", "the text after the time"),
        ("args", "the members of a JSON object at the end, after a tab"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        Box::new(Decoder { read, origin: &ORIGIN, after: fields, rest: all, max_line, join })
    },
};

/// Adds the members of an object at the end of a text.
fn fields(text: &str, is_stamped: bool, rows: &mut LinesBuilder) {
    if is_stamped && text.trim_end_matches('\r').ends_with('}') {
        add_fields(rows);
    }
}

/// Each row is a line.
static ORIGIN: Origin =
    Origin { name: "stamped", spans_lines: false, own_lines: true, size_limits: &[] };

/// At least half of the lines, or the first and a tenth: stack traces may be longer than the lines that
/// they belong to.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    let stamped = sample.count_lines(is_stamped);
    let lines = sample.lines().count();
    // A banner may come before the first of them.
    let begins = sample.comes_by_lines() && stamped > 0 || is_stamped(valid(sample.first_line()));
    let is_one = stamped > 0 && 2 * stamped >= lines || begins && 10 * stamped >= lines;
    (is_one && stamped >= sample.objects().count).then(|| "lines that begin with a time".into())
}

/// Whether a line begins with a time, in any of the forms that are read.
pub(super) fn is_stamped(line: &str) -> bool {
    Clock::default().read_any(line).is_some()
}

/// A line with a time but no level gives that, too: lines after it have no level.
fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}

/// The stamp of a line, and its text. A level stays in the text; only blanks that pad it are cut off:
/// `10:00:00  INFO started` and `10:00:00 ERROR failed` have them on the left.
fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, [&'a str; 2])> {
    let Time { nanos, zone, text: [head, text] } = clock.read_any(line)?;
    let level = clock.levels.find(text);
    let padding = level.as_ref().map_or(0, |level| {
        let before = &text[..level.start];
        if before.bytes().all(|byte| byte == b' ') { before.len() } else { 0 }
    });
    let stamp = Stamp { timestamp: Some(nanos), zone, level: level.map(|level| &text[level]) };
    Some((stamp, [head, &text[padding..]]))
}
