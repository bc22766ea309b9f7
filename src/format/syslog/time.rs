//! The times that lines of syslog begin with.

use std::borrow::Cow;

use crate::record::reference::{Reference, Yearless};
use crate::record::timestamp;

/// A time at the beginning of a line.
pub(super) struct Written<'a> {
    /// As NDJSON may have it; `None` if it is not known.
    pub(super) time: Option<Cow<'a, str>>,
    /// As written, if `time` has not all of it.
    pub(super) written_time: Option<&'a str>,
    /// After the blank that follows.
    pub(super) text: &'a str,
    /// No other program writes it so.
    pub(super) is_of_syslog: bool,
}

/// The time that a line begins with; `None` if there is none.
#[inline]
pub(super) fn of(line: &str, reference: Reference) -> Option<Written<'_>> {
    match line.as_bytes().first()? {
        b'0'..=b'9' => iso(line).or_else(|| unix(line)),
        b'[' => monotonic(line),
        b'A'..=b'Z' => without_year(line, reference).or_else(|| full(line)),
        _ => None,
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The number that two bytes are; the first may be a blank.
fn two(bytes: &[u8]) -> Option<i64> {
    let [tens, ones] = *bytes else { return None };
    let tens = if tens == b' ' { b'0' } else { tens };
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Seconds of the day of `10:00:00`.
pub(in crate::format) fn seconds_of_day(clock: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *clock else { return None };
    let digits = [h1, h2, m1, m2, s1, s2];
    let [hour, minute, second] = [&digits[..2], &digits[2..4], &digits[4..]].map(two);
    let is_number = digits.iter().all(u8::is_ascii_digit);
    let (hour, minute, second) = (hour?, minute?, second?);
    (is_number && hour < 24 && minute < 60 && second < 60)
        .then_some((hour * 60 + minute) * 60 + second)
}

/// The nanoseconds of `.123456` that a text begins with, and its length; 0 without it.
pub(in crate::format) fn fraction(text: &str) -> Option<(i64, usize)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, 0)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let number: i64 = rest[..length].parse().ok()?;
    Some((number * 10_i64.pow(9 - length as u32), 1 + length))
}

/// `Mar  9 10:00:00 ` (RFC 3164), perhaps with a fraction.
fn without_year(line: &str, reference: Reference) -> Option<Written<'_>> {
    const LENGTH: usize = "Mar  9 10:00:00".len();
    let head = line.get(..LENGTH)?;
    let month = 1 + MONTHS.iter().position(|month| *month == &head[..3])?;
    let bytes = head.as_bytes();
    if bytes[3] != b' ' || bytes[6] != b' ' {
        return None;
    }
    let day = two(&bytes[4..6]).filter(|day| (1..=31).contains(day))?;
    let seconds = seconds_of_day(&bytes[7..])?;
    let (nanos, length) = fraction(&line[LENGTH..])?;
    let end = LENGTH + length;
    let text = line[end..].strip_prefix(' ')?;
    let nanos = seconds * 1_000_000_000 + nanos;
    let time = reference.complete(Yearless { month: month as u8, day: day as u8, nanos });
    let local = time.map(|time| {
        // The zone is not known: without its `Z` the time is in that of the user.
        let mut utc = timestamp::format_utc(time);
        utc.pop();
        utc
    });
    let written_time = if local.is_none() { Some(&line[..end]) } else { None };
    Some(Written { time: local.map(Cow::Owned), written_time, text, is_of_syslog: true })
}

/// The length of an RFC 3339 time that a text begins with.
pub(super) fn rfc_3339(text: &str) -> Option<usize> {
    let end = text.find(' ').unwrap_or(text.len());
    let time = &text[..end];
    let is_one = time.as_bytes().get(10) == Some(&b'T')
        && timestamp::parse(time).is_some_and(|time| time.zone.is_some() && time.nanos.is_some());
    is_one.then_some(end)
}

/// `2026-03-09T10:00:00.123456+01:00 `.
fn iso(line: &str) -> Option<Written<'_>> {
    // A look at two bytes rules most other lines out.
    let bytes = line.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let end = rfc_3339(line)?;
    let text = line[end..].strip_prefix(' ')?;
    let time = Some(Cow::Borrowed(&line[..end]));
    Some(Written { time, written_time: None, text, is_of_syslog: false })
}

/// `1773047546.123456 ` (journalctl -o short-unix).
fn unix(line: &str) -> Option<Written<'_>> {
    const LENGTH: usize = "1773047546.123456".len();
    let time = line.get(..LENGTH)?;
    let is_digit =
        |(at, byte): (usize, u8)| if at == 10 { byte == b'.' } else { byte.is_ascii_digit() };
    let text = line[LENGTH..].strip_prefix(' ')?;
    let is_one = time.bytes().enumerate().all(is_digit);
    let time = Some(Cow::Borrowed(time));
    is_one.then_some(Written { time, written_time: None, text, is_of_syslog: false })
}

/// `[   12.345678] ` (journalctl -o short-monotonic), a time since the machine was started.
fn monotonic(line: &str) -> Option<Written<'_>> {
    let (time, rest) = line[1..].split_once(']')?;
    let written = time.trim_start_matches(' ');
    let (seconds, micros) = written.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = is_number(seconds) && is_number(micros) && micros.len() == 6;
    let text = rest.strip_prefix(' ')?;
    let written_time = Some(written);
    is_one.then_some(Written { time: None, written_time, text, is_of_syslog: false })
}

/// `Mon 2026-03-09 10:00:00 UTC ` (journalctl -o short-full).
fn full(line: &str) -> Option<Written<'_>> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const START: usize = "Mon ".len();
    const LENGTH: usize = "2026-03-09 10:00:00".len();
    let (day, rest) = line.split_at_checked(START)?;
    let local = rest.get(..LENGTH)?;
    if !DAYS.contains(&day.trim_end()) || timestamp::parse(local).is_none() {
        return None;
    }
    let rest = &rest[LENGTH..];
    let (_, length) = fraction(rest)?;
    let (zone, text) = rest[length..].strip_prefix(' ')?.split_once(' ')?;
    let time = &line[START..START + LENGTH + length];
    let is_zone = !zone.is_empty()
        && zone
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b':'));
    if !is_zone {
        return None;
    }
    // Abbreviations of zones mean different offsets in different countries.
    let (time, written_time) = match zone {
        "UTC" | "GMT" => (Cow::Owned(format!("{time}Z")), None),
        _ if zone.starts_with(['+', '-']) => (Cow::Owned(format!("{time}{zone}")), None),
        _ => (Cow::Borrowed(time), Some(&line[..START + LENGTH + length + 1 + zone.len()])),
    };
    Some(Written { time: Some(time), written_time, text, is_of_syslog: true })
}
