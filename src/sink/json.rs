//! Values as JSON: what NDJSON writes in every field, and CSV for lists and maps.

use std::ops::Range;

use memchr::memchr2_iter;

use super::column::{Column, Struct, Value};
use super::value::{
    put, put_boolean, put_double, put_integer, put_json_object, put_json_string, put_time,
};
use crate::record::timestamp::MinuteText;

/// How values are written as JSON.
#[derive(Default)]
pub(super) struct Json {
    pub(super) times: MinuteText,
    /// Leave members that are null out of their objects, at every level.
    pub(super) omit_nulls: bool,
}

impl Json {
    /// Writes a value to the front of `place`, as in [`super::value`].
    #[inline(always)]
    pub(super) fn put(&mut self, value: Value<'_>, place: &mut [u8]) -> usize {
        match value {
            Value::Null => put(b"null", place),
            Value::Text(text) => put_json_string(text, place),
            Value::Json(text) => put_on_one_line(text.text(), place),
            Value::Integer(value) => put_integer(value, place),
            // JSON has no other numbers.
            Value::Double(value) if !value.is_finite() => put(b"null", place),
            Value::Double(value) => put_double(value, place),
            Value::Boolean(value) => put_boolean(value, place),
            Value::Timestamp(nanos) => {
                place[0] = b'"';
                let written = put_time(nanos, &mut self.times, &mut place[1..]);
                place[1 + written] = b'"';
                written + 2
            }
            Value::Map(entries) => put_json_object(entries, place),
            Value::List(items, range) => self.put_list(items, range, place),
            Value::Struct(structs, row) => self.put_struct(structs, row, place),
        }
    }

    /// Writes a list; its nulls are always written.
    fn put_list(&mut self, items: &Column<'_>, range: Range<usize>, place: &mut [u8]) -> usize {
        place[0] = b'[';
        let mut at = 1;
        for index in range.clone() {
            place[at] = b',';
            at += usize::from(index > range.start);
            at += match items.is_null(index) {
                true => put(b"null", &mut place[at..]),
                false => self.put(items.value(index), &mut place[at..]),
            };
        }
        place[at] = b']';
        at + 1
    }

    /// Writes an object. One whose members are all null is `{}` without them, never null.
    fn put_struct(&mut self, structs: &Struct<'_>, row: usize, place: &mut [u8]) -> usize {
        let mut at = 0;
        for (key, column) in structs.members.keys().iter().zip(&structs.columns) {
            at += if !column.is_null(row) {
                let opened = key.put(&mut place[at..]);
                opened + self.put(column.value(row), &mut place[at + opened..])
            } else if !self.omit_nulls {
                let opened = key.put(&mut place[at..]);
                opened + put(b"null", &mut place[at + opened..])
            } else {
                0
            };
        }
        // In place of the comma before the first member, if there is one.
        place[0] = b'{';
        at = at.max(1);
        place[at] = b'}';
        at + 1
    }
}

/// Writes JSON text with a space for each line end: values are kept as written, and a pretty-printed object
/// would break the line. JSON allows raw line ends only between tokens, so no value changes.
fn put_on_one_line(json: &[u8], place: &mut [u8]) -> usize {
    let written = put(json, place);
    for at in memchr2_iter(b'\r', b'\n', json) {
        place[at] = b' ';
    }
    written
}
