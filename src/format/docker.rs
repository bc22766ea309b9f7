//! Docker's json-file driver (moby, daemon/logger/jsonfilelog): one object per line with `log`, `stream`
//! and `time`.
//!
//! ```text
//! {"log":"a long line, first part ","stream":"stdout","time":"2026-03-09T10:00:00.123456789Z"}
//! {"log":"a warning\n","stream":"stderr","time":"2026-03-09T10:00:00.123460000Z"}
//! {"log":"and its end\n","stream":"stdout","time":"2026-03-09T10:00:00.123470000Z"}
//! ```
//!
//! The daemon cuts what a container writes at 16 KiB. A `log` without a final newline is a part, to be
//! joined to the next one of the same stream; parts of stdout and stderr may alternate, as above. A text that
//! is a JSON object is read as in [`ndjson`](super::ndjson). Pieces
//! are cut where no text is open, so a text never continues in another piece, unless it is longer than a
//! line may be.

use std::borrow::Cow;

use memchr::{memchr_iter, memrchr};

use super::lines::{Place, Refused, each_line_or, refuse_text};
use super::{Decode, Format, Sample, Settings, envelope};
use crate::identity::Identity;
use crate::json::{AnyParser, MappedColumn, Mapping, value_as_text, values_of};
use crate::query::Wanted;
use crate::record::Record;
use crate::simd::mask::{Bytes, CHUNK, One, Quote};
use crate::source::{Framing, Piece};
use crate::table::{LinesBuilder, Origin};

/// Docker's json-file logs.
pub(super) static FORMAT: Format = Format {
    name: "docker",
    title: "Docker json-file logs",
    detected_by: "objects with log, stream and time, one per line",
    columns: &[
        ("timestamp, zone", "time; of an object in log, its own"),
        ("level", "of an object in log, as in ndjson"),
        ("message", "log, parts joined; of an object in it, as in ndjson"),
        ("extra", "stream, attrs; joined: the times of further parts; an object's other keys"),
    ],
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Parts),
    decoder: |settings: &Settings| {
        let keys = [("time", MappedColumn::Timestamp), ("log", MappedColumn::Message)];
        let parser = AnyParser::new(Mapping::of(keys, &[]));
        let inner = Inner { parser: AnyParser::new(Mapping::default()) };
        Box::new(Decoder { max_line: settings.max_line, parser, inner })
    },
};

/// A row may be joined from several lines.
static ORIGIN: Origin =
    Origin { name: "docker", spans_lines: true, own_lines: true, size_limits: &[] };

/// The first line's keys, or those of at least half of the objects among other lines.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    let is_docker = match sample.json() {
        Some(json) => !json.is_document() && is_record(&json.keys),
        // The first line may have lost its beginning.
        None => {
            let objects = sample.objects();
            objects.are_enough() && 2 * objects.docker >= objects.count
        }
    };
    is_docker.then(|| "objects with log, stream and time".into())
}

/// Whether an object with these keys is one that the daemon writes; `attrs` is optional.
pub(super) fn is_record(keys: &[String]) -> bool {
    ["log", "stream", "time"].iter().all(|key| keys.iter().any(|own| own == key))
}

/// The members of a line that decide whether it is joined to others.
struct Part<'a> {
    /// Decoded, with its newline.
    log: Cow<'a, str>,
    /// `stdout` or `stderr`; empty if there is none.
    stream: Cow<'a, str>,
    /// As written, with its quotes: it goes to `extra`.
    time: &'a str,
}

impl<'a> Part<'a> {
    /// `None` if the line is not an object, or `log` or `stream` is not a string: then it is a row by itself.
    fn of(line: &'a str) -> Option<Self> {
        let [log, stream, time] = values_of(line, ["log", "stream", "time"])?;
        let log = value_as_text(log?)?;
        let stream = value_as_text(stream.unwrap_or("\"\""))?;
        Some(Self { log, stream, time: time.unwrap_or("null") })
    }

    /// Whether its text continues in the next part of its stream.
    fn is_open(&self) -> bool {
        !self.log.ends_with('\n')
    }
}

/// Whether a line is an object as the daemon writes it whose `log` ends in a newline. It looks at bytes
/// only and is right if it says so; lines written otherwise are `false` and have to be parsed.
fn is_closed(line: &[u8]) -> bool {
    closed_time(line).is_some()
}

/// The time of such a line, with its quotes; `None` for other lines.
fn closed_time(line: &[u8]) -> Option<&[u8]> {
    let parts = || {
        let all = line.strip_suffix(b"\"}")?;
        // The time is short, and has neither quotes nor escapes.
        let at = memrchr(b'"', all)?;
        let time = &line[at..=all.len()];
        let rest = all[..at].strip_prefix(br#"{"log":""#)?;
        let rest = rest.strip_suffix(br#"","time":"#)?;
        let rest = rest.strip_suffix(b"out").or_else(|| rest.strip_suffix(b"err"))?;
        let log = rest.strip_suffix(br#"\n","stream":"std"#)?;
        (!time.contains(&b'\\')).then_some((log, time))
    };
    let (log, time) = parts()?;
    (log.last() != Some(&b'\\') && are_quotes_escaped(log)).then_some(time)
}

/// Whether each quote of a text has one backslash before it: a quote ends the text, and a pair of backslashes
/// does not escape what follows.
fn are_quotes_escaped(text: &[u8]) -> bool {
    // The last two bytes before a chunk, and whether they are backslashes.
    let mut before = 0;
    let is_escaped = |chunk: &[u8; CHUNK]| {
        let backslashes = u64::from(One::<b'\\'>::mask(chunk)) << 2 | before;
        before = backslashes >> CHUNK;
        let quotes = u64::from(Quote::mask(chunk)) << 2;
        quotes & !(backslashes << 1) == 0 && quotes & (backslashes << 2) == 0
    };
    let (chunks, rest) = text.as_chunks();
    let mut last = [0; CHUNK];
    last[..rest.len()].copy_from_slice(rest);
    chunks.iter().chain([&last]).all(is_escaped)
}

/// Cuts where no stream has an unfinished text, so that the pieces need no context.
struct Parts;

impl Framing for Parts {
    /// Walks from the last cut, where no text is open. An open text delays the cut until it is closed or
    /// there is as much text as the longest line.
    fn cut(&mut self, text: &[u8], is_long: bool) -> Option<usize> {
        let end = memrchr(b'\n', text)? + 1;
        // `clean` is the end of the last line after which no text was open.
        let (mut start, mut clean) = (0, 0);
        let mut open: Vec<String> = Vec::new();
        for newline in memchr_iter(b'\n', &text[..end]) {
            let line = &text[start..newline];
            // Nearly all lines are complete, and are not parsed here.
            if !open.is_empty() || !is_closed(line) {
                let part = std::str::from_utf8(line).ok().and_then(Part::of);
                let known = |part: &Part<'_>| open.iter().position(|own| *own == part.stream);
                match part.map(|part| (known(&part), part)) {
                    Some((None, part)) if part.is_open() => {
                        open.push(part.stream.into_owned());
                    }
                    Some((Some(at), part)) if !part.is_open() => {
                        open.remove(at);
                    }
                    _ => {}
                }
            }
            start = newline + 1;
            if open.is_empty() {
                clean = start;
            }
        }
        // A text longer than the longest line is cut between its parts rather than held.
        if clean > 0 { Some(clean) } else { is_long.then_some(end) }
    }
}

/// The text that a stream has written since its last newline.
struct Text {
    stream: String,
    /// Where its first part is: that line and time are the row's.
    place: Place,
    /// The line of its first part, for the other members.
    first: String,
    /// The parts so far, joined.
    message: String,
    /// Times of the parts after the first, as written.
    times: Vec<String>,
    /// Which of the piece's lines it began with, from 1: rows are in that order.
    order: usize,
}

/// `max_line` limits joined texts as well.
struct Decoder {
    max_line: usize,
    parser: AnyParser,
    inner: Inner,
}

/// A finished row that waits, because a text that began before it is still open.
enum Waiting {
    /// A line by itself.
    Line(String, Place),
    /// A text that is finished, or ended by the end of the piece.
    Joined(Text),
    /// A line that is too long or not UTF-8.
    Refused(Vec<u8>, Place),
}

impl Decode for Decoder {
    /// A row is written at once while no text is open, which is nearly always; the rows after an open text
    /// wait, so that rows are in the order of their first lines.
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        let mut open: Vec<Text> = Vec::new();
        // Rows in the order of their first lines: those after an open text wait for it.
        let mut waiting: Vec<(usize, Waiting)> = Vec::new();
        let mut order = 0;
        let end = each_line_or(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
            order += 1;
            let line = match line {
                Ok(line) => line,
                Err(refused) if open.is_empty() => {
                    return refuse_text(refused.line, self.max_line, refused.place, rows);
                }
                Err(&Refused { line, place }) => {
                    return waiting.push((order, Waiting::Refused(line.to_vec(), place)));
                }
            };
            let text = line.text;
            if open.is_empty() && is_closed(text.as_bytes()) {
                return self.push((text, line.onward), line.place, rows);
            }
            let Some(own) = Part::of(text) else {
                if open.is_empty() {
                    return self.push((text, line.onward), line.place, rows);
                }
                return waiting.push((order, Waiting::Line(text.to_owned(), line.place)));
            };
            let is_open = own.is_open();
            match open.iter().position(|text| text.stream == own.stream) {
                Some(at) => {
                    let text = &mut open[at];
                    text.message.push_str(&own.log);
                    text.times.push(own.time.to_owned());
                    if !is_open || text.message.len() > self.max_line {
                        let text = open.remove(at);
                        waiting.push((text.order, Waiting::Joined(text)));
                    }
                }
                None if is_open => open.push(Text {
                    stream: own.stream.into_owned(),
                    place: line.place,
                    first: line.text.to_owned(),
                    message: own.log.into_owned(),
                    times: Vec::new(),
                    order,
                }),
                None => {
                    let row = Waiting::Line(line.text.to_owned(), line.place);
                    waiting.push((order, row));
                }
            }
            if open.is_empty() {
                self.flush(&mut waiting, rows);
            }
        });
        waiting.extend(open.into_iter().map(|text| (text.order, Waiting::Joined(text))));
        self.flush(&mut waiting, rows);
        end.finish(piece, rows);
    }
}

impl Decoder {
    /// Writes the waiting rows in the order of their first lines. Called when no text is open.
    fn flush(&mut self, waiting: &mut Vec<(usize, Waiting)>, rows: &mut LinesBuilder) {
        waiting.sort_by_key(|(order, _)| *order);
        for (_, row) in waiting.drain(..) {
            match row {
                Waiting::Line(line, place) => self.push((&line, &line), place, rows),
                Waiting::Joined(text) => self.push_joined(&text, rows),
                Waiting::Refused(line, place) => refuse_text(&line, self.max_line, place, rows),
            }
        }
    }

    /// Writes the row of a line by itself, which is given with a text that begins with it. A blank `log` is a
    /// blank line of output, whatever else the object has.
    fn push(&mut self, (line, onward): (&str, &str), place: Place, rows: &mut LinesBuilder) {
        let json = line.as_bytes();
        let Self { parser, inner, .. } = self;
        let parsed = parser.parse_text(line, onward, |record| match record.message {
            Some(_) if inner.push(record, line, place, rows) => {}
            Some(_) => rows.push(place.line, record),
            None => rows.push_record(place.line, record, json),
        });
        if let Err(reason) = parsed {
            rows.push_malformed(place.line, place.offset, Some(json), reason);
        }
    }

    /// Writes the row of a joined text: the first part with the whole message, and the times of the others as
    /// `joined` in `extra`.
    fn push_joined(&mut self, text: &Text, rows: &mut LinesBuilder) {
        let joined = format!("\"joined\":[{}]", text.times.join(","));
        let Self { parser, inner, .. } = self;
        let parsed = parser.parse(text.first.as_bytes(), |record: &Record<'_>| {
            let message = Some(text.message.as_str());
            let extra = match record.extra {
                _ if text.times.is_empty() => record.extra.map(str::to_owned),
                // Without the closing brace of the object, which is written again.
                Some(extra) => Some(format!("{},{joined}}}", &extra[..extra.len() - 1])),
                None => Some(format!("{{{joined}}}")),
            };
            let extra = extra.as_deref();
            let record = Record { message, extra, ..record.clone() };
            if !inner.push(&record, &text.first, text.place, rows) {
                rows.push(text.place.line, &record);
            }
        });
        if let Err(reason) = parsed {
            let raw = Some(text.first.as_bytes());
            rows.push_malformed(text.place.line, text.place.offset, raw, reason);
        }
    }
}

/// The time of a line, as written; `None` if it has none.
fn time_of(line: &str) -> Option<&str> {
    match closed_time(line.as_bytes()) {
        Some(time) => std::str::from_utf8(time).ok(),
        None => values_of(line, ["time"])?[0],
    }
}

/// Parses the objects that containers write.
struct Inner {
    parser: AnyParser,
}

impl Inner {
    /// Writes the row of a record whose message is an object, with that object's message, level and time;
    /// `false` if it is none. `line` is the record itself.
    #[inline]
    fn push(
        &mut self,
        record: &Record<'_>,
        line: &str,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        let text = record.message.unwrap_or_default();
        text.trim_start().starts_with('{') && self.push_object(record, text, line, place, rows)
    }

    fn push_object(
        &mut self,
        outer: &Record<'_>,
        text: &str,
        line: &str,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        let parsed = self.parser.parse_text(text, text, |own: &Record<'_>| {
            let has_time = own.timestamp.is_some();
            let time = if has_time { time_of(line) } else { None };
            // A time that the column cannot hold whole is in `extra` anyway.
            let is_there = |extra: &str| values_of(extra, ["time"]).is_some_and(|[t]| t.is_some());
            let time = time.filter(|_| !outer.extra.is_some_and(is_there));
            let time = time.map(|time| format!("{{\"time\":{time}}}"));
            let extra = envelope::joined([outer.extra, time.as_deref(), own.extra]);
            let (timestamp, zone, is_epoch) = match has_time {
                true => (own.timestamp, own.zone, own.is_epoch),
                false => (outer.timestamp, outer.zone, outer.is_epoch),
            };
            let extra = extra.as_deref();
            let record = Record { timestamp, zone, is_epoch, extra, ..own.clone() };
            rows.push_record(place.line, &record, text.as_bytes());
        });
        parsed.is_ok()
    }
}
