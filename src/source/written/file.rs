//! A file that ripsaw wrote: its rows, and what its columns are.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{Field, Fields};

use crate::source::log::Log;

use super::columns::{COLUMNS, Columns, LEVEL, NAMES, OF_LOG, STAGE};
use super::mixed::MixedUnit;
use super::spill::Spill;
use super::table::{Batches, Bounds, Rows};
use super::text::RowWriter;
use super::windows::Windows;

/// The metadata of a file of rows, and the version of the table that is read.
const TABLE: &str = "ripsaw.table";
const VERSION: &str = "2";

/// The metadata with the values of the columns by which a data set is divided.
const PARTITION: &str = "ripsaw.partition";

/// A file that ripsaw wrote, opened.
#[derive(Debug)]
pub(crate) struct WrittenFile {
    /// What messages call it.
    pub(super) name: String,
    pub(super) rows: Box<dyn Rows>,
    pub(super) columns: Columns,
    /// Values of columns that the file lacks since all of its rows have the same: places and texts.
    constants: Vec<(usize, Option<String>)>,
    /// The log of rows that do not name one.
    own: Log,
    /// The columns are text of any type.
    is_untyped: bool,
    /// Values of `stage` that rows name themselves, in formats whose logs have several.
    stages: &'static [&'static str],
    /// Its size.
    pub(super) bytes: u64,
    /// Rows that were decoded last, and its number among their files.
    windows: Arc<Windows>,
    pub(super) number: u64,
    /// Its units, if it is sorted by time.
    pub(super) mixed: Vec<MixedUnit>,
}

/// What is known of a file before it is opened.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// What messages call it.
    pub(crate) name: String,
    /// The bundle and the file of rows that name none.
    pub(crate) own: Log,
    /// The values of columns that its path names.
    pub(crate) constants: Vec<(String, Option<String>)>,
    /// See [`Recognise::stages_of_rows`](crate::source::Recognise::stages_of_rows).
    pub(crate) stages: &'static [&'static str],
    pub(crate) windows: Arc<Windows>,
}

impl WrittenFile {
    /// The file with these rows; `None` if ripsaw did not write it, or wrote another table.
    pub(super) fn of(
        rows: Box<dyn Rows>,
        place: Place,
        bytes: u64,
        is_untyped: bool,
    ) -> Option<Self> {
        let of_schema = rows.schema().metadata().get(TABLE).map(String::as_str);
        let version = of_schema.or(rows.metadata(TABLE));
        if !is_untyped && version != Some(VERSION) {
            return None;
        }
        let columns = Columns::of(rows.schema())?;
        let stored = rows.metadata(PARTITION).and_then(partition);
        let constants = stored.unwrap_or(place.constants).into_iter();
        let constants = constants.filter_map(|(name, value)| {
            let place = COLUMNS.iter().position(|column| *column == name)?;
            columns.fixed[place].is_none().then_some((place, value))
        });
        let constants = constants.collect();
        let Place { name, own, stages, windows, .. } = place;
        let number = windows.add_file();
        let has_names = !columns.indices(&NAMES).is_empty();
        let is_mixed = rows.is_sorted_otherwise() && has_names;
        let units = if is_mixed { rows.units().len() } else { 0 };
        let mixed = (0..units).map(|_| MixedUnit::default()).collect();
        Some(Self {
            name,
            rows,
            columns,
            constants,
            own,
            is_untyped,
            stages,
            bytes,
            windows,
            number,
            mixed,
        })
    }

    /// The log of rows, as far as no column says more.
    pub(super) fn log(&self) -> Log {
        let mut log = self.own.clone();
        for (place, value) in self.constants.iter().filter(|(place, _)| OF_LOG.contains(place)) {
            log.set(COLUMNS[*place], value.as_deref());
        }
        log
    }

    /// Takes the stage out of a log whose rows may name others; returns whether it was.
    pub(super) fn take_stage(&self, log: &mut Log) -> bool {
        let identity = &log.identity;
        let has_stage = self.columns.fixed[STAGE].is_some() || self.constant(STAGE).is_some();
        let is_of_rows = has_stage
            && identity.account.is_none()
            && identity.step.is_none()
            && identity.stage.as_deref().is_some_and(|stage| self.stages.contains(&stage));
        if is_of_rows {
            log.identity.stage = None;
        }
        is_of_rows
    }

    /// The value that a column has in all rows, if the file has no such column.
    fn constant(&self, column: usize) -> Option<&str> {
        let (_, value) = self.constants.iter().find(|(place, _)| *place == column)?;
        value.as_deref()
    }

    /// What writes the rows of one of its logs.
    pub(super) fn writer(&self, log: &Log, has_stages: bool) -> RowWriter {
        let stage = self.constant(STAGE).filter(|_| has_stages);
        let level = self.constant(LEVEL);
        let constants = [(STAGE, stage), (LEVEL, level)];
        let constants: Vec<(usize, &str)> =
            constants.into_iter().filter_map(|(place, text)| Some((place, text?))).collect();
        let fields: Vec<&Field> =
            self.rows.schema().fields().iter().map(|field| &**field).collect();
        RowWriter::new(log, &self.columns, &fields, &constants, has_stages)
    }

    /// The columns of keys; empty if there are none.
    pub(crate) fn keys(&self) -> Fields {
        let fields = self.rows.schema().fields();
        self.columns.keys.iter().filter_map(|&key| fields.get(key).map(Arc::clone)).collect()
    }

    /// Whether the types of its columns of keys are not known.
    pub(crate) fn is_untyped(&self) -> bool {
        self.is_untyped
    }

    /// The names of the fixed columns that it has, or that its path or metadata give it.
    pub(crate) fn has_column(&self, name: &str) -> bool {
        let Some(place) = COLUMNS.iter().position(|column| *column == name) else { return false };
        self.columns.fixed[place].is_some() || self.constants.iter().any(|(at, _)| *at == place)
    }

    /// Rows of a unit; an error says which file it is of.
    pub(super) fn read(
        &self,
        columns: &[usize],
        unit: usize,
        rows: &[Range<u64>],
    ) -> io::Result<Batches> {
        self.windows.read((&*self.rows, self.number), columns, unit, rows)
    }

    /// Whether the rows of its logs are mixed, as in one that is sorted by time.
    pub(super) fn is_mixed(&self) -> bool {
        !self.mixed.is_empty()
    }

    /// Where rows of files that are sorted by time are kept.
    pub(super) fn spill(&self) -> &Spill {
        &self.windows.spill
    }

    /// What is known of the rows of a unit.
    pub(super) fn bounds(&self, unit: usize) -> Bounds {
        let mut bounds = self.rows.bounds(unit);
        if let Some((_, level)) = self.constants.iter().find(|(place, _)| *place == LEVEL) {
            let number = level.as_deref().map(super::text::number_of);
            bounds.levels = match number {
                Some(Some(number)) => Some((number, number)),
                Some(None) => bounds.levels,
                // None of the levels, that is.
                None => Some((1, 0)),
            };
        }
        bounds
    }
}

/// The values of columns in the metadata of a file of a data set; `None` if they are not what ripsaw writes.
fn partition(json: &str) -> Option<Vec<(String, Option<String>)>> {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    let value = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(Some(text)),
        serde_json::Value::Null => Some(None),
        _ => None,
    };
    members.into_iter().map(|(name, member)| Some((name, value(member)?))).collect()
}
