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

use super::inner::Inner;
use super::joining::{self, Joining, Part, Parts, Text, Uncut};
use super::lines::{Place, each_line_of};
use super::wanted::each_run;
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::json::{AnyParser, MappedColumn, Mapping, values_of};
use crate::query::Wanted;
use crate::record::Record;
use crate::source::Piece;
use crate::table::{LinesBuilder, Origin};
use parts::{Closed, effect, part_of};
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
    framing: || Box::new(Uncut { effect }),
    decoder: |settings: &Settings| {
        let keys = [("time", MappedColumn::Timestamp), ("log", MappedColumn::Message)];
        let parser = AnyParser::new(Mapping::of(keys, &[]));
        let inner = Inner::default();
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

/// `max_line` limits joined texts as well.
struct Decoder {
    max_line: usize,
    parser: AnyParser,
    inner: Inner,
}

impl Decode for Decoder {
    /// A row is written at once while no text is open, which is nearly always; the rows after an open text
    /// wait, so that rows are in the order of their first lines.
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        let max_line = self.max_line;
        let Some(mut lines) = Lines::of(piece, text, wanted, max_line) else {
            return joining::decode(piece, text, &ORIGIN, self, rows);
        };
        let mut joining = Joining::default();
        rows.begin(piece.entry, piece.bytes(text) as usize, &ORIGIN);
        each_run(
            piece,
            text,
            |from| lines.next(from),
            |run| {
                each_line_of(piece, run.text, run.place, max_line, rows, |line, rows| {
                    joining.take(line, self, rows);
                });
            },
        );
        joining.end(self, rows);
    }
}

impl Parts for Decoder {
    fn max_line(&self) -> usize {
        self.max_line
    }

    fn is_row(&self, line: &[u8]) -> bool {
        Closed::of(line).is_some()
    }

    fn part<'a>(&mut self, line: &'a str) -> Option<Part<'a>> {
        part_of(line)
    }

    /// Writes the row of a line by itself, which is given with a text that begins with it. A blank `log` is a
    /// blank line of output, whatever else the object has.
    fn push(&mut self, (line, onward): (&str, &str), place: Place, rows: &mut LinesBuilder) {
        let json = line.as_bytes();
        let Self { parser, inner, .. } = self;
        let parsed = parser.parse_text(line, onward, |record| match record.message {
            Some(_) if inner.push(record, || time_of(line), place, rows) => {}
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
        let Self { parser, inner, .. } = self;
        let parsed = parser.parse(text.first.as_bytes(), |record: &Record<'_>| {
            let message = Some(text.message.as_str());
            let extra = text.extra(record.extra);
            let extra = extra.as_deref();
            let record = Record { message, extra, ..record.clone() };
            if !inner.push(&record, || time_of(&text.first), text.place, rows) {
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
