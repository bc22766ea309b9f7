//! Members of a JSON object to columns.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::oracle::{
    Members, Row, Time, clean, gathered, level, object, scalar, split_overridden, string, time,
};

/// The keys of each column, the first one before the others.
pub(super) struct Keys {
    timestamp: &'static [&'static str],
    level: &'static [&'static str],
    message: &'static [&'static str],
    pos: &'static [&'static str],
    /// Whether `origin` may be the stage.
    has_origin: bool,
}

impl Keys {
    pub(super) fn of_any() -> Self {
        Keys {
            timestamp: &[
                "time",
                "ts",
                "timestamp",
                "@timestamp",
                "logged_at",
                "@t",
                "asctime",
                "datetime",
                "timeMillis",
                "Time",
                "Timestamp",
                "T",
                "eventTime",
                "created",
                "date",
                "__REALTIME_TIMESTAMP",
            ],
            level: &[
                "level",
                "severity",
                "lvl",
                "@level",
                "@l",
                "levelname",
                "level_name",
                "log.level",
                "LogLevel",
                "Level",
                "L",
            ],
            message: &[
                "msg",
                "message",
                "log",
                "out",
                "body",
                "@message",
                "@m",
                "@mt",
                "short_message",
                "Message",
                "RenderedMessage",
                "textPayload",
                "fields.message",
                "MESSAGE",
                "event",
                "Output",
                "M",
            ],
            pos: &["pos"],
            has_origin: false,
        }
    }

    /// Whether a time, level or message may be under this key.
    pub(super) fn is_telling(&self, key: &str) -> bool {
        [self.timestamp, self.level, self.message].concat().contains(&key)
    }

    pub(super) fn of_docker() -> Self {
        Keys { timestamp: &["time"], message: &["log"], ..Keys::none() }
    }

    pub(super) fn of_apify() -> Self {
        Keys { level: &["level"], message: &["msg", "message"], ..Keys::none() }
    }

    pub(super) fn of_deepset() -> Self {
        Keys {
            timestamp: &["logged_at"],
            level: &["level"],
            message: &["message"],
            pos: &[],
            has_origin: true,
        }
    }

    /// All members are extra.
    pub(super) fn none() -> Self {
        Keys { timestamp: &[], level: &[], message: &[], pos: &[], has_origin: false }
    }
}

/// Whether all of a text is one JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
}

/// The place in `members` of the first of `keys` that fits, or else of the first one that is null.
fn choose<T>(
    members: &Members,
    keys: &[&str],
    fit: impl Fn(&str) -> Option<T>,
) -> Option<(usize, Option<T>)> {
    let place = |key: &&str| members.iter().position(|member| member.0 == *key);
    let places: Vec<usize> = keys.iter().filter_map(place).collect();
    for &at in &places {
        if let Some(value) = fit(members[at].1) {
            return Some((at, Some(value)));
        }
    }
    places.into_iter().find(|&at| members[at].1 == "null").map(|at| (at, None))
}

/// Fills the columns from the members of an object; what is left over is extra.
pub(super) fn fill_from(row: &mut Row, members: &[(String, &str)], keys: &Keys) {
    let (last, overridden) = split_overridden(members);
    let fit_text = |raw: &str| scalar(raw).filter(|_| raw != "null");
    let mut taken = Vec::new();
    if let Some((at, found)) = choose(&last, keys.timestamp, any_time) {
        if found.as_ref().is_none_or(|time| time.exact) {
            taken.push(at);
        }
        (row.timestamp, row.zone) = found.map_or((None, None), |time| (time.nanos, time.zone));
    }
    let fit_level = |raw: &str| fit_text(raw).filter(|text| level(text).is_some());
    // A word that is not a level only where no other is one.
    let sure = choose(&last, keys.level, fit_level).filter(|(_, found)| found.is_some());
    if let Some((at, found)) = sure.or_else(|| choose(&last, keys.level, fit_text)) {
        taken.push(at);
        row.level = found.as_deref().and_then(level).map(str::to_owned);
        row.level_text = found;
    }
    if let Some((at, found)) = choose(&last, keys.message, fit_text) {
        taken.push(at);
        row.message = found.map(|text| clean(&text));
    }
    let fit_pos = |raw: &str| raw.parse::<i64>().ok().filter(|_| raw != "-0");
    if let Some((at, found)) = choose(&last, keys.pos, fit_pos) {
        taken.push(at);
        row.pos = found;
    }
    let fit_stage = |raw: &str| {
        const ORIGINS: [&str; 4] = ["querypipeline", "indexingpipeline", "haystack", "unknown"];
        let text = raw.starts_with('"').then(|| string(raw))?;
        ORIGINS.contains(&&*text).then_some(text)
    };
    let origin: &[&str] = if keys.has_origin { &["origin"] } else { &[] };
    if let Some((at, Some(found))) = choose(&last, origin, fit_stage) {
        taken.push(at);
        row.identity.stage = Some(found);
    }
    let mut extra = Vec::new();
    for (at, (key, raw)) in last.iter().enumerate() {
        if !taken.contains(&at) {
            extra.push((key.clone(), (*raw).to_owned()));
        }
    }
    if !overridden.is_empty() {
        extra.push(("_duplicates".to_owned(), object(&gathered(&overridden))));
    }
    row.extra = (!extra.is_empty()).then(|| object(&extra));
}

/// A time as a text, a number, or a text of a number.
fn any_time(raw: &str) -> Option<Time> {
    let text = if raw.starts_with('"') { string(raw) } else { raw.to_owned() };
    let time = if raw.starts_with('"') { time(&text) } else { None };
    time.or_else(|| since_1970(&text)).filter(|time| time.nanos.is_some())
}

/// Seconds, milliseconds, microseconds or nanoseconds.
fn since_1970(text: &str) -> Option<Time> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(0|[1-9][0-9]*)(?:\.([0-9]+))?$").unwrap());
    let found = NUMBER.captures(text)?;
    let whole: i128 = found[1].parse().ok()?;
    let fraction = found.get(2).map_or("", |digits| digits.as_str());
    let units = [(10_i128.pow(11), 9), (10_i128.pow(14), 6), (10_i128.pow(17), 3)];
    let digits = units.iter().find(|(limit, _)| whole < *limit).map_or(0, |(_, digits)| *digits);
    let mut nanos = whole;
    for place in 0..digits {
        let digit = fraction.chars().nth(place).map_or(0, |digit| digit.to_digit(10).unwrap());
        nanos = nanos.checked_mul(10)? + i128::from(digit);
    }
    // Before 2000 it is no time.
    if nanos < 946_684_800 * 1_000_000_000 {
        return None;
    }
    let cut = fraction.chars().skip(digits).any(|digit| digit != '0');
    Some(Time { nanos: i64::try_from(nanos).ok(), zone: None, exact: !cut })
}
