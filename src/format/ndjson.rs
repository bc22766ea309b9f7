//! Objects of any keys, one per line, by the names in common use; lines between them are text.
//!
//! ```text
//! {"level":30,"time":1741514400123,"pid":17,"msg":"started"}
//! Warning: a line of another library
//! {"level":"error","ts":1741514401.5,"msg":"failed","code":7}
//! ```
//!
//! The common output of structured loggers, often with a banner before it or a stack trace in between.

use super::lines::{Place, refuse_text};
use super::wanted::each_wanted_line;
use super::{Decode, Format, Sample, Settings, stamped_text, text};
use crate::identity::Identity;
use crate::json::{AnyParser, KeyedParser, Mapping, Outcome};
use crate::query::{Wanted, Writing};
use crate::record::Record;
use crate::source::{Newlines, Piece};
use crate::table::{LinesBuilder, Origin};

/// NDJSON of any keys. Formats with keys of their own come before it.
pub(super) static FORMAT: Format = Format {
    name: "ndjson",
    title: "any NDJSON: pino, bunyan, zap, structlog ...",
    detected_by: "objects, one per line, also among other lines",
    columns: COLUMNS,
    recognise,
    identify: |_, _| Identity::default(),
    survey: None,
    stages: &[],
    framing: || Box::new(Newlines),
    decoder: |settings: &Settings| {
        let objects = Objects::new(settings.mapping.clone());
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
    let objects = sample.objects();
    // A log with Harness records has no other lines but damaged ones, and is left to `harness`. If as many
    // lines begin with a time, `stamped` is the better format: it keeps their times.
    let is_one = objects.are_enough()
        && 2 * objects.harness < objects.count
        && objects.count > sample.count_lines(stamped_text::is_stamped);
    is_one.then(|| "objects with a time, level or message among other lines".into())
}

/// Lines are independent, so a piece needs no context.
struct Decoder {
    max_line: usize,
    objects: Objects,
}

impl Decode for Decoder {
    fn decode(&mut self, piece: &Piece, text: &[u8], wanted: Wanted<'_>, rows: &mut LinesBuilder) {
        // Which of the user's keys occur is noted as objects are parsed, so all must be.
        let wanted =
            if self.objects.parser.mapping().is_named() { Wanted::default() } else { wanted };
        let wanted = (wanted, Writing::Mixed);
        each_wanted_line(piece, text, wanted, self.max_line, &ORIGIN, rows, |line, rows| {
            // A line that begins with a brace was meant to be an object: if it is none, it is an error row.
            if line.text.trim_start_matches([' ', '\t']).starts_with('{') {
                self.objects.push(line.text, line.onward, line.place, rows);
            } else {
                text::push(line, rows);
            }
        });
    }
}

/// Adds the row of an object, or the error row of what is in its place.
pub(super) fn push(parser: &mut AnyParser, json: &[u8], place: Place, rows: &mut LinesBuilder) {
    push_by(parser, json, place, rows, |record, rows| rows.push_record(place.line, record, json));
}

/// Parses objects of any keys into rows: with columns of keys, if the rows have those.
pub(super) struct Objects {
    parser: AnyParser,
    /// Made with the first object for columns of keys.
    keyed: Option<KeyedParser>,
}

impl Objects {
    pub(super) fn new(mapping: Mapping) -> Self {
        Self { parser: AnyParser::new(mapping), keyed: None }
    }

    /// Adds the row of an object, or the error row of what is in its place. `onward` is the text that begins
    /// with it.
    pub(super) fn push(&mut self, json: &str, onward: &str, place: Place, rows: &mut LinesBuilder) {
        let bytes = json.as_bytes();
        let Some(mut keys) = rows.take_keys() else {
            return push(&mut self.parser, bytes, place, rows);
        };
        let make = || KeyedParser::new(self.parser.mapping().clone(), &keys);
        let keyed = self.keyed.get_or_insert_with(make);
        let row = rows.row();
        let take = |record: &Record<'_>, outcome: Outcome| {
            let Outcome { has_keys, is_late } = outcome;
            rows.push_keyed(place.line, record, json, (has_keys, is_late));
        };
        if let Err(reason) = keyed.parse(json, onward, row, &mut keys, take) {
            rows.push_malformed(place.line, place.offset, Some(bytes), reason);
        }
        rows.put_keys(keys);
    }

    /// As [`push`](Self::push), of bytes that need not be text.
    pub(super) fn push_bytes(&mut self, json: &[u8], place: Place, rows: &mut LinesBuilder) {
        match std::str::from_utf8(json) {
            Ok(json) => self.push(json, json, place, rows),
            Err(_) => refuse_text(json, usize::MAX, place, rows),
        }
    }
}

/// As [`push`], but `take` adds the row of a valid record, which it may change before.
pub(super) fn push_by(
    parser: &mut AnyParser,
    json: &[u8],
    place: Place,
    rows: &mut LinesBuilder,
    take: impl FnOnce(&Record<'_>, &mut LinesBuilder),
) {
    if let Err(reason) = parser.parse(json, |record: &Record<'_>| take(record, rows)) {
        // Invalid UTF-8 has a better reason than the parser's. Its length was checked before.
        if std::str::from_utf8(json).is_err() {
            return refuse_text(json, usize::MAX, place, rows);
        }
        rows.push_malformed(place.line, place.offset, Some(json), reason);
    }
}
