//! The user's filter: `--stage`, `--level`, `--since`, `--where` and the like.
//!
//! It is asked twice. [`Filter::admits`] looks at the path of an entry and may say that none of its
//! rows can pass, so it is not read. [`Filter::rows`] then decides on each row of a batch. Both
//! evaluate the same expressions, over what is [`Known`] of an entry or the [`Cells`] of a row.

mod cells;
mod keys;
mod known;
mod levels;

use std::borrow::Cow;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, RecordBatch, StringArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Int32Type, TimestampNanosecondType};

use super::names::Names;
use super::odata::{Name, Truth, Where, truth};
use crate::error::{Error, Location, Result};
use crate::record::level::Level;
use crate::record::zone::Zone;
use crate::source::Entry;
use crate::table::{Column, expand_column};
use cells::Cells;
use known::{Known, OfLevel};
pub use levels::Levels;

/// What rows must be. The empty filter takes all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Columns that the path has, by name, and their globs; a row must pass all of them.
    pub names: Vec<(&'static str, Names)>,
    /// The row has one of these levels; `None`: any, or none at all.
    pub levels: Option<Levels>,
    /// Nanoseconds since 1970, inclusive.
    pub since: Option<i64>,
    /// Nanoseconds since 1970, exclusive.
    pub until: Option<i64>,
    /// Filters in OData's language; all of them must hold.
    pub wheres: Vec<Where>,
    /// The zone of times without an offset in texts of the rows.
    pub zone: Zone,
    /// Rows may name their stages themselves, so that globs of stages are tested on rows as well.
    pub stages_in_rows: bool,
}

impl Filter {
    /// Selects by a column that the path of an entry has, such as `stage`, `step` or `file`, and a glob.
    /// Of several globs of a column, each must match.
    ///
    /// # Errors
    /// A column that paths do not have; an invalid glob.
    pub fn glob(mut self, column: &str, glob: &str) -> Result<Self> {
        let known = Column::named(column).filter(|known| Column::OF_ENTRY.contains(known));
        let known = known.ok_or_else(|| invalid(format!("paths have no column {column:?}")))?;
        self.names.push((known.name(), Names::parse(&[glob]).map_err(invalid)?));
        Ok(self)
    }

    /// Selects levels: `WARN+` for that and what is more severe, or a list as `ERROR,FATAL`.
    ///
    /// # Errors
    /// A word that is not a level.
    pub fn level(mut self, levels: &str) -> Result<Self> {
        self.levels = Some(Levels::parse(levels).map_err(invalid)?);
        Ok(self)
    }

    /// Selects the rows from a time on: `2024-05-01` or `2024-05-01T10:00:00Z`. Without an offset it
    /// is UTC.
    ///
    /// # Errors
    /// An invalid time.
    pub fn since(mut self, time: &str) -> Result<Self> {
        self.since = Some(instant(time)?);
        Ok(self)
    }

    /// Selects the rows before a time.
    ///
    /// # Errors
    /// An invalid time.
    pub fn until(mut self, time: &str) -> Result<Self> {
        self.until = Some(instant(time)?);
        Ok(self)
    }

    /// Selects by an OData expression over all columns, such as `level ge 'WARN' and run eq 7`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn expression(mut self, text: &str) -> Result<Self> {
        self.wheres.push(Where::parse(text).map_err(|mistake| invalid(mistake.to_string()))?);
        Ok(self)
    }

    /// Whether the entry may have rows that pass, as far as its path says. If not, it need not be read.
    pub fn admits(&self, bundle: &str, entry: &Entry) -> bool {
        let Entry { path, identity, stages, .. } = entry;
        let known = Known { bundle, path, identity, stages, zone: &self.zone };
        let by_name = |(column, globs): &(&str, Names)| match *column {
            // Any of its rows may be of one of these, or of the stage in the path if they name none.
            "stage" if !stages.is_empty() => {
                stages.iter().any(|stage| globs.admit(Some(stage)))
                    || globs.admit(known.text("stage").as_deref())
            }
            // `build/compile` means the step `compile` of the group `build`.
            "step" => globs.admit_within(identity.step.as_deref(), identity.step_path().as_deref()),
            column => globs.admit(known.text(column).as_deref()),
        };
        self.names.iter().all(by_name)
            // Only a sure no excludes the entry: most expressions are still open here.
            && self.wheres.iter().all(|filter| truth(&filter.expr, &known) != Truth::No)
    }

    /// The names of an entry that the globs of a column are compared with: what a message lists when a
    /// glob matches nothing. Empty if the path has none.
    pub fn names_of(column: &str, bundle: &str, entry: &Entry) -> Vec<String> {
        let Entry { path, identity, stages, .. } = entry;
        let zone = &Zone::default();
        let known = Known { bundle, path, identity, stages, zone };
        let name = match column {
            "step" => identity.step_path(),
            _ => known.text(column).map(Cow::into_owned),
        };
        // While the format is not known, neither is which stages its rows may name.
        let rows_name_stages = column == "stage" && entry.format.is_some();
        let stages = stages.iter().filter(|_| rows_name_stages).map(|stage| (*stage).to_owned());
        name.into_iter().chain(stages).collect()
    }

    /// A filter that passes what both pass. Its zone is that of `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = |a: Levels, b: Levels| {
            let mut levels = a.0;
            levels.iter_mut().zip(b.0).for_each(|(level, other)| *level &= other);
            Levels(levels)
        };
        let levels = match (self.levels, other.levels) {
            (Some(a), Some(b)) => Some(both(a, b)),
            (a, b) => a.or(b),
        };
        Self {
            names: self.names.into_iter().chain(other.names).collect(),
            levels,
            // `None` is the least: no bound at all. Among the ends it would win, so it is left out of
            // them.
            since: self.since.max(other.since),
            until: self.until.into_iter().chain(other.until).min(),
            wheres: self.wheres.into_iter().chain(other.wheres).collect(),
            zone: other.zone,
            stages_in_rows: self.stages_in_rows || other.stages_in_rows,
        }
    }

    /// The columns of rows that it looks at, by index in the table `lines`; the batch must have them
    /// built.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        columns.extend(self.levels.map(|_| Column::Level.index()));
        columns.extend(self.since.or(self.until).map(|_| Column::Timestamp.index()));
        columns.extend(self.wheres.iter().flat_map(Where::columns).map(Name::column));
        columns
    }

    /// Whether rows must be looked at. If not, every row of an admitted entry passes.
    pub fn tests_rows(&self) -> bool {
        let Self { levels, since, until, wheres, .. } = self;
        levels.is_some()
            || since.is_some()
            || until.is_some()
            || !wheres.is_empty()
            || self.stage_globs().next().is_some()
    }

    /// Whether a row of this level, or of none, may pass, whatever else it has.
    pub(crate) fn may_pass(&self, level: Option<Level>) -> bool {
        let row = OfLevel { level, zone: &self.zone };
        self.levels.is_none_or(|levels| level.is_some_and(|level| levels.has(level)))
            && self.wheres.iter().all(|filter| truth(&filter.expr, &row) != Truth::No)
    }

    /// Whether nothing of a row but its level and its time decides whether it passes.
    pub(crate) fn tests_only_levels_and_times(&self) -> bool {
        self.wheres.is_empty() && self.stage_globs().next().is_none()
    }

    /// The globs of stages that must be tested on rows; none if the path alone has the stage.
    fn stage_globs(&self) -> impl Iterator<Item = &Names> {
        let names = self.names.iter().filter(|(column, _)| *column == "stage");
        names.filter(|_| self.stages_in_rows).map(|(_, globs)| globs)
    }

    /// The rows of a batch of [`run_schema`](crate::table::run_schema) that pass; their entries must
    /// be [admitted](Self::admits).
    pub fn rows(&self, batch: &RecordBatch) -> BooleanArray {
        let count = batch.num_rows();
        // The cheapest tests come first. Expressions cost by far the most and see only the rows that are
        // left.
        let mut passing = vec![true; count];
        if let Some(Levels(wanted)) = self.levels {
            let level = expand(batch, "level");
            let level: &DictionaryArray<Int32Type> = level.as_dictionary();
            let keys = level.keys();
            for (row, passes) in passing.iter_mut().enumerate() {
                *passes = keys.is_valid(row)
                    && wanted.get(keys.value(row) as usize).copied().unwrap_or(false);
            }
        }
        if self.since.is_some() || self.until.is_some() {
            let times = expand(batch, "timestamp");
            let times = times.as_primitive::<TimestampNanosecondType>();
            let since = self.since.unwrap_or(i64::MIN);
            for (row, passes) in passing.iter_mut().enumerate() {
                let time = times.value(row);
                *passes &= times.is_valid(row)
                    && time >= since
                    && self.until.is_none_or(|until| time < until);
            }
        }
        for globs in self.stage_globs() {
            let stages = expand(batch, "stage");
            let stages: &DictionaryArray<Int32Type> = stages.as_dictionary();
            let names: &StringArray = stages.values().as_string();
            // Globs are matched once per value of the dictionary, not once per row.
            let admits: Vec<bool> = names.iter().map(|name| globs.admit(name)).collect();
            let none = globs.admit(None);
            for (row, passes) in passing.iter_mut().enumerate().filter(|(_, passes)| **passes) {
                *passes = stages.key(row).map_or(none, |key| admits[key]);
            }
        }
        for filter in &self.wheres {
            let mut cells = Cells::new(batch, &filter.columns(), &self.zone);
            for (row, passes) in passing.iter_mut().enumerate().filter(|(_, passes)| **passes) {
                cells.row = row;
                // Everything is known of a row, so this is never open. Null is not a yes.
                *passes = truth(&filter.expr, &cells) == Truth::Yes;
            }
        }
        BooleanArray::new(BooleanBuffer::from(passing), None)
    }

    /// What it tests, one line each, for the query plan: on paths, then on rows.
    pub fn explain(&self) -> (Vec<String>, Vec<String>) {
        let by_name =
            |(column, globs): &(&str, Names)| format!("{column}: {}", globs.texts().join(" "));
        let paths = self.names.iter().map(by_name).collect();
        let mut rows = Vec::new();
        if let Some(levels) = self.levels {
            rows.push(format!("level: {}", levels.names()));
        }
        let time = |nanos| crate::record::timestamp::format_utc(nanos);
        rows.extend(self.since.map(|since| format!("timestamp: from {}", time(since))));
        rows.extend(self.until.map(|until| format!("timestamp: before {}", time(until))));
        rows.extend(self.wheres.iter().map(|filter| format!("where: {filter}")));
        (paths, rows)
    }
}

/// A time in nanoseconds since 1970; without an offset it is UTC.
fn instant(text: &str) -> Result<i64> {
    let zone = Zone::default();
    super::time::instant(text, &zone).ok_or_else(|| invalid(format!("invalid time {text:?}")))
}

/// The error of a filter that cannot be built.
fn invalid(cause: String) -> Error {
    Error::new("invalid filter", Location::default(), cause)
}

/// A column of a batch, without its runs.
fn expand(batch: &RecordBatch, name: &str) -> ArrayRef {
    let column = batch.column_by_name(name).expect("a column of the table");
    expand_column(column).expect("the types of the table")
}
