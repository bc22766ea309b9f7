//! The rows of a batch, one after the other, as a filter expression sees them.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type, TimestampNanosecondType};

use super::expand;
use super::keys::KeyCell;
use crate::query::odata::{Name, Row, Value, in_json};
use crate::record::zone::Zone;
use crate::table::{Column, cell_text, lines_schema};

/// The cells of one row; set `row` to go on to another.
pub(super) struct Cells<'a> {
    /// By index in the table `lines`, without runs; `None` if the expression does not use it.
    columns: Vec<Option<ArrayRef>>,
    /// The columns of keys that the expression uses, by their paths.
    keys: Vec<(Vec<String>, KeyCell)>,
    pub(super) row: usize,
    /// The zone of times without an offset, in texts that are compared with times.
    zone: &'a Zone,
}

impl<'a> Cells<'a> {
    /// The cells of the columns of these names; `row` is the first one.
    pub(super) fn new(batch: &RecordBatch, names: &[&Name], zone: &'a Zone) -> Self {
        let schema = lines_schema();
        let mut columns = vec![None; schema.fields().len()];
        for name in names {
            let index = name.column();
            // Expanded once for the batch, however many names are looked up in it.
            columns[index].get_or_insert_with(|| expand(batch, schema.field(index).name()));
        }
        let keys = names.iter().filter_map(|name| match name {
            Name::Extra(path) => Some((path.clone(), KeyCell::find(batch, path)?)),
            _ => None,
        });
        Self { columns, keys: keys.collect(), row: 0, zone }
    }

    /// A column, if this row is not null in it.
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
                // The codes of levels are their ranks: 0 for TRACE, 5 for FATAL.
                let level = level.as_dictionary::<Int32Type>();
                Value::Int(level.keys().value(self.row).into())
            }),
            Name::Arg(key) => self.arg(key).map_or(Value::Null, |text| Value::Text(text.into())),
            Name::Extra(path) => self.key(path).unwrap_or(Value::Null),
        })
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}

impl Cells<'_> {
    /// The value of a member of `args`. Of members with the same name the last counts, as for most
    /// readers of JSON.
    fn arg(&self, key: &str) -> Option<&str> {
        let args = self.column(Column::Args.index())?.as_map();
        let offsets = args.value_offsets();
        let mut members: Range<usize> = offsets[self.row] as usize..offsets[self.row + 1] as usize;
        let (keys, values): (&StringArray, &StringArray) =
            (args.keys().as_string(), args.values().as_string());
        let found = members.rfind(|&member| keys.value(member) == key)?;
        values.is_valid(found).then(|| values.value(found))
    }

    /// A key of the record: in its own column, or else in `extra`, where late ones are.
    fn key(&self, path: &[String]) -> Option<Value<'_>> {
        let own = self.keys.iter().find(|(other, _)| other == path);
        own.and_then(|(_, cell)| cell.value(self.row)).or_else(|| {
            let extra: &StringArray = self.column(Column::Extra.index())?.as_string();
            in_json(extra.value(self.row), path)
        })
    }
}

/// A cell as a value to compare: numbers and times as such, all else as text.
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
