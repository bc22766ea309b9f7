//! The columns of a batch in the types that rows are written from, whatever the file has.

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, MapArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};

use std::io;

use super::columns::Kind;
use super::table::damaged;

/// The values of a column.
#[derive(Debug)]
pub(super) enum Cells {
    /// Strings; also times as text.
    Text(StringArray),
    /// JSON as it was written.
    Json(StringArray),
    /// Integers; also times in nanoseconds.
    Integers(Int64Array),
    /// Objects of strings.
    Args(MapArray),
}

impl Cells {
    /// The values of an array for a column of this kind.
    ///
    /// # Errors
    /// A type that cannot be spelled so.
    pub(super) fn of(kind: Kind, array: &ArrayRef) -> io::Result<Self> {
        if let DataType::Timestamp(unit, _) = array.data_type()
            && kind == Kind::Time
        {
            return Ok(Self::Integers(nanos(array, *unit)));
        }
        if let DataType::Map(..) = array.data_type() {
            return Ok(Self::Args(array.as_map().clone()));
        }
        let is_number = array.data_type().is_integer();
        Ok(match kind {
            Kind::Integer if is_number => Self::Integers(
                convert(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone(),
            ),
            Kind::Args | Kind::Json => Self::Json(texts(array)?),
            Kind::Integer => Self::Integers(parsed(&texts(array)?)),
            Kind::Text | Kind::Time => Self::Text(texts(array)?),
        })
    }

    /// Whether the value of a row is null.
    pub(super) fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Text(values) | Self::Json(values) => values.is_null(row),
            Self::Integers(values) => values.is_null(row),
            Self::Args(values) => values.is_null(row),
        }
    }
}

/// An array of strings of any type as the usual one.
///
/// # Errors
/// The array has no strings.
pub(super) fn texts(array: &ArrayRef) -> io::Result<StringArray> {
    Ok(convert(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// The array as one of this type.
fn convert(array: &ArrayRef, to: &DataType) -> io::Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(ArrayRef::clone(array));
    }
    cast(array, to).map_err(|error| damaged(format!("a column cannot be read: {error}")))
}

/// Integers that are written in decimal; null if a text is not one.
fn parsed(texts: &StringArray) -> Int64Array {
    texts.iter().map(|text| text?.parse().ok()).collect()
}

/// Times in nanoseconds; null outside of what 64 bits hold.
fn nanos(array: &ArrayRef, unit: TimeUnit) -> Int64Array {
    let scaled = |values: Int64Array, by: i64| -> Int64Array {
        values.iter().map(|value| value?.checked_mul(by)).collect()
    };
    match unit {
        TimeUnit::Second => {
            scaled(array.as_primitive::<TimestampSecondType>().reinterpret_cast(), 1_000_000_000)
        }
        TimeUnit::Millisecond => {
            scaled(array.as_primitive::<TimestampMillisecondType>().reinterpret_cast(), 1_000_000)
        }
        TimeUnit::Microsecond => {
            scaled(array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast(), 1_000)
        }
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().reinterpret_cast(),
    }
}
