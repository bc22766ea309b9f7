//! Columns of a batch as the text sinks read them: types are settled once per batch, rows then
//! read [`Value`]s.

use std::ops::Range;

use arrow::array::{
    Array, BooleanArray, DictionaryArray, Int32Array, Int64Array, MapArray, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use arrow::error::ArrowError;

/// The columns of a table: names, and how each is read.
#[derive(Debug)]
pub(super) struct Layout {
    columns: Vec<(String, Kind)>,
}

/// How the values of a column are read.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Dictionary,
    Text,
    Json,
    Int64,
    Int32,
    Boolean,
    Nanoseconds,
    Microseconds,
    Map,
}

impl Layout {
    /// An error names the first column whose type no text sink writes.
    pub(super) fn new(schema: &Schema) -> Result<Self, ArrowError> {
        let columns = schema.fields().iter().map(|field| Ok((field.name().clone(), kind(field)?)));
        Ok(Self { columns: columns.collect::<Result<_, ArrowError>>()? })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The batch's columns in schema order, neighbouring dictionary columns joined.
    ///
    /// Whatever can be wrong with the batch is an error here, so that no row fails later.
    pub(super) fn open<'a>(&self, batch: &'a RecordBatch) -> Result<Vec<Fields<'a>>, ArrowError> {
        if batch.num_columns() != self.columns.len() {
            return Err(ArrowError::SchemaError(format!(
                "the batch has {} columns, the table {}",
                batch.num_columns(),
                self.columns.len()
            )));
        }
        let mut fields = Vec::with_capacity(self.columns.len());
        for (index, ((name, kind), array)) in self.columns.iter().zip(batch.columns()).enumerate() {
            if !matches!(kind, Kind::Dictionary) {
                fields.push(Fields::One(index, Column::open(name, *kind, array)?));
                continue;
            }
            let column = DictionaryColumn::open(name, index, array)?;
            match fields.last_mut() {
                Some(Fields::Run(run)) => run.push(column),
                _ => fields.push(Fields::Run(DictionaryRun::new(column))),
            }
        }
        Ok(fields)
    }
}

fn kind(field: &Field) -> Result<Kind, ArrowError> {
    Ok(match field.data_type() {
        DataType::Dictionary(key, value)
            if **key == DataType::Int32 && **value == DataType::Utf8 =>
        {
            Kind::Dictionary
        }
        DataType::Utf8 if field.extension_type_name() == Some("arrow.json") => Kind::Json,
        DataType::Utf8 => Kind::Text,
        DataType::Int64 => Kind::Int64,
        DataType::Int32 => Kind::Int32,
        DataType::Boolean => Kind::Boolean,
        DataType::Timestamp(TimeUnit::Nanosecond, Some(zone)) if &**zone == "UTC" => {
            Kind::Nanoseconds
        }
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => {
            Kind::Microseconds
        }
        DataType::Map(entries, _) if is_text_map(entries) => Kind::Map,
        other => {
            return Err(ArrowError::SchemaError(format!(
                "column `{}` has the type {other}, which has no text form here",
                field.name()
            )));
        }
    })
}

fn is_text_map(entries: &Field) -> bool {
    matches!(entries.data_type(), DataType::Struct(pair)
        if pair.len() == 2 && pair.iter().all(|field| *field.data_type() == DataType::Utf8))
}

/// One column of a batch, or neighbouring dictionary columns.
pub(super) enum Fields<'a> {
    /// A column and its index in the schema.
    One(usize, Column<'a>),
    Run(DictionaryRun<'a>),
}

/// A column that is read row by row.
pub(super) enum Column<'a> {
    Text(&'a StringArray),
    Json(&'a StringArray),
    Int64(&'a Int64Array),
    Int32(&'a Int32Array),
    Boolean(&'a BooleanArray),
    Nanoseconds(&'a TimestampNanosecondArray),
    Microseconds(&'a TimestampMicrosecondArray),
    Map(MapColumn<'a>),
}

/// One field of a row.
pub(super) enum Value<'a> {
    Null,
    Text(&'a str),
    /// JSON text of the field.
    Json(&'a str),
    Integer(i64),
    Boolean(bool),
    /// Nanoseconds since 1970, UTC.
    Timestamp(i64),
    Map(MapEntries<'a>),
}

impl<'a> Column<'a> {
    fn open(name: &str, kind: Kind, array: &'a dyn Array) -> Result<Self, ArrowError> {
        Ok(match kind {
            // Dictionary columns are opened as runs; the downcast refuses one that comes here.
            Kind::Text | Kind::Dictionary => Self::Text(downcast(name, array)?),
            Kind::Json => Self::Json(downcast(name, array)?),
            Kind::Int64 => Self::Int64(downcast(name, array)?),
            Kind::Int32 => Self::Int32(downcast(name, array)?),
            Kind::Boolean => Self::Boolean(downcast(name, array)?),
            Kind::Nanoseconds => Self::Nanoseconds(downcast(name, array)?),
            Kind::Microseconds => {
                Self::Microseconds(within_nanoseconds(name, downcast(name, array)?)?)
            }
            Kind::Map => Self::Map(MapColumn::open(name, array)?),
        })
    }

    #[inline]
    pub(super) fn value(&self, row: usize) -> Value<'a> {
        match self {
            Self::Text(a) if a.is_valid(row) => Value::Text(a.value(row)),
            Self::Json(a) if a.is_valid(row) => Value::Json(a.value(row)),
            Self::Int64(a) if a.is_valid(row) => Value::Integer(a.value(row)),
            Self::Int32(a) if a.is_valid(row) => Value::Integer(i64::from(a.value(row))),
            Self::Boolean(a) if a.is_valid(row) => Value::Boolean(a.value(row)),
            Self::Nanoseconds(a) if a.is_valid(row) => Value::Timestamp(a.value(row)),
            // In range: `open` has looked at every value.
            Self::Microseconds(a) if a.is_valid(row) => {
                Value::Timestamp(a.value(row).wrapping_mul(1_000))
            }
            Self::Map(a) if a.maps.is_valid(row) => Value::Map(a.entries(row)),
            _ => Value::Null,
        }
    }
}

fn downcast<'a, T: 'static>(name: &str, array: &'a dyn Array) -> Result<&'a T, ArrowError> {
    array.as_any().downcast_ref().ok_or_else(|| {
        ArrowError::SchemaError(format!(
            "column `{name}` of the batch has the type {}, which is not the table's",
            array.data_type()
        ))
    })
}

/// The array, if nanoseconds in 64 bits hold all its values.
fn within_nanoseconds<'a>(
    name: &str,
    array: &'a TimestampMicrosecondArray,
) -> Result<&'a TimestampMicrosecondArray, ArrowError> {
    match array.iter().flatten().find(|micros| micros.checked_mul(1_000).is_none()) {
        None => Ok(array),
        Some(micros) => Err(ArrowError::InvalidArgumentError(format!(
            "column `{name}`: timestamp {micros} us is outside the years 1677 to 2262"
        ))),
    }
}

/// A map column and the keys and values of all its rows.
pub(super) struct MapColumn<'a> {
    maps: &'a MapArray,
    keys: &'a StringArray,
    values: &'a StringArray,
}

/// The entries of one row's map.
pub(super) struct MapEntries<'a> {
    keys: &'a StringArray,
    values: &'a StringArray,
    range: Range<usize>,
}

impl<'a> MapColumn<'a> {
    fn open(name: &str, array: &'a dyn Array) -> Result<Self, ArrowError> {
        let maps: &MapArray = downcast(name, array)?;
        let keys = downcast(name, maps.keys().as_ref())?;
        let values = downcast(name, maps.values().as_ref())?;
        Ok(Self { maps, keys, values })
    }

    fn entries(&self, row: usize) -> MapEntries<'a> {
        let offsets = self.maps.value_offsets();
        // Offsets of a valid array are never negative.
        let [start, end] = [offsets[row], offsets[row + 1]].map(|offset| offset as usize);
        MapEntries { keys: self.keys, values: self.values, range: start..end }
    }
}

impl<'a> Iterator for MapEntries<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.range.next()?;
        let value = self.values.is_valid(entry).then(|| self.values.value(entry));
        Some((self.keys.value(entry), value))
    }
}

/// A dictionary column and its index in the schema.
struct DictionaryColumn<'a> {
    index: usize,
    keys: &'a Int32Array,
    values: &'a StringArray,
}

impl<'a> DictionaryColumn<'a> {
    fn open(name: &str, index: usize, array: &'a dyn Array) -> Result<Self, ArrowError> {
        let dictionary: &DictionaryArray<Int32Type> = downcast(name, array)?;
        let values = downcast(name, dictionary.values().as_ref())?;
        Ok(Self { index, keys: dictionary.keys(), values })
    }

    /// The key in `row`, -1 for null.
    #[inline]
    fn key(&self, row: usize) -> i32 {
        if self.keys.is_valid(row) { self.keys.value(row) } else { -1 }
    }

    fn text(&self, key: i32) -> Option<&'a str> {
        let key = usize::try_from(key).ok()?;
        self.values.is_valid(key).then(|| self.values.value(key))
    }
}

/// Neighbouring dictionary columns and their text in the row last read.
///
/// Log rows come in long stretches of one entry, so what a path says of them seldom changes from
/// row to row: comparing keys and copying one text is cheaper than a copy per column, and nothing
/// is spent on dictionary values that no row has.
pub(super) struct DictionaryRun<'a> {
    columns: Vec<(DictionaryColumn<'a>, i32)>,
    text: Vec<u8>,
}

/// No row has this key, so the first row read is always written.
const UNREAD: i32 = i32::MIN;

impl<'a> DictionaryRun<'a> {
    fn new(column: DictionaryColumn<'a>) -> Self {
        Self { columns: vec![(column, UNREAD)], text: Vec::new() }
    }

    fn push(&mut self, column: DictionaryColumn<'a>) {
        self.columns.push((column, UNREAD));
    }

    /// The text of the run's fields in `row`.
    ///
    /// `write` appends one field, given the column's index and value; it must depend on nothing
    /// else, as its text serves for the rows that follow.
    #[inline]
    pub(super) fn text(
        &mut self,
        row: usize,
        mut write: impl FnMut(usize, Option<&str>, &mut Vec<u8>),
    ) -> &[u8] {
        let mut changed = false;
        for (column, last) in &mut self.columns {
            let key = column.key(row);
            changed |= key != *last;
            *last = key;
        }
        if changed {
            self.text.clear();
            for (column, key) in &self.columns {
                write(column.index, column.text(*key), &mut self.text);
            }
        }
        &self.text
    }
}
