//! When an execution and its steps began and ended, without reading their logs.

use jiff::Timestamp;
use serde::Deserialize;

use super::super::archive::Archive;
use super::super::states::State;

/// Logs of one execution that are looked at: enough for all that a platform stores of one.
const LOOKED_AT: usize = 2_000;
/// Bytes of a log that are looked at: its first record.
const HEAD: usize = 8 << 10;

/// Logs of other formats that are looked at, and rows of each.
const FEW: usize = 4;
const ROWS: usize = 100;

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Times {
    /// When it began.
    pub(super) start: i64,
    /// When it ended.
    pub(super) end: i64,
}

/// The times of an execution: those that were noted of it, else those of the first records of its logs, else
/// the time of the file.
pub(super) fn times_of(
    archive: &Archive,
    state: Option<&State>,
    entries: impl Iterator<Item = usize> + Clone,
) -> Times {
    let (start, end) = (state.and_then(State::start), state.and_then(State::end));
    if let (Some(start), Some(end)) = (start, end) {
        return Times { start: start.as_millisecond(), end: end.as_millisecond() };
    }
    let firsts = entries.clone().take(LOOKED_AT).filter_map(|entry| first_time(archive, entry));
    let seen = firsts.fold(None, |seen: Option<Times>, time| match seen {
        None => Some(Times { start: time, end: time }),
        Some(Times { start, end }) => Some(Times { start: start.min(time), end: end.max(time) }),
    });
    let seen = seen.unwrap_or_else(|| {
        let mut row_times = entries.clone().take(FEW).filter_map(|entry| row_time(archive, entry));
        let mut file_times = entries.filter_map(|entry| archive.modified(entry));
        let time = row_times.next().or_else(|| file_times.next()).unwrap_or_default();
        Times { start: time, end: time }
    });
    let start = start.map_or(seen.start, |start| start.as_millisecond());
    let end = end.map_or(seen.end, |end| end.as_millisecond());
    Times { start, end: end.max(start) }
}

/// The time of the first row of a log that has one, among the first rows.
fn row_time(archive: &Archive, entry: usize) -> Option<i64> {
    let records = archive.records(entry, &["timestamp"]).ok()?;
    let times = records.take(ROWS).map_while(Result::ok).filter_map(|record| record.timestamp());
    times.map(|nanos| nanos.div_euclid(1_000_000)).next()
}

/// The time of the first record of a log, if its first line is one of Harness.
pub(super) fn first_time(archive: &Archive, entry: usize) -> Option<i64> {
    #[derive(Deserialize)]
    struct Record {
        time: String,
    }
    let head = archive.catalog().head(entry, HEAD);
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.is_empty())?;
    let record: Record = serde_json::from_slice(line).ok()?;
    Some(record.time.parse::<Timestamp>().ok()?.as_millisecond())
}
