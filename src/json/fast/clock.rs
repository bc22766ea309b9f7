//! RFC 3339 times, most of which share their minute and their offset with the line before.
//!
//! The text up to the minute is compared with that of the last time; only if it differs, the date is
//! computed. Seconds and fraction are read each time, and the offset is compared like the minute.

use super::shape::Infix;
use crate::record::timestamp;
use crate::simd::digits;

/// Bytes of `2024-05-01T10:00:`, the part of a time that most lines share with the line before.
const MINUTE: usize = 17;

/// Bytes that are looked at: 29 of the longest time without its offset, `2024-05-01T10:00:00.123456789`, and
/// 16 that are loaded for the offset, rounded up.
pub(super) const WINDOW: usize = 48;

/// Reads times; remembers the last minute and the last offset, in whatever line they were.
pub(super) struct Clock {
    /// The last minute as written.
    minute: [u8; MINUTE],
    /// Seconds since 1970 of the minute, as if it were UTC: the offset is subtracted for each time.
    seconds: i64,
    /// The last offset; `None` before the first time.
    zone: Option<Zone>,
}

/// An offset from UTC.
struct Zone {
    /// The offset and the quote after it: one comparison shows that the time ends there as well.
    text: Infix,
    /// Seconds that local time is ahead of UTC.
    seconds: i64,
}

/// A time that was read.
pub(super) struct Time {
    /// Nanoseconds since 1970.
    pub(super) nanos: i64,
    /// Where in the window the offset begins and ends; its end is the closing quote.
    pub(super) zone: (usize, usize),
    /// The offset is that of the time before, so the column need not be given it again.
    pub(super) same_zone: bool,
}

impl Default for Clock {
    fn default() -> Self {
        Self { minute: *b"1970-01-01T00:00:", seconds: 0, zone: None }
    }
}

impl Clock {
    /// Reads the time that the window begins with, after its opening quote. `None` for what is rare: no
    /// offset, more than nine digits, second 60, a year that nanoseconds may not hold; and for what is not
    /// a time.
    #[inline(always)]
    pub(super) fn read(&mut self, window: &[u8; WINDOW]) -> Option<Time> {
        if window[..MINUTE] != self.minute {
            self.turn(window)?;
        }
        // No closures here: the compiler may or may not inline them.
        let (tens, ones) = (window[17].wrapping_sub(b'0'), window[18].wrapping_sub(b'0'));
        // Bytes below `0` have wrapped around to large numbers.
        if tens > 5 || ones > 9 {
            return None;
        }
        let (fraction, at) = match window[19] {
            b'.' => {
                let (fraction, count) = fraction(window[20..30].try_into().ok()?)?;
                (fraction, 20 + count)
            }
            _ => (0, 19),
        };
        let rest: &[u8; 16] = window.get(at..at + 16)?.try_into().ok()?;
        let same_zone = self.zone.as_ref().is_some_and(|zone| zone.text.begins(rest));
        if !same_zone {
            self.travel(rest)?;
        }
        let zone = self.zone.as_ref()?;
        let seconds = self.seconds + i64::from(tens * 10 + ones) - zone.seconds;
        let nanos = seconds * 1_000_000_000 + fraction;
        Some(Time { nanos, zone: (at, at + zone.text.len - 1), same_zone })
    }

    /// Takes a new minute; `None`, and the last one stays, if it is not a date and time.
    #[cold]
    fn turn(&mut self, window: &[u8; WINDOW]) -> Option<()> {
        // Parsed by the other parsers' function, so that all accept the same times.
        let mut text = *b"YYYY-MM-DDThh:mm:00Z";
        text[..MINUTE].copy_from_slice(&window[..MINUTE]);
        let nanos = timestamp::parse(std::str::from_utf8(&text).ok()?)?.nanos?;
        // Two days from the limits of 64-bit nanoseconds, the years 1677 and 2262, so that no offset and no
        // fraction can pass them.
        const DAY: i64 = 86_400_000_000_000;
        nanos.checked_add(2 * DAY)?.checked_sub(4 * DAY)?;
        self.seconds = nanos / 1_000_000_000;
        self.minute.copy_from_slice(&window[..MINUTE]);
        Some(())
    }

    /// Takes a new offset; `None`, and the last one stays, if it is absent or not an offset.
    #[cold]
    fn travel(&mut self, rest: &[u8; 16]) -> Option<()> {
        let length = rest.iter().position(|&byte| byte == b'"')?;
        let offset = std::str::from_utf8(&rest[..length]).ok().filter(|zone| !zone.is_empty())?;
        let seconds = timestamp::offset_seconds(offset.as_bytes())?;
        let text = Infix::new(&rest[..=length])?;
        self.zone = Some(Zone { text, seconds });
        Some(())
    }
}

/// Nanoseconds from the digits after the point, and how many there are: one to nine. `None` for none, and for
/// ten or more, of which the other parsers keep the rest in `extra`.
#[inline(always)]
fn fraction(bytes: &[u8; 10]) -> Option<(i64, usize)> {
    let eight = *bytes.first_chunk()?;
    let count = digits::count_8(eight);
    if count == 0 {
        return None;
    }
    // Eight digits count units of ten nanoseconds.
    if count < 8 {
        return Some((digits::padded(eight, count) as i64 * 10, count));
    }
    let value = digits::leading(eight, 8) as i64 * 10;
    match [bytes[8], bytes[9]] {
        [b'0'..=b'9', b'0'..=b'9'] => None,
        [ninth @ b'0'..=b'9', _] => Some((value + i64::from(ninth - b'0'), 9)),
        _ => Some((value, 8)),
    }
}
