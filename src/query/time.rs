//! Instants as people write them: on the command line, and in filter expressions.

use std::borrow::Cow;

use jiff::civil::Time;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, SpanRelativeTo, Timestamp, Zoned};

use crate::record::timestamp;
use crate::record::zone::Zone;

/// Nanoseconds since 1970 of a date, or a date and time, perhaps with an offset (`Z`, `UTC`, `+01:00`,
/// `+0100`, `+01`, also after a blank) or the name of a zone in brackets; without either it is local
/// time of `zone`. `None` if it is not a time, or outside what 64 bits hold.
pub(crate) fn instant(text: &str, zone: &Zone) -> Option<i64> {
    if let Some(time) = timestamp::parse(text) {
        let instant = |local| if time.zone.is_some() { Some(local) } else { zone.instant(local) };
        return time.nanos.and_then(instant);
    }
    // What is not RFC 3339: no seconds, a date alone, the basic form (`20240501T100000Z`), names of
    // zones.
    let text = without_blank(text);
    let pieces = Pieces::parse(&*text).ok()?;
    if pieces.time_zone_annotation().is_some() {
        // An offset that the zone does not have at that time is an error.
        return nanos(text.parse::<Zoned>().ok()?.timestamp());
    }
    if let Some(offset) = pieces.to_numeric_offset() {
        // The parser accepts offsets of a day and more, which no zone has.
        let is_within_a_day = offset.seconds().unsigned_abs() < 86_400;
        return nanos(text.parse().ok().filter(|_| is_within_a_day)?);
    }
    // As if it were UTC: `Zone::instant` takes local times like that.
    let civil = pieces.date().to_datetime(pieces.time().unwrap_or_else(Time::midnight));
    zone.instant(nanos(TimeZone::UTC.to_timestamp(civil).ok()?)?)
}

/// The text with its offset right after the time: `2024-05-01 10:00 +01:00` becomes `2024-05-01
/// 10:00+01:00`.
fn without_blank(text: &str) -> Cow<'_, str> {
    match text.rsplit_once(' ') {
        Some((time, "UTC" | "GMT" | "Z")) => format!("{time}Z").into(),
        Some((time, offset)) if offset.starts_with(['+', '-']) => format!("{time}{offset}").into(),
        _ => text.into(),
    }
}

/// `None` outside the years 1677 to 2262, which 64 bits of nanoseconds cannot hold.
fn nanos(time: Timestamp) -> Option<i64> {
    time.as_nanosecond().try_into().ok()
}

/// Whether the text is a time of day without a date or an offset, such as `10:15`.
pub fn is_time_of_day(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b',' | b'T' | b't');
    text.bytes().all(is_plain) && text.parse::<Time>().is_ok()
}

/// Whether the time that the text names depends on when it is read, as for `-3h`, `yesterday` and `10:15`.
pub fn is_relative(text: &str) -> bool {
    matches!(text, "now" | "today" | "yesterday" | "tomorrow")
        || text.starts_with('-')
        || is_time_of_day(text)
}

/// A time of day and the offset or zone after it. With those the day is ambiguous: `23:00-05:00` may be
/// today there and tomorrow in the zone of `now`.
fn zone_of_time_of_day(text: &str) -> Option<(&str, &str)> {
    // The first character of an offset, of `[Europe/Berlin]`, of `UTC` or of `GMT`.
    let at = text.find(['+', '-', 'Z', 'z', '[', ' ', 'U', 'G'])?;
    let (time, zone) = text.split_at(at);
    (time.contains(':') && is_time_of_day(time)).then_some((time, zone.trim()))
}

/// Reads `--since`, `--until`: RFC 3339, a date (its midnight), a date and time, a time on the day of
/// `now`, `now`, `today`, `yesterday`, `tomorrow`, or a span before now, such as `-3h`, `-1h30m`, `-2d`.
///
/// What has no offset is in the zone of `now`; a time of day must have none. Gives nanoseconds since
/// 1970.
///
/// # Errors
/// Text that is none of these, and times outside the years 1677 to 2262.
pub fn parse_instant(text: &str, now: &Zoned) -> Result<i64, String> {
    let unknown = || {
        format!(
            "invalid time {text:?}: use 2024-05-01, 2024-05-01T10:00:00Z, 10:15, yesterday or -3h"
        )
    };
    // By the calendar of the zone, not by 24 hours: days on which clocks change are shorter or longer.
    let midnight = |days: i64| {
        let day = now.date().checked_add(Span::new().days(days)).ok()?;
        nanos(day.to_zoned(now.time_zone().clone()).ok()?.timestamp())
    };
    let time = match text {
        "now" => nanos(now.timestamp()),
        "today" => midnight(0),
        "yesterday" => midnight(-1),
        "tomorrow" => midnight(1),
        _ if text.starts_with('-') => {
            // A second sign would point ahead.
            let span = text[1..].strip_prefix(['-', '+']).is_none().then(|| text[1..].parse());
            let span: Span = span.and_then(Result::ok).ok_or_else(unknown)?;
            now.checked_sub(span).ok().and_then(|time| nanos(time.timestamp()))
        }
        _ if is_time_of_day(text) => {
            let time: Time = text.parse().map_err(|_| unknown())?;
            let day = now.date().to_datetime(time).to_zoned(now.time_zone().clone());
            day.ok().and_then(|day| nanos(day.timestamp()))
        }
        _ => match zone_of_time_of_day(text) {
            Some((time, zone)) => {
                let date = now.date();
                return Err(format!(
                    "invalid time {text:?}: a time of day has no offset, as that may change the day; \
                     write the date as well, as {date}T{time}{zone}, or give the zone with --tz"
                ));
            }
            None => instant(text, &Zone::from(now.time_zone().clone())),
        },
    };
    time.ok_or_else(unknown)
}

/// Reads a span of time, such as `500ms`, `30s`, `5m`, `1h30m` or `2d`, a day being 24 hours. Gives
/// nanoseconds.
///
/// # Errors
/// Text that is none, and spans below zero or above what nanoseconds in 64 bits can hold.
pub fn parse_span(text: &str) -> Result<i64, String> {
    let span: Option<Span> = text.parse().ok();
    let span = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let nanos = span.and_then(|span| i64::try_from(span.as_nanos()).ok());
    nanos
        .filter(|nanos| *nanos >= 0)
        .ok_or_else(|| format!("invalid span {text:?}: use 500ms, 30s, 5m or 1h30m"))
}

/// Now, in the zone of this name (IANA) or offset (`+05:30`), or in that of the system.
///
/// # Errors
/// A zone that is not known.
pub fn now_in(zone: Option<&str>) -> Result<Zoned, String> {
    let Some(name) = zone else { return Ok(Zoned::now()) };
    let named = match name {
        // Needs no look into the time zone database.
        "UTC" => Some(TimeZone::UTC),
        _ => TimeZone::get(name).ok().or_else(|| fixed(name)),
    };
    let zone = named.ok_or_else(|| {
        format!("unknown time zone {name:?}: use one such as Europe/Berlin, +02:00 or UTC")
    })?;
    Ok(Timestamp::now().to_zoned(zone))
}

/// The zone of an offset such as `+05:30`; `None` if it is none.
fn fixed(offset: &str) -> Option<TimeZone> {
    let seconds = timestamp::offset_seconds(offset.as_bytes()).filter(|_| !offset.is_empty())?;
    Some(TimeZone::fixed(Offset::from_seconds(seconds.try_into().ok()?).ok()?))
}
