//! A value to its column: what fits, and whether the column has all of it.

use std::borrow::Cow;

use super::mapping::{MappedColumn, Mapping, Ranked};
use super::names::Kind;
use super::thorough::{self, Fields, scalar, string};
use crate::record::level::Level;
use crate::record::{spelled, timestamp};

/// The keyword of each number of syslog.
const SYSLOG: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// Whether the value fits the column, and whether the column takes all of it. They differ for a time with
/// more digits than nanoseconds have: the column has it, and `extra` the text. A string may come with its text,
/// decoded.
pub(super) fn place<'a>(
    mapping: &Mapping,
    fields: &mut Fields<'a>,
    rank: usize,
    (value, text): (&'a str, Option<&'a str>),
    members: &[Ranked<'_>],
) -> (bool, bool) {
    let known = mapping.known(rank);
    match known.column {
        MappedColumn::Message => place_message(fields, known.kind, (value, text)),
        MappedColumn::Level => place_level(fields, known.kind, value, members),
        MappedColumn::Pos => {
            // JSON has no `+1`, and `-0` would not come back as it was.
            fields.pos = value.parse().ok().filter(|_| value != "-0" && !value.starts_with('+'));
            (fields.pos.is_some(), fields.pos.is_some())
        }
        MappedColumn::Args => {
            let fits = value.starts_with('{') && fields.place_args(value);
            (fits, fits)
        }
        MappedColumn::Stage => {
            let name = scalar(value);
            let mut stages = mapping.stages().iter();
            fields.stage = stages.find(|stage| name.as_deref() == Some(**stage)).copied();
            (fields.stage.is_some(), fields.stage.is_some())
        }
        MappedColumn::Timestamp if value.starts_with('{') => place_time_of_object(fields, value),
        MappedColumn::Timestamp => place_time(fields, value),
    }
}

/// A scalar, or the bytes that journald writes.
fn place_message<'a>(
    fields: &mut Fields<'a>,
    kind: Kind,
    (value, text): (&'a str, Option<&'a str>),
) -> (bool, bool) {
    if kind == Kind::Bytes && value.starts_with('[') {
        let Ok(bytes) = serde_json::from_str::<Vec<u8>>(value) else { return (false, false) };
        let text = String::from_utf8(bytes);
        // What is not UTF-8 stays in `extra`.
        let whole = text.is_ok();
        let lossy = |e: std::string::FromUtf8Error| String::from_utf8_lossy(e.as_bytes()).into();
        fields.message = Some(Cow::Owned(text.unwrap_or_else(lossy)));
        return (true, whole);
    }
    if kind == Kind::Text && !value.starts_with('"') {
        return (false, false);
    }
    fields.message = text.map(Cow::Borrowed).or_else(|| scalar(value));
    (fields.message.is_some(), fields.message.is_some())
}

/// A word, as written, or the word of a number: then the number stays in `extra`.
fn place_level<'a>(
    fields: &mut Fields<'a>,
    kind: Kind,
    value: &'a str,
    members: &[Ranked<'_>],
) -> (bool, bool) {
    let Some((text, is_whole)) = level_of(kind, value, members) else { return (false, false) };
    fields.level = Some(text);
    (true, is_whole)
}

/// Whether a value under a key of this kind is a level, not only some text.
pub(super) fn is_level(kind: Kind, value: &str, members: &[Ranked<'_>]) -> bool {
    level_of(kind, value, members).is_some_and(|(text, _)| Level::parse(&text).is_some())
}

/// The text of the level under a key of this kind, and whether it is all that the value says.
fn level_of<'a>(
    kind: Kind,
    value: &'a str,
    members: &[Ranked<'_>],
) -> Option<(Cow<'a, str>, bool)> {
    let text = scalar(value)?;
    let number = match kind {
        Kind::Syslog => syslog(&text),
        Kind::Any if is_gelf(value, members) => syslog(&text),
        Kind::Otel => {
            let number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            number.and_then(|number| Level::NAMES.get(number / 4)).copied()
        }
        Kind::Mongo => mongo(&text),
        _ => None,
    };
    if let Some(word) = number {
        return Some((Cow::Borrowed(word), false));
    }
    // Words, where a number or letter is usual, have more letters.
    let fits = match kind {
        Kind::Any => true,
        Kind::Word => is_word(&text),
        Kind::Weak => is_word(&text) && text.len() > 2,
        _ => is_word(&text) && text.len() > 1,
    };
    fits.then_some((text, kind != Kind::Weak))
}

/// Whether it is a level's word.
fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && Level::parse(text).is_some()
}

/// The word of a letter of MongoDB; `D1` to `D5` are more and more of debugging.
fn mongo(letter: &str) -> Option<&'static str> {
    let at = ["F", "E", "W", "I", "D", "D1", "D2", "D3", "D4", "D5"]
        .iter()
        .position(|l| *l == letter)?;
    Some(["FATAL", "ERROR", "WARN", "INFO"].get(at).unwrap_or(&"DEBUG"))
}

/// The word of a number of syslog.
fn syslog(number: &str) -> Option<&'static str> {
    match number.as_bytes() {
        [digit @ b'0'..=b'7'] => Some(SYSLOG[usize::from(digit - b'0')]),
        _ => None,
    }
}

/// Whether a value may be a number of syslog.
pub(super) fn is_digit(value: &str) -> bool {
    matches!(value.as_bytes(), [b'0'..=b'7'] | [b'"', b'0'..=b'7', b'"'])
}

/// Whether the value is a number of syslog, and the record of GELF, whose levels are these.
fn is_gelf(value: &str, members: &[Ranked<'_>]) -> bool {
    is_digit(value) && members.iter().any(|member| member.key == "short_message")
}

/// A time as text, or seconds (or finer units) since 1970, which may be in quotes. Digits that the column
/// cannot hold stay in `extra`: then the second answer is false.
fn place_time(fields: &mut Fields<'_>, value: &str) -> (bool, bool) {
    let is_text = value.starts_with('"');
    let Some(text) = (if is_text { string(value) } else { Some(Cow::Borrowed(value)) }) else {
        return (false, false);
    };
    // Only text can be RFC 3339; only digits can be an epoch, quoted or not.
    if let Some(time) = timestamp::parse(&text).filter(|time| is_text && time.nanos.is_some()) {
        return place_text(fields, &time);
    }
    let epoch = || {
        let shifted = spelled::without_exponent(&text)?;
        timestamp::parse_epoch(&shifted)
    };
    if let Some((Some(nanos), exact)) = timestamp::parse_epoch(&text).or_else(epoch) {
        fields.timestamp = Some(nanos);
        fields.is_epoch = true;
        return (true, exact);
    }
    match spelled::parse(&text).filter(|time| is_text && time.nanos.is_some()) {
        Some(time) => place_text(fields, &time),
        None => (false, false),
    }
}

/// A time that was text.
fn place_text(fields: &mut Fields<'_>, time: &timestamp::Timestamp<'_>) -> (bool, bool) {
    fields.timestamp = time.nanos;
    fields.zone = time.zone.map(str::to_owned);
    (true, time.exact)
}

/// A time as an object: MongoDB's `{"$date":...}`, Log4j 2's `{"epochSecond":...,"nanoOfSecond":...}`,
/// protobuf's `{"seconds":...,"nanos":...}`, Loguru's `{"repr":...,"timestamp":...}`, PHP's
/// `{"date":...,"timezone_type":3,"timezone":"UTC"}`. An object with more in it stays in `extra` too.
fn place_time_of_object(fields: &mut Fields<'_>, value: &str) -> (bool, bool) {
    let Ok(object) = thorough::members(value.as_bytes()) else { return (false, false) };
    let is_plain = object.overridden.is_empty();
    let get = |key: &str| object.members.iter().find(|(name, _)| name == key).map(|&(_, v)| v);
    let (count, number) = (object.members.len(), |value: &str| {
        scalar(value).and_then(|text| text.parse::<i64>().ok())
    });
    for (seconds, nanos) in [("epochSecond", "nanoOfSecond"), ("seconds", "nanos")] {
        let seconds = get(seconds).and_then(number);
        let nanos = get(nanos).and_then(number).filter(|nanos| (0..1_000_000_000).contains(nanos));
        if let (Some(seconds), Some(nanos)) = (seconds, nanos) {
            let time = seconds.checked_mul(1_000_000_000).and_then(|time| time.checked_add(nanos));
            fields.timestamp = time;
            fields.is_epoch = time.is_some();
            return (time.is_some(), time.is_some() && count == 2 && is_plain);
        }
    }
    if let (Some(date), Some(zone), Some("1" | "2" | "3")) =
        (get("date"), get("timezone").and_then(string), get("timezone_type"))
    {
        // A region's name needs its rules.
        let Some(text) = string(date).map(|date| format!("{date} {zone}")) else {
            return (false, false);
        };
        let time = spelled::parse(&text).filter(|time| time.nanos.is_some());
        let Some(time) = time else { return (false, false) };
        let (fits, whole) = place_text(fields, &time);
        return (fits, whole && count == 3 && is_plain);
    }
    for key in ["$date", "$numberLong", "repr"] {
        if let Some(inner) = get(key) {
            let (fits, whole) = match inner.starts_with('{') {
                true => place_time_of_object(fields, inner),
                false => place_time(fields, inner),
            };
            return (fits, whole && count == 1 && is_plain);
        }
    }
    (false, false)
}
