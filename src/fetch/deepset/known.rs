//! What is there of a pipeline's records, so that later fetches add what is new.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use twox_hash::XxHash3_128;

use super::super::state;
use crate::error::Result;
use crate::scan::{Scan, ScanOptions};
use crate::source::FormatId;

/// What the file has that is there of a pipeline.
#[derive(Default)]
pub(super) struct Known {
    /// Up to here all is there, if that is known: pages need not be read beyond it.
    pub(super) newest: Option<Timestamp>,
    /// The time of its first record.
    pub(super) oldest: Option<Timestamp>,
    /// Hashes of the ids of records that may come again.
    pub(super) ids: HashSet<u128>,
}

impl Known {
    /// From the state, which has the ids of the newest records and of those without a time.
    pub(super) fn of_state(record: &state::Record) -> Option<Self> {
        let newest = record.text("newest")?.parse().ok()?;
        let ids =
            ["recent", "untimed"].iter().filter_map(|name| record.more.get(*name)?.as_array());
        let ids = ids.flatten().filter_map(Value::as_str).map(hash).collect();
        Some(Self { newest: Some(newest), oldest: None, ids })
    }

    /// From the file itself, if it is not the one of the state: it may have been written by a fetch that was
    /// killed before its state was, or changed by the user.
    pub(super) fn of_file(path: &Path, is_whole: bool) -> Result<Self> {
        let options = ScanOptions { format: FormatId::named("deepset"), ..ScanOptions::default() };
        let scan = Scan::open_with([path], options)?.columns(["timestamp", "message", "extra"]);
        let mut known = Self::default();
        for row in scan.records()? {
            let row = row?;
            let nanos = row.timestamp();
            let time = nanos.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok());
            known.newest = known.newest.max(time);
            known.oldest = match (known.oldest, time) {
                (Some(oldest), Some(time)) => Some(oldest.min(time)),
                (oldest, time) => oldest.or(time),
            };
            let extra = row.text("extra").unwrap_or_default();
            let extra: Value = serde_json::from_str(&extra).unwrap_or_default();
            known.ids.insert(hash(&id_of(&extra["log_id"])));
        }
        known.newest = known.newest.filter(|_| is_whole).map(|newest| newest.min(Timestamp::now()));
        Ok(known)
    }
}

/// What an id is remembered by.
pub(super) fn hash(id: &str) -> u128 {
    XxHash3_128::oneshot(id.as_bytes())
}

/// An id as text; empty if there is none.
fn id_of(id: &Value) -> String {
    match id {
        Value::Null => String::new(),
        Value::String(id) => id.clone(),
        other => other.to_string(),
    }
}
