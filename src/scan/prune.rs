//! Units of files of rows that need not be read: row groups of Parquet whose bounds no wanted row has.

use std::collections::HashMap;
use std::sync::Arc;

use crate::index::Planned;
use crate::query::{Filter, Selection};
use crate::record::level::Level;
use crate::source::{Bounds, Catalog, WrittenLog};
use crate::table::Tally;

/// What is ruled out of files of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PrunedUnits {
    /// Row groups that have rows of the entries.
    pub units: usize,
    /// Those that are not read because of their levels.
    pub by_level: usize,
    /// Of their times.
    pub by_time: usize,
    /// Rows that are not read.
    pub rows: u64,
}

impl PrunedUnits {
    /// What the bounds do for a query, as a line of its plan.
    pub fn explain(&self) -> String {
        let Self { units, by_level, by_time, rows } = self;
        let mut text =
            format!("files: {} of {units} row groups are read", units - by_level - by_time);
        let reasons = [("level", by_level), ("time", by_time)];
        let reasons = reasons.iter().filter(|(_, count)| **count > 0);
        let reasons: Vec<String> =
            reasons.map(|(name, count)| format!("{count} by {name}")).collect();
        if !reasons.is_empty() {
            text.push_str(&format!(", ruled out: {}", reasons.join(", ")));
        }
        text.push_str(&format!("; {rows} rows are not read"));
        text
    }
}

/// Why a unit is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Level,
    Time,
}

/// What a filter asks of the bounds of a unit.
struct Question<'f> {
    filter: &'f Filter,
    /// Whether rows of each level, from TRACE on, and of none may pass.
    possible: [bool; 7],
}

impl<'f> Question<'f> {
    fn new(filter: &'f Filter) -> Self {
        let mut possible = [true; 7];
        let levels = Level::ALL.map(Some).into_iter().chain([None]);
        possible.iter_mut().zip(levels).for_each(|(own, level)| *own = filter.may_pass(level));
        Self { filter, possible }
    }

    /// Why no row of a unit can pass.
    fn rules_out(&self, bounds: &Bounds) -> Option<Reason> {
        // Those that are left out by a filter are counted.
        if !bounds.is_without_malformed {
            return None;
        }
        let [levels @ .., none] = &self.possible;
        if let Some((least, most)) = bounds.levels {
            let is_within = |number: i64| least <= number && number <= most;
            let may_pass = (1..).zip(levels).any(|(number, may)| *may && is_within(number));
            if !may_pass && !*none {
                return Some(Reason::Level);
            }
        }
        // Rows without a time do not pass.
        let (first, last) = bounds.times?;
        let is_before = self.filter.since.is_some_and(|since| last < since);
        let is_after = self.filter.until.is_some_and(|until| first >= until);
        (is_before || is_after).then_some(Reason::Time)
    }
}

/// Leaves out of a plan the units that can have no row of a selection.
pub(super) fn prune(planned: Planned, selection: &Selection) -> (Planned, PrunedUnits) {
    let mut pruned = PrunedUnits::default();
    let question = Question::new(&selection.filter);
    // A unit has rows of many entries.
    let mut seen: HashMap<(u64, usize), Option<Reason>> = HashMap::new();
    let mut entries = Vec::new();
    for (place, entry) in planned.catalog.entries.iter().enumerate() {
        let Some(log) = entry.written() else { continue };
        let mut rows = 0;
        let log = log.retain(|unit, bounds, own| {
            let reason = seen.entry(unit).or_insert_with(|| {
                let reason = question.rules_out(bounds);
                pruned.units += 1;
                pruned.by_level += usize::from(reason == Some(Reason::Level));
                pruned.by_time += usize::from(reason == Some(Reason::Time));
                reason
            });
            rows += if reason.is_some() { own } else { 0 };
            reason.is_none()
        });
        if rows > 0 {
            entries.push((place, log, rows));
        }
        pruned.rows += rows;
    }
    if entries.is_empty() {
        return (planned, pruned);
    }
    (without(planned, entries), pruned)
}

/// The plan with less of some entries, given with the number of rows that are left out.
fn without(mut planned: Planned, entries: Vec<(usize, WrittenLog, u64)>) -> Planned {
    let mut catalog = Catalog::clone(&planned.catalog);
    planned.unread.resize(catalog.entries.len(), None);
    for (place, log, rows) in entries {
        let entry = &mut catalog.entries[place];
        if let Some(format) = entry.format {
            let filtered = i64::try_from(rows).unwrap_or(i64::MAX);
            planned.unread[place] = Some(Tally { filtered, ..Tally::of(format.format().origin) });
        }
        entry.set_written(log);
    }
    Planned { catalog: Arc::new(catalog), ..planned }
}
