//! When entries were written, for times in them that lack their date or year.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::{Catalog, Home, Place};

/// What is known of the day that a log was written, beside its text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reference {
    /// When it was stored, in nanoseconds since 1970.
    pub stored: Option<i64>,
    /// When it was begun, as it says itself, in nanoseconds since 1970 as if it were in UTC.
    pub begun: Option<i64>,
    /// The beginning of the day that its name has, in nanoseconds since 1970 as if it were in UTC.
    pub day: Option<i64>,
}

/// 1980-01-02, in seconds since 1970. Times of zip archives begin a day before, and those of files in 1970: many writers use
/// the first for none, in archives of all kinds, and so does what unpacks them.
const KNOWN: i64 = 315_619_200;

const SECOND: i64 = 1_000_000_000;

impl Catalog {
    /// When an entry was written, in nanoseconds since 1970: as its archive says, or else the file system of the
    /// archive. `None` of standard input and pipes.
    pub(crate) fn stored_time(&self, index: usize) -> Option<i64> {
        let entry = &self.entries[index];
        let own = match &entry.place {
            Place::File(path) if !entry.is_live() && entry.extracted.is_none() => {
                return modified(path);
            }
            Place::Member(_, member) => member.modified,
            _ => entry.modified,
        };
        let of_archive = || match &self.bundles[entry.bundle].home {
            Home::File(path) | Home::Zip(path, _) => modified(path),
            Home::Directory(_) | Home::Nowhere => None,
        };
        let own = own.filter(|&seconds| seconds >= KNOWN);
        own.and_then(|seconds| seconds.checked_mul(SECOND)).or_else(of_archive)
    }
}

/// Seconds since 1970 of a date and time; `None` if there is no such month.
pub(super) fn seconds(year: u16, [month, day, hour, minute, second]: [u8; 5]) -> Option<i64> {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let months = BEFORE.get(usize::from(month).checked_sub(1)?)?;
    // Leap days up to the month: 1970 to 2099 has one in four years.
    let leap = (i64::from(year) - i64::from(month < 3)) / 4 - 492;
    let days = (i64::from(year) - 1970) * 365 + leap + months + i64::from(day) - 1;
    let clock = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    Some(days * 86_400 + clock)
}

fn modified(path: &Path) -> Option<i64> {
    let since = path.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let nanos = i64::try_from(since.as_nanos()).ok();
    nanos.filter(|&nanos| nanos >= KNOWN * SECOND)
}
