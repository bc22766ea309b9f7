//! Apify run and build logs (`GET /v2/logs/ID`, with or without `raw=1`): stamped lines whose level is a
//! word in the text, as the SDKs write it (apify-shared-js, packages/log; Crawlee for Python).
//!
//! ```text
//! 2026-03-09T10:00:00.123Z ACTOR: Pulling Docker image.
//! 2026-03-09T10:00:01.456Z INFO  Crawler: finished. {"pages":3}
//! 2026-03-09T10:00:01.457Z ERROR failed
//! 2026-03-09T10:00:01.457Z     at main.js:17
//! ```
//!
//! The platform stamps every physical line, also those of stack traces, so a stamp does not begin a
//! record by itself: an indented text continues the line before it, at its own time.

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};
use serde::Deserialize;

use super::apify_text::{DIGITS, Word, indented_word, is_telling, padded, stamp, word};
use super::lines::{Place, each_line_or, fail, refuse};
use super::stamped::{Anchor, Clock, Stamped, context_lines};
use super::{Decode, Format, Sample, Settings};
use crate::identity::Identity;
use crate::json::{AnyParser, MappedColumn, Mapping, texts_of};
use crate::query::Wanted;
use crate::record::Record;
use crate::source::{BYTE_ORDER_MARK, Piece};
use crate::table::{LinesBuilder, Origin, Stamp, TextRow};

/// Apify logs. A time alone is too little evidence, see [`recognise`].
pub(super) static FORMAT: Format = Format {
    name: "apify",
    title: "Apify run and build logs",
    detected_by: "lines that begin with a UTC time with three fraction digits, and a run's id in the name, \
              ACTOR: or the SDKs' way of writing levels; the API's error as JSON",
    columns: &[
        ("execution", "the run's or build's id in the name of file, folder or bundle"),
        ("timestamp, zone", "the stamp"),
        ("level", "the word before the text; in a JSON text, level"),
        ("message", "the text without that word; in a JSON text, msg"),
        ("args", "the members of a JSON object at the end of the text"),
        ("extra", "all other keys of a JSON text"),
    ],
    origin: &ORIGIN,
    recognise,
    identify,
    survey: None,
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| Box::new(Decoder::new(settings.max_line)),
};

/// A log has at most 10,485,760 characters; the limit is compared with bytes.
static ORIGIN: Origin =
    Origin { name: "apify", spans_lines: false, own_lines: true, size_limits: &[10 << 20] };

/// The API's error, or stamped lines with further evidence: an id in a name, or a text only Apify writes.
fn recognise(sample: &Sample<'_>) -> Option<String> {
    if sample.is_whole && error_of(sample.text).is_some() {
        return Some("an error from the API".into());
    }
    if !sample.has_lines(|line| stamp(line).is_some()) {
        return None;
    }
    // JavaScript's `toISOString` writes such times, and so do many other programs.
    let reason = if identify(sample.bundle, sample.path).execution.is_some() {
        "lines with a time with three fraction digits, and an id in the name"
    } else if sample.count_lines(|line| stamp(line).is_some_and(|(_, text)| is_telling(text))) > 0 {
        "lines with a time with three fraction digits, and text as Apify's SDKs write it"
    } else {
        return None;
    };
    Some(reason.into())
}

/// The API's answer if there is no log: `{"error":{"type":"record-not-found","message":"..."}}`. With
/// any other member it may be a record of a log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    error: ApiError,
}

/// Other members of the error are ignored.
#[derive(Deserialize)]
struct ApiError {
    r#type: String,
    message: String,
}

/// Whether a text is such an answer, if there is no more of it.
pub(super) fn is_answer(text: &[u8]) -> bool {
    error_of(text).is_some()
}

/// The reason why a text that is the API's error cannot be read; `None` for any other text.
fn error_of(text: &[u8]) -> Option<String> {
    let Answer { error } = serde_json::from_slice(text).ok()?;
    Some(format!("not a log but an error from the API: {}: {}", error.r#type, error.message))
}

/// Finds the id of run or build in the names, from the innermost: the file without its extension, its
/// folder, the bundle, the bundle's folder.
fn identify(bundle: &str, path: &str) -> Identity {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let names = [stem, folder].into_iter().chain(bundle.rsplit('/').take(2));
    let names = names.map(|name| name.rsplit('/').next().unwrap_or_default());
    Identity { execution: names.filter_map(id_in).next(), ..Identity::default() }
}

/// The last run of exactly 17 letters and digits in a name, with a digit and an upper-case letter among
/// them: an id. Names and hashes of that length seldom have both.
fn id_in(text: &str) -> Option<String> {
    let is_id = |part: &&str| {
        part.len() == 17
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_uppercase())
    };
    text.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(is_id).map(str::to_owned)
}

/// What the text after a stamp is.
enum Text<'a> {
    /// Nothing, or blanks only.
    Blank,
    /// It continues the line before, as in a stack trace.
    Indented,
    /// It begins with a brace: perhaps an object with a message.
    Json,
    /// Anything else, and its level if it has one. Some of these are indented as well.
    Plain(Option<Word>),
    /// A level that is [`padded`], and the text after it.
    Padded(&'static str, &'a str),
}

impl<'a> Text<'a> {
    /// Inlined for the usual case, a padded level.
    #[inline(always)]
    fn of(text: &'a str) -> Self {
        match padded(text) {
            Some((level, text)) => Self::Padded(level, text),
            None => Self::other(text),
        }
    }

    /// The kind of a text without a padded level.
    fn other(text: &'a str) -> Self {
        let inside = text.strip_suffix('\r').unwrap_or(text);
        match inside.as_bytes().first() {
            Some(b'{') => Self::Json,
            Some(b' ' | b'\t') | None => {
                let is_blank = inside.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
                // A level after blanks begins a line of its own.
                match indented_word(text) {
                    Some(word) => Self::Plain(Some(word)),
                    None if is_blank => Self::Blank,
                    None => Self::Indented,
                }
            }
            Some(_) => Self::Plain(word(text)),
        }
    }
}

/// What a line gives to those after it. The level of a blank or indented text is that of a line before.
fn anchor(line: &str) -> Anchor {
    match stamp(line).map(|(_, text)| Text::of(text)) {
        None => Anchor::None,
        Some(Text::Blank | Text::Indented) => Anchor::Time,
        Some(Text::Json | Text::Plain(_) | Text::Padded(..)) => Anchor::Whole,
    }
}

/// The parser takes `level`, `msg` and `message` only; the time is that of the stamp.
struct Decoder {
    max_line: usize,
    json: AnyParser,
}

/// What lines without a stamp or level take from those before them.
#[derive(Default)]
struct Last {
    /// Of the last stamped line; `None` before the first.
    timestamp: Option<i64>,
    /// Of the last stamped text that was neither blank nor indented.
    level: Option<Cow<'static, str>>,
}

impl Last {
    /// Time, zone and level for a row.
    fn stamp(&self) -> Stamp<'_> {
        let zone = self.timestamp.map(|_| "Z");
        Stamp { timestamp: self.timestamp, zone, level: self.level.as_deref() }
    }

    /// Sets one of the levels that the SDKs write.
    fn set_level(&mut self, level: Option<&'static str>) {
        self.level = level.map(Cow::Borrowed);
    }

    /// Sets the level of a JSON object, which may be any text.
    fn set_own_level(&mut self, level: Option<&str>) {
        self.level = level.map(|level| Cow::Owned(level.to_owned()));
    }
}

impl Decoder {
    /// A decoder for lines of up to so many bytes.
    fn new(max_line: usize) -> Self {
        use MappedColumn::{Level, Message};
        let keys = [("level", Level), ("msg", Message), ("message", Message)];
        Self { max_line, json: AnyParser::new(Mapping::of(keys, &[])) }
    }

    /// Takes from a context line what it gives to the lines after it, exactly as decoding it would.
    fn remember(&mut self, line: &str, last: &mut Last) {
        let Some((time, text)) = stamp(line) else { return };
        last.timestamp = Some(time);
        match Text::of(text) {
            Text::Blank | Text::Indented => {}
            Text::Plain(word) => last.set_level(word.map(|word| word.level)),
            Text::Padded(level, _) => last.set_level(Some(level)),
            Text::Json => {
                let json = text.trim_end_matches('\r').as_bytes();
                let level = |record: &Record<'_>| {
                    last.set_own_level(record.level.filter(|_| record.message.is_some()));
                };
                if self.json.parse(json, level).is_err() {
                    last.set_level(None);
                }
            }
        }
    }

    /// The row of a line that begins with a stamp; `None` if it was written already, as a JSON object.
    #[inline(always)]
    fn stamped_row<'t>(
        &mut self,
        row: TextRow<'t>,
        (time, text): (i64, &'t str),
        last: &'t mut Last,
        rows: &mut LinesBuilder,
    ) -> Option<TextRow<'t>> {
        let continued = last.timestamp.replace(time).is_some();
        Some(match Text::of(text) {
            Text::Padded(level, text) => {
                last.set_level(Some(level));
                TextRow { stamp: last.stamp(), message: ["", text], ..row }
            }
            Text::Blank => {
                // The level is kept for the indented lines after it.
                let stamp = Stamp { level: None, ..last.stamp() };
                TextRow { stamp, message: ["", text], ..row }
            }
            Text::Indented => {
                TextRow { stamp: last.stamp(), message: ["", text], continued, ..row }
            }
            Text::Json if self.push_json(row.line, text, last, rows) => return None,
            Text::Json => TextRow { stamp: last.stamp(), message: ["", text], ..row },
            Text::Plain(word) => {
                last.set_level(word.as_ref().map(|word| word.level));
                let taken = word.map_or(0..0, |word| word.taken);
                let message = [&text[..taken.start], &text[taken.end..]];
                TextRow { stamp: last.stamp(), message, ..row }
            }
        })
    }

    /// Writes the row of a JSON object that has a message. `false` if it is not JSON or has none: then it is
    /// a line of text without a level.
    fn push_json(
        &mut self,
        line: i64,
        text: &str,
        last: &mut Last,
        rows: &mut LinesBuilder,
    ) -> bool {
        let json = text.trim_end_matches('\r').as_bytes();
        let is_log = self.json.parse(json, |record: &Record<'_>| {
            last.set_own_level(record.level);
            if record.message.is_some() {
                // The stamp decides: a `time` in the object goes to `extra`.
                let Stamp { timestamp, zone, .. } = last.stamp();
                let record = Record { timestamp, zone, ..record.clone() };
                rows.push_record(line, &record, json);
            }
            record.message.is_some()
        });
        let is_log = is_log == Ok(true);
        if !is_log {
            last.set_level(None);
        }
        is_log
    }
}

impl Decode for Decoder {
    /// The context has the last line with a level, and the last with a time after it: both are read before
    /// the piece.
    fn decode(&mut self, piece: &Piece, text: &[u8], _: Wanted<'_>, rows: &mut LinesBuilder) {
        if piece.offset == 0
            && let Some(reason) = error_in(text)
        {
            return refuse_answer(piece, text, &reason, rows);
        }
        let mut clock = Clock::default();
        let mut last = Last::default();
        for line in context_lines(&piece.context) {
            self.remember(line, &mut last);
        }
        let end = each_line_or(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
            let line = match line {
                Ok(line) => line,
                Err(refused) => {
                    // It is a stamp to the lines after it all the same, as it is to the framing.
                    if let Ok(line) = std::str::from_utf8(refused.line) {
                        self.remember(line, &mut last);
                    }
                    return refuse(piece, refused, self.max_line, rows);
                }
            };
            let row = TextRow {
                line: line.place.line,
                newline: line.newline,
                escapes: line.escapes,
                ..TextRow::default()
            };
            let stamped = clock.read::<DIGITS>(line.text);
            let row = match stamped {
                None => {
                    let continued = last.timestamp.is_some();
                    TextRow { stamp: last.stamp(), message: ["", line.text], continued, ..row }
                }
                Some(stamped) => match self.stamped_row(row, stamped, &mut last, rows) {
                    Some(row) => row,
                    None => return,
                },
            };
            rows.push_text(&row);
            if stamped.is_some() {
                add_args(rows);
            }
        });
        end.finish(piece, rows);
    }
}

/// The API's error if a whole text is that. Longer texts are logs.
#[cold]
fn error_in(text: &[u8]) -> Option<String> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let may_be = text.len() < 64 << 10 && text.trim_ascii_start().starts_with(b"{");
    may_be.then(|| error_of(text)).flatten()
}

/// Writes the only row of an entry that is the API's error, with the physical line on which it begins.
#[cold]
fn refuse_answer(piece: &Piece, text: &[u8], reason: &str, rows: &mut LinesBuilder) {
    rows.begin(piece.entry, text.len(), &ORIGIN);
    let raw = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text).trim_ascii_start();
    let before = &text[..text.len() - raw.len()];
    let line = 1 + memchr_iter(b'\n', before).count() as i64;
    let place = Place { line, offset: before.len() as u64 };
    fail(reason, place, Some(raw.trim_ascii_end()), rows);
}

/// Gives the last row the members of the JSON object that its message ends with, `Crawled {"pages":3}` or
/// `Crawled ({"pages":3})`, or that it is. Called after the row is written, as the object is looked for in
/// the message without colours and line end.
fn add_args(rows: &mut LinesBuilder) {
    let (before, length) = match rows.last_message() {
        [.., b'}', b')'] => (" ({", 1),
        [.., b'}'] => (" {", 0),
        _ => return,
    };
    let Ok(message) = std::str::from_utf8(rows.last_message()) else { return };
    let message = message[..message.len() - length].to_owned();
    // From the left: the first place from which the rest is an object is the outermost one.
    let whole = message.starts_with('{').then_some(0);
    let behind = memmem::find_iter(message.as_bytes(), before).map(|at| at + before.len() - 1);
    for start in whole.into_iter().chain(behind) {
        let object = &message[start..];
        // Cheaper than parsing from each brace of a long message.
        let may_be = object[1..].trim_start().starts_with(['"', '}']);
        if may_be && let Some(members) = texts_of(object) {
            return rows.set_args(members.iter().map(|(key, value)| (&**key, &**value)));
        }
    }
}
