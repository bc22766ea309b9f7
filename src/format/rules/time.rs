//! Times in any form, of which some lack their year or day.

use std::sync::Arc;

use jiff::fmt::strtime::BrokenDownTime;

use crate::format::stamped::Clock;
use crate::record::reference::Yearless;
use crate::record::{spelled, timestamp};
use crate::source::Reference;

/// Nanoseconds of a second, an hour, a day.
const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// How times are written, as `strptime` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form(String);

impl Form {
    /// # Errors
    /// An unknown conversion, or none that says when.
    pub(super) fn new(form: &str) -> Result<Self, String> {
        // Text that no form has. What is wrong with the form itself shows with any text only where the form is
        // reached, so a time is written with it as well.
        let time = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        let written = jiff::fmt::strtime::format(form, &time).map_err(|e| e.to_string())?;
        let parsed = BrokenDownTime::parse(form, &written).map_err(|e| e.to_string())?;
        let has_time =
            parsed.timestamp().is_some() || parsed.hour().is_some() || parsed.year().is_some();
        if !has_time {
            return Err(format!("{form:?} has no hour, such as %H, and no %s"));
        }
        Ok(Self(form.to_owned()))
    }

    /// A time of this form.
    fn read(&self, text: &str, reference: Reference) -> Option<Time> {
        let parsed = BrokenDownTime::parse(&self.0, text).ok()?;
        if let Some(time) = parsed.timestamp() {
            let nanos = i64::try_from(time.as_nanosecond()).ok()?;
            return Some(Time { nanos, zone: None, is_epoch: true });
        }
        if parsed.iana_time_zone().is_some() {
            let zoned = parsed.to_zoned().ok()?;
            let nanos = i64::try_from(zoned.timestamp().as_nanosecond()).ok()?;
            return Some(Time {
                nanos,
                zone: Some(zone_text(zoned.offset().seconds()).into()),
                is_epoch: false,
            });
        }
        let zone = parsed.offset().map(|offset| zone_text(offset.seconds()).into());
        let offset = parsed.offset().map_or(0, |offset| i64::from(offset.seconds()) * SECOND);
        let time = parsed.to_time().unwrap_or_default();
        let of_day = time.duration_since(jiff::civil::Time::midnight());
        let of_day = i64::try_from(of_day.as_nanos()).ok()?;
        let local = match (parsed.to_date(), parsed.month(), parsed.day()) {
            (Ok(date), ..) => {
                let days = date.duration_since(jiff::civil::date(1970, 1, 1));
                i64::try_from(days.as_nanos()).ok()?.checked_add(of_day)?
            }
            (Err(_), Some(month), Some(day)) => {
                reference.complete(Yearless::new(month.into(), day.into(), of_day)?)?
            }
            (Err(_), None, None) => on_day(of_day, reference)?,
            // Half of a day.
            (Err(_), ..) => return None,
        };
        Some(Time { nanos: local.checked_sub(offset)?, zone, is_epoch: false })
    }
}

/// A time that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Time {
    /// Since 1970; as if in UTC if it has neither an offset nor is a number since 1970.
    pub(super) nanos: i64,
    /// The offset.
    pub(super) zone: Option<Arc<str>>,
    /// It was a number since 1970.
    pub(super) is_epoch: bool,
}

/// Reads the times of a format's lines, many of which are the same as in the line before.
pub(super) struct Times {
    form: Option<Form>,
    clock: Clock,
    zones: Zones,
}

/// Offsets, each of which is most often that of the line before.
#[derive(Default)]
struct Zones(Option<Arc<str>>);

impl Zones {
    fn of(&mut self, zone: Option<&str>) -> Option<Arc<str>> {
        let zone = zone?;
        match &self.0 {
            Some(last) if **last == *zone => {}
            _ => self.0 = Some(zone.into()),
        }
        self.0.clone()
    }
}

impl Times {
    /// Of times in a form; `None`: in any usual one.
    pub(super) fn new(form: Option<&str>) -> Self {
        let form = form.map(|form| Form(form.to_owned()));
        Self { form, clock: Clock::default(), zones: Zones::default() }
    }

    /// A time as written; `None` if it is none, or its day is not known.
    pub(super) fn read(&mut self, text: &str, reference: Reference) -> Option<Time> {
        match &self.form {
            Some(form) => form.read(text, reference),
            None => {
                if let Some(time) = self.clock.read_any(text).filter(|time| time.text == ["", ""]) {
                    let zone = self.zones.of(time.zone);
                    return Some(Time { nanos: time.nanos, zone, is_epoch: false });
                }
                // What is not exact is written by way of an object, which keeps the text as well.
                let spelled = timestamp::parse(text).or_else(|| spelled::parse(text));
                if let Some(time) = spelled.filter(|time| time.exact) {
                    let zone = self.zones.of(time.zone);
                    return Some(Time { nanos: time.nanos?, zone, is_epoch: false });
                }
                if let Some((Some(nanos), true)) = timestamp::parse_epoch(text) {
                    return Some(Time { nanos, zone: None, is_epoch: true });
                }
                let nanos = on_day(of_day(text)?, reference)?;
                Some(Time { nanos, zone: None, is_epoch: false })
            }
        }
    }
}

/// The beginning of a log, in nanoseconds since 1970 as if it were in UTC, as a header has it: a day, perhaps with a time.
pub(super) fn begun(text: &str) -> Option<i64> {
    let text = text.replace('/', "-");
    let whole = if text.len() == 10 { format!("{text}T00:00:00") } else { text };
    timestamp::parse(&whole)?.nanos
}

/// A time of the day on which the log was begun, or of the next one if it would be more than an hour before the beginning:
/// the clock of a header may be ahead of that of the lines.
fn on_day(nanos: i64, reference: Reference) -> Option<i64> {
    let Some(begun) = reference.begun else { return reference.on_day(nanos) };
    let time = begun.div_euclid(DAY).checked_mul(DAY)?.checked_add(nanos)?;
    if time < begun.checked_sub(HOUR)? { time.checked_add(DAY) } else { Some(time) }
}

/// The nanoseconds of the day of `hh:mm:ss`, perhaps with a fraction.
fn of_day(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[2] != b':' || bytes[5] != b':' {
        return None;
    }
    let text = format!("1970-01-01T{}Z", text.replace(',', "."));
    timestamp::parse(&text)?.nanos.filter(|nanos| (0..DAY).contains(nanos))
}

/// An offset as most write it.
fn zone_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
