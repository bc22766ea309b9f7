//! Columns of a batch as the text sinks read them: types are settled once per batch, rows then
//! read [`Value`]s.

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

/// How the values of a column are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Dictionary,
    Text,
    Json,
    Int64,
    Int8,
    Boolean,
    Nanoseconds,
    Microseconds,
    Map,
}

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

/// Values that are read by index.
pub(super) struct Column<'a> {
    /// `None` where no value is null.
    pub(super) nulls: Option<&'a NullBuffer>,
    pub(super) data: Data<'a>,
}

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
    /// JSON text of the field.
    Json(Span<'a>),
    Integer(i64),
    Boolean(bool),
    /// Nanoseconds since 1970, UTC.
    Timestamp(i64),
    Map(MapEntries<'a>),
}

impl<'a> Column<'a> {
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

    /// Whether every value is there.
    pub(super) fn is_complete(&self) -> bool {
        self.nulls.is_none()
    }

    /// Whether the column is one integer again and again: a counter that the writer never moves.
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

    /// What stands at `index`, which is not null.
    #[inline(always)]
    pub(super) fn value(&self, index: usize) -> Value<'a> {
        match &self.data {
            Data::Dictionary { keys, values } => match usize::try_from(keys.value(index)) {
                Ok(key) if values.is_valid(key) => Value::Text(span(values, key)),
                _ => Value::Null,
            },
            Data::Text(values) => Value::Text(span(values, index)),
            Data::Json(values) => Value::Json(span(values, index)),
            Data::Int64(values) => Value::Integer(values[index]),
            Data::Int8(values) => Value::Integer(i64::from(values[index])),
            Data::Boolean(values) => Value::Boolean(values.value(index)),
            Data::Nanoseconds(values) => Value::Timestamp(values[index]),
            // In range: `open` has looked at every value.
            Data::Microseconds(values) => Value::Timestamp(values[index].wrapping_mul(1_000)),
            Data::Map(maps) => Value::Map(maps.entries(index)),
        }
    }

    /// Room that the texts in these rows need, if a byte of text becomes up to `widest`.
    pub(super) fn room(&self, rows: Range<usize>, widest: usize) -> usize {
        match &self.data {
            Data::Text(values) | Data::Json(values) => widest * bytes_of(values, &rows),
            Data::Map(maps) => rows.map(|row| maps.entries(row).room(widest)).sum(),
            _ => 0,
        }
    }
}

/// The most bytes that text takes if those that are wide become `widest` each.
fn measure(text: &[u8], widest: usize, is_wide: fn(u8) -> bool) -> usize {
    text.len() + (widest - 1) * text.iter().filter(|&&byte| is_wide(byte)).count()
}

impl Value<'_> {
    /// As [`room`](Self::room), but by a look at every byte: a long text takes little more than it
    /// has.
    pub(super) fn measured_room(&self, widest: usize, is_wide: fn(u8) -> bool) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => measure(text.text(), widest, is_wide),
            // JSON has no control characters: no format more than doubles its bytes.
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

/// Bytes of text in the rows.
fn bytes_of(values: &StringArray, rows: &Range<usize>) -> usize {
    let offsets = values.value_offsets();
    (offsets[rows.end] - offsets[rows.start]) as usize
}

#[inline]
fn span(values: &StringArray, index: usize) -> Span<'_> {
    let offsets = values.value_offsets();
    // Offsets of a valid array are never negative.
    let [start, end] = [offsets[index], offsets[index + 1]].map(|offset| offset as usize);
    Span::new(&values.value_data()[start..], end - start)
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

impl MapEntries<'_> {
    /// Room for the JSON of the map.
    pub(super) fn json_room(&self) -> usize {
        /// Above it the text is measured.
        const LONG: usize = 64 << 10;
        let bytes = [self.keys, self.values].map(|texts| bytes_of(texts, &self.range));
        let bytes: usize = bytes.iter().sum();
        let written = match bytes {
            0..LONG => LONGEST_ESCAPE * bytes,
            _ => [self.keys, self.values].iter().map(|texts| self.measured(texts)).sum(),
        };
        object_room(self.range.len(), written)
    }

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
