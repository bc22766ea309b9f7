//! Text with a time of the day at the beginning of its lines, without a date: what many programs print to a terminal.
//!
//! ```text
//! 10:00:00.123 INFO started
//! [10:00:01] [Server thread/WARN]: slow
//! 10:00:02,500 - root - ERROR - failed
//! ```
//!
//! The day is that of the file's name, or else the one that the lines before the first time tell. Where the clock goes back
//! by more than half a day, the next day begins. So a text is never read from its middle: what [`Days`] knows of the text
//! before is the context of a piece.

use std::ops::Range;

use super::clock::Clock;
use super::continued::Join;
use super::lines::{TextLine, each_line_or, refuse};
use super::stamped::{Anchor, Stamped, context_lines};
use super::syslog::seconds_of_day;
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::record::timestamp;
use crate::source::{Framing, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

/// Times of the day. Tried after all formats whose times have a date.
pub(super) static FORMAT: Format = Format {
    name: "clock",
    title: "text with times of the day",
    detected_by: "lines that begin with a time of the day (10:00:00, [10:00:00.123]) in their order",
    columns: &[
        ("timestamp", "the time, if the file's name or its first lines have a date"),
        ("level", "a level word near the time"),
        ("message", "the text after the time; without a date, the line"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Clocks { days: Days::default(), lines: Stamped::new(anchor) }),
    decoder: |settings: &Settings| {
        let Settings { max_line, join, .. } = *settings;
        Box::new(Decoder { max_line, join })
    },
};

/// Each row is a line.
static ORIGIN: Origin =
    Origin { name: "clock", spans_lines: false, own_lines: true, size_limits: &[] };

/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 86_400 * SECOND;

/// Bytes of lines before the first time in which a date is looked for.
const HEAD: usize = 4 << 10;

/// At least three lines and half of all, or all of two, with words after the time, in their order but for a tenth, or a minute: tables and
/// subtitles have times, too.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    let times: Vec<i64> =
        sample.lines().filter_map(|line| telling(super::lines::valid(line))).collect();
    let count = times.len();
    let lines = sample.lines().count();
    let is_back = |step: &&[i64]| (MINUTE + 1..=DAY / 2).contains(&(step[0] - step[1]));
    let back = times.windows(2).filter(is_back).count();
    let is_half = count >= 3 && 2 * count >= lines || count == 2 && lines == 2;
    let is_one = is_half && 10 * back <= count;
    (is_one && count >= sample.objects().count)
        .then(|| "lines that begin with a time of the day".into())
}

/// The time of a line that a program may have written: a text follows that is no other column of a table.
fn telling(line: &str) -> Option<i64> {
    let (nanos, [_, text]) = time_of(line)?;
    let is_mark = |first: char| matches!(first, ' ' | '\t' | '-' | '–' | ',' | ';' | '|');
    let rest = text.trim_start_matches(is_mark);
    let is_column = text.trim_start().starts_with(['|', ',', ';']) || text.starts_with("-->");
    let is_span = rest.get(..5).is_some_and(|clock| {
        clock
            .bytes()
            .enumerate()
            .all(|(at, byte)| (at == 2) == (byte == b':') && (at == 2 || byte.is_ascii_digit()))
    });
    (!is_column && !is_span && rest.contains(char::is_alphabetic)).then_some(nanos)
}

/// The time that a line begins with, in nanoseconds of the day, perhaps in brackets with other words or alone; and the
/// text after it, with the bracket that ends in it.
fn time_of(line: &str) -> Option<(i64, [&str; 2])> {
    let (is_open, rest) = match line.strip_prefix('[') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let seconds = seconds_of_day(rest.as_bytes().get(..8)?)?;
    let (nanos, length) = match rest.as_bytes().get(8) {
        Some(b'.' | b',') => fraction(&rest[9..])?,
        _ => (0, 0),
    };
    let after = &rest[8 + length..];
    let text = match after.as_bytes().first() {
        Some(b' ' | b'\t') => [if is_open { "[" } else { "" }, &after[1..]],
        Some(b']') if is_open => {
            let behind = &after[1..];
            ["", behind.strip_prefix([' ', '\t']).unwrap_or(behind)]
        }
        Some(b'\r') if !is_open && after.len() == 1 => ["", after],
        None if !is_open => ["", ""],
        _ => return None,
    };
    // Half of the day is not known to be the first.
    let word = text[1].split([' ', '\t', ']', '\r']).next().unwrap_or_default();
    let is_half = word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm");
    (!is_half).then_some((seconds * SECOND + nanos, text))
}

/// The nanoseconds of one to nine digits, and their length with the mark before them.
fn fraction(text: &str) -> Option<(i64, usize)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = text[..length].parse().ok().filter(|_| length <= 9)?;
    Some((number * 10_i64.pow(9 - length as u32), 1 + length))
}

/// The last word of the bracket that the time is in, or that comes after it: `10:00:01 WARN]: text`, or
/// `[Server thread/WARN]: text`, as Minecraft's servers write it.
fn bracket(head: &str, text: &str) -> Option<Range<usize>> {
    let start = usize::from(head.is_empty());
    let is_one = !head.is_empty() || text.starts_with('[');
    let end = text.find(']').filter(|_| is_one)?;
    let word = text[start..end].rfind(['/', ' ']).map_or(start, |mark| start + mark + 1);
    Some(word..end)
}

fn anchor(line: &str) -> Anchor {
    if time_of(line).is_some() { Anchor::Whole } else { Anchor::None }
}

/// What the lines so far say of the days of the next ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Days {
    /// Days that have passed since the first.
    passed: i64,
    /// The last time of the day.
    last: Option<i64>,
    head: Head,
    /// Bytes of the lines of the head so far.
    bytes: usize,
    is_begun: bool,
}

/// What the lines before the first time say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Head {
    #[default]
    None,
    Day(i64),
    /// Several days: none of them is known to be meant.
    Days,
}

impl Days {
    /// Notes a line. With a time, returns that in nanoseconds since the beginning of the first day, and the text after it.
    fn note<'a>(&mut self, line: &'a str) -> Option<(i64, [&'a str; 2])> {
        match time_of(line) {
            Some((time, text)) => {
                self.is_begun = true;
                Some((self.turn(time), text))
            }
            None => {
                self.look(line);
                None
            }
        }
    }

    fn turn(&mut self, time: i64) -> i64 {
        match self.last {
            Some(last) if last - time > DAY / 2 => self.passed += 1,
            // A line of another thread, which came late.
            Some(last) if self.passed > 0 && last < MINUTE && time >= DAY - MINUTE => {
                return (self.passed - 1) * DAY + time;
            }
            _ => {}
        }
        self.last = Some(time);
        self.passed * DAY + time
    }

    /// Looks for days in a line of the head.
    fn look(&mut self, line: &str) {
        self.bytes += line.len();
        if self.is_begun || self.bytes > HEAD {
            return;
        }
        for day in (0..line.len()).filter_map(|start| day_at(line.as_bytes(), start)) {
            self.head = match self.head {
                Head::None => Head::Day(day),
                Head::Day(own) if own == day => Head::Day(day),
                _ => Head::Days,
            };
        }
    }

    fn day(&self) -> Option<i64> {
        match self.head {
            Head::Day(day) => Some(day),
            Head::None | Head::Days => None,
        }
    }

    /// As a line, which [`read`](Self::read) reads.
    fn written(&self) -> String {
        let (kind, day) = match self.head {
            Head::None => (0, 0),
            Head::Day(day) => (1, day),
            Head::Days => (2, 0),
        };
        let Self { passed, last, bytes, is_begun, .. } = self;
        format!("{passed} {} {kind} {day} {bytes} {}\n", last.unwrap_or(-1), i64::from(*is_begun))
    }

    /// What is written, and what follows it.
    fn read(context: &[u8]) -> Option<(Self, &[u8])> {
        let end = memchr::memchr(b'\n', context)?;
        let numbers = std::str::from_utf8(&context[..end]).ok()?.split(' ');
        let numbers: Vec<i64> = numbers.map(|number| number.parse().unwrap_or(0)).collect();
        let [passed, last, kind, day, bytes, is_begun] = *numbers.first_chunk()?;
        let head = match kind {
            0 => Head::None,
            1 => Head::Day(day),
            _ => Head::Days,
        };
        let last = Some(last).filter(|&last| last >= 0);
        let bytes = usize::try_from(bytes).ok()?;
        let days = Self { passed, last, head, bytes, is_begun: is_begun != 0 };
        Some((days, &context[end + 1..]))
    }
}

/// The day that is written from `start` on, `2026-03-09` or `2026/03/09`, in nanoseconds since 1970 as if it were in UTC.
fn day_at(line: &[u8], start: usize) -> Option<i64> {
    let is_digit = |at: usize| line.get(at).is_some_and(u8::is_ascii_digit);
    let date = line.get(start..start + 10)?;
    let is_date = matches!(date[4], b'-' | b'/') && date[7] == date[4];
    if !is_date || is_digit(start + 10) || start.checked_sub(1).is_some_and(is_digit) {
        return None;
    }
    let date = std::str::from_utf8(date).ok()?.replace('/', "-");
    timestamp::parse(&format!("{date}T00:00:00Z"))?.nanos
}

/// Cuts as [`Stamped`] does. The context is what is known of the days, a newline, and that of the lines.
struct Clocks {
    days: Days,
    lines: Stamped,
}

impl Framing for Clocks {
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        let end = self.lines.cut(text, is_long)?;
        for line in text[..end].split(|&byte| byte == b'\n') {
            if !super::lines::is_blank(line)
                && let Ok(line) = std::str::from_utf8(line)
            {
                self.days.note(line);
            }
        }
        Some(end)
    }

    fn join(&mut self, max_line: usize) {
        self.lines.join(max_line);
    }

    fn context(&self) -> Vec<u8> {
        let mut context = self.days.written().into_bytes();
        context.extend(self.lines.context());
        context
    }
}

struct Decoder {
    max_line: usize,
    join: bool,
}

impl Decode for Decoder {
    /// All lines are read, whatever is wanted: each may begin another day.
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let max_line = self.max_line;
        let (days, lines) = Days::read(&piece.context).unwrap_or_default();
        let join = Join::new(self.join, max_line);
        let mut reader =
            Reader { day: piece.reference.day, days, clock: Clock::default(), last: None, join };
        // It changes nothing of the days.
        reader.last =
            context_lines(lines).last().and_then(|line| reader.stamp(line)).map(|own| own.0);
        let end = each_line_or(piece, text, max_line, &ORIGIN, rows, |line, rows| match line {
            Ok(line) => reader.push(line, rows),
            Err(refused) => {
                reader.join.end();
                // It has a time for the lines after it all the same.
                if let Ok(line) = std::str::from_utf8(refused.line) {
                    reader.last = reader.stamp(line).map(|own| own.0).or(reader.last);
                }
                refuse(piece, refused, max_line, rows);
            }
        });
        end.finish(piece, rows);
    }
}

struct Reader<'a> {
    /// That of the file's name.
    day: Option<i64>,
    days: Days,
    clock: Clock,
    last: Option<Stamp<'a>>,
    join: Join,
}

impl<'a> Reader<'a> {
    /// The stamp and the message of a line that has a time.
    fn stamp(&mut self, line: &'a str) -> Option<(Stamp<'a>, [&'a str; 2])> {
        let (nanos, [head, text]) = self.days.note(line)?;
        let level = match bracket(head, text) {
            Some(word) => self.clock.levels.find(&text[word.clone()]).map(|_| word),
            None => None,
        };
        let level = level.or_else(|| self.clock.levels.find(text));
        let before = level.as_ref().map_or("", |level| &text[..level.start]);
        let padding = if before.bytes().all(|byte| byte == b' ') { before.len() } else { 0 };
        let timestamp = self.day.or(self.days.day()).and_then(|day| day.checked_add(nanos));
        // A time that is not known to be of any day stays in the text.
        let message = match timestamp {
            Some(_) => [head, &text[padding..]],
            None => ["", line],
        };
        Some((Stamp { timestamp, zone: None, level: level.map(|level| &text[level]) }, message))
    }

    fn push(&mut self, line: &TextLine<'a, '_>, rows: &mut LinesBuilder) {
        let own = self.stamp(line.text);
        let (stamp, message) =
            own.unwrap_or_else(|| (self.last.unwrap_or_default(), ["", line.text]));
        let continued = own.is_none() && self.last.is_some();
        self.last = own.map(|(stamp, _)| stamp).or(self.last);
        let row = TextRow { continued, ..line.row(stamp, message) };
        self.join.push(&row, (line.place, line.text.len()), own.is_some(), rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_pass_at_midnight() {
        let mut days = Days::default();
        let mut at =
            |line: &str| days.note(line).map(|(nanos, _)| (nanos / DAY, nanos % DAY / MINUTE));
        let all = [
            ("23:59:59 a", Some((0, 1439))),
            ("23:59:58 earlier", Some((0, 1439))),
            ("00:00:00.5 b", Some((1, 0))),
            ("23:59:59.9 of another thread", Some((0, 1439))),
            ("00:00:01 c", Some((1, 0))),
            ("no time", None),
            ("18:00:00 d", Some((1, 1080))),
            ("[06:00:01] back by less than half a day", Some((1, 360))),
            ("19:00:00 e", Some((1, 1140))),
            ("06:59:59 f", Some((2, 419))),
        ];
        for (line, right) in all {
            assert_eq!(at(line), right, "{line}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut days = Days::default();
        for line in ["Started on 2026/03/09", "x", "23:00:00 a", "01:00:00,25 b"] {
            days.note(line);
            let context = [days.written().as_bytes(), b"rest\n"].concat();
            assert_eq!(Days::read(&context), Some((days.clone(), &b"rest\n"[..])));
        }
        assert_eq!(days.day().map(timestamp::format_utc).as_deref(), Some("2026-03-09T00:00:00Z"));
        assert_eq!(days.passed, 1);
    }
}
