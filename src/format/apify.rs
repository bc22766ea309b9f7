//! Apify run and build logs (`GET /v2/logs/ID`, with or without `raw=1`): stamped lines whose level
//! is a word in the text, as the SDKs write it (apify-shared-js, packages/log; Crawlee for Python).

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr_iter, memmem};
use serde::Deserialize;

use super::lines::{Place, each_line, fail};
use super::stamped::{Anchor, Clock, Stamped, context_lines};
use super::{Decode, Format, Sample, Settings};
use crate::batch::{LinesBuilder, Origin, Stamp, TextRow};
use crate::identity::Identity;
use crate::json::{AnyParser, Column, Mapping, texts_of, values_of};
use crate::record::Record;
use crate::record::ansi::CUT_MARK;
use crate::source::Piece;

/// Apify.
pub(super) static FORMAT: Format = Format {
    name: "apify",
    title: "Apify run and build logs",
    told_by: "lines that begin with a UTC time of three fraction digits, and a run's id in the name, \
              ACTOR: or the SDKs' way of writing levels; the API's error as JSON",
    columns: &[
        ("execution", "the run's or build's id in the name of file, folder or bundle"),
        ("timestamp, zone", "the stamp"),
        ("level", "the word before the text, or in a JSON text level"),
        ("message", "the text without that word, or in a JSON text msg"),
        ("args", "the members of a JSON object at the end of the text"),
        ("extra", "what else a JSON text has"),
    ],
    recognise,
    identify,
    survey: None,
    stages: &[],
    framing: || Box::new(Stamped::new(anchor)),
    decoder: |settings: &Settings| Box::new(Decoder::new(settings.max_line)),
};

/// A log has at most 10,485,760 characters.
static ORIGIN: Origin =
    Origin { name: "apify", spans_lines: false, size_limits: &[10 << 20], cut_marks: &[CUT_MARK] };

fn recognise(sample: &Sample<'_>) -> Option<String> {
    if sample.is_whole && error_of(sample.text).is_some() {
        return Some("an error that the API answered".into());
    }
    if !sample.has_lines(|line| stamp(line).is_some()) {
        return None;
    }
    // Others write such times too.
    let reason = if identify(sample.bundle, sample.path).execution.is_some() {
        "lines with a time of three fraction digits, and an id in the name"
    } else if sample.count_lines(|line| stamp(line).is_some_and(|(_, text)| is_telling(text))) > 0 {
        "lines with a time of three fraction digits, and texts as Apify's SDKs write them"
    } else {
        return None;
    };
    Some(reason.into())
}

/// Whether only Apify writes such a text behind a stamp: `ACTOR: `, a redirected log, a level in
/// colours, a JSON object with level and text, or one behind a text with a level that is padded.
fn is_telling(text: &str) -> bool {
    let start = behind_redirect(text);
    let plain = &text[start + colours(&text[start..])..];
    if start > 0 || plain.starts_with("ACTOR: ") {
        return true;
    }
    if text.starts_with('{') {
        let members = values_of(text, ["level", "msg"]);
        return members.is_some_and(|[level, text]| level.is_some() && text.is_some());
    }
    let Some(word) = word(text) else { return false };
    let taken = &text[word.taken];
    let is_coloured = colours(taken) > 0;
    // ERROR needs no blanks but the one that others write as well.
    let is_padded = taken.len() == PADDED && taken.ends_with("  ");
    is_coloured || is_padded && ends_with_object(text)
}

fn ends_with_object(text: &str) -> bool {
    let inside = text.trim_end_matches('\r');
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    let mut starts = memmem::find_iter(inside.as_bytes(), "{").filter(|_| inside.ends_with('}'));
    starts.any(|start| texts_of(&inside[start..]).is_some())
}

/// The API's answer where there is no log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    error: ApiError,
}

#[derive(Deserialize)]
struct ApiError {
    r#type: String,
    message: String,
}

fn error_of(text: &[u8]) -> Option<String> {
    let Answer { error } = serde_json::from_slice(text).ok()?;
    Some(format!("this is no log but an answer of the API: {}: {}", error.r#type, error.message))
}

fn identify(bundle: &str, path: &str) -> Identity {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let names = [stem, folder].into_iter().chain(bundle.rsplit('/').take(2));
    let names = names.map(|name| name.rsplit('/').next().unwrap_or_default());
    Identity { execution: names.filter_map(id_in).next(), ..Identity::default() }
}

/// The last run of exactly 17 letters and digits, both among them.
fn id_in(text: &str) -> Option<String> {
    let is_id = |part: &&str| {
        part.len() == 17
            && part.bytes().any(|b| b.is_ascii_digit())
            && part.bytes().any(|b| b.is_ascii_uppercase())
    };
    text.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(is_id).map(str::to_owned)
}

/// Digits of a stamp's fraction.
const DIGITS: usize = 3;

/// The time of a line, and the text behind it.
fn stamp(line: &str) -> Option<(i64, &str)> {
    Clock::default().read::<DIGITS>(line)
}

/// A level, as the SDKs write them.
fn level_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "INFO" => "INFO",
        "WARN" => "WARN",
        "DEBUG" => "DEBUG",
        "ERROR" => "ERROR",
        "PERF" => "PERF",
        "SFAIL" => "SFAIL",
        "FATAL" => "FATAL",
        "WARNING" => "WARNING",
        "CRITICAL" => "CRITICAL",
        _ => return None,
    })
}

/// A level in a text: the word, and what is taken out with it.
struct Word {
    level: &'static str,
    taken: Range<usize>,
}

/// The level of a text that is no JSON and begins with no blank.
fn word(text: &str) -> Option<Word> {
    let start = match text.as_bytes().first()? {
        // As most do.
        b'A'..=b'Z' => 0,
        b'[' | 0x1b => behind_names(text),
        _ => return None,
    };
    let actor = start + colours(&text[start..]);
    if let Some(rest) = text[actor..].strip_prefix("ACTOR: ") {
        let start = text.len() - rest.len();
        let at = start + colours(rest);
        let word = upper_case(&text[at..]);
        let end = at + word.len();
        let end = end + colours(&text[end..]);
        let is_marked = text[end..].starts_with(": ");
        let level = level_of(word).filter(|_| is_marked)?;
        return Some(Word { level, taken: start..end + 2 });
    }
    let at = start + colours(&text[start..]);
    let word = upper_case(&text[at..]);
    let length = word.len();
    let level = level_of(word)?;
    let end = at + length + colours(&text[at + length..]);
    let blanks = text[end..].bytes().take_while(|&byte| byte == b' ').count();
    let is_end = matches!(&text[end..], "" | "\r");
    if blanks == 0 && !is_end {
        return None;
    }
    let pad = 5_usize.saturating_sub(length) + 1;
    Some(Word { level, taken: start..end + blanks.min(pad) })
}

/// The level of a text that begins with a padded one, as the SDKs write it, and the text behind it:
/// what [`word`] says of most lines.
#[inline]
fn padded(text: &str) -> Option<(&'static str, &str)> {
    const fn number(level: &[u8; PADDED]) -> u64 {
        let [a, b, c, d, e, f] = *level;
        u64::from_le_bytes([a, b, c, d, e, f, 0, 0])
    }
    const INFO: u64 = number(b"INFO  ");
    const WARN: u64 = number(b"WARN  ");
    const DEBUG: u64 = number(b"DEBUG ");
    const ERROR: u64 = number(b"ERROR ");
    const PERF: u64 = number(b"PERF  ");
    let level = match number(text.as_bytes().first_chunk()?) {
        INFO => "INFO",
        WARN => "WARN",
        DEBUG => "DEBUG",
        ERROR => "ERROR",
        PERF => "PERF",
        _ => return None,
    };
    Some((level, &text[PADDED..]))
}

/// Bytes of a level that is padded to five characters, and a blank.
const PADDED: usize = 6;

/// Where the text begins behind a redirect and a logger's name, perhaps in colours.
fn behind_names(text: &str) -> usize {
    let start = behind_redirect(text);
    let name = start + colours(&text[start..]);
    if let Some(rest) = text[name..].strip_prefix('[')
        && let Some(end) = rest.find(']')
        && end > 0
        && !rest[..end].contains(' ')
    {
        let behind = name + 1 + end + 1;
        let coloured = behind + colours(&text[behind..]);
        if text[coloured..].starts_with(' ') {
            return coloured + 1;
        }
    }
    start
}

/// The capitals at the beginning of a text.
fn upper_case(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_uppercase).count()]
}

/// Where the text begins that another run wrote: behind `[name] -> ` and its stamp.
fn behind_redirect(text: &str) -> usize {
    let inner = text.strip_prefix('[').and_then(|rest| rest.split_once("] -> "));
    let inner = inner.filter(|(name, _)| !name.is_empty() && !name.contains(']'));
    let inner = inner.and_then(|(_, inner)| stamp(inner));
    inner.map_or(0, |(_, inner)| text.len() - inner.len())
}

/// The length of the CSI sequences at the beginning of a text.
fn colours(text: &str) -> usize {
    let mut at = 0;
    while let Some(rest) = text[at..].strip_prefix("\x1b[") {
        let inner = rest.bytes().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
        if !matches!(rest.as_bytes().get(inner), Some(0x40..=0x7e)) {
            break;
        }
        at += 2 + inner + 1;
    }
    at
}

/// What the text of a stamped line is.
enum Text<'a> {
    /// Blanks, or nothing.
    Blank,
    /// It continues the line before.
    Indented,
    /// Perhaps a JSON object.
    Json,
    Plain(Option<Word>),
    /// A level that is [`padded`], and the text behind it.
    Padded(&'static str, &'a str),
}

impl<'a> Text<'a> {
    #[inline(always)]
    fn of(text: &'a str) -> Self {
        match padded(text) {
            Some((level, text)) => Self::Padded(level, text),
            None => Self::other(text),
        }
    }

    fn other(text: &'a str) -> Self {
        let inside = text.strip_suffix('\r').unwrap_or(text);
        match inside.as_bytes().first() {
            Some(b'{') => Self::Json,
            Some(b' ' | b'\t') | None => {
                let is_blank = inside.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
                if is_blank { Self::Blank } else { Self::Indented }
            }
            Some(_) => Self::Plain(word(text)),
        }
    }
}

fn anchor(line: &str) -> Anchor {
    match stamp(line).map(|(_, text)| Text::of(text)) {
        None => Anchor::None,
        Some(Text::Blank | Text::Indented) => Anchor::Time,
        Some(Text::Json | Text::Plain(_) | Text::Padded(..)) => Anchor::Whole,
    }
}

struct Decoder {
    max_line: usize,
    json: AnyParser,
}

/// What lines that continue others go on with.
#[derive(Default)]
struct Last {
    timestamp: Option<i64>,
    level: Option<Cow<'static, str>>,
}

impl Last {
    fn stamp(&self) -> Stamp<'_> {
        let zone = self.timestamp.map(|_| "Z");
        Stamp { timestamp: self.timestamp, zone, level: self.level.as_deref() }
    }

    fn set_level(&mut self, level: Option<&'static str>) {
        self.level = level.map(Cow::Borrowed);
    }

    fn set_own_level(&mut self, level: Option<&str>) {
        self.level = level.map(|level| Cow::Owned(level.to_owned()));
    }
}

impl Decoder {
    fn new(max_line: usize) -> Self {
        use Column::{Level, Message};
        let keys = [("level", Level), ("msg", Message), ("message", Message)];
        Self { max_line, json: AnyParser::new(Mapping::of(keys, &[])) }
    }

    /// What a line says to those that continue it.
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

    /// Writes the row of a JSON object that has a message.
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
                let Stamp { timestamp, zone, .. } = last.stamp();
                rows.push(line, &Record { timestamp, zone, ..record.clone() });
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
    fn decode(&mut self, piece: &Piece, text: &[u8], rows: &mut LinesBuilder) {
        if piece.offset == 0
            && text.len() < 64 << 10
            && text.trim_ascii_start().starts_with(b"{")
            && let Some(reason) = error_of(text)
        {
            rows.begin(piece.entry, text.len(), &ORIGIN);
            let raw = text.trim_ascii_start();
            let before = &text[..text.len() - raw.len()];
            let line = 1 + memchr_iter(b'\n', before).count() as i64;
            let place = Place { line, offset: before.len() as u64 };
            return fail(&reason, place, Some(raw.trim_ascii_end()), rows);
        }
        let mut clock = Clock::default();
        let mut last = Last::default();
        for line in context_lines(&piece.context) {
            self.remember(line, &mut last);
        }
        each_line(piece, text, self.max_line, &ORIGIN, rows, |line, rows| {
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
                Some((time, text)) => {
                    let continued = last.timestamp.replace(time).is_some();
                    match Text::of(text) {
                        Text::Padded(level, text) => {
                            last.set_level(Some(level));
                            TextRow { stamp: last.stamp(), message: ["", text], ..row }
                        }
                        Text::Blank => {
                            let stamp = Stamp { level: None, ..last.stamp() };
                            TextRow { stamp, message: ["", text], ..row }
                        }
                        Text::Indented => {
                            TextRow { stamp: last.stamp(), message: ["", text], continued, ..row }
                        }
                        Text::Json if self.push_json(line.place.line, text, &mut last, rows) => {
                            return;
                        }
                        Text::Json => TextRow { stamp: last.stamp(), message: ["", text], ..row },
                        Text::Plain(word) => {
                            last.set_level(word.as_ref().map(|word| word.level));
                            let taken = word.map_or(0..0, |word| word.taken);
                            let message = [&text[..taken.start], &text[taken.end..]];
                            TextRow { stamp: last.stamp(), message, ..row }
                        }
                    }
                }
            };
            rows.push_text(&row);
            if stamped.is_some() {
                add_args(rows);
            }
        });
    }
}

/// Gives the last row the members of the JSON object at the end of its message.
fn add_args(rows: &mut LinesBuilder) {
    let (before, length) = match rows.last_message() {
        [.., b'}', b')'] => (" ({", 1),
        [.., b'}'] => (" {", 0),
        _ => return,
    };
    let Ok(message) = std::str::from_utf8(rows.last_message()) else { return };
    let message = message[..message.len() - length].to_owned();
    let whole = message.starts_with('{').then_some(0);
    let behind = memmem::find_iter(message.as_bytes(), before).map(|at| at + before.len() - 1);
    for start in whole.into_iter().chain(behind) {
        let object = &message[start..];
        let may_be = object[1..].trim_start().starts_with(['"', '}']);
        if may_be && let Some(members) = texts_of(object) {
            return rows.set_args(members.iter().map(|(key, value)| (&**key, &**value)));
        }
    }
}
