//! Instants as people write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

use crate::record::timestamp;
use crate::record::zone::Zone;

/// Nanoseconds since 1970 of a date, a date and time, or a time with an offset; what has no offset is
/// of this zone.
pub(super) fn instant(text: &str, zone: &Zone) -> Option<i64> {
    if let Some(time) = timestamp::parse(text) {
        let instant = |local| if time.zone.is_some() { Some(local) } else { zone.instant(local) };
        return time.nanos.and_then(instant);
    }
    // Without seconds, which RFC 3339 wants, or a date alone.
    if let Ok(time) = text.parse::<Timestamp>() {
        return nanos(time);
    }
    let civil = match text.parse::<Date>() {
        Ok(date) if text.len() == "2024-05-01".len() => date.at(0, 0, 0, 0),
        _ => text.parse::<DateTime>().ok()?,
    };
    zone.instant(nanos(TimeZone::UTC.to_timestamp(civil).ok()?)?)
}

fn nanos(time: Timestamp) -> Option<i64> {
    time.as_nanosecond().try_into().ok()
}

/// Whether the text is a time of day, such as `10:15`, which says nothing of the day.
pub fn is_time_of_day(text: &str) -> bool {
    text.parse::<Time>().is_ok() && !text.contains('-')
}

/// Reads `--since`, `--until`: RFC 3339, a date (its midnight), a date and time, a time on the day of
/// `now`, `now`, `today`, `yesterday`, `tomorrow`, or a span before now, such as `-3h`, `-1h30m`, `-2d`.
///
/// What has no offset is in the zone of `now`. Gives nanoseconds since 1970.
///
/// # Errors
/// Text that is none of these, and times that nanoseconds in 64 bits cannot hold.
pub fn parse_instant(text: &str, now: &Zoned) -> Result<i64, String> {
    let unknown = || {
        format!(
            "invalid time {text:?}: write 2024-05-01, 2024-05-01T10:00:00Z, 10:15, yesterday or -3h"
        )
    };
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
            let span: Span = text[1..].parse().map_err(|_| unknown())?;
            now.checked_sub(span).ok().and_then(|time| nanos(time.timestamp()))
        }
        _ if is_time_of_day(text) => {
            let time: Time = text.parse().map_err(|_| unknown())?;
            let day = now.date().to_datetime(time).to_zoned(now.time_zone().clone());
            day.ok().and_then(|day| nanos(day.timestamp()))
        }
        _ => instant(text, &Zone::from(now.time_zone().clone())),
    };
    time.ok_or_else(unknown)
}

/// Now, in the zone of this name (IANA) or offset (`+05:30`), or in that of the system.
///
/// # Errors
/// A zone that is not known.
pub fn now_in(zone: Option<&str>) -> Result<Zoned, String> {
    let Some(name) = zone else { return Ok(Zoned::now()) };
    let named = match name {
        // Without a look into the data base.
        "UTC" => Some(TimeZone::UTC),
        _ => TimeZone::get(name).ok().or_else(|| fixed(name)),
    };
    let zone = named.ok_or_else(|| {
        format!("there is no time zone {name:?}: write one as Europe/Berlin, +02:00 or UTC")
    })?;
    Ok(Timestamp::now().to_zoned(zone))
}

fn fixed(offset: &str) -> Option<TimeZone> {
    let seconds = timestamp::offset_seconds(offset.as_bytes()).filter(|_| !offset.is_empty())?;
    Some(TimeZone::fixed(Offset::from_seconds(seconds.try_into().ok()?).ok()?))
}
