//! Keys in structs as columns of their own: `req/method`.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Fields};

use super::schema::{key_of, named};
use crate::table::Column;

/// The way from a table to a member of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath {
    /// The column, and the place in each struct.
    places: Vec<usize>,
    /// The member, under the name that it was asked for by.
    field: Field,
}

impl KeyPath {
    /// The column of a key, or of one in a struct: names or keys joined by `/`. `None` if the table has none.
    pub fn find(table: &Fields, path: &str) -> Option<Self> {
        // A key may have a `/` itself, so all ways of cutting the path are tried.
        let keys: Vec<_> = table.iter().enumerate().skip(Column::ALL.len()).collect();
        keys.into_iter().find_map(|(place, field)| {
            let (places, found) = within(field, path)?;
            let keys = keys_of(field, &places).join("/");
            let field = named(found, path, &keys);
            Some(Self { places: [vec![place], places].concat(), field })
        })
    }

    /// The column's field.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// Its place among the columns of keys, then in each struct.
    pub(crate) fn places(&self) -> Vec<usize> {
        let (first, rest) = self.places.split_first().expect("a path begins with a column");
        [&[first - Column::ALL.len()], rest].concat()
    }

    /// The member's column. It is null wherever a struct around it is: rows without one pass its members
    /// over.
    pub(crate) fn column(&self, batch: &RecordBatch) -> ArrayRef {
        let (first, rest) = self.places.split_first().expect("a path begins with a column");
        let column = ArrayRef::clone(batch.column(*first));
        rest.iter().fold(column, |column, place| ArrayRef::clone(column.as_struct().column(*place)))
    }
}

/// The way from a field to where the path ends.
fn within<'a>(field: &'a Field, path: &str) -> Option<(Vec<usize>, &'a Field)> {
    [field.name().as_str(), key_of(field)].into_iter().find_map(|name| {
        let rest = path.strip_prefix(name)?;
        if rest.is_empty() {
            return Some((Vec::new(), field));
        }
        let (rest, DataType::Struct(fields)) = (rest.strip_prefix('/')?, field.data_type()) else {
            return None;
        };
        fields.iter().enumerate().find_map(|(place, field)| {
            let (places, found) = within(field, rest)?;
            Some(([vec![place], places].concat(), found))
        })
    })
}

/// The keys on the way from a field to one in it.
fn keys_of<'a>(field: &'a Field, places: &[usize]) -> Vec<&'a str> {
    let rest = match (field.data_type(), places) {
        (DataType::Struct(fields), [place, rest @ ..]) => keys_of(&fields[*place], rest),
        _ => Vec::new(),
    };
    [vec![key_of(field)], rest].concat()
}
