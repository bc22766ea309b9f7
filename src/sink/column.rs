//! Columns of a batch as the text sinks read them: types are settled once per batch, rows then
//! read [`Value`]s.
//!
//! Values are borrowed from the arrays. Besides them a column knows how much room its texts may need, so
//! that a sink can ask its buffer once for many rows.

use std::ops::Range;

use arrow::array::{
    Array, BooleanArray, DictionaryArray, Int8Array, Int32Array, Int64Array, MapArray, StringArray,
    TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, TimeUnit};
use arrow::error::ArrowError;

use super::scan::Span;
use super::value::{LONGEST_ESCAPE, is_escaped, object_room};

/// How the values of a column are read, by its type in the schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Text by 32-bit keys.
    Dictionary,
    Text,
    /// JSON text, which NDJSON embeds rather than quotes: `extra`.
    Json,
    Int64,
    Int8,
    Boolean,
    Nanoseconds,
    /// Only in batches of a library's user: ripsaw's own have nanoseconds.
    Microseconds,
    /// Text to text: `args`.
    Map,
}

/// The kind of a field; an error for a type that has no text form here.
pub(super) fn kind(field: &Field) -> Result<Kind, ArrowError> {
    Ok(match field.data_type() {
        DataType::Dictionary(key, value)
            if **key == DataType::Int32 && **value == DataType::Utf8 =>
        {
            Kind::Dictionary
        }
        DataType::Utf8 if field.extension_type_name() == Some("arrow.json") => Kind::Json,
        DataType::Utf8 => Kind::Text,
        DataType::Int64 => Kind::Int64,
        DataType::Int8 => Kind::Int8,
        DataType::Boolean => Kind::Boolean,
        // Times are written with a `Z`: a column of local times would become wrong without a sign of it.
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

/// Whether the entries of a map are pairs of texts.
fn is_text_map(entries: &Field) -> bool {
    matches!(entries.data_type(), DataType::Struct(pair)
        if pair.len() == 2 && pair.iter().all(|field| *field.data_type() == DataType::Utf8))
}

/// Values that are read by index.
pub(super) struct Column<'a> {
    /// `None` if no value is null, also if the array has a buffer that marks none.
    pub(super) nulls: Option<&'a NullBuffer>,
    pub(super) data: Data<'a>,
}

/// The values of a column, one variant for each [`Kind`]. Where `nulls` marks a row, a slice has any number.
pub(super) enum Data<'a> {
    Dictionary { keys: &'a Int32Array, values: &'a StringArray },
    Text(&'a StringArray),
    Json(&'a StringArray),
    Int64(&'a [i64]),
    Int8(&'a [i8]),
    Boolean(&'a BooleanArray),
    Nanoseconds(&'a [i64]),
    Microseconds(&'a [i64]),
    Map(MapColumn<'a>),
}

/// One field of a row.
pub(super) enum Value<'a> {
    Null,
    Text(Span<'a>),
    /// JSON text of the field, trusted to be valid.
    Json(Span<'a>),
    Integer(i64),
    Boolean(bool),
    /// Nanoseconds since 1970, UTC.
    Timestamp(i64),
    Map(MapEntries<'a>),
}

impl<'a> Column<'a> {
    /// Opens an array of the kind that the schema has; `name` is for the error.
    pub(super) fn open(name: &str, kind: Kind, array: &'a dyn Array) -> Result<Self, ArrowError> {
        let data = match kind {
            Kind::Dictionary => {
                let dictionary: &DictionaryArray<Int32Type> = downcast(name, array)?;
                let values = downcast(name, dictionary.values().as_ref())?;
                Data::Dictionary { keys: dictionary.keys(), values }
            }
            Kind::Text => Data::Text(downcast(name, array)?),
            Kind::Json => Data::Json(downcast(name, array)?),
            Kind::Int64 => Data::Int64(downcast::<Int64Array>(name, array)?.values()),
            Kind::Int8 => Data::Int8(downcast::<Int8Array>(name, array)?.values()),
            Kind::Boolean => Data::Boolean(downcast(name, array)?),
            Kind::Nanoseconds => {
                Data::Nanoseconds(downcast::<TimestampNanosecondArray>(name, array)?.values())
            }
            Kind::Microseconds => {
                Data::Microseconds(within_nanoseconds(name, downcast(name, array)?)?.values())
            }
            Kind::Map => Data::Map(MapColumn::open(name, array)?),
        };
        Ok(Self { nulls: array.nulls().filter(|nulls| nulls.null_count() > 0), data })
    }

    /// Whether no value is null.
    pub(super) fn is_complete(&self) -> bool {
        self.nulls.is_none()
    }

    /// Whether all values are one integer: a counter that the writer never moves. Nulls are not looked at.
    pub(super) fn is_one_number(&self) -> bool {
        let Data::Int64([first, rest @ ..]) = self.data else { return false };
        let (chunks, tail) = rest.as_chunks::<8>();
        // Without a branch per number, so that it compiles to vector instructions.
        let is_same = |chunk: &[i64; 8]| chunk.iter().fold(true, |same, n| same & (n == first));
        chunks.iter().all(is_same) && tail.iter().all(|n| n == first)
    }

    #[inline]
    pub(super) fn is_null(&self, index: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(index))
    }

    /// The value at `index`, which must not be null.
    #[inline(always)]
    pub(super) fn value(&self, index: usize) -> Value<'a> {
        match &self.data {
            Data::Dictionary { keys, values } => match usize::try_from(keys.value(index)) {
                // A valid key may still lead to a null among the values.
                Ok(key) if values.is_valid(key) => Value::Text(span(values, key)),
                _ => Value::Null,
            },
            Data::Text(values) => Value::Text(span(values, index)),
            Data::Json(values) => Value::Json(span(values, index)),
            Data::Int64(values) => Value::Integer(values[index]),
            Data::Int8(values) => Value::Integer(i64::from(values[index])),
            Data::Boolean(values) => Value::Boolean(values.value(index)),
            Data::Nanoseconds(values) => Value::Timestamp(values[index]),
            // In range: `open` has checked every value but those that are null, which are not read.
            Data::Microseconds(values) => Value::Timestamp(values[index].wrapping_mul(1_000)),
            Data::Map(maps) => Value::Map(maps.entries(index)),
        }
    }

    /// Bytes that the texts in these rows need, if a byte of text becomes up to `widest`. Constant time for
    /// text, by its offsets.
    pub(super) fn room(&self, rows: Range<usize>, widest: usize) -> usize {
        match &self.data {
            Data::Text(values) | Data::Json(values) => widest * bytes_of(values, &rows),
            Data::Map(maps) => rows.map(|row| maps.entries(row).room(widest)).sum(),
            // Numbers and times have their room in `Style::field_room`; dictionaries are read as runs.
            _ => 0,
        }
    }
}

/// The most bytes that text takes if those that are wide become `widest` each.
fn measure(text: &[u8], widest: usize, is_wide: fn(u8) -> bool) -> usize {
    text.len() + (widest - 1) * text.iter().filter(|&&byte| is_wide(byte)).count()
}

impl Value<'_> {
    /// As [`room`](Self::room), but by a look at every byte, so that a long text without escapes takes no
    /// more room than it has bytes.
    pub(super) fn measured_room(&self, widest: usize, is_wide: fn(u8) -> bool) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => measure(text.text(), widest, is_wide),
            // JSON text has no raw control characters, so no format more than doubles it: CSV by its quotes.
            Self::Map(entries) => 2 * entries.json_room(),
            _ => 0,
        }
    }

    /// As [`Column::room`].
    pub(super) fn room(&self, widest: usize) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => widest * text.len(),
            Self::Map(entries) => entries.room(widest),
            _ => 0,
        }
    }
}

/// Bytes of text in the rows, nulls included, which usually have none.
fn bytes_of(values: &StringArray, rows: &Range<usize>) -> usize {
    let offsets = values.value_offsets();
    (offsets[rows.end] - offsets[rows.start]) as usize
}

/// The text at `index`, with the rest of the array's bytes after it: whole chunks can be read up to the last
/// texts of an array.
#[inline]
fn span(values: &StringArray, index: usize) -> Span<'_> {
    let offsets = values.value_offsets();
    // Offsets of a valid array are never negative.
    let [start, end] = [offsets[index], offsets[index + 1]].map(|offset| offset as usize);
    Span::new(&values.value_data()[start..], end - start)
}

/// The array as the type that its kind reads; an error if the batch is not of the schema.
fn downcast<'a, T: 'static>(name: &str, array: &'a dyn Array) -> Result<&'a T, ArrowError> {
    array.as_any().downcast_ref().ok_or_else(|| {
        ArrowError::SchemaError(format!(
            "column `{name}` of the batch has the type {}, which is not the table's",
            array.data_type()
        ))
    })
}

/// The array, if nanoseconds in 64 bits hold all its values. `flatten` skips the nulls, whose numbers do not
/// count.
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

/// The entries of one row's map, an iterator in the order of the map. A value may be null, a key never.
pub(super) struct MapEntries<'a> {
    keys: &'a StringArray,
    values: &'a StringArray,
    /// Those of this row that are left, as indices into both.
    range: Range<usize>,
}

impl<'a> MapColumn<'a> {
    fn open(name: &str, array: &'a dyn Array) -> Result<Self, ArrowError> {
        let maps: &MapArray = downcast(name, array)?;
        let keys = downcast(name, maps.keys().as_ref())?;
        let values = downcast(name, maps.values().as_ref())?;
        Ok(Self { maps, keys, values })
    }

    /// The entries of `row`: none for `{}`.
    fn entries(&self, row: usize) -> MapEntries<'a> {
        let offsets = self.maps.value_offsets();
        // Offsets of a valid array are never negative.
        let [start, end] = [offsets[row], offsets[row + 1]].map(|offset| offset as usize);
        MapEntries { keys: self.keys, values: self.values, range: start..end }
    }
}

impl MapEntries<'_> {
    /// Bytes that the map needs as JSON, a chunk included.
    pub(super) fn json_room(&self) -> usize {
        /// Bytes of text above which it is measured rather than taken six times.
        const LONG: usize = 64 << 10;
        let bytes = [self.keys, self.values].map(|texts| bytes_of(texts, &self.range));
        let bytes: usize = bytes.iter().sum();
        let written = match bytes {
            0..LONG => LONGEST_ESCAPE * bytes,
            _ => [self.keys, self.values].iter().map(|texts| self.measured(texts)).sum(),
        };
        object_room(self.range.len(), written)
    }

    /// Bytes of the keys or of the values with their escapes.
    fn measured(&self, texts: &StringArray) -> usize {
        let offsets = texts.value_offsets();
        // Offsets of a valid array are never negative.
        let [start, end] = [self.range.start, self.range.end].map(|at| offsets[at] as usize);
        measure(&texts.value_data()[start..end], LONGEST_ESCAPE, is_escaped)
    }

    fn room(&self, widest: usize) -> usize {
        widest * self.json_room()
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
