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

mod parts;
mod wanted;

use std::collections::HashMap;

use super::lines::{Place, Refused, TextLine, each_line_of, each_line_or, refuse_text};
use super::wanted::each_run;
use super::{Decode, Format, Sample, Settings, envelope};
use crate::identity::Identity;
use crate::json::{AnyParser, MappedColumn, Mapping, values_of};
use crate::query::Wanted;
use crate::record::Record;
use crate::source::Piece;
use crate::table::{LinesBuilder, Origin};
use parts::{Closed, Part, Parts};
use wanted::Lines;

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
    origin: &ORIGIN,
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

/// Whether the other members of a record are those of one that the daemon writes, so that a blank `log` was a blank
/// line of output.
pub(super) fn is_output(extra: Option<&str>) -> bool {
    let streams = [r#"{"stream":"stdout""#, r#"{"stream":"stderr""#];
    extra.is_some_and(|extra| streams.iter().any(|stream| extra.starts_with(stream)))
}

/// The text that a stream has written since its last newline.
struct Text {
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

/// The texts that are open, and the rows that wait for them.
#[derive(Default)]
struct Joining {
    /// By stream; a crafted log may have thousands.
    open: HashMap<String, Text>,
    /// Rows in the order of their first lines: those after an open text wait for it.
    waiting: Vec<(usize, Waiting)>,
    /// How many lines there were.
    order: usize,
}

impl Decode for Decoder {
    /// A row is written at once while no text is open, which is nearly always; the rows after an open text
    /// wait, so that rows are in the order of their first lines.
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        let mut joining = Joining::default();
        let max_line = self.max_line;
        let Some(mut lines) = Lines::of(piece, text, wanted, max_line) else {
            let end = each_line_or(piece, text, max_line, &ORIGIN, rows, |line, rows| {
                self.take(line, &mut joining, rows);
            });
            self.end(joining, rows);
            return end.finish(piece, rows);
        };
        rows.begin(piece.entry, piece.bytes(text) as usize, &ORIGIN);
        each_run(
            piece,
            text,
            |from| lines.next(from),
            |run| {
                each_line_of(piece, run.text, run.place, max_line, rows, |line, rows| {
                    self.take(line, &mut joining, rows);
                });
            },
        );
        self.end(joining, rows);
    }
}

impl Decoder {
    /// Writes the row of a line, or joins it to an open text.
    fn take(
        &mut self,
        line: Result<&TextLine<'_, '_>, &Refused<'_>>,
        joining: &mut Joining,
        rows: &mut LinesBuilder,
    ) {
        let Joining { open, waiting, order } = joining;
        *order += 1;
        let line = match line {
            Ok(line) => line,
            Err(refused) if open.is_empty() => {
                return refuse_text(refused.line, self.max_line, refused.place, rows);
            }
            Err(&Refused { line, place }) => {
                return waiting.push((*order, Waiting::Refused(line.to_vec(), place)));
            }
        };
        let text = line.text;
        if open.is_empty() && Closed::of(text.as_bytes()).is_some() {
            return self.push((text, line.onward), line.place, rows);
        }
        let Some(own) = Part::of(text) else {
            if open.is_empty() {
                return self.push((text, line.onward), line.place, rows);
            }
            return waiting.push((*order, Waiting::Line(text.to_owned(), line.place)));
        };
        let is_open = own.is_open();
        match open.get_mut(&*own.stream) {
            Some(text) => {
                text.message.push_str(&own.log);
                text.times.push(own.time.to_owned());
                if (!is_open || text.message.len() > self.max_line)
                    && let Some(text) = open.remove(&*own.stream)
                {
                    waiting.push((text.order, Waiting::Joined(text)));
                }
            }
            None if is_open => {
                let text = Text {
                    place: line.place,
                    first: line.text.to_owned(),
                    message: own.log.into_owned(),
                    times: Vec::new(),
                    order: *order,
                };
                open.insert(own.stream.into_owned(), text);
            }
            None => {
                let row = Waiting::Line(line.text.to_owned(), line.place);
                waiting.push((*order, row));
            }
        }
        if open.is_empty() {
            self.flush(waiting, rows);
        }
    }

    /// Writes the rows that are left at the end of a piece.
    fn end(&mut self, joining: Joining, rows: &mut LinesBuilder) {
        let Joining { open, mut waiting, .. } = joining;
        waiting.extend(open.into_values().map(|text| (text.order, Waiting::Joined(text))));
        self.flush(&mut waiting, rows);
    }

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
    match Closed::of(line.as_bytes()) {
        // With its quotes, before the last byte.
        Some(Closed { time, .. }) => line.get(line.len() - 1 - time.len() - 2..line.len() - 1),
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
