//! The zone of times that are written without one, as `2024-05-01 10:00:00`; `--tz` names it.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time zone; UTC unless another is given.
///
/// A time that the clocks skipped when they were set forward is read as far after the gap as it is into
/// it: 02:30 as 03:30. A time that came twice when they were set back is read as the first one (RFC 5545,
/// "compatible").
#[derive(Debug, Clone, Default)]
pub struct Zone(Option<TimeZone>);

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self((zone != TimeZone::UTC).then_some(zone))
    }
}

impl fmt::Display for Zone {
    /// The name of the zone, or its offset.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(zone) = &self.0 else { return f.write_str("UTC") };
        match zone.iana_name() {
            Some(name) => f.write_str(name),
            None => match zone.to_fixed_offset() {
                Ok(offset) => write!(f, "{offset}"),
                Err(_) => f.write_str("the zone of this machine"),
            },
        }
    }
}

impl Zone {
    /// Nanoseconds since 1970 of a local time, which is given as if it were UTC; `None` if 64 bits
    /// cannot hold them.
    #[inline]
    pub fn instant(&self, local: i64) -> Option<i64> {
        match &self.0 {
            None => Some(local),
            Some(zone) => instant_in(zone, local),
        }
    }
}

/// The instant of a local time in a zone other than UTC.
#[cold]
fn instant_in(zone: &TimeZone, local: i64) -> Option<i64> {
    let civil = TimeZone::UTC.to_datetime(Timestamp::from_nanosecond(local.into()).ok()?);
    let instant = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    instant.as_nanosecond().try_into().ok()
}
