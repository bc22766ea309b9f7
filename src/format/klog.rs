//! Logs of Kubernetes' components, and of others that use klog or glog (kubernetes/klog, klog.go; google/glog).
//!
//! ```text
//! I0309 10:00:00.123456   12345 server.go:412] "Started" port=8080
//! E20260309 10:00:01.000001 12345 loop.cc:7] failed
//! ```

use super::lines::{split_at_byte, valid};
use super::made::{Decoder, Made, Make, Text};
use super::pass::find_beginnings;
use super::stamped::Anchor;
use super::stamped::Records;
use super::syslog::{Minute, fraction, local_text, seconds_of_day};
use super::{Format, Sample, Settings};
use crate::identity::Identity;
use crate::json::{close_object, push_member};
use crate::record::reference::Yearless;
use crate::record::timestamp;
use crate::source::Reference;
use crate::source::{Catalog, FormatId};
use crate::table::{Origin, Stamp};

/// klog and glog.
pub(super) static FORMAT: Format = Format {
    name: "klog",
    title: "klog and glog: Kubernetes' components",
    detected_by: "lines of I, W, E or F, month and day, a time with six digits, a thread and file:line]",
    columns: &[
        ("timestamp", "the time; without a year, that of the file's header or stored time"),
        ("level", "INFO, WARNING, ERROR, FATAL"),
        ("message", "the text after ]"),
        ("extra", "pid, source (file:line)"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: Some(survey),
    stages: &[],
    framing: || Box::new(Records::new(anchor)),
    decoder: |settings: &Settings| Box::new(Decoder::<Lines>::new(settings, &ORIGIN)),
};

/// Each line is a record of its own.
static ORIGIN: Origin =
    Origin { name: "klog", spans_lines: false, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = |line: &str| Line::of(line).is_some();
    // The lines of a header may be more than those after it.
    let has_header = begun(valid(sample.first_line())).is_some();
    let is_log = sample.has_lines(is_one) || has_header && sample.count_lines(is_one) > 0;
    is_log.then(|| "lines of a severity, a time, a thread and file:line".into())
}

fn anchor(line: &str) -> Anchor {
    // As the decoder has it.
    let line = line.strip_suffix('\r').unwrap_or(line);
    if Line::of(line).is_some() { Anchor::Whole } else { Anchor::None }
}

/// Nanoseconds of a minute.
const MINUTE: i64 = 60_000_000_000;

/// Before the time of a header.
const CREATED: &str = "Log file created at: ";

/// Takes the year of each log from its header, if it has one.
fn survey(catalog: &mut Catalog, own: FormatId) {
    find_beginnings(catalog, own, begun);
}

/// The time in a header.
fn begun(head: &str) -> Option<i64> {
    let first = head.lines().find(|line| !line.trim().is_empty())?;
    let time = first.trim_start_matches('\u{feff}').strip_prefix(CREATED)?.replace('/', "-");
    timestamp::parse(time.trim_end_matches('\r')).filter(|time| time.zone.is_none())?.nanos
}

/// A time in a year, in nanoseconds since 1970 as if it were in UTC.
fn in_year(year: &str, Yearless { month, day, nanos }: Yearless) -> Option<i64> {
    let date = format!("{year}-{month:02}-{day:02}T00:00:00Z");
    timestamp::parse(&date)?.nanos?.checked_add(nanos)
}

/// A line, divided.
struct Line<'a> {
    level: &'static str,
    year: Option<&'a str>,
    time: Yearless,
    pid: &'a str,
    source: &'a str,
    text: &'a str,
}

impl<'a> Line<'a> {
    #[inline]
    fn of(line: &'a str) -> Option<Self> {
        let level = match line.as_bytes().first()? {
            b'I' => "INFO",
            b'W' => "WARNING",
            b'E' => "ERROR",
            b'F' => "FATAL",
            _ => return None,
        };
        let end = 1 + line.bytes().skip(1).take(9).take_while(u8::is_ascii_digit).count();
        let (year, day) = match end {
            5 => (None, &line[1..5]),
            9 => (Some(&line[1..5]), &line[5..9]),
            _ => return None,
        };
        let rest = line[end..].strip_prefix(' ')?;
        let seconds = seconds_of_day(rest.as_bytes().get(..8)?)?;
        let (nanos, length) = fraction(&rest[8..]).filter(|(_, length)| *length == 7)?;
        let rest = rest[8 + length..].strip_prefix(' ')?.trim_start_matches(' ');
        let (pid, rest) = split_at_byte(rest, b' ')?;
        let (source, text) = split_at_byte(rest, b']')?;
        let colon = source.bytes().rposition(|byte| byte == b':')?;
        let (file, number) = (&source[..colon], &source[colon + 1..]);
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let has_blank = || file.bytes().any(|byte| byte == b' ');
        if !is_number(pid) || !is_number(number) || file.is_empty() || has_blank() {
            return None;
        }
        let number = |text: &str| text.parse().ok();
        let nanos = seconds * 1_000_000_000 + nanos;
        let time = Yearless::new(number(&day[..2])?, number(&day[2..])?, nanos)?;
        // A day that the year does not have is no time.
        if year.is_some_and(|year| in_year(year, time).is_none()) {
            return None;
        }
        let text = match text.strip_prefix(' ') {
            Some(text) => text,
            None => text.is_empty().then_some(text)?,
        };
        Some(Self { level, year, time, pid, source, text })
    }

    /// The time as NDJSON may have it, without a zone.
    fn time(&self, reference: Reference) -> Option<String> {
        let nanos = match self.year {
            Some(year) => in_year(year, self.time)?,
            None => reference.complete(self.time)?,
        };
        Some(local_text(nanos))
    }
}

/// Writes lines as objects.
#[derive(Default)]
pub(super) struct Lines {
    minute: Minute,
}

impl Make for Lines {
    const ANCHOR: Option<fn(&str) -> Anchor> = Some(anchor);

    #[inline]
    fn read<'l>(
        &mut self,
        line: &'l str,
        reference: Reference,
        members: &mut Vec<(&'static str, &'l str)>,
    ) -> Option<Text<'l>> {
        let own = Line::of(line)?;
        let Yearless { month, day, nanos } = own.time;
        let within = nanos % MINUTE;
        let start = || Some(Yearless { month, day, nanos: nanos - within });
        // `0309 10:00` after the letter.
        let written = line.as_bytes().get(1..11).filter(|_| own.year.is_none())?;
        let nanos = self.minute.complete(written, reference, within, start)?;
        members.extend([("pid", own.pid), ("source", own.source)]);
        let stamp = Stamp { timestamp: Some(nanos), zone: None, level: Some(own.level) };
        Some(Text { stamp, message: own.text, object: None })
    }

    fn make(&mut self, line: &str, reference: Reference, json: &mut String) -> Made {
        let Some(own) = Line::of(line) else { return Made::Text };
        let start = json.len();
        push_member(json, start, "pid", own.pid);
        push_member(json, start, "source", own.source);
        let time = own.time(reference);
        push_member(json, start, "time", time.as_deref());
        if time.is_none() {
            push_member(json, start, "written_time", &line[1..line.len() - written_after(line)]);
        }
        push_member(json, start, "level", own.level);
        push_member(json, start, "message", own.text);
        close_object(json, start);
        Made::Object
    }
}

/// Bytes of a line after its time.
fn written_after(line: &str) -> usize {
    let mut blanks = line.match_indices(' ');
    blanks.next();
    blanks.next().map_or(0, |(at, _)| line.len() - at)
}
