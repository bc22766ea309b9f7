//! The day of a bundle: what `--since 10:15` refers to.
//!
//! A time of day needs a date, and the log need not be from today. The date is that of the lines in the
//! bundle, which takes a pass over all of them, and only makes sense if they are of one day.

use jiff::{Timestamp, Zoned};
use ripsaw::error::Result;
use ripsaw::query::Filter;
use ripsaw::scan::Scan;
use ripsaw::table::Tally;

use super::filter::TimesOfDay;

/// Sets the times of day in a filter: on the day of the bundle's lines, or today if no input can be read
/// twice or no line has a time.
///
/// # Errors
/// Lines of several days, or inputs of which only some can be read twice: the day is ambiguous then.
pub(super) fn set_times_of_day(times: &TimesOfDay, scan: &Scan, filter: &mut Filter) -> Result<()> {
    let catalog = scan.catalog();
    let again =
        (0..catalog.entries.len()).filter(|&entry| catalog.can_be_read_twice(entry)).count();
    // A pipe such as `kubectl logs | ripsaw grep --since 10:15`: most likely it is from today.
    if again == 0 {
        return times.set(&times.now, filter);
    }
    if again < catalog.entries.len() {
        let cause = "the day of an input that can be read only once is not known";
        return Err(times.refuse(cause.to_owned()).with_hint(hint(times, &times.now)));
    }
    let Some((first, last)) = span(scan)? else { return times.set(&times.now, filter) };
    let day = |nanos| zoned(nanos, &times.now);
    let (first, last) = (day(first), day(last));
    // Dates in the user's zone: a night in UTC may be one day in another zone.
    if first.date() != last.date() {
        let cause = format!(
            "the lines are from several days, {} to {} ({})",
            first.date(),
            last.date(),
            zone_name(&first),
        );
        return Err(times.refuse(cause).with_hint(hint(times, &first)));
    }
    times.set(&first, filter)
}

/// Suggests the option's value with a date: `2024-05-01T10:15`.
fn hint(times: &TimesOfDay, day: &Zoned) -> String {
    format!("include the day: {}T{}", day.date(), times.text())
}

/// `Europe/Berlin`, or `UTC+02` for an offset.
fn zone_name(time: &Zoned) -> String {
    match time.time_zone().iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", time.offset()),
    }
}

/// The first and the last time of all lines, selected or not; `None` if no line has a time. Reads
/// everything.
fn span(scan: &Scan) -> Result<Option<(i64, i64)>> {
    let Tally { first_timestamp, last_timestamp, .. } = scan.count_all(&mut ())?.total();
    Ok(first_timestamp.zip(last_timestamp))
}

/// Nanoseconds since 1970 in the zone of `now`.
fn zoned(nanos: i64, now: &Zoned) -> Zoned {
    let time = Timestamp::from_nanosecond(nanos.into()).unwrap_or(now.timestamp());
    time.to_zoned(now.time_zone().clone())
}
