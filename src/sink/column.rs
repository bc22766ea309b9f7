//! Columns of a batch as the text sinks read them: types are settled once per batch, rows then
//! read [`Value`]s.
//!
//! Values are borrowed from the arrays. Besides them a column knows how much room its texts may need, so
//! that a sink can ask its buffer once for many rows.

use std::ops::Range;

use arrow::array::{
    Array, BooleanArray, DictionaryArray, Float64Array, Int8Array, Int32Array, Int64Array,
    ListArray, StringArray, StructArray, TimestampNanosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;

use super::array::{bytes_of, downcast, measure, of_another_type, span, within_nanoseconds};
use super::buffer::CHUNK;
use super::kind::{Kind, Members};
use super::maps::{MapColumn, MapEntries};
use super::scan::Span;
use super::value::{LONGEST_ESCAPE, PLAIN_ROOM, is_escaped};

/// Values that are read by index.
pub(super) struct Column<'a> {
    /// `None` if no value is null, also if the array has a buffer that marks none.
    pub(super) nulls: Option<NullBuffer>,
    pub(super) data: Data<'a>,
}

/// The values of a column, one variant for each [`Kind`]. Where `nulls` marks a row, a slice has any number.
pub(super) enum Data<'a> {
    Dictionary { keys: &'a Int32Array, values: &'a StringArray },
    Text(&'a StringArray),
    Json(&'a StringArray),
    Int64(&'a [i64]),
    Int8(&'a [i8]),
    Double(&'a [f64]),
    Boolean(&'a BooleanArray),
    Nanoseconds(&'a [i64]),
    Microseconds(&'a [i64]),
    Map(MapColumn<'a>),
    List { offsets: &'a [i32], items: Box<Column<'a>> },
    Struct(Struct<'a>),
}

/// A column of objects: a column for each of their members.
pub(super) struct Struct<'a> {
    pub(super) members: &'a Members,
    pub(super) columns: Vec<Column<'a>>,
}

/// One field of a row.
pub(super) enum Value<'a> {
    Null,
    Text(Span<'a>),
    /// JSON text of the field, trusted to be valid.
    Json(Span<'a>),
    Integer(i64),
    Double(f64),
    Boolean(bool),
    /// Nanoseconds since 1970, UTC.
    Timestamp(i64),
    Map(MapEntries<'a>),
    /// Some of the items of all rows.
    List(&'a Column<'a>, Range<usize>),
    /// A row of the members.
    Struct(&'a Struct<'a>, usize),
}

impl<'a> Column<'a> {
    /// Opens an array of the kind that the schema has; `name` is for the error.
    pub(super) fn open(
        name: &str,
        kind: &'a Kind,
        array: &'a dyn Array,
    ) -> Result<Self, ArrowError> {
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
            Kind::Double => Data::Double(downcast::<Float64Array>(name, array)?.values()),
            Kind::Boolean => Data::Boolean(downcast(name, array)?),
            Kind::Nanoseconds => {
                Data::Nanoseconds(downcast::<TimestampNanosecondArray>(name, array)?.values())
            }
            Kind::Microseconds => {
                Data::Microseconds(within_nanoseconds(name, downcast(name, array)?)?.values())
            }
            Kind::Map => Data::Map(MapColumn::open(name, array)?),
            Kind::List(kind) => {
                let lists: &ListArray = downcast(name, array)?;
                let items = Box::new(Column::open(name, kind, lists.values().as_ref())?);
                Data::List { offsets: lists.value_offsets(), items }
            }
            Kind::Struct(members) => Data::Struct(Struct::open(name, members, array)?),
        };
        Ok(Self { nulls: array.nulls().filter(|nulls| nulls.null_count() > 0).cloned(), data })
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
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(index))
    }

    /// The value at `index`, which must not be null.
    #[inline(always)]
    pub(super) fn value(&self, index: usize) -> Value<'_> {
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
            Data::Double(values) => Value::Double(values[index]),
            Data::Boolean(values) => Value::Boolean(values.value(index)),
            Data::Nanoseconds(values) => Value::Timestamp(values[index]),
            // In range: `open` has checked every value but those that are null, which are not read.
            Data::Microseconds(values) => Value::Timestamp(values[index].wrapping_mul(1_000)),
            Data::Map(maps) => Value::Map(maps.entries(index)),
            Data::List { offsets, items } => {
                Value::List(items, items_of(offsets, index..index + 1))
            }
            Data::Struct(structs) => Value::Struct(structs, index),
        }
    }

    /// Bytes that the texts in these rows need, if a byte of text becomes up to `widest`. Constant time for
    /// text, by its offsets.
    pub(super) fn room(&self, rows: Range<usize>, widest: usize) -> usize {
        match &self.data {
            Data::Text(values) | Data::Json(values) => widest * bytes_of(values, &rows),
            Data::Map(maps) => rows.map(|row| maps.entries(row).room(widest)).sum(),
            Data::List { .. } | Data::Struct(_) => {
                around_json(widest) * self.json_room(rows, TextRoom::Most)
            }
            // Numbers and times have their room in `Style::field_room`; dictionaries are read as runs.
            _ => 0,
        }
    }

    /// Bytes that these values need as JSON, besides their quotes and numbers.
    fn json_room(&self, rows: Range<usize>, text: TextRoom) -> usize {
        match &self.data {
            Data::Text(values) => text.of(values, &rows),
            Data::Json(values) => bytes_of(values, &rows),
            Data::Map(maps) => rows.map(|row| maps.entries(row).json_room()).sum(),
            Data::List { offsets, items } => {
                let lists = rows.len();
                let range = items_of(offsets, rows);
                LIST_ROOM * lists + ITEM_ROOM * range.len() + items.json_room(range, text)
            }
            Data::Struct(structs) => {
                let columns = structs.columns.iter();
                let texts: usize = columns.map(|column| column.json_room(rows.clone(), text)).sum();
                structs.members.room() * rows.len() + texts
            }
            // Only inside objects of a library's user.
            Data::Dictionary { .. } => {
                let valid = rows.filter(|&row| !self.is_null(row));
                valid.map(|row| self.value(row).room(LONGEST_ESCAPE)).sum()
            }
            _ => 0,
        }
    }
}

impl<'a> Struct<'a> {
    /// Opens the members of objects.
    fn open(name: &str, members: &'a Members, array: &'a dyn Array) -> Result<Self, ArrowError> {
        let structs: &StructArray = downcast(name, array)?;
        if structs.num_columns() != members.kinds().len() {
            return Err(of_another_type(name, array));
        }
        let columns = members.kinds().iter().zip(structs.columns());
        let columns = columns.map(|(kind, array)| Column::open(name, kind, array.as_ref()));
        Ok(Self { members, columns: columns.collect::<Result<_, _>>()? })
    }
}

/// The items of consecutive lists.
fn items_of(offsets: &[i32], rows: Range<usize>) -> Range<usize> {
    // Offsets of a valid array are never negative.
    offsets[rows.start] as usize..offsets[rows.end] as usize
}

/// Bytes of a list beside its items: its brackets, and a chunk for what is stored over the end.
const LIST_ROOM: usize = 2 + CHUNK;

/// Bytes of an item, of a list: a number or a null, quotes, a comma.
const ITEM_ROOM: usize = PLAIN_ROOM + 3;

/// What a byte of JSON becomes in a format: NDJSON has it as it is, CSV doubles its quotes.
fn around_json(widest: usize) -> usize {
    if widest == LONGEST_ESCAPE { 1 } else { widest }
}

/// How the room of a text is found.
#[derive(Clone, Copy)]
enum TextRoom {
    /// As if all of it were escaped: in constant time.
    Most,
    /// By a look at every byte.
    Measured,
}

impl TextRoom {
    /// Bytes of the texts of these rows in JSON.
    fn of(self, values: &StringArray, rows: &Range<usize>) -> usize {
        match self {
            Self::Most => LONGEST_ESCAPE * bytes_of(values, rows),
            Self::Measured => {
                let bytes = items_of(values.value_offsets(), rows.clone());
                measure(&values.value_data()[bytes], LONGEST_ESCAPE, is_escaped)
            }
        }
    }
}

impl Value<'_> {
    /// As [`room`](Self::room), but by a look at every byte, so that a long text without escapes takes no
    /// more room than it has bytes.
    pub(super) fn measured_room(&self, widest: usize, is_wide: fn(u8) -> bool) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => measure(text.text(), widest, is_wide),
            // JSON text has no raw control characters, so no format more than doubles it: CSV by its quotes.
            Self::Map(entries) => 2 * entries.json_room(),
            _ => around_json(widest) * self.nested_room(TextRoom::Measured),
        }
    }

    /// As [`Column::room`].
    pub(super) fn room(&self, widest: usize) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => widest * text.len(),
            Self::Map(entries) => entries.room(widest),
            _ => around_json(widest) * self.nested_room(TextRoom::Most),
        }
    }

    /// The room for a map, a list or an object as JSON, a chunk included; 0 for other values.
    pub(super) fn json_room(&self) -> usize {
        /// Bytes above which texts are measured.
        const LONG: usize = 256 << 10;
        match self {
            Self::Map(entries) => entries.json_room(),
            _ => match self.nested_room(TextRoom::Most) {
                room if room > LONG => self.nested_room(TextRoom::Measured),
                room => room,
            },
        }
    }

    /// The room for a list or an object as JSON; 0 for other values.
    fn nested_room(&self, text: TextRoom) -> usize {
        match self {
            Self::List(items, range) => {
                LIST_ROOM + ITEM_ROOM * range.len() + items.json_room(range.clone(), text)
            }
            Self::Struct(structs, row) => {
                let columns = structs.columns.iter();
                let texts: usize =
                    columns.map(|column| column.json_room(*row..row + 1, text)).sum();
                structs.members.room() + texts
            }
            _ => 0,
        }
    }
}
