//! The day of a bundle: what `--since 10:15` is counted from.

use jiff::{Timestamp, Zoned};
use ripsaw::error::Result;
use ripsaw::query::Filter;
use ripsaw::scan::Scan;
use ripsaw::table::Tally;

use super::filter::TimesOfDay;

/// Puts times of day into a filter: on the day of the bundle's first time, or today if all of the input
/// can be read only once.
///
/// # Errors
/// Lines of several days, and inputs of which only some can be read twice: which day is meant is not
/// known.
pub(super) fn set_times_of_day(times: &TimesOfDay, scan: &Scan, filter: &mut Filter) -> Result<()> {
    let catalog = scan.catalog();
    let again =
        (0..catalog.entries.len()).filter(|&entry| catalog.can_be_read_twice(entry)).count();
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

fn hint(times: &TimesOfDay, day: &Zoned) -> String {
    format!("include the day: {}T{}", day.date(), times.text())
}

fn zone_name(time: &Zoned) -> String {
    match time.time_zone().iana_name() {
        Some(name) => name.to_owned(),
        None => format!("UTC{}", time.offset()),
    }
}

/// The first and the last time of all lines, whatever is selected: a pass over all of them.
fn span(scan: &Scan) -> Result<Option<(i64, i64)>> {
    let Tally { first_timestamp, last_timestamp, .. } = scan.count_all(&mut ())?.total();
    Ok(first_timestamp.zip(last_timestamp))
}

fn zoned(nanos: i64, now: &Zoned) -> Zoned {
    let time = Timestamp::from_nanosecond(nanos.into()).unwrap_or(now.timestamp());
    time.to_zoned(now.time_zone().clone())
}
