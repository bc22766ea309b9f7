//! Logs of containers as the kubelet keeps them, in the form of the Container Runtime Interface (kubernetes,
//! pkg/kubelet/kuberuntime/logs): a time, a stream, a tag and the text.
//!
//! ```text
//! 2026-03-09T10:00:00.123456789Z stdout F started
//! 2026-03-09T10:00:01.5+01:00 stderr P a long line, first part
//! 2026-03-09T10:00:01.6+01:00 stderr F  and its end
//! ```
//!
//! The tag is `P` for a part that another one of the stream continues, else `F`; tags that other versions may add
//! follow a colon. Parts are joined to a row. A text that is a JSON object is read as in [`ndjson`](super::ndjson).

use std::borrow::Cow;

use super::clock::Time;
use super::inner::Inner;
use super::joining::{self, Effect, Part, Parts, Text, Uncut};
use super::lines::Place;
use super::stamped::Clock;
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::query::Wanted;
use crate::record::Record;
use crate::source::Piece;
use crate::table::{LinesBuilder, Origin};

/// Logs of containers in Kubernetes.
pub(super) static FORMAT: Format = Format {
    name: "cri",
    title: "container logs of Kubernetes (CRI)",
    detected_by: "lines of a time, stdout or stderr, F or P and a text",
    columns: &[
        ("timestamp, zone", "the time; of an object in the text, its own"),
        ("level", "of an object in the text, as in ndjson"),
        ("message", "the text, parts joined; of an object in it, as in ndjson"),
        ("extra", "stream; joined: the times of further parts; an object's other keys"),
    ],
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Uncut { effect }),
    decoder: |settings: &Settings| {
        let (max_line, clock, inner) = (settings.max_line, Clock::default(), Inner::default());
        Box::new(Decoder { max_line, clock, inner })
    },
};

/// A row may be joined from several lines.
static ORIGIN: Origin =
    Origin { name: "cri", spans_lines: true, own_lines: true, size_limits: &[] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_one = |line: &str| Line::of(line, &mut Clock::default()).is_some();
    sample.has_lines(is_one).then(|| "lines with a time, a stream and F or P".into())
}

/// A line, divided.
struct Line<'a> {
    /// As written.
    time: &'a str,
    nanos: i64,
    zone: Option<&'a str>,
    is_error: bool,
    is_part: bool,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn of(line: &'a str, clock: &mut Clock) -> Option<Self> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let Time { nanos, zone, text: ["", rest] } = clock.read_any(line)? else { return None };
        if !line.as_bytes()[0].is_ascii_digit() {
            return None;
        }
        let time = &line[..line.len() - rest.len() - 1];
        let (rest, is_error) = match rest.strip_prefix("stdout ") {
            Some(rest) => (rest, false),
            None => (rest.strip_prefix("stderr ")?, true),
        };
        let is_part = match rest.as_bytes().first()? {
            b'F' => false,
            b'P' => true,
            _ => return None,
        };
        let text = match rest.as_bytes().get(1) {
            Some(b' ') => &rest[2..],
            Some(b':') => {
                let end = rest.bytes().position(|byte| byte == b' ').unwrap_or(rest.len());
                rest.get(end + 1..).unwrap_or_default()
            }
            None => "",
            Some(_) => return None,
        };
        Some(Self { time, nanos, zone, is_error, is_part, text })
    }

    fn stream(&self) -> &'static str {
        if self.is_error { "stderr" } else { "stdout" }
    }

    fn extra(&self) -> &'static str {
        if self.is_error { r#"{"stream":"stderr"}"# } else { r#"{"stream":"stdout"}"# }
    }
}

/// What a line does to the text of its stream; a look at its bytes rules most lines out.
fn effect(line: &[u8], is_clear: bool) -> Effect<'_> {
    if is_clear && is_full(line) {
        return Effect::None;
    }
    let line = std::str::from_utf8(line).ok();
    match line.and_then(|line| Line::of(line, &mut Clock::default())) {
        None => Effect::None,
        Some(line) if line.is_part => Effect::Opens(Cow::Borrowed(line.stream())),
        Some(line) => Effect::Closes(Cow::Borrowed(line.stream())),
    }
}

/// Whether a line has `F` after its first blank and stream, whatever its time is.
fn is_full(line: &[u8]) -> bool {
    let Some(blank) = line.iter().take(40).position(|&byte| byte == b' ') else { return false };
    let rest = &line[blank + 1..];
    rest.starts_with(b"stdout F") || rest.starts_with(b"stderr F")
}

struct Decoder {
    max_line: usize,
    clock: Clock,
    inner: Inner,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        joining::decode(piece, text, &ORIGIN, self, rows);
    }
}

impl Parts for Decoder {
    fn max_line(&self) -> usize {
        self.max_line
    }

    fn is_row(&self, line: &[u8]) -> bool {
        is_full(line)
    }

    fn part<'a>(&mut self, line: &'a str) -> Option<Part<'a>> {
        let line = Line::of(line, &mut self.clock)?;
        Some(Part {
            text: Cow::Borrowed(line.text),
            stream: Cow::Borrowed(line.stream()),
            time: Cow::Owned(format!("\"{}\"", line.time)),
            is_open: line.is_part,
        })
    }

    fn push(&mut self, (text, _): (&str, &str), place: Place, rows: &mut LinesBuilder) {
        let Some(line) = Line::of(text, &mut self.clock) else {
            let text = text.strip_suffix('\r').unwrap_or(text);
            return rows.push(place.line, &Record { message: Some(text), ..Record::default() });
        };
        let record = Record {
            timestamp: Some(line.nanos),
            zone: line.zone,
            message: Some(line.text),
            extra: Some(line.extra()),
            ..Record::default()
        };
        self.push_record(&record, line.time, place, rows);
    }

    fn push_joined(&mut self, text: &Text, rows: &mut LinesBuilder) {
        let Some(line) = Line::of(&text.first, &mut self.clock) else { return };
        let extra = text.extra(Some(line.extra()));
        let record = Record {
            timestamp: Some(line.nanos),
            zone: line.zone,
            message: Some(&text.message),
            extra: extra.as_deref(),
            ..Record::default()
        };
        self.push_record(&record, line.time, text.place, rows);
    }
}

impl Decoder {
    fn push_record(
        &mut self,
        record: &Record<'_>,
        time: &str,
        place: Place,
        rows: &mut LinesBuilder,
    ) {
        let text = record.message.unwrap_or_default();
        let time = text.trim_start().starts_with('{').then(|| format!("\"{time}\""));
        if !self.inner.push(record, || time.as_deref(), place, rows) {
            rows.push(place.line, record);
        }
    }
}
