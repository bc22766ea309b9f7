//! Times at the beginning of lines.

use crate::record::timestamp;
use crate::simd::digits;

/// Reads UTC times at the beginning of lines, most of which share their minute with the one before.
pub(super) struct Clock {
    minute: [u8; MINUTE],
    /// Nanoseconds since 1970.
    nanos: i64,
    /// The last offset, and its nanoseconds.
    zone: [u8; ZONE],
    offset: i64,
}

/// Bytes of `+0530`.
const ZONE: usize = 5;

/// Bytes of `2024-05-01T10:00:`.
const MINUTE: usize = 17;

/// Bytes of `2024-05-01T10:00:00`.
const SECOND: usize = MINUTE + 2;

/// The number that up to eight digits are.
#[inline]
fn number<const DIGITS: usize>(text: &[u8; DIGITS]) -> Option<i64> {
    let mut all = [b'0'; 8];
    all[8 - DIGITS..].copy_from_slice(text);
    (digits::count_8(all) == 8).then(|| digits::leading(all, 8) as i64)
}

impl Default for Clock {
    fn default() -> Self {
        Self { minute: *b"1970-01-01T00:00:", nanos: 0, zone: *b"+0000", offset: 0 }
    }
}

impl Clock {
    /// The time of a line that begins with `2024-05-01T10:00:00.`, this many digits, and `Z`, and the
    /// text behind the blank that follows.
    #[inline]
    pub(super) fn read<'a, const DIGITS: usize>(
        &mut self,
        line: &'a str,
    ) -> Option<(i64, &'a str)> {
        let bytes = line.as_bytes();
        let end = SECOND + 1 + DIGITS;
        if *bytes.get(end)? != b'Z' {
            return None;
        }
        let nanos = self.local::<DIGITS>(line)?;
        match bytes.get(end + 1) {
            Some(b' ') => Some((nanos, &line[end + 2..])),
            None => Some((nanos, "")),
            Some(b'\r') if bytes.len() == end + 2 => Some((nanos, &line[end + 1..])),
            Some(_) => None,
        }
    }

    /// The time that a line begins with, with a fraction of so many digits, as if it were UTC.
    #[inline]
    pub(super) fn local<const DIGITS: usize>(&mut self, line: &str) -> Option<i64> {
        match self.in_minute::<DIGITS>(line.as_bytes()) {
            Some(nanos) => Some(nanos),
            None => self.turn(line.get(..SECOND + 1 + DIGITS)?),
        }
    }

    /// A local time as one of UTC; `None` where the text is no offset.
    #[inline]
    pub(super) fn utc(&mut self, local: i64, zone: &str) -> Option<i64> {
        if zone.as_bytes() != self.zone {
            let seconds = timestamp::offset_seconds(zone.as_bytes())?;
            // No offset at all is none.
            self.zone = zone.as_bytes().try_into().ok()?;
            self.offset = seconds * 1_000_000_000;
        }
        local.checked_sub(self.offset)
    }

    /// The time that a line begins with: `2024-05-01T10:00:00` or with a blank in it, then perhaps a
    /// fraction behind a point or comma, then perhaps an offset, then a blank or tab, or the line's end.
    #[inline]
    pub(super) fn read_any<'a>(&mut self, line: &'a str) -> Option<Time<'a>> {
        let bytes = line.as_bytes();
        let (minute, rest) = bytes.split_first_chunk::<MINUTE>()?;
        if *minute != self.minute {
            if minute[4] != b'-' || minute[13] != b':' {
                return None;
            }
            self.turn_minute(line.get(..MINUTE)?)?;
        }
        let second = number(rest.first_chunk::<2>()?).filter(|&second| second < 60)?;
        let (fraction, length) = match bytes.get(SECOND) {
            Some(b'.' | b',') => fraction(&bytes[SECOND + 1..])?,
            _ => (0, 0),
        };
        let zone = Zone::of(&line[SECOND + length..])?;
        let end = SECOND + length + zone.length;
        let text = match bytes.get(end) {
            None => "",
            Some(b' ' | b'\t') => &line[end + 1..],
            Some(b'\r') if end + 1 == bytes.len() => &line[end..],
            Some(_) => return None,
        };
        let nanos = self.nanos.checked_add(second * 1_000_000_000 + fraction)?;
        let nanos = nanos.checked_sub(zone.seconds * 1_000_000_000)?;
        Some(Time { nanos, zone: zone.text, text })
    }

    #[cold]
    fn turn_minute(&mut self, minute: &str) -> Option<()> {
        self.nanos = timestamp::parse(&format!("{minute}00")).and_then(|time| time.nanos)?;
        self.minute.copy_from_slice(minute.as_bytes());
        Some(())
    }

    #[inline]
    fn in_minute<const DIGITS: usize>(&self, bytes: &[u8]) -> Option<i64> {
        let (minute, rest) = bytes.split_first_chunk::<MINUTE>()?;
        let (second, rest) = rest.split_first_chunk::<2>()?;
        let (point, rest) = rest.split_first()?;
        if *minute != self.minute || *point != b'.' {
            return None;
        }
        let second = number(second).filter(|&second| second < 60)?;
        let fraction = number(rest.first_chunk::<DIGITS>()?)?;
        let nanos = second * 1_000_000_000 + fraction * const { 10_i64.pow(9 - DIGITS as u32) };
        self.nanos.checked_add(nanos)
    }

    #[cold]
    fn turn(&mut self, time: &str) -> Option<i64> {
        let is_usual = time.as_bytes()[10] == b'T' && time.as_bytes()[SECOND] == b'.';
        let parsed = timestamp::parse(time).filter(|time| time.zone.is_none() && time.exact)?;
        let nanos = parsed.nanos.filter(|_| is_usual)?;
        let minute = format!("{}00", &time[..MINUTE]);
        if let Some(start) = timestamp::parse(&minute).and_then(|time| time.nanos) {
            self.minute.copy_from_slice(&time.as_bytes()[..MINUTE]);
            self.nanos = start;
        }
        Some(nanos)
    }
}

/// A time at the beginning of a line.
pub(super) struct Time<'a> {
    /// Nanoseconds since 1970.
    pub(super) nanos: i64,
    /// The offset as written.
    pub(super) zone: Option<&'a str>,
    /// What is behind it and a blank.
    pub(super) text: &'a str,
}

/// The nanoseconds of a fraction's digits, and how long it is with what is before them. `None` where
/// there are none, or more than nanoseconds can hold.
#[inline]
fn fraction(bytes: &[u8]) -> Option<(i64, usize)> {
    let (mut nanos, mut unit, mut length) = (0, 100_000_000, 0);
    while let Some(digit @ b'0'..=b'9') = bytes.get(length) {
        if unit == 0 && *digit != b'0' {
            return None;
        }
        nanos += i64::from(digit - b'0') * unit;
        unit /= 10;
        length += 1;
    }
    (length > 0).then_some((nanos, 1 + length))
}

/// The offset behind a time.
#[derive(Default)]
struct Zone<'a> {
    text: Option<&'a str>,
    /// With the blank before it.
    length: usize,
    /// East of UTC.
    seconds: i64,
}

impl<'a> Zone<'a> {
    /// The offset that a text begins with, if any; `None` where it only looks like one.
    #[inline]
    fn of(text: &'a str) -> Option<Self> {
        match text.as_bytes() {
            [b'Z', ..] => Some(Self { text: Some(&text[..1]), length: 1, seconds: 0 }),
            [b'+' | b'-', ..] => Self::behind(text, 0),
            [b' ', b'+' | b'-', b'0'..=b'9', ..] => {
                Some(Self::behind(text, 1).filter(|zone| zone.is_word(text)).unwrap_or_default())
            }
            [b' ', b'U', b'T', b'C', ..] | [b' ', b'G', b'M', b'T', ..] | [b' ', b'Z', ..] => {
                let length = if text.as_bytes()[1] == b'Z' { 2 } else { 4 };
                let zone = Self { text: Some(&text[1..length]), length, seconds: 0 };
                Some(if zone.is_word(text) { zone } else { Self::default() })
            }
            _ => Some(Self::default()),
        }
    }

    /// Whether nothing of the text belongs to its last character.
    fn is_word(&self, text: &str) -> bool {
        matches!(&text.as_bytes()[self.length..], [] | [b'\r'] | [b' ' | b'\t', ..])
    }

    /// An offset in digits behind so many blanks.
    fn behind(text: &'a str, blanks: usize) -> Option<Self> {
        let digits = |byte: &u8| byte.is_ascii_digit() || *byte == b':';
        let length = 1 + text.as_bytes()[blanks + 1..].iter().take_while(|b| digits(b)).count();
        let zone = &text[blanks..blanks + length];
        let seconds = match zone.len() {
            3 => timestamp::offset_seconds(format!("{zone}00").as_bytes())?,
            _ => timestamp::offset_seconds(zone.as_bytes())?,
        };
        Some(Self { text: Some(zone), length: blanks + length, seconds })
    }
}
