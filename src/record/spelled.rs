//! Times in spellings other than RFC 3339: those that loggers, web servers and databases write into JSON.
//!
//! ```text
//! 2026-03-09 09:12:00,123    2026/03/09 09:12:00        20260309T091200Z           20260309091200
//! 2026-03-09T09:12Z          2026-03-09 09:12:00 +0200  2026-03-09T09:12:00Z[UTC]
//! 2026-03-09 09:12:00 +0000 UTC                         Mon, 09 Mar 2026 09:12:00 GMT
//! 09/Mar/2026:09:12:00 +0000                            Mon Mar  9 09:12:00 2026
//! ```

use super::timestamp::{self, Fraction, Timestamp};

/// `YYYY-MM-DD`, without a check of what it is made of.
type Date = [u8; 10];

/// Reads a time; `None` if the text is not one. A day without an hour is none.
pub(crate) fn parse(text: &str) -> Option<Timestamp<'_>> {
    // As web servers have it.
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    // The name of a zone after the offset, as Java's ZonedDateTime has it.
    let Some((time, region)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) else {
        return of_digits(text).or_else(|| of_words(text));
    };
    let mut time = of_digits(time).filter(|time| time.zone.is_some())?;
    time.exact &= is_utc(region);
    Some(time)
}

/// A number with an exponent as one without: `1.7e9` is `1700000000`. `None` if it has none, or one that no
/// time has.
pub(crate) fn without_exponent(number: &str) -> Option<String> {
    let (mantissa, exponent) = number.split_once(['e', 'E'])?;
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let exponent: usize = exponent.parse().ok().filter(|_| !exponent.starts_with('+'))?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // 10^18 nanoseconds are the year 2001.
    if exponent > 18 || whole == "0" {
        return None;
    }
    let (moved, rest) = fraction.split_at_checked(exponent.min(fraction.len()))?;
    let zeros = "0".repeat(exponent - moved.len());
    let rest = if rest.is_empty() { "0" } else { rest };
    Some(format!("{whole}{moved}{zeros}.{rest}"))
}

/// A time with its month in digits, the year first: `2026-03-09`, `2026/03/09` or `20260309`.
fn of_digits(text: &str) -> Option<Timestamp<'_>> {
    let bytes = text.as_bytes();
    let (date, rest) = match *bytes.first_chunk::<10>()? {
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
        | [y1, y2, y3, y4, b'/', m1, m2, b'/', d1, d2] => {
            ([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], 10)
        }
        [y1, y2, y3, y4, m1, m2, d1, d2, ..] => ([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], 8),
    };
    match bytes.get(rest)? {
        b'T' | b't' | b' ' => of_clock(&date, text.get(rest + 1..)?),
        // All fourteen digits.
        b'0'..=b'9' if rest == 8 && bytes.len() == 14 => of_clock(&date, text.get(rest..)?),
        _ => None,
    }
}

/// A time with its month as a word, perhaps after the day of the week: of RFC 1123 and 2822, of web servers
/// (`09/Mar/2026:09:12:00`), of C (`Mon Mar  9 09:12:00 2026`).
fn of_words(text: &str) -> Option<Timestamp<'_>> {
    let first = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let is_day = DAYS.iter().any(|day| text.get(..first.min(3)) == Some(*day));
    let text = if is_day { text[first..].trim_start_matches([',', ' ']) } else { text };
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        let (month, rest) = text.split_once(' ')?;
        let (day, rest) = rest.trim_start().split_once(' ')?;
        let (clock, year) = rest.rsplit_once(' ')?;
        return of_clock(&date(year, month, day)?, clock);
    }
    let (day, rest) = text.split_once([' ', '/', '-'])?;
    let (month, rest) = rest.split_once([' ', '/', '-'])?;
    let (year, clock) = rest.split_once([' ', ':'])?;
    of_clock(&date(year, month, day)?, clock)
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// As logs abbreviate them.
pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The date of a month as a word.
fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let month = 1 + MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    let &[y1, y2, y3, y4] = year.as_bytes() else { return None };
    let [d1, d2] = match *day.as_bytes() {
        [d1, d2] => [d1, d2],
        [d2] => [b'0', d2],
        _ => return None,
    };
    let [m1, m2] = [b'0' + (month / 10) as u8, b'0' + (month % 10) as u8];
    Some([y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2])
}

/// The time of a date: hours and minutes, perhaps seconds and a fraction, perhaps an offset.
fn of_clock<'a>(date: &Date, text: &'a str) -> Option<Timestamp<'a>> {
    let bytes = text.as_bytes();
    let two = |at: usize| bytes.get(at..at + 2)?.first_chunk::<2>().copied();
    let step = if bytes.get(2) == Some(&b':') { 3 } else { 2 };
    let (hour, minute) = (two(0)?, two(step)?);
    let has_seconds = if step == 3 {
        bytes.get(5) == Some(&b':')
    } else {
        bytes.get(4).is_some_and(u8::is_ascii_digit)
    };
    let (second, end) =
        if has_seconds { (two(2 * step)?, 2 * step + 2) } else { (*b"00", step + 2) };
    // Decimals of a minute are not read.
    let fraction = Fraction::parse(&bytes[end..], if has_seconds { b".," } else { b"" })?;
    let zone = text.get(end + fraction.len..)?.trim_start_matches(' ');
    let mut date_time = *b"YYYY-MM-DDThh:mm:ss";
    date_time[..10].copy_from_slice(date);
    date_time[11..13].copy_from_slice(&hour);
    date_time[14..16].copy_from_slice(&minute);
    date_time[17..].copy_from_slice(&second);
    // Go writes the zone's name after the offset, and mail in brackets.
    let (offset, name) =
        zone.split_once(' ').map_or((zone, None), |(zone, name)| (zone, Some(name)));
    let mut time = timestamp::of_parts(&date_time, &fraction, seconds(offset)?, offset)?;
    if let Some(name) = name {
        let word = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).unwrap_or(name);
        let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_word || !offset.starts_with(['+', '-']) {
            return None;
        }
        time.exact &= is_utc(word) && seconds(offset) == Some(0);
    }
    Some(time)
}

/// The seconds of an offset; beside RFC 3339's of hours alone (`+02`) and of words for UTC.
fn seconds(offset: &str) -> Option<i64> {
    if is_utc(offset) {
        return Some(0);
    }
    match *offset.as_bytes() {
        [sign @ (b'+' | b'-'), h1, h2] => timestamp::offset_seconds(&[sign, h1, h2, b'0', b'0']),
        _ => timestamp::offset_seconds(offset.as_bytes()),
    }
}

/// Whether a name of a zone says no more than an offset of zero.
fn is_utc(name: &str) -> bool {
    matches!(name, "Z" | "UTC" | "GMT" | "UT" | "Etc/UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text is read as, `-` if it is not a time, with `~` if the text says more.
    fn read(text: &str) -> String {
        let Some(time) = parse(text) else { return "-".into() };
        let mark = if time.exact { "" } else { "~" };
        format!("{mark}{}", timestamp::format_utc(time.nanos.unwrap()))
    }

    #[test]
    fn spellings() {
        for (text, expected) in [
            ("2026-03-09 09:12:00,123", "2026-03-09T09:12:00.123Z"),
            ("2026/03/09 09:12:00.5", "2026-03-09T09:12:00.500Z"),
            ("2026-03-09 11:12:00.123 +0200", "2026-03-09T09:12:00.123Z"),
            ("2026-03-09 09:12:00.123 UTC", "2026-03-09T09:12:00.123Z"),
            ("2026-03-09 09:12:00+00", "2026-03-09T09:12:00Z"),
            ("2026-03-09T09:12Z", "2026-03-09T09:12:00Z"),
            ("2026-03-09 09:12", "2026-03-09T09:12:00Z"),
            ("20260309T091200Z", "2026-03-09T09:12:00Z"),
            ("20260309T091200.25+0200", "2026-03-09T07:12:00.250Z"),
            ("20260309T0912Z", "2026-03-09T09:12:00Z"),
            ("20260309091200", "2026-03-09T09:12:00Z"),
            ("20260309 09:12:00", "2026-03-09T09:12:00Z"),
            ("2026-03-09T09:12:00Z[UTC]", "2026-03-09T09:12:00Z"),
            ("2026-03-09T09:12:00+01:00[Europe/Paris]", "~2026-03-09T08:12:00Z"),
            ("2026-03-09 09:12:00.5 +0000 UTC", "2026-03-09T09:12:00.500Z"),
            ("2026-03-09 09:12:00 +0100 CET", "~2026-03-09T08:12:00Z"),
            ("Mon, 09 Mar 2026 09:12:00 GMT", "2026-03-09T09:12:00Z"),
            ("Mon, 9 Mar 2026 09:12:00 -0230", "2026-03-09T11:42:00Z"),
            ("9 Mar 2026 09:12 +0000 (UTC)", "2026-03-09T09:12:00Z"),
            ("09/Mar/2026:09:12:00 +0000", "2026-03-09T09:12:00Z"),
            ("[09/Mar/2026:09:12:00 +0100]", "2026-03-09T08:12:00Z"),
            ("Mon Mar  9 09:12:00 2026", "2026-03-09T09:12:00Z"),
            ("Mon Mar  9 09:12:00 UTC 2026", "2026-03-09T09:12:00Z"),
            ("2026-03-09 09:12:60,1", "~2026-03-09T09:13:00.100Z"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn no_times() {
        for text in [
            "",
            "[",
            "[]",
            "2026-03-09",
            "20260309",
            "2026-03-09T",
            "2026-03-09T09",
            "2026-03-09 09:",
            "2026-13-09 09:12",
            "2026-02-29 09:12",
            "2026-03-09 24:12",
            "2026-03-09 09:1",
            "2026-03-09 09:12:0",
            "2026-03-09 09:12:00,",
            "2026-03-09 09:12:00 PST",
            "2026-03-09 09:12:00 +1",
            "2026/03-09 09:12:00",
            "20260309091",
            "202603090912001",
            "20260309T09",
            "Mon",
            "Mon, ",
            "32 Mar 2026 09:12:00",
            "9 Mar 26 09:12",
            "Mar 9 09:12:00",
            "9/Maé/2026:09:12:00",
            "2026-03-09 09:12:00 UTC UTC",
            "2026-03-09T09:12.5Z",
            "2026-03-09 09:12:00 +0000 ",
            "2026-03-09é09:12",
            "2026-03-09 é",
        ] {
            assert_eq!(read(text), "-", "{text}");
        }
    }

    #[test]
    fn exponents() {
        for (text, expected) in [
            ("1.773047520123e9", Some("1773047520.123")),
            ("1.7e9", Some("1700000000.0")),
            ("17E+8", Some("1700000000.0")),
            ("1.7", None),
            ("0.17e10", None),
            ("1e99", None),
            ("1e-2", None),
        ] {
            assert_eq!(without_exponent(text).as_deref(), expected, "{text}");
        }
    }
}
