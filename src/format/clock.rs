//! Times at the beginning of lines.
//!
//! A log has many lines per minute, so a [`Clock`] parses a minute once and compares its 17 bytes after
//! that. Only the digits of seconds and fraction are computed for each line.

use super::level_word::Levels;
use crate::record::spelled::MONTHS;
use crate::record::timestamp;
use crate::simd::digits;

/// Reads times at the beginning of lines, most of which share their minute with the line before. A new one
/// gives the same results, only more slowly.
pub(super) struct Clock {
    /// The last minute as written, with the colon after it.
    minute: [u8; MINUTE],
    /// When it began, in nanoseconds since 1970, as if it were UTC.
    nanos: i64,
    /// The last offset as written, and its nanoseconds.
    zone: [u8; ZONE],
    offset: i64,
    /// The last minute as web servers write it, with the colon after it, and when it began.
    server: ([u8; SERVER], i64),
    /// Where the levels of texts after times were.
    pub(super) levels: Levels,
}

/// Bytes of `+0530`, the only length of an offset that is kept.
const ZONE: usize = 5;

/// Bytes of `01/May/2024:10:00:`.
const SERVER: usize = 18;

/// Bytes of `2024-05-01T10:00:`.
const MINUTE: usize = 17;

/// Bytes of `2024-05-01T10:00:00`.
const SECOND: usize = MINUTE + 2;

/// The number that up to eight digits are; `None` if one of them is not a digit.
#[inline]
fn number<const DIGITS: usize>(text: &[u8; DIGITS]) -> Option<i64> {
    let mut all = [b'0'; 8];
    // Zeros in front fill the eight bytes that are read at once.
    all[8 - DIGITS..].copy_from_slice(text);
    (digits::count_8(all) == 8).then(|| digits::leading(all, 8) as i64)
}

impl Default for Clock {
    fn default() -> Self {
        // A valid minute and offset, so that "nothing read yet" needs no special case.
        let (minute, zone) = (*b"1970-01-01T00:00:", *b"+0000");
        let server = (*b"01/Jan/1970:00:00:", 0);
        Self { minute, nanos: 0, zone, offset: 0, server, levels: Levels::default() }
    }
}

impl Clock {
    /// The time of a line that begins with `2024-05-01T10:00:00.`, so many digits, and `Z`; and the text
    /// after the blank that follows. `None` for any other line, also with another number of digits.
    #[inline]
    pub(super) fn read<'a, const DIGITS: usize>(
        &mut self,
        line: &'a str,
    ) -> Option<(i64, &'a str)> {
        let bytes = line.as_bytes();
        let end = SECOND + 1 + DIGITS;
        // First the cheapest test that most lines of other kinds fail.
        if *bytes.get(end)? != b'Z' {
            return None;
        }
        let nanos = self.local::<DIGITS>(line)?;
        match bytes.get(end + 1) {
            Some(b' ') => Some((nanos, &line[end + 2..])),
            None => Some((nanos, "")),
            // The line end stays in the text, as it does in lines with text.
            Some(b'\r') if bytes.len() == end + 2 => Some((nanos, &line[end + 1..])),
            Some(_) => None,
        }
    }

    /// The time that a line begins with, with a fraction of so many digits, in nanoseconds as if it were UTC.
    #[inline]
    pub(super) fn local<const DIGITS: usize>(&mut self, line: &str) -> Option<i64> {
        match self.in_minute::<DIGITS>(line.as_bytes()) {
            Some(nanos) => Some(nanos),
            None => self.turn(line.get(..SECOND + 1 + DIGITS)?),
        }
    }

    /// A local time as web servers write it, `01/May/2024:10:00:00`, in nanoseconds as if it were UTC.
    #[inline]
    pub(super) fn of_server(&mut self, time: &str) -> Option<i64> {
        let (minute, second) = time.as_bytes().split_first_chunk::<SERVER>()?;
        if *minute != self.server.0 {
            self.server = (*minute, start_of(time.get(..SERVER)?)?);
        }
        let second = number::<2>(second.try_into().ok()?).filter(|&second| second < 60)?;
        self.server.1.checked_add(second * 1_000_000_000)
    }

    /// Turns a local time into UTC; `None` if `zone` is not an offset of five bytes.
    #[inline]
    pub(super) fn utc(&mut self, local: i64, zone: &str) -> Option<i64> {
        if zone.as_bytes() != self.zone {
            let seconds = timestamp::offset_seconds(zone.as_bytes())?;
            // An empty text, `Z` and `+05:30` are offsets as well, but do not have five bytes.
            self.zone = zone.as_bytes().try_into().ok()?;
            self.offset = seconds * 1_000_000_000;
        }
        local.checked_sub(self.offset)
    }

    /// The time that a line begins with, in any usual form: `-` or `/` in the date, a `T` or blank before the
    /// hour, perhaps a fraction after a point or comma, perhaps an offset; then a blank, a tab or the line's end must
    /// follow. It may be in colours, and in brackets, with other words or alone.
    #[inline]
    pub(super) fn read_any<'a>(&mut self, line: &'a str) -> Option<Time<'a>> {
        let (start, is_open) = match line.as_bytes().first()? {
            b'0'..=b'9' => (0, false),
            b'[' | 0x1b => start_of_time(line)?,
            _ => return None,
        };
        let line = &line[start..];
        let bytes = line.as_bytes();
        let (minute, rest) = bytes.split_first_chunk::<MINUTE>()?;
        if *minute != self.minute {
            // Most lines that are not stamped end here, before anything is parsed.
            let mark = minute[4];
            if !matches!(mark, b'-' | b'/') || minute[7] != mark || minute[13] != b':' {
                return None;
            }
            self.turn_minute(line.get(..MINUTE)?)?;
        }
        let second = number(rest.first_chunk::<2>()?).filter(|&second| second < 60)?;
        let (fraction, length) = match bytes.get(SECOND) {
            Some(b'.' | b',') => fraction(&bytes[SECOND + 1..])?,
            _ => (0, 0),
        };
        let zone = Zone::of(&line[SECOND + length..], is_open)?;
        let mut end = SECOND + length + zone.length;
        if start > 0 {
            end += colours(&bytes[end..]);
        }
        let text = match bytes.get(end) {
            Some(b' ' | b'\t') => [if is_open { "[" } else { "" }, &line[end + 1..]],
            Some(b']') if is_open => {
                let behind = &line[end + 1..];
                ["", behind.strip_prefix([' ', '\t']).unwrap_or(behind)]
            }
            Some(b'\r') if !is_open && end + 1 == bytes.len() => ["", &line[end..]],
            None if !is_open => ["", ""],
            // `2026-03-09T10:00:00_backup` is a name, not a time.
            _ => return None,
        };
        let nanos = self.nanos.checked_add(second * 1_000_000_000 + fraction)?;
        let nanos = nanos.checked_sub(zone.seconds * 1_000_000_000)?;
        Some(Time { nanos, zone: zone.text, text })
    }

    /// Makes another minute the current one; `None` if it is not a minute.
    #[cold]
    fn turn_minute(&mut self, minute: &str) -> Option<()> {
        let time = format!("{}00", minute.replace('/', "-"));
        self.nanos = timestamp::parse(&time).and_then(|time| time.nanos)?;
        self.minute.copy_from_slice(minute.as_bytes());
        Some(())
    }

    /// The time if it is in the current minute, with a point and so many digits.
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

    /// As [`local`](Self::local) for a time in another minute, which becomes the current one.
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

/// A time at the beginning of a line, and what follows.
pub(super) struct Time<'a> {
    /// Nanoseconds since 1970; as if it were UTC if there is no offset.
    pub(super) nanos: i64,
    /// The offset as written; `None` if there is none.
    pub(super) zone: Option<&'a str>,
    /// The text after the time and one blank or tab; before it the bracket that began before the time, if it ends
    /// in the text.
    pub(super) text: [&'a str; 2],
}

/// When a minute as web servers write it begins, as if it were in UTC.
#[cold]
fn start_of(minute: &str) -> Option<i64> {
    let (day, rest) = minute.split_once('/')?;
    let (month, rest) = rest.split_once('/')?;
    let (year, rest) = rest.split_once(':')?;
    let month = 1 + MONTHS.iter().position(|own| *own == month)?;
    timestamp::parse(&format!("{year}-{month:02}-{day}T{rest}00")).and_then(|time| time.nanos)
}

/// Where the time of a line may begin that begins with a bracket or a colour, and whether there is a bracket.
#[inline]
fn start_of_time(line: &str) -> Option<(usize, bool)> {
    let bytes = line.as_bytes();
    let mut at = colours(bytes);
    let is_open = bytes.get(at) == Some(&b'[');
    if is_open {
        at += 1 + colours(&bytes[at + 1..]);
    }
    bytes.get(at).is_some_and(u8::is_ascii_digit).then_some((at, is_open))
}

/// The length of the escape sequences for colours that a text begins with.
fn colours(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let [0x1b, b'[', rest @ ..] = &bytes[at..] {
        let inner = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
        if rest.get(inner) != Some(&b'm') {
            break;
        }
        at += inner + 3;
    }
    at
}

/// The nanoseconds of a fraction's digits, and its length with the point. `None` if there are no digits, or
/// digits other than zero after the ninth, which nanoseconds cannot hold.
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

/// The offset after a time; the default is none.
#[derive(Default)]
struct Zone<'a> {
    /// As written; `None` if there is none.
    text: Option<&'a str>,
    /// Bytes, with the blank before it.
    length: usize,
    /// Seconds east of UTC.
    seconds: i64,
}

impl<'a> Zone<'a> {
    /// The offset that a text begins with, if any; `None` if it begins like one without a blank and is none.
    /// `is_open`: in brackets.
    #[inline]
    fn of(text: &'a str, is_open: bool) -> Option<Self> {
        match text.as_bytes() {
            [b'Z', ..] => Some(Self { text: Some(&text[..1]), length: 1, seconds: 0 }),
            [b'+' | b'-', ..] => Self::behind(text, 0),
            // After a blank it may also be text, such as ` -1 items left`: then there is no offset.
            [b' ', b'+' | b'-', b'0'..=b'9', ..] => Some(
                Self::behind(text, 1)
                    .filter(|zone| zone.is_word(text, is_open))
                    .unwrap_or_default(),
            ),
            // ` UTC`, ` GMT` or ` Z`, as words of their own.
            [b' ', b'U', b'T', b'C', ..] | [b' ', b'G', b'M', b'T', ..] | [b' ', b'Z', ..] => {
                let length = if text.as_bytes()[1] == b'Z' { 2 } else { 4 };
                let zone = Self { text: Some(&text[1..length]), length, seconds: 0 };
                Some(if zone.is_word(text, is_open) { zone } else { Self::default() })
            }
            _ => Some(Self::default()),
        }
    }

    /// Whether the offset ends with a blank, a tab, a colour or the line's end; with `is_open` also with the bracket.
    fn is_word(&self, text: &str, is_open: bool) -> bool {
        match &text.as_bytes()[self.length..] {
            [b']', ..] => is_open,
            rest => matches!(rest, [] | [b'\r'] | [b' ' | b'\t', ..]) || colours(rest) > 0,
        }
    }

    /// An offset in digits after so many blanks: `+05`, `+0530` or `+05:30`.
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
