//! RFC 3339 text to nanoseconds since 1970 and back.
//!
//! The calendar is the proleptic Gregorian one, without leap seconds. 64 bits of nanoseconds hold the years
//! 1677 to 2262; other years are valid text with no value here, and their text is kept in `extra` by the
//! caller.

use super::digits;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MINUTE: i64 = 60 * NANOS_PER_SECOND;
const SECONDS_PER_DAY: i64 = 86_400;

/// A time as a log line writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp<'a> {
    /// Nanoseconds since 1970-01-01T00:00:00Z; `None` where int64 nanoseconds cannot hold the time.
    pub nanos: Option<i64>,
    /// The offset as written (`Z`, `z`, `+05:30`, `+0530`); `None` when there was none, and the
    /// time was read as UTC.
    pub zone: Option<&'a str>,
    /// Whether `nanos` is exactly the instant that was written. False if it is `None`, if digits other
    /// than zero were cut after the ninth of the fraction, and for second 60.
    pub exact: bool,
}

/// Reads an RFC 3339 time of the years 0000 to 9999; `None` where the text is not one.
///
/// Wider than the RFC: the separator may be `T`, `t` or one space, the offset may lack its colon or
/// be absent (UTC), and the fraction may have any number of digits (cut after the ninth). Second
/// 60 is read in every minute, as the second that follows.
pub fn parse(text: &str) -> Option<Timestamp<'_>> {
    let (date_time, tail) = text.as_bytes().split_first_chunk::<19>()?;
    let fraction = Fraction::parse(tail, b".")?;
    let zone = text.get(19 + fraction.len..)?;
    of_parts(date_time, &fraction, offset_seconds(zone.as_bytes())?, zone)
}

/// The time of `YYYY-MM-DD?hh:mm:ss` with a fraction, so many seconds ahead of UTC.
#[inline]
pub(super) fn of_parts<'a>(
    date_time: &[u8; 19],
    fraction: &Fraction,
    offset: i64,
    zone: &'a str,
) -> Option<Timestamp<'a>> {
    let (local, leap_second) = local_seconds(date_time)?;
    let seconds = local - offset;
    // 128 bits: near the lower limit the whole second lies outside int64 and its fraction inside.
    let nanos = i128::from(seconds) * i128::from(NANOS_PER_SECOND) + i128::from(fraction.nanos);
    let nanos = i64::try_from(nanos).ok();
    Some(Timestamp {
        nanos,
        zone: (!zone.is_empty()).then_some(zone),
        exact: fraction.exact && !leap_second && nanos.is_some(),
    })
}

/// The first instant that a number is read as, 2000-01-01T00:00:00Z: smaller numbers are durations and
/// counters.
const FIRST_EPOCH: i64 = 946_684_800 * NANOS_PER_SECOND;

/// The nanoseconds of a number of milliseconds as most logs have them, from the year 2001 to 2262: 13 digits
/// without a leading zero. `None` for any other text.
fn plain_epoch(text: &[u8]) -> Option<i64> {
    let digits: &[u8; 13] = text.try_into().ok()?;
    let mut amount = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        amount = amount * 10 + i64::from(digit);
    }
    // Of the years after 2262 the other way knows what to say.
    (digits[0] != b'0').then(|| amount.checked_mul(1_000_000)).flatten()
}

/// Reads a number since 1970: below 10^11 seconds, below 10^14 milliseconds, below 10^17
/// microseconds, else nanoseconds, with decimals or without: `1714557600.25`, `1714557600250`. Returns the
/// nanoseconds (`None` outside int64) and whether they are exact; `None` if the text is not such a
/// number, or is an instant before the year 2000.
pub fn parse_epoch(text: &str) -> Option<(Option<i64>, bool)> {
    if let Some(nanos) = plain_epoch(text.as_bytes()) {
        return Some((Some(nanos), true));
    }
    let point = text.bytes().position(|byte| byte == b'.');
    let (whole, fraction) = point.map_or((text, "0"), |at| (&text[..at], &text[at + 1..]));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // JSON has no leading zeros, and a text such as `0042` is an identifier.
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if leading_zero || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    // More than 19 digits: a number, but of no instant that fits.
    let Ok(amount) = whole.parse::<i64>() else { return Some((None, false)) };
    // `digits` is how many decimals the unit needs to become nanoseconds. The limits are far from the times
    // of logs: 10^11 seconds are the year 5138, and as many milliseconds 1973.
    let digits: u32 = match amount.unsigned_abs() {
        0..100_000_000_000 => 9,
        100_000_000_000..100_000_000_000_000 => 6,
        100_000_000_000_000..100_000_000_000_000_000 => 3,
        _ => 0,
    };
    // Digits below a nanosecond are dropped, and the time is not exact if one of them is not zero.
    let (kept, cut) = fraction.split_at(fraction.len().min(digits as usize));
    let part: i64 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let part = part * 10_i64.pow(digits - kept.len() as u32);
    let nanos = amount.checked_mul(10_i64.pow(digits)).and_then(|nanos| nanos.checked_add(part));
    if nanos.is_some_and(|nanos| nanos < FIRST_EPOCH) {
        return None;
    }
    Some((nanos, nanos.is_some() && cut.bytes().all(|digit| digit == b'0')))
}

/// An instant as RFC 3339 text in UTC.
pub fn format_utc(nanos: i64) -> String {
    let mut text = Vec::with_capacity(TIME_ROOM);
    write_rfc3339(nanos, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Appends the time in UTC, as `2024-05-01T10:00:00.123456789Z`; the fraction has 0, 3, 6 or 9
/// digits, the fewest that hold it.
pub fn write_rfc3339(nanos: i64, out: &mut Vec<u8>) {
    let fraction = nanos.rem_euclid(NANOS_PER_SECOND) as u32;
    write_utc(nanos.div_euclid(NANOS_PER_SECOND), fraction, out);
}

/// As [`write_rfc3339`], from microseconds.
///
/// A year outside 0000 to 9999, which nanoseconds cannot reach, gets a sign (`+12024`, `-0001`) as
/// in ISO 8601's expanded form.
pub fn write_rfc3339_micros(micros: i64, out: &mut Vec<u8>) {
    let fraction = micros.rem_euclid(1_000_000) as u32 * 1_000;
    write_utc(micros.div_euclid(1_000_000), fraction, out);
}

/// Bytes of the longest time that [`MinuteText`] writes, rounded up.
pub const TIME_ROOM: usize = 32;

/// Writes times as [`write_rfc3339`] does, faster if they lie in the same minute as the one before, as
/// times of neighbouring lines do: only the seconds and the fraction are new.
#[derive(Debug, Clone)]
pub struct MinuteText {
    /// The first instant of the minute that int64 has, in nanoseconds since 1970.
    start: i64,
    /// Nanoseconds of the minute before `start`: 0 but for the first minute that int64 reaches into.
    before: u64,
    /// The text of the minute with seconds 00, and filler.
    text: [u8; TIME_ROOM],
}

impl Default for MinuteText {
    fn default() -> Self {
        Self { start: 0, before: 0, text: *b"1970-01-01T00:00:00Z............" }
    }
}

impl MinuteText {
    /// Writes the time to the front of `place` and returns its length; the bytes after it are
    /// overwritten.
    #[inline]
    pub fn put(&mut self, nanos: i64, place: &mut [u8; TIME_ROOM]) -> usize {
        // `abs_diff`, as the difference of two int64 may not fit one; the second test is for times before.
        let in_cached = nanos.abs_diff(self.start) < NANOS_PER_MINUTE as u64 - self.before;
        if nanos < self.start || !in_cached {
            self.begin(nanos);
        }
        let in_minute = nanos.abs_diff(self.start) + self.before;
        let second = in_minute / NANOS_PER_SECOND as u64;
        let fraction = (in_minute % NANOS_PER_SECOND as u64) as u32;
        *place = self.text;
        [place[17], place[18]] = digits::two(second as u32);
        if fraction == 0 {
            return 20;
        }
        place[19] = b'.';
        place[20..28].copy_from_slice(&digits::eight(fraction / 10));
        place[28] = b'0' + (fraction % 10) as u8;
        // All nine digits are there: the `Z` is put after the last one that counts.
        let end = if !fraction.is_multiple_of(1_000) {
            29
        } else if !fraction.is_multiple_of(1_000_000) {
            26
        } else {
            23
        };
        place[end] = b'Z';
        end + 1
    }

    /// Makes the minute of `nanos` the current one.
    #[cold]
    fn begin(&mut self, nanos: i64) {
        let minute = nanos.div_euclid(NANOS_PER_MINUTE);
        let mut text = Vec::with_capacity(TIME_ROOM);
        // The years of nanoseconds are 1677 to 2262: their texts have one length.
        write_utc(minute * 60, 0, &mut text);
        text.resize(TIME_ROOM, b'.');
        self.text.copy_from_slice(&text);
        // Saturates in the first minute only, which begins before what int64 holds.
        self.start = minute.saturating_mul(NANOS_PER_MINUTE);
        self.before = nanos.rem_euclid(NANOS_PER_MINUTE) as u64 - nanos.abs_diff(self.start);
    }
}

/// `YYYY-MM-DD?hh:mm:ss` as seconds since 1970, and whether the second was 60.
fn local_seconds(text: &[u8; 19]) -> Option<(i64, bool)> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', ref time @ ..] = text
    else {
        return None;
    };
    let &[h1, h2, b':', n1, n2, b':', s1, s2] = time else { return None };
    let year = number([y1, y2, y3, y4])?;
    let days = days_since_1970(year, number([m1, m2])?, number([d1, d2])?)?;
    let (hour, minute, second) = (number([h1, h2])?, number([n1, n2])?, number([s1, s2])?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let in_day = hour * 3_600 + minute * 60 + second;
    Some((days * SECONDS_PER_DAY + i64::from(in_day), second == 60))
}

/// The fraction of a second with the mark before it; all zero if the text does not begin with a mark.
pub(super) struct Fraction {
    nanos: u32,
    /// Whether no digit other than zero was cut.
    exact: bool,
    /// Bytes read, the mark included.
    pub(super) len: usize,
}

impl Fraction {
    /// `None` for a mark without a digit.
    #[inline]
    pub(super) fn parse(text: &[u8], marks: &[u8]) -> Option<Fraction> {
        let Some((_, digits)) = text.split_first().filter(|(first, _)| marks.contains(first))
        else {
            return Some(Fraction { nanos: 0, exact: true, len: 0 });
        };
        let (mut nanos, mut unit, mut exact, mut count) = (0, 100_000_000, true, 0);
        for &byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            nanos += u32::from(digit) * unit;
            // From the tenth digit on the unit is 0, and the digit adds nothing.
            exact &= unit > 0 || digit == 0;
            unit /= 10;
            count += 1;
        }
        (count > 0).then_some(Fraction { nanos, exact, len: 1 + count })
    }
}

/// The seconds by which the local time is ahead of UTC, negative to the west; `None` if the text is not an
/// offset.
pub(crate) fn offset_seconds(zone: &[u8]) -> Option<i64> {
    let (sign, hour, minute) = match *zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => {
            (sign, number([h1, h2])?, number([m1, m2])?)
        }
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let seconds = i64::from(hour * 3_600 + minute * 60);
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// The number of `N` digits; `None` if one is no digit. All are looked at before the answer, without a branch
/// for each.
#[inline]
fn number<const N: usize>(digits: [u8; N]) -> Option<u32> {
    let mut value = 0;
    let mut valid = true;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        valid &= digit <= 9;
        value = value * 10 + u32::from(digit);
    }
    valid.then_some(value)
}

/// Days from 0000-01-01 to 1970-01-01 in the proleptic Gregorian calendar.
const DAYS_TO_1970: i64 = 719_528;

/// The days from 1970-01-01 to a date; `None` if the calendar has no such day, such as 2023-02-29.
pub(super) fn days_since_1970(year: u32, month: u32, day: u32) -> Option<i64> {
    const LENGTH: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let index = month.wrapping_sub(1) as usize;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = LENGTH.get(index)? + u32::from(leap && month == 2);
    if day == 0 || day > length {
        return None;
    }
    // Leap years before `year`: year 0 is one, so the quotients are rounded up.
    let leap_days = year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400);
    let before = year * 365 + leap_days + BEFORE[index] + u32::from(leap && month > 2);
    Some(i64::from(before + day - 1) - DAYS_TO_1970)
}

/// Appends a time from seconds since 1970 and the nanoseconds of its fraction, with the fewest digits.
fn write_utc(seconds: i64, fraction: u32, out: &mut Vec<u8>) {
    let (year, month, day) = civil_date(seconds.div_euclid(SECONDS_PER_DAY));
    let in_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
    let mut text = *b"YYYY-MM-DDThh:mm:ss.fffffffffZ";
    put_digits(&mut text[5..7], month);
    put_digits(&mut text[8..10], day);
    put_digits(&mut text[11..13], in_day / 3_600);
    put_digits(&mut text[14..16], in_day / 60 % 60);
    put_digits(&mut text[17..19], in_day % 60);
    put_digits(&mut text[20..29], fraction);
    let end = match fraction {
        0 => 19,
        _ if fraction.is_multiple_of(1_000_000) => 23,
        _ if fraction.is_multiple_of(1_000) => 26,
        _ => 29,
    };
    text[end] = b'Z';
    if (0..=9999).contains(&year) {
        put_digits(&mut text[..4], year as u32);
        out.extend_from_slice(&text[..=end]);
    } else {
        out.extend_from_slice(format!("{year:+05}").as_bytes());
        out.extend_from_slice(&text[4..=end]);
    }
}

/// Fills the place with the last digits of a number, with leading zeros.
fn put_digits(place: &mut [u8], mut value: u32) {
    for byte in place.iter_mut().rev() {
        *byte = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// Counts in years that begin in March, so that the leap day is the last of its year (Howard
/// Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
pub(super) fn civil_date(days_since_1970: i64) -> (i64, u32, u32) {
    /// Days of 400 years, after which the calendar repeats.
    const DAYS_PER_ERA: i64 = 146_097;
    const JANUARY_AND_FEBRUARY_OF_YEAR_0: i64 = 60;
    let days = days_since_1970 + DAYS_TO_1970 - JANUARY_AND_FEBRUARY_OF_YEAR_0;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA) as u32;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, five months have 153 days, in the order 31, 30, 31, 30, 31, twice over.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + i64::from(year_of_era) + i64::from(month <= 2);
    (year, month, day)
}
