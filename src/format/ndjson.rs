//! Objects of any keys, one per line, by the names in common use; lines between them are text.
//!
//! ```text
//! {"level":30,"time":1741514400123,"pid":17,"msg":"started"}
//! Warning: a line of another library
//! {"level":"error","ts":1741514401.5,"msg":"failed","code":7}
//! ```
//!
//! The common output of structured loggers, often with a banner before it or a stack trace in between. A line
//! may have several objects, a mark before them (RS, or `data:` of an event stream), or an object that
//! [holds records](super::envelope).

use memchr::memchr;

use super::envelope::begins_object;
use super::lines::{Place, TextLine, refuse_text};
use super::objects::{self, Objects};
use super::wanted::each_wanted_line;
use super::{Decode, Format, Sample, Settings, bulk, stamped_text, text};
use crate::identity::Identity;
use crate::json::AnyParser;
use crate::query::{Wanted, Writing};
use crate::record::Record;
use crate::source::{Ending, Piece};
use crate::table::{LinesBuilder, Origin};

/// NDJSON of any keys. Formats with keys of their own come before it.
pub(super) static FORMAT: Format = Format {
    name: "ndjson",
    title: "any NDJSON: pino, bunyan, zap, structlog ...",
    detected_by: "objects, one per line, also among other lines",
    columns: COLUMNS,
    origin: &ORIGIN,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(bulk::Lines),
    decoder: |settings: &Settings| {
        let objects = Objects::new(settings.mapping.clone(), settings.max_line);
        Box::new(Decoder { max_line: settings.max_line, objects })
    },
};

/// The keys that fill columns, unless `--map` names others. Shown by `ripsaw formats`.
pub(super) const COLUMNS: &[(&str, &str)] = &[
    (
        "timestamp, zone",
        "time, ts, timestamp, @timestamp, logged_at, ... (docs/formats.md): text, or a number since 1970",
    ),
    ("level", "level, severity, lvl, ..."),
    ("message", "msg, message, log, out, body, ..."),
    ("pos", "pos"),
    ("extra", "all other keys"),
];

/// Each line is a record of its own.
static ORIGIN: Origin =
    Origin { name: "ndjson", spans_lines: false, own_lines: true, size_limits: &[] };

/// Text that begins as NDJSON, or has enough objects among other lines.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    if let Some(json) = sample.json() {
        return (!json.is_document()).then(|| "objects, one per line".into());
    }
    if sample.is_marked() {
        return Some("objects, each with a mark before it".into());
    }
    let objects = sample.objects();
    // A log with Harness records has no other lines but damaged ones, and is left to `harness`. If as many
    // lines begin with a time, `stamped` is the better format: it keeps their times.
    let is_one = objects.are_enough()
        && 2 * objects.harness < objects.count
        && objects.count > sample.count_lines(stamped_text::is_stamped);
    is_one.then(|| "objects with a time, level or message among other lines".into())
}

/// Lines are independent, but for the actions of Elasticsearch's bulk API; those are never at the end of a
/// piece.
struct Decoder {
    max_line: usize,
    objects: Objects,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        // Which of the user's keys occur is noted as objects are parsed, so all must be.
        let wanted = if self.objects.mapping().is_named() { Wanted::default() } else { wanted };
        let wanted = (wanted, Writing::Mixed);
        each_wanted_line(piece, text, wanted, self.max_line, &ORIGIN, rows, |line, rows| {
            // A line that begins with a brace was meant to be an object: if it is none, it is an error row.
            if line.text.trim_start_matches([' ', '\t']).starts_with('{') {
                let end = (line.place.offset - piece.offset) as usize + line.text.len();
                // The line after it may be in a part that is decoded elsewhere.
                let is_last = piece.ending != Ending::Whole;
                if bulk::is_left_out(line.text.as_bytes(), &text[end..], is_last) {
                    return rows.count_action();
                }
                self.objects.push(line.text, line.onward, line.place, rows);
            } else {
                self.push_other(line, rows);
            }
        });
    }
}

impl Decoder {
    /// Adds the row of a line that does not begin with a brace: the object of a JSON text sequence or of an
    /// event stream, or a line of text.
    fn push_other(&mut self, line: &TextLine<'_, '_>, rows: &mut LinesBuilder) {
        let Some(start) = behind_mark(line.text.as_bytes()) else {
            return text::push(line, rows);
        };
        let Place { line: number, offset } = line.place;
        let place = Place { line: number, offset: offset + start as u64 };
        self.objects.push(&line.text[start..], &line.onward[start..], place, rows);
    }
}

/// Where the object begins in a line that has a mark before it: RS (RFC 7464), or `data:` of an event stream.
/// `None` for other lines.
pub(super) fn behind_mark(line: &[u8]) -> Option<usize> {
    let rest = match line.first()? {
        0x1e => line.trim_ascii_start(),
        b'd' => line.strip_prefix(b"data:")?,
        _ => return None,
    };
    let object = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x1e))?;
    let object = &rest[object..];
    (begins_object(object) == Some(true)).then_some(line.len() - object.len())
}

/// Hands what has no column of each record of lines to `take`, as their rows have it.
pub(crate) fn each_extra(parser: &mut AnyParser, text: &[u8], take: &mut dyn FnMut(Option<&str>)) {
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..length];
        start += length + 1;
        let object = match line.trim_ascii_start().first() {
            Some(b'{') => Some(line),
            _ => behind_mark(line).map(|at| &line[at..]),
        };
        // Only records have keys.
        let rest = text.get(start..).unwrap_or_default();
        let is_record = |line: &&[u8]| !bulk::is_left_out(line, rest, true);
        if let Some(line) = object.filter(is_record) {
            objects::each_extra(parser, line, take);
        }
    }
}

/// Adds the row of an object, or the error row of what is in its place.
pub(super) fn push(parser: &mut AnyParser, json: &[u8], place: Place, rows: &mut LinesBuilder) {
    let take = |record: &Record<'_>| rows.push_record(place.line, record, json);
    if let Err(reason) = parser.parse(json, take) {
        // Invalid UTF-8 has a better reason than the parser's. Its length was checked before.
        if std::str::from_utf8(json).is_err() {
            return refuse_text(json, usize::MAX, place, rows);
        }
        rows.push_malformed(place.line, place.offset, Some(json), reason);
    }
}
