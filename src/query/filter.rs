//! The user's filter: what it says of an entry before it is read, and of rows.

use std::borrow::Cow;
use std::ops::Range;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, RecordBatch, StringArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type, TimestampNanosecondType};

use super::names::Names;
use super::odata::{Name, Row, Truth, Value, Where, truth};
use crate::error::{Error, Location, Result};
use crate::identity::Identity;
use crate::record::level::Level;
use crate::record::zone::Zone;
use crate::source::Entry;
use crate::table::{Column, cell_text, expand_column, lines_schema};

/// Levels, by their place in [`Level::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Levels([bool; Level::ALL.len()]);

impl Levels {
    /// Reads `WARN+` (that and what is more severe), or a list as `ERROR,FATAL`.
    ///
    /// # Errors
    /// A word that is no level.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let level = |word: &str| {
            Level::parse(word.trim()).ok_or_else(|| {
                let names = Level::NAMES.join(", ");
                format!("unknown level {word:?}; use {names}, or WARN+ for WARN and above")
            })
        };
        let mut levels = [false; Level::ALL.len()];
        for word in text.split(',') {
            match word.trim().strip_suffix('+') {
                Some(least) => levels[level(least)? as usize..].fill(true),
                None => levels[level(word)? as usize] = true,
            }
        }
        Ok(Self(levels))
    }

    fn names(self) -> String {
        let names = Level::NAMES.into_iter().zip(self.0);
        let names: Vec<&str> = names.filter_map(|(name, is_in)| is_in.then_some(name)).collect();
        names.join(", ")
    }
}

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

/// What is known of an entry that is not read.
struct Known<'a> {
    bundle: &'a str,
    path: &'a str,
    identity: &'a Identity,
    /// Rows may be of one of these.
    stages: &'a [&'a str],
    zone: &'a Zone,
}

impl Known<'_> {
    fn text(&self, column: &str) -> Option<Cow<'_, str>> {
        let Identity { account, org, project, pipeline, run, .. } = self.identity;
        let Identity { execution, stage, step_group, step, unit, iteration, .. } = self.identity;
        match column {
            "bundle" => Some(self.bundle.into()),
            "file" => Some(self.path.into()),
            "run" => run.map(|run| run.to_string().into()),
            _ => {
                let column = match column {
                    "account" => account,
                    "org" => org,
                    "project" => project,
                    "pipeline" => pipeline,
                    "execution" => execution,
                    "stage" => stage,
                    "step_group" => step_group,
                    "step" => step,
                    "unit" => unit,
                    "iteration" => iteration,
                    _ => return None,
                };
                column.as_deref().map(Cow::Borrowed)
            }
        }
    }
}

impl Row for Known<'_> {
    fn value(&self, name: &Name) -> Option<Value<'_>> {
        let Name::Column(index) = name else { return None };
        let schema = lines_schema();
        match schema.field(*index).name().as_str() {
            "line" => None,
            "stage" if !self.stages.is_empty() => None,
            // From the time on, columns differ from line to line.
            _ if *index >= Column::Timestamp.index() => None,
            "run" => Some(self.identity.run.map_or(Value::Null, Value::Int)),
            column => Some(self.text(column).map_or(Value::Null, Value::Text)),
        }
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}

/// A column without runs.
fn expand(batch: &RecordBatch, name: &str) -> ArrayRef {
    let column = batch.column_by_name(name).expect("a column of the table");
    expand_column(column).expect("the types of the table")
}

/// The cells of one row after the other.
struct Cells<'a> {
    /// By index in the schema; only those that are looked at.
    columns: Vec<Option<ArrayRef>>,
    row: usize,
    zone: &'a Zone,
}

impl<'a> Cells<'a> {
    fn new(batch: &RecordBatch, names: &[&Name], zone: &'a Zone) -> Self {
        let schema = lines_schema();
        let mut columns = vec![None; schema.fields().len()];
        for name in names {
            let index = name.column();
            columns[index].get_or_insert_with(|| expand(batch, schema.field(index).name()));
        }
        Self { columns, row: 0, zone }
    }

    fn column(&self, index: usize) -> Option<&ArrayRef> {
        self.columns[index].as_ref().filter(|column| column.is_valid(self.row))
    }
}

impl Row for Cells<'_> {
    fn value(&self, name: &Name) -> Option<Value<'_>> {
        Some(match name {
            Name::Column(index) => {
                self.columns[*index].as_ref().map_or(Value::Null, |column| cell(column, self.row))
            }
            Name::Severity => self.column(Column::Level.index()).map_or(Value::Null, |level| {
                let level = level.as_dictionary::<Int32Type>();
                Value::Int(level.keys().value(self.row).into())
            }),
            Name::Arg(key) => self.arg(key).map_or(Value::Null, |text| Value::Text(text.into())),
            Name::Extra(keys) => self.extra(keys).unwrap_or(Value::Null),
        })
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}

impl Cells<'_> {
    /// The last member of this name, as a reader of JSON would have it.
    fn arg(&self, key: &str) -> Option<&str> {
        let args = self.column(Column::Args.index())?.as_map();
        let offsets = args.value_offsets();
        let mut members: Range<usize> = offsets[self.row] as usize..offsets[self.row + 1] as usize;
        let (keys, values): (&StringArray, &StringArray) =
            (args.keys().as_string(), args.values().as_string());
        let found = members.rfind(|&member| keys.value(member) == key)?;
        values.is_valid(found).then(|| values.value(found))
    }

    fn extra(&self, keys: &[String]) -> Option<Value<'static>> {
        let extra: &StringArray = self.column(Column::Extra.index())?.as_string();
        let whole: serde_json::Value = serde_json::from_str(extra.value(self.row)).ok()?;
        let field = keys.iter().try_fold(&whole, |field, key| field.get(key))?;
        Some(match field {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::String(text) => Value::Text(text.clone().into()),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(value), _) => Value::Int(value),
                (None, Some(value)) => Value::Decimal(value),
                _ => Value::Null,
            },
            other => Value::Text(other.to_string().into()),
        })
    }
}

fn cell(column: &ArrayRef, row: usize) -> Value<'_> {
    match column.data_type() {
        _ if column.is_null(row) => Value::Null,
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(row)),
        DataType::Int8 => Value::Int(column.as_primitive::<Int8Type>().value(row).into()),
        DataType::Timestamp(..) => {
            Value::Time(column.as_primitive::<TimestampNanosecondType>().value(row))
        }
        _ => cell_text(column, row).map_or(Value::Null, Value::Text),
    }
}
