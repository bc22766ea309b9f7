//! The times that lines of syslog begin with.

use std::borrow::Cow;

use crate::format::stamped::Clock;
use crate::record::reference::Yearless;
use crate::record::spelled::MONTHS;
use crate::record::{spelled, timestamp};
use crate::source::Reference;

/// A time at the beginning of a line.
pub(super) struct Written<'a> {
    /// `None` if it is not known.
    pub(super) time: Option<Time<'a>>,
    /// As written, if `time` has not all of it.
    pub(super) written_time: Option<&'a str>,
    /// After the blank that follows.
    pub(super) text: &'a str,
    /// No other program writes it so.
    pub(super) is_of_syslog: bool,
    /// A facility and a severity follow.
    pub(super) is_of_router: bool,
}

/// An instant that a line names.
#[derive(Debug, Clone, Copy)]
pub(in crate::format) enum Time<'a> {
    /// As written, and if it is in a usual form in nanoseconds since 1970, with its offset.
    Text(&'a str, Option<(i64, &'a str)>),
    /// Of an unknown zone, in nanoseconds since 1970 as if it were in UTC.
    Local(i64),
}

impl<'a> Time<'a> {
    /// As NDJSON may have it.
    pub(in crate::format) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text, _) => text.into(),
            Self::Local(nanos) => local_text(nanos).into(),
        }
    }

    /// The same of any form.
    #[cold]
    pub(in crate::format) fn read(self) -> Option<(i64, Option<&'a str>)> {
        let Self::Text(text, None) = self else { return self.instant() };
        let time = spelled::parse(text).filter(|time| time.exact);
        let number = || timestamp::parse_epoch(text).and_then(|(nanos, _)| Some((nanos?, None)));
        time.and_then(|time| Some((time.nanos?, time.zone))).or_else(number)
    }

    /// In nanoseconds since 1970, as if it were in UTC if there is no offset, and the offset; of a usual form alone.
    pub(in crate::format) fn instant(self) -> Option<(i64, Option<&'a str>)> {
        match self {
            Self::Text(_, instant) => instant.map(|(nanos, zone)| (nanos, Some(zone))),
            Self::Local(nanos) => Some((nanos, None)),
        }
    }
}

/// A time without its zone.
pub(in crate::format) fn local_text(nanos: i64) -> String {
    let mut utc = timestamp::format_utc(nanos);
    utc.pop();
    utc
}

/// Reads times, most of which share their minute with the one before.
#[derive(Default)]
pub(in crate::format) struct Times {
    pub(super) clock: Clock,
    pub(in crate::format) minute: Minute,
}

/// The last minute without a year, as written, and when it began.
#[derive(Default)]
pub(in crate::format) struct Minute {
    text: [u8; MINUTE],
    reference: Reference,
    nanos: Option<i64>,
}

/// Bytes of `Mar  9 10:00`, or fewer.
const MINUTE: usize = 12;

impl Minute {
    /// The time of a line that begins in the last minute, with a day of two places, without a fraction; and the text after
    /// the blank that follows.
    #[inline]
    fn again<'a>(&self, line: &'a str, reference: Reference) -> Option<(i64, &'a str)> {
        let (text, rest) = line.as_bytes().split_first_chunk::<MINUTE>()?;
        let [b':', tens @ b'0'..=b'5', ones @ b'0'..=b'9', b' ', ..] = rest else { return None };
        // A shorter text has zeros at its end.
        if *text != self.text || reference != self.reference || text[MINUTE - 1] == 0 {
            return None;
        }
        let seconds = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        Some((self.nanos? + seconds * 1_000_000_000, &line[MINUTE + 4..]))
    }

    /// The completed time of a minute as written, of which `yearless` is the beginning, and seconds and fraction in it.
    #[inline]
    pub(in crate::format) fn complete(
        &mut self,
        text: &[u8],
        reference: Reference,
        within: i64,
        yearless: impl FnOnce() -> Option<Yearless>,
    ) -> Option<i64> {
        let known = self.text.get(..text.len()).is_some_and(|own| own == text);
        if known
            && self.reference == reference
            && let Some(nanos) = self.nanos
        {
            return Some(nanos + within);
        }
        let time = yearless()?;
        let at = |nanos: i64| reference.complete(Yearless { nanos: time.nanos + nanos, ..time });
        let start = at(0)?;
        // Within the minute in which a year is decided, each time is by itself.
        if at(59_999_999_999) == Some(start + 59_999_999_999) && text.len() <= MINUTE {
            self.text = [0; MINUTE];
            self.text[..text.len()].copy_from_slice(text);
            (self.reference, self.nanos) = (reference, Some(start));
        }
        at(within)
    }
}

/// The time that a line begins with; `None` if there is none.
#[inline]
pub(super) fn of<'a>(
    line: &'a str,
    reference: Reference,
    times: &mut Times,
) -> Option<Written<'a>> {
    match line.as_bytes().first()? {
        b'0'..=b'9' => iso(line, &mut times.clock).or_else(|| unix(line)),
        b'[' => monotonic(line),
        b'A'..=b'Z' => without_year(line, reference, &mut times.minute)
            .or_else(|| full(line))
            .or_else(|| of_router(line)),
        _ => None,
    }
}

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

/// The nanoseconds of `.123456` that a text begins with, and its length; 0 without it. `None` if there are no digits, or
/// more than nanoseconds hold.
pub(in crate::format) fn fraction(text: &str) -> Option<(i64, usize)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, 0)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, more) = rest[..length].split_at(length.min(9));
    let number: i64 = digits.parse().ok().filter(|_| more.bytes().all(|digit| digit == b'0'))?;
    Some((number * 10_i64.pow(9 - digits.len() as u32), 1 + length))
}

/// `Mar  9 10:00:00 ` (RFC 3164), perhaps with a fraction; the day in one or two places.
fn without_year<'a>(
    line: &'a str,
    reference: Reference,
    minute: &mut Minute,
) -> Option<Written<'a>> {
    if let Some((nanos, text)) = minute.again(line, reference) {
        let time = Some(Time::Local(nanos));
        let (is_of_syslog, is_of_router) = (true, false);
        return Some(Written { time, written_time: None, text, is_of_syslog, is_of_router });
    }
    let (month, rest) = line.split_at_checked(4)?;
    let month = 1 + MONTHS.iter().position(|own| *own == &month[..3])? as i64;
    let bytes = rest.as_bytes();
    let (day, start) = match (bytes.get(1)?, bytes.get(2)?) {
        (b' ', _) => (two(&[b' ', bytes[0]])?, 2),
        (_, b' ') => (two(&bytes[..2])?, 3),
        _ => return None,
    };
    if line.as_bytes()[3] != b' ' {
        return None;
    }
    let seconds = seconds_of_day(bytes.get(start..start + 8)?)?;
    let (nanos, length) = fraction(rest.get(start + 8..)?)?;
    let end = 4 + start + 8 + length;
    let text = line[end..].strip_prefix(' ')?;
    let begun = seconds - seconds % 60;
    let within = (seconds - begun) * 1_000_000_000 + nanos;
    let yearless = || Yearless::new(month, day, begun * 1_000_000_000);
    yearless()?;
    let local = minute
        .complete(&line.as_bytes()[..4 + start + 5], reference, within, yearless)
        .map(Time::Local);
    let written_time = if local.is_none() { Some(&line[..end]) } else { None };
    Some(Written { time: local, written_time, text, is_of_syslog: true, is_of_router: false })
}

/// The length of an RFC 3339 time that a text begins with; the colon of its offset may be left out.
pub(super) fn rfc_3339(text: &str) -> Option<usize> {
    let end = text.find(' ').unwrap_or(text.len());
    let time = &text[..end];
    let is_one = time.as_bytes().get(10) == Some(&b'T')
        && !time.ends_with('z')
        && timestamp::parse(time).is_some_and(|time| time.zone.is_some() && time.exact);
    is_one.then_some(end)
}

/// The RFC 3339 time that a text begins with, in nanoseconds since 1970, its offset, and where it ends; `None` also for some
/// that are rare.
#[inline]
pub(super) fn quick<'a>(text: &'a str, clock: &mut Clock) -> Option<(i64, &'a str, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let time = clock.read_any(text)?;
    let zone = time.zone?;
    let end = zone.as_ptr().addr() - text.as_ptr().addr() + zone.len();
    // The clock knows more forms than this one.
    let is_other = zone.len() == 3 || memchr::memchr2(b' ', b',', &bytes[..end]).is_some();
    (!is_other).then_some((time.nanos, zone, end))
}

/// `2026-03-09T10:00:00.123456+01:00 `.
fn iso<'a>(line: &'a str, clock: &mut Clock) -> Option<Written<'a>> {
    // A look at two bytes rules most other lines out.
    let bytes = line.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(10) != Some(&b'T') {
        return None;
    }
    let quick = quick(line, clock);
    let end = match quick {
        Some((.., end)) => end,
        None => rfc_3339(line)?,
    };
    let quick = quick.map(|(nanos, zone, _)| (nanos, zone));
    let text = line[end..].strip_prefix(' ')?;
    let time = Some(Time::Text(&line[..end], quick));
    Some(Written { time, written_time: None, text, is_of_syslog: false, is_of_router: false })
}

/// `1773047546.123456 ` (journalctl -o short-unix).
fn unix(line: &str) -> Option<Written<'_>> {
    const LENGTH: usize = "1773047546.123456".len();
    let time = line.get(..LENGTH)?;
    let is_digit =
        |(at, byte): (usize, u8)| if at == 10 { byte == b'.' } else { byte.is_ascii_digit() };
    let text = line[LENGTH..].strip_prefix(' ')?;
    let is_one = time.bytes().enumerate().all(is_digit);
    let time = Some(Time::Text(time, None));
    is_one.then_some(Written {
        time,
        written_time: None,
        text,
        is_of_syslog: false,
        is_of_router: false,
    })
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
    is_one.then_some(Written {
        time: None,
        written_time,
        text,
        is_of_syslog: false,
        is_of_router: false,
    })
}

/// `Mon 2026-03-09 10:00:00 UTC ` (journalctl -o short-full).
fn full(line: &str) -> Option<Written<'_>> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const START: usize = "Mon ".len();
    const LENGTH: usize = "2026-03-09 10:00:00".len();
    let (day, rest) = line.split_at_checked(START)?;
    let local = rest.get(..LENGTH)?;
    if !DAYS.contains(&day.trim_end()) || !timestamp::parse(local).is_some_and(|time| time.exact) {
        return None;
    }
    let rest = &rest[LENGTH..];
    let (_, length) = fraction(rest)?;
    let (zone, text) = rest[length..].strip_prefix(' ')?.split_once(' ')?;
    let time = &line[START..START + LENGTH + length];
    let is_name = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_uppercase());
    let digits = zone.strip_prefix(['+', '-']).unwrap_or_default();
    let is_offset = matches!(digits.len(), 2 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_name && !is_offset {
        return None;
    }
    // Abbreviations of zones mean different offsets in different countries.
    let end = START + LENGTH + length + 1 + zone.len();
    let (time, written_time) = match zone {
        "UTC" | "GMT" => (&line[START..end], None),
        _ if zone.starts_with(['+', '-']) => (&line[START..end], None),
        _ => (time, Some(&line[..end])),
    };
    let time = Some(Time::Text(time, None));
    Some(Written { time, written_time, text, is_of_syslog: false, is_of_router: false })
}

/// `Mon Mar  9 10:00:00 2026 ` (OpenWrt's logread), perhaps with `[1773050400.123] `.
fn of_router(line: &str) -> Option<Written<'_>> {
    const LENGTH: usize = "Mon Mar  9 10:00:00 2026".len();
    let written = line.get(..LENGTH)?;
    let text = line[LENGTH..].strip_prefix(' ')?;
    spelled::parse(written).filter(|time| time.exact && time.nanos.is_some())?;
    let exact = || {
        let (seconds, text) = text.strip_prefix('[')?.split_once("] ")?;
        let (whole, fraction) = seconds.split_once('.')?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_one = whole.len() == 10 && fraction.len() == 3;
        (is_one && is_number(whole) && is_number(fraction)).then_some((seconds, text))
    };
    let (time, text) = exact().unwrap_or((written, text));
    let time = Some(Time::Text(time, None));
    Some(Written { time, written_time: None, text, is_of_syslog: true, is_of_router: true })
}

/// `000123: *Mar  1 2026 18:46:11.123 UTC`, all but day and time of which may be missing. What is not in the time is in
/// `written_time`, with all around it.
pub(super) fn of_cisco<'a>(
    head: &'a str,
    reference: Reference,
    minute: &mut Minute,
) -> Option<Written<'a>> {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let rest = match head.split_once(": ") {
        Some((number, rest)) if !number.is_empty() && is_number(number) => rest,
        _ => head,
    };
    let rest = rest.strip_prefix(['*', '.']).unwrap_or(rest);
    let (rest, zone) = match rest.rsplit_once(' ') {
        Some((rest, zone)) if zone.bytes().all(|byte| byte.is_ascii_uppercase()) => (rest, zone),
        _ => (rest, ""),
    };
    // The day has one or two digits, and the year comes after it.
    let day = rest.get(4..)?.trim_start_matches(' ');
    let day_end = rest.len() - day.len() + day.find(' ')?;
    let clock = rest.get(day_end + 1..)?;
    let year = clock.split_once(' ').filter(|(year, _)| year.len() == 4 && is_number(year));
    let yearless = format!("{} {} ", &rest[..day_end], year.map_or(clock, |(_, clock)| clock));
    let own = match year {
        Some((year, _)) => {
            let begun = timestamp::parse(&format!("{year}-01-02T00:00:00Z"))?.nanos?;
            Reference { stored: None, begun: Some(begun), day: None }
        }
        None => reference,
    };
    // The host may come after the time of another line.
    let written = without_year(&yearless, own, minute).filter(|own| own.text.is_empty())?;
    let time = match written.time {
        Some(Time::Local(nanos)) => Some(Time::Local(nanos)),
        _ => None,
    };
    let is_all = time.is_some() && rest.len() == head.len() && zone.is_empty();
    let written_time = if is_all { None } else { Some(head) };
    Some(Written { time, written_time, text: "", is_of_syslog: true, is_of_router: false })
}
