//! What completes times that lack their date or year, such as `Mar  9 10:00:00` or `10:00:00`: the present never does.

use super::timestamp::{self, civil_date, days_since_1970};
use crate::source::Reference;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// The part of a time that a line has: month and day, from 1, and nanoseconds of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Yearless {
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) nanos: i64,
}

impl Yearless {
    /// `None` if there is no such day in any year.
    pub(crate) fn new(month: i64, day: i64, nanos: i64) -> Option<Self> {
        const LEAP: u32 = 2000;
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        days_since_1970(LEAP, month.into(), day.into()).map(|_| Self { month, day, nanos })
    }
}

impl Reference {
    /// A time without a year, in nanoseconds since 1970 as if it were in UTC. Its year is that in which the log was begun,
    /// or the next one if it would be more than a day before that; if that is not known, the year in which it was stored, or
    /// the one before if it would be more than a day after that. `None` without either, or if that year has no such day.
    pub(crate) fn complete(self, time: Yearless) -> Option<i64> {
        let day_of_year = (time.month, time.day, time.nanos);
        // Whether it is earlier in any year: of a day that only some years have, too.
        let is_before = |limit: i64| day_of_year < parts(limit);
        let year = match (self.begun, self.stored) {
            (Some(begun), _) => {
                let earliest = begun.checked_sub(DAY)?;
                year_of(earliest) + i64::from(is_before(earliest))
            }
            (None, Some(stored)) => {
                let latest = stored.checked_add(DAY)?;
                let is_later = day_of_year != parts(latest) && !is_before(latest);
                year_of(latest) - i64::from(is_later)
            }
            (None, None) => return None,
        };
        let days = days_since_1970(year.try_into().ok()?, time.month.into(), time.day.into())?;
        days.checked_mul(DAY)?.checked_add(time.nanos)
    }

    /// A time of the day that the log's name has.
    pub(crate) fn on_day(self, nanos: i64) -> Option<i64> {
        self.day?.checked_add(nanos)
    }
}

fn year_of(nanos: i64) -> i64 {
    civil_date(nanos.div_euclid(DAY)).0
}

/// Month, day and nanoseconds of the day.
fn parts(nanos: i64) -> (u8, u8, i64) {
    let (_, month, day) = civil_date(nanos.div_euclid(DAY));
    (month as u8, day as u8, nanos.rem_euclid(DAY))
}

/// The beginning of the last day in a path, in nanoseconds since 1970 as if it were in UTC: `app-2026-03-09.log`,
/// `2026_03_09/app.log`, `app.log.20260309`.
pub(crate) fn day_in(path: &str) -> Option<i64> {
    let bytes = path.as_bytes();
    (0..bytes.len()).rev().find_map(|start| day_at(bytes, start))
}

/// The day that is written from `start` on.
fn day_at(path: &[u8], start: usize) -> Option<i64> {
    let is_digit = |at: usize| path.get(at).is_some_and(u8::is_ascii_digit);
    if !is_digit(start) || start.checked_sub(1).is_some_and(is_digit) {
        return None;
    }
    let rest = &path[start..];
    let (year, month, day, length) = match rest {
        y if y.len() >= 10 && matches!(y[4], b'-' | b'_' | b'.') && y[7] == y[4] => {
            (&rest[..4], &rest[5..7], &rest[8..10], 10)
        }
        y if y.len() >= 8 => (&rest[..4], &rest[4..6], &rest[6..8], 8),
        _ => return None,
    };
    let is_century = matches!(year, [b'1', b'9', ..] | [b'2', b'0', ..]);
    if !is_century || is_digit(start + length) {
        return None;
    }
    let [year, month, day] = [year, month, day].map(|part| std::str::from_utf8(part).ok());
    timestamp::parse(&format!("{}-{}-{}T00:00:00Z", year?, month?, day?))?.nanos
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> i64 {
        timestamp::parse(text).and_then(|time| time.nanos).unwrap()
    }

    #[test]
    fn years_are_those_of_the_stored_time() {
        let at = |stored: &str, month, day| {
            let reference = Reference { stored: Some(nanos(stored)), ..Reference::default() };
            let time = reference.complete(Yearless { month, day, nanos: 3_600_000_000_000 });
            time.map(timestamp::format_utc)
        };
        let all = [
            ("2026-03-10T00:00:00Z", 3, 9, Some("2026-03-09T01:00:00Z")),
            // Within a day after it.
            ("2026-03-09T02:00:00Z", 3, 10, Some("2026-03-10T01:00:00Z")),
            ("2026-03-09T00:00:00Z", 3, 11, Some("2025-03-11T01:00:00Z")),
            ("2026-01-01T05:00:00Z", 12, 31, Some("2025-12-31T01:00:00Z")),
            ("2025-12-31T23:59:59Z", 1, 1, Some("2026-01-01T01:00:00Z")),
            ("2024-03-01T00:00:00Z", 2, 29, Some("2024-02-29T01:00:00Z")),
            ("2026-03-01T00:00:00Z", 2, 29, None),
            ("2026-03-01T00:00:00Z", 13, 1, None),
            ("2026-03-01T00:00:00Z", 4, 31, None),
        ];
        for (stored, month, day, right) in all {
            assert_eq!(at(stored, month, day).as_deref(), right, "{stored} {month} {day}");
        }
        assert_eq!(Reference::default().complete(Yearless { month: 1, day: 1, nanos: 0 }), None);
    }

    #[test]
    fn days_in_paths() {
        let day = |path: &str| day_in(path).map(|day| timestamp::format_utc(day)[..10].to_owned());
        for path in
            ["app-2026-03-09.log", "2026_03_09/app.log", "a.20260309", "1999-01-01/x-2026.03.09"]
        {
            assert_eq!(day(path).as_deref(), Some("2026-03-09"), "{path}");
        }
        for path in [
            "",
            "app.log",
            "2026-13-09",
            "120260309",
            "20260309123",
            "2026-03_09",
            "3026-03-09",
            "é2026-3-9",
        ] {
            assert_eq!(day(path), None, "{path}");
        }
    }
}
