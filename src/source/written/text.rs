//! Rows as lines of NDJSON, which the format `ripsaw` reads: with all that it has of them, and their keys
//! in a member of their own.

use std::io;

use arrow::array::{Array, ArrayRef, Int64Array, MapArray, RecordBatch, StringArray};
use arrow::datatypes::Field;

use super::cells::{Cells, texts};
use super::columns::{COLUMNS, Columns, Kind, LEVEL, LEVEL_NUMBER, LINE, OF_ROW, STAGE, kind};
use super::json::{push_key, push_object, push_string};
use super::keys::push_members;
use crate::source::log::Log;

/// The names of levels by their numbers, from 1.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// The number of a level, from 1.
pub(super) fn number_of(level: &str) -> Option<i64> {
    LEVELS.iter().position(|own| *own == level).map(|at| at as i64 + 1)
}

/// Lines of text, and where each ends.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) text: Vec<u8>,
    /// The number of the line that each row was made from, and the end of its text.
    pub(super) rows: Vec<(i64, usize)>,
}

impl Lines {
    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.rows.clear();
    }

    /// Where the text of a row begins.
    pub(super) fn start(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(0, |before| self.rows[before].1)
    }

    /// The same rows in the order of their lines.
    pub(super) fn sorted(&self) -> Self {
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|&row| self.rows[row].0);
        let mut sorted = Self::default();
        for row in order {
            sorted.text.extend_from_slice(&self.text[self.start(row)..self.rows[row].1]);
            sorted.rows.push((self.rows[row].0, sorted.text.len()));
        }
        sorted
    }
}

/// Writes the rows of one log.
#[derive(Debug)]
pub(super) struct RowWriter {
    /// All that comes before the number of the line, and what follows it.
    head: Vec<u8>,
    names: Vec<u8>,
    /// The columns that are read, as indices in the file, ascending.
    pub(super) columns: Vec<usize>,
    /// The fixed columns among them: their places, and their indices in a batch.
    fixed: Vec<(usize, usize)>,
    line: Option<usize>,
    level_number: Option<usize>,
    /// The members that all rows have, as of a level that is not in a column.
    constants: Vec<u8>,
    /// The columns of keys, and their indices in a batch.
    keys: Vec<(Field, usize)>,
}

impl RowWriter {
    /// A writer for a log of a file with these columns, whose fields are `fields`; `constants` are the values of
    /// all rows that have no column, with their places. `has_stages`: rows name their stage, not the log.
    pub(super) fn new(
        names: &Log,
        columns: &Columns,
        fields: &[&Field],
        constants: &[(usize, &str)],
        has_stages: bool,
    ) -> Self {
        let stage: &[usize] = if has_stages { &[STAGE] } else { &[] };
        let of_row = [stage, &OF_ROW].concat();
        let places = [&of_row[..], &[LINE, LEVEL_NUMBER]].concat();
        let mut read = columns.indices(&places);
        read.extend(&columns.keys);
        read.sort_unstable();
        let within = |index: usize| read.binary_search(&index).ok();
        let place = |place: usize| columns.fixed[place].and_then(within);
        let fixed = of_row.iter().filter_map(|&at| Some((at, place(at)?))).collect();
        let is_constant = |(place, _): &(usize, &str)| *place == LEVEL;
        let has_level = columns.fixed[LEVEL].is_some() || constants.iter().any(is_constant);
        let mut members = Vec::new();
        for (place, text) in constants {
            push_key(key(*place), &mut members);
            push_string(text, &mut members);
        }
        let keys = columns.keys.iter();
        let keys = keys.filter_map(|&key| Some(((*fields.get(key)?).clone(), within(key)?)));
        Self {
            head: head(names),
            names: identity(names),
            fixed,
            line: place(LINE),
            level_number: place(LEVEL_NUMBER).filter(|_| !has_level),
            constants: members,
            keys: keys.collect(),
            columns: read,
        }
    }

    /// Appends the rows of a batch. `number` is that of a row in its file, which is its line if it has none.
    ///
    /// # Errors
    /// A column that is not of its type.
    pub(super) fn write(
        &self,
        batch: &RecordBatch,
        mut number: impl FnMut() -> i64,
        out: &mut Lines,
    ) -> io::Result<()> {
        let cells = |index: usize, kind: Kind| Cells::of(kind, batch.column(index));
        let fixed = self.fixed.iter();
        let fixed = fixed.map(|&(place, index)| Ok((key(place), cells(index, kind(place))?)));
        let fixed: Vec<(&str, Cells)> = fixed.collect::<io::Result<_>>()?;
        let integers = |index: Option<usize>| match index {
            Some(index) => cells(index, Kind::Integer).map(Some),
            None => Ok(None),
        };
        let (lines, levels) = (integers(self.line)?, integers(self.level_number)?);
        let keys = self.keys.iter();
        let keys = keys.map(|(field, index)| Ok((field, plain(batch.column(*index))?)));
        let keys: Vec<(&Field, ArrayRef)> = keys.collect::<io::Result<_>>()?;
        for row in 0..batch.num_rows() {
            let number = number();
            let line = lines.as_ref().and_then(|lines| integer(lines, row)).unwrap_or(number);
            let text = &mut out.text;
            text.extend_from_slice(&self.head);
            text.extend_from_slice(line.to_string().as_bytes());
            text.extend_from_slice(&self.names);
            text.extend_from_slice(&self.constants);
            if let Some(level) = levels.as_ref().and_then(|levels| integer(levels, row))
                && let Some(level) = usize::try_from(level - 1).ok().and_then(|at| LEVELS.get(at))
            {
                push_key("level", text);
                push_string(level, text);
            }
            for (name, cells) in fixed.iter().filter(|(_, cells)| !cells.is_null(row)) {
                push_cell(name, cells, row, text);
            }
            self.push_keys(&keys, row, text);
            text.extend_from_slice(b"}\n");
            out.rows.push((line, out.text.len()));
        }
        Ok(())
    }

    /// Appends the keys of a row, if it has any.
    fn push_keys(&self, keys: &[(&Field, ArrayRef)], row: usize, text: &mut Vec<u8>) {
        let members = keys.iter().map(|(field, array)| (*field, array));
        let mut object = Vec::new();
        if push_members(members, row, &mut object)
            && let Ok(object) = std::str::from_utf8(&object)
        {
            push_object("keys", object, text);
        }
    }
}

/// The key of a column. A stage that rows name is not that of their log.
fn key(place: usize) -> &'static str {
    if place == STAGE { "row_stage" } else { COLUMNS[place] }
}

/// What is before the number of the line.
fn head(names: &Log) -> Vec<u8> {
    let mut text = b"{\"bundle\":".to_vec();
    push_string(&names.bundle, &mut text);
    push_key("file", &mut text);
    push_string(&names.file, &mut text);
    push_key("line", &mut text);
    text
}

/// The members of the identity that are not null, after others.
fn identity(names: &Log) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, value) in names.identity_texts() {
        push_key(name, &mut text);
        push_string(value, &mut text);
    }
    if let Some(run) = names.identity.run {
        push_key("run", &mut text);
        text.extend_from_slice(run.to_string().as_bytes());
    }
    text
}

/// A column of keys with strings of the usual type.
fn plain(array: &ArrayRef) -> io::Result<ArrayRef> {
    use arrow::datatypes::DataType;
    let is_text = match array.data_type() {
        DataType::Dictionary(_, values) => values.is_string(),
        data_type => data_type.is_string(),
    };
    match is_text {
        true => Ok(std::sync::Arc::new(texts(array)?)),
        false => Ok(ArrayRef::clone(array)),
    }
}

/// The integer of a row.
fn integer(cells: &Cells, row: usize) -> Option<i64> {
    match cells {
        Cells::Integers(values) => some_integer(values, row),
        _ => None,
    }
}

fn some_integer(values: &Int64Array, row: usize) -> Option<i64> {
    (!values.is_null(row)).then(|| values.value(row))
}

/// Appends a value that is not null.
fn push_cell(name: &str, cells: &Cells, row: usize, text: &mut Vec<u8>) {
    if let Cells::Json(values) = cells {
        // An empty text is no object.
        return match values.value(row) {
            "" => {}
            json => push_object(name, json, text),
        };
    }
    push_key(name, text);
    match cells {
        Cells::Text(values) => push_string(values.value(row), text),
        Cells::Json(_) => {}
        Cells::Integers(values) => text.extend_from_slice(values.value(row).to_string().as_bytes()),
        Cells::Args(values) => push_args(values, row, text),
    }
}

/// Appends an object of strings.
fn push_args(values: &MapArray, row: usize, text: &mut Vec<u8>) {
    let entries = values.value(row);
    let texts = [0, 1].map(|column| texts(entries.column(column)).unwrap_or_else(|_| nulls(0)));
    let [keys, values] = texts;
    text.push(b'{');
    for index in 0..keys.len().min(values.len()) {
        if index > 0 {
            text.push(b',');
        }
        push_string(keys.value(index), text);
        text.push(b':');
        push_string(if values.is_null(index) { "" } else { values.value(index) }, text);
    }
    text.push(b'}');
}

/// An array of strings that are all null.
fn nulls(length: usize) -> StringArray {
    StringArray::new_null(length)
}
