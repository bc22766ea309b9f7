//! Job logs of Buildkite (buildkite/agent, internal/job and process/prefixer): a time in an escape sequence before each
//! line, and groups of lines.
//!
//! ```text
//! ESC _bk;t=1773047546123 BEL ~~~ Preparing working directory
//! ESC _bk;t=1773047546200 BEL --- :hammer: Build
//! ESC _bk;t=1773047547000 BEL fetch 10%\rfetch 100%
//! ```

use memchr::{memchr, memchr2};

use super::continued::Join;
use super::lines::{Place, TextLine, each_line_or, refuse};
use super::redraws::{Redraws, add_texts};
use super::stamped::{Anchor, Clock, Stamped, context_lines};
use super::steps::{self, Names, Stretches};
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::record::{Record, ansi};
use crate::source::Piece;
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

/// Buildkite.
pub(super) static FORMAT: Format = Format {
    name: "buildkite",
    title: "job logs of Buildkite",
    detected_by: "lines that begin with a time in an escape sequence, ESC _bk;t=",
    columns: &[
        ("step", "the group: --- name, +++ name, ~~~ name"),
        ("timestamp", "the time, milliseconds since 1970"),
        ("level", "a level word near the beginning of the text"),
        ("message", "the text; of text that was written over, the last"),
        ("extra", "redrawn"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(|catalog, own| steps::divide(catalog, own, |_, _| Outline)),
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        Box::new(Decoder { max_line, join, clock: Clock::default() })
    },
};

/// Each row is a line.
static ORIGIN: Origin =
    Origin { name: "buildkite", spans_lines: false, own_lines: true, size_limits: &[] };

/// Before the digits of a time, which BEL ends.
const TIME: &str = "\u{1b}_bk;t=";

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = |line: &str| line.starts_with(TIME) && time_of(line).is_some();
    sample.has_lines(is_one).then(|| "lines with a time in an escape sequence".into())
}

fn anchor(line: &str) -> Anchor {
    if time_of(line).is_some() { Anchor::Whole } else { Anchor::None }
}

/// The first time in a line, in nanoseconds since 1970.
fn time_of(line: &str) -> Option<i64> {
    let starts = memchr::memmem::find_iter(line.as_bytes(), TIME.as_bytes());
    starts.map(|start| start + TIME.len()).find_map(|start| {
        let rest = &line[start..];
        let digits = &rest[..memchr(7, rest.as_bytes())?];
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let millis: i64 = digits.parse().ok().filter(|_| is_number)?;
        millis.checked_mul(1_000_000)
    })
}

/// Digits of the usual times.
const MILLIS: usize = 13;

/// The time and the text of a line that has one time, at its beginning, and was not written over.
#[inline]
fn usual(line: &str) -> Option<(i64, &str)> {
    let rest = line.strip_prefix(TIME)?;
    // Until the year 2286 there are thirteen.
    let (digits, text) = rest.split_at_checked(MILLIS)?;
    let millis = digits.bytes().try_fold(0_i64, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0'))
    });
    let text = text.strip_prefix('\u{7}')?;
    let shown = text.strip_suffix('\r').unwrap_or(text);
    let is_usual = memchr2(b'\r', 7, shown.as_bytes()).is_none();
    Some((millis?.checked_mul(1_000_000)?, text)).filter(|_| is_usual)
}

/// The text of a line in the end, without what was written over.
fn shown(line: &str) -> Redraws<'_> {
    Redraws::of_line(line)
}

struct Decoder {
    max_line: usize,
    join: bool,
    clock: Clock,
}

/// What lines without a time have from the line before them.
#[derive(Clone, Copy)]
struct Last<'a> {
    nanos: i64,
    level: Option<&'a str>,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let clock = &mut self.clock;
        let before = context_lines(&piece.context).last();
        let mut last = before.and_then(|line| last_of(line, clock));
        let max_line = self.max_line;
        let mut join = Join::new(self.join, max_line);
        let end = each_line_or(piece, text, max_line, &ORIGIN, rows, |line, rows| match line {
            Ok(line) => push(line, clock, &mut last, &mut join, rows),
            Err(refused) => {
                join.end();
                // It has a time for the lines after it all the same, as it has to the framing.
                let line = std::str::from_utf8(refused.line).ok();
                last = line.and_then(|line| last_of(line, clock)).or(last);
                refuse(piece, refused, max_line, rows);
            }
        });
        end.finish(piece, rows);
    }
}

/// What a line gives to those after it.
fn last_of<'a>(line: &'a str, clock: &mut Clock) -> Option<Last<'a>> {
    if let Some((nanos, text)) = usual(line) {
        return Some(Last { nanos, level: clock.levels.find_shown(text) });
    }
    let nanos = time_of(line)?;
    let text = shown(line).last;
    Some(Last { nanos, level: clock.levels.find_shown(text) })
}

fn push<'a>(
    line: &TextLine<'a, '_>,
    clock: &mut Clock,
    last: &mut Option<Last<'a>>,
    join: &mut Join,
    rows: &mut LinesBuilder,
) {
    if let Some((nanos, text)) = usual(line.text) {
        let level = clock.levels.find_shown(text);
        *last = Some(Last { nanos, level });
        join.begin(line.place);
        let stamp = Stamp { timestamp: Some(nanos), zone: None, level };
        return rows.push_text(&TextRow { is_epoch: true, ..line.row(stamp, ["", text]) });
    }
    let own = last_of(line.text, clock);
    let Redraws { last: message, before } = shown(line.text);
    let is_continued = own.is_none() && last.is_some();
    match is_continued {
        true => {
            if let Some(blank) = join.joins(line.place, line.text.len()) {
                return rows.join_line(line.place.line, message, blank);
            }
        }
        false if own.is_some() => join.begin(line.place),
        false => join.end(),
    }
    let mut extra = String::from(if is_continued { "{\"continued\":true" } else { "{" });
    add_texts(&mut extra, "redrawn", &before);
    extra.push('}');
    *last = own.or(*last);
    rows.push(
        line.place.line,
        &Record {
            timestamp: last.map(|last| last.nanos),
            is_epoch: true,
            level: last.and_then(|last| last.level),
            message: Some(message),
            extra: Some(&*extra).filter(|extra| extra.len() > 2),
            ..Record::default()
        },
    );
}

/// Follows the groups. A line without a time continues lines of its own group alone.
struct Outline;

impl steps::Outline for Outline {
    fn line(&mut self, line: Option<&str>, place: Place, found: &mut Stretches) {
        let Some(line) = line else { return };
        let shown = ansi::strip(shown(line).last);
        let marks = ["--- ", "+++ ", "~~~ "];
        if let Some(name) = marks.iter().find_map(|mark| shown.strip_prefix(mark)) {
            let step = steps::name(name.trim());
            found.begin(place, &Names { stage: None, step_group: None, step });
        }
    }
}
