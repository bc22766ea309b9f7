//! The user's filter: what it says of an entry before it is read, and of rows.

mod cells;
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
use crate::record::zone::Zone;
use crate::source::Entry;
use crate::table::{Column, expand_column};
use cells::Cells;
use known::Known;
pub use levels::Levels;

/// What rows must be. The empty filter takes all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Columns that the path tells, by name, and their globs.
    pub names: Vec<(&'static str, Names)>,
    /// One of these levels.
    pub levels: Option<Levels>,
    /// Nanoseconds since 1970, inclusive.
    pub since: Option<i64>,
    /// Nanoseconds since 1970, exclusive.
    pub until: Option<i64>,
    /// Filters in OData's language; all of them hold.
    pub wheres: Vec<Where>,
    /// The zone of times without an offset in texts of the rows.
    pub zone: Zone,
    /// Rows may name their stages themselves, which the identity of their entry does not show.
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

    /// Whether the path admits that the entry has rows that pass. What it does not need not be read.
    pub fn admits(&self, bundle: &str, entry: &Entry) -> bool {
        let Entry { path, identity, stages, .. } = entry;
        let known = Known { bundle, path, identity, stages, zone: &self.zone };
        let by_name = |(column, globs): &(&str, Names)| match *column {
            "stage" if !stages.is_empty() => {
                stages.iter().any(|stage| globs.admit(Some(stage)))
                    || globs.admit(known.text("stage").as_deref())
            }
            "step" => globs.admit_within(identity.step.as_deref(), identity.step_path().as_deref()),
            column => globs.admit(known.text(column).as_deref()),
        };
        self.names.iter().all(by_name)
            && self.wheres.iter().all(|filter| truth(&filter.expr, &known) != Truth::No)
    }

    /// What the globs of a column are compared with, of an entry: the names that it has there.
    pub fn names_of(column: &str, bundle: &str, entry: &Entry) -> Vec<String> {
        let Entry { path, identity, stages, .. } = entry;
        let zone = &Zone::default();
        let known = Known { bundle, path, identity, stages, zone };
        let name = match column {
            "step" => identity.step_path(),
            _ => known.text(column).map(Cow::into_owned),
        };
        // Of a format that shows in reading, nothing is known.
        let rows_name_stages = column == "stage" && entry.format.is_some();
        let stages = stages.iter().filter(|_| rows_name_stages).map(|stage| (*stage).to_owned());
        name.into_iter().chain(stages).collect()
    }

    /// The same, and `other` as well.
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
            since: self.since.max(other.since),
            until: self.until.into_iter().chain(other.until).min(),
            wheres: self.wheres.into_iter().chain(other.wheres).collect(),
            zone: other.zone,
            stages_in_rows: self.stages_in_rows || other.stages_in_rows,
        }
    }

    /// The columns of rows that it looks at, by index in the table `lines`.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        columns.extend(self.levels.map(|_| Column::Level.index()));
        columns.extend(self.since.or(self.until).map(|_| Column::Timestamp.index()));
        columns.extend(self.wheres.iter().flat_map(Where::columns).map(Name::column));
        columns
    }

    /// Whether rows are to be looked at: entries alone do not decide.
    pub fn tests_rows(&self) -> bool {
        let Self { levels, since, until, wheres, .. } = self;
        levels.is_some()
            || since.is_some()
            || until.is_some()
            || !wheres.is_empty()
            || self.stage_globs().next().is_some()
    }

    /// The globs of stages, where rows are to be looked at for them.
    fn stage_globs(&self) -> impl Iterator<Item = &Names> {
        let names = self.names.iter().filter(|(column, _)| *column == "stage");
        names.filter(|_| self.stages_in_rows).map(|(_, globs)| globs)
    }

    /// The rows of a batch of [`run_schema`](crate::table::run_schema) that pass; their entries must
    /// be [admitted](Self::admits).
    pub fn rows(&self, batch: &RecordBatch) -> BooleanArray {
        let count = batch.num_rows();
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
                *passes = truth(&filter.expr, &cells) == Truth::Yes;
            }
        }
        BooleanArray::new(BooleanBuffer::from(passing), None)
    }

    /// What it tests, a line each: on paths, then on rows.
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

fn instant(text: &str) -> Result<i64> {
    let zone = Zone::default();
    super::time::instant(text, &zone).ok_or_else(|| invalid(format!("invalid time {text:?}")))
}

fn invalid(cause: String) -> Error {
    Error::new("invalid filter", Location::default(), cause)
}

/// A column without runs.
fn expand(batch: &RecordBatch, name: &str) -> ArrayRef {
    let column = batch.column_by_name(name).expect("a column of the table");
    expand_column(column).expect("the types of the table")
}
