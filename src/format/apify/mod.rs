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

mod lines;

use memchr::memchr_iter;
use serde_json::{Map, Value};

use super::apify_text::{is_telling, stamp};
use super::lines::{Place, fail};
use super::stamped::Stamped;
use super::{Format, Sample, Settings};
use crate::identity::Identity;
use crate::source::{BYTE_ORDER_MARK, Piece};
use crate::table::{LinesBuilder, Origin};
use lines::{Decoder, anchor, begins};

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
    framing: || Box::new(Stamped::new(anchor).with_beginnings(begins)),
    decoder: |settings: &Settings| Box::new(Decoder::new(settings.max_line, settings.join)),
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

/// Whether a text is such an answer, if there is no more of it.
pub(super) fn is_answer(text: &[u8]) -> bool {
    error_of(text).is_some()
}

/// The reason why a text that is the API's error cannot be read: `{"error":{"type":"record-not-found","message":"..."}}`.
/// `None` for any other text; with another member it may be a record of a log.
fn error_of(text: &[u8]) -> Option<String> {
    // Objects alone: arrays of as many values would be taken for structs.
    let answer: Map<String, Value> = serde_json::from_slice(text).ok()?;
    let error = answer.get("error").filter(|_| answer.len() == 1)?.as_object()?;
    let [kind, message] = [error.get("type")?.as_str()?, error.get("message")?.as_str()?];
    Some(format!("not a log but an error from the API: {kind}: {message}"))
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
