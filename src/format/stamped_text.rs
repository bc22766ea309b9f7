//! Text with a time at the beginning of lines, and perhaps a level near it: what most programs write
//! that write no JSON.

use super::level_word::level_word;
use super::lines::valid;
use super::stamped::{Anchor, Clock, Decoder, Stamped, whole_if};
use super::{Format, Sample, Settings};
use crate::identity::Identity;
use crate::table::{Origin, Stamp};

/// Stamped text.
pub(super) static FORMAT: Format = Format {
    name: "stamped",
    title: "text with times: Spring Boot, Logback, Log4j, Python, zap ...",
    told_by: "lines that begin with a time (2026-03-09 10:00:00, 2026-03-09T10:00:00.123Z)",
    columns: &[
        ("timestamp, zone", "the time; UTC if it has no offset"),
        ("level", "a level word near the time"),
        ("message", "the text after the time"),
    ],
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let max_line = settings.max_line;
        Box::new(Decoder { read, origin: &ORIGIN, cut_mark: None, max_line })
    },
};

static ORIGIN: Origin =
    Origin { name: "stamped", spans_lines: false, own_lines: true, size_limits: &[] };

/// Half of the lines, or the first and a tenth: stack traces may be longer than what they belong to.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    let stamped = sample.count_lines(is_stamped);
    let lines = sample.lines().count();
    // A banner may come before the first of them.
    let begins = sample.comes_by_lines() && stamped > 0 || is_stamped(valid(sample.first_line()));
    let is_one = stamped > 0 && 2 * stamped >= lines || begins && 10 * stamped >= lines;
    (is_one && stamped >= sample.objects().count).then(|| "lines that begin with a time".into())
}

/// Whether a line begins with a time.
pub(super) fn is_stamped(line: &str) -> bool {
    Clock::default().read_any(line).is_some()
}

fn anchor(line: &str) -> Anchor {
    whole_if(read, line)
}

/// The stamp of a line, and its text: from the level on, if blanks alone are before that.
fn read<'a>(line: &'a str, clock: &mut Clock) -> Option<(Stamp<'a>, &'a str)> {
    let time = clock.read_any(line)?;
    let level = level_word(time.text);
    let padding = level.as_ref().map_or(0, |level| {
        let before = &time.text[..level.start];
        if before.bytes().all(|byte| byte == b' ') { before.len() } else { 0 }
    });
    let level = level.map(|level| &time.text[level]);
    let stamp = Stamp { timestamp: Some(time.nanos), zone: time.zone, level };
    Some((stamp, &time.text[padding..]))
}
