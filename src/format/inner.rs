//! Objects in the texts of other formats: what a program has written, and what has passed it on.

use super::envelope;
use super::lines::Place;
use crate::json::{AnyParser, Mapping, values_of};
use crate::record::Record;
use crate::table::LinesBuilder;

/// Parses the objects that programs write into texts.
pub(super) struct Inner {
    parser: AnyParser,
}

impl Default for Inner {
    fn default() -> Self {
        Self { parser: AnyParser::new(Mapping::default()) }
    }
}

impl Inner {
    /// Writes the row of a record whose message is an object, with that object's message, level and time;
    /// `false` if it is none. `time` is that of the record as JSON, which is in `extra` if the object has its own.
    #[inline]
    pub(super) fn push<'t>(
        &mut self,
        record: &Record<'_>,
        time: impl FnOnce() -> Option<&'t str>,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        let text = record.message.unwrap_or_default();
        text.trim_start().starts_with('{') && self.push_object(record, text, time, place, rows)
    }

    fn push_object<'t>(
        &mut self,
        outer: &Record<'_>,
        text: &str,
        time: impl FnOnce() -> Option<&'t str>,
        place: Place,
        rows: &mut LinesBuilder,
    ) -> bool {
        let parsed = self.parser.parse_text(text, text, |own: &Record<'_>| {
            let has_time = own.timestamp.is_some();
            let time = if has_time { time() } else { None };
            // A time that the column cannot hold whole is in `extra` anyway.
            let is_there = |extra: &str| values_of(extra, ["time"]).is_some_and(|[t]| t.is_some());
            let time = time.filter(|_| !outer.extra.is_some_and(is_there));
            let time = time.map(|time| format!("{{\"time\":{time}}}"));
            let extra = envelope::joined([outer.extra, time.as_deref(), own.extra]);
            let (timestamp, zone, is_epoch) = match has_time {
                true => (own.timestamp, own.zone, own.is_epoch),
                false => (outer.timestamp, outer.zone, outer.is_epoch),
            };
            let extra = extra.as_deref();
            let record = Record { timestamp, zone, is_epoch, extra, ..own.clone() };
            rows.push_record(place.line, &record, text.as_bytes());
        });
        parsed.is_ok()
    }
}
