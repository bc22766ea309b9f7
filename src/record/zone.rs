//! The zone of times that are written without one.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time zone; UTC unless another is given.
///
/// A time that the clocks skipped, as they were set forward, is as far after the gap as it is into it;
/// of a time that came twice, as they were set back, the first is meant (RFC 5545, "compatible").
#[derive(Debug, Clone, Default)]
pub struct Zone(Option<TimeZone>);

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self((zone != TimeZone::UTC).then_some(zone))
    }
}

impl Zone {
    /// Nanoseconds since 1970 of a local time, which is given as if it were UTC; `None` where 64 bits
    /// do not hold them.
    #[inline]
    pub fn instant(&self, local: i64) -> Option<i64> {
        match &self.0 {
            None => Some(local),
            Some(zone) => instant_in(zone, local),
        }
    }
}

#[cold]
fn instant_in(zone: &TimeZone, local: i64) -> Option<i64> {
    let civil = TimeZone::UTC.to_datetime(Timestamp::from_nanosecond(local.into()).ok()?);
    let instant = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    instant.as_nanosecond().try_into().ok()
}
