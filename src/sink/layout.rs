//! The columns of a table as the text sinks read them: types are settled once, for the schema, and every
//! batch is then opened by it.
//!
//! A schema with a type that has no text form is refused here, before any output; a batch that is not of
//! the schema is refused by [`Layout::open`], before its first row.

use std::collections::HashSet;

use arrow::array::{Array, RecordBatch, RunArray, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::error::ArrowError;

use super::array::{downcast, of_another_type};
use super::column::{Column, Data};
use super::kind::{Kind, kind};
use super::runs::{Ends, Rows, Runs};

/// The columns of a text.
#[derive(Debug)]
pub(super) struct Layout {
    /// In the order of the text.
    columns: Vec<TextColumn>,
    /// Columns of the table.
    width: usize,
}

/// A column of a text: one of the table, or one inside its structs.
#[derive(Debug)]
struct TextColumn {
    name: String,
    kind: Kind,
    /// The column of the table, then the member of each struct inside.
    path: Vec<usize>,
}

impl Layout {
    /// The columns of a schema as they are. An error names the first one whose type no text sink writes.
    pub(super) fn new(schema: &Schema) -> Result<Self, ArrowError> {
        let columns = schema.fields().iter().enumerate().map(|(index, field)| {
            Ok(TextColumn { name: field.name().clone(), kind: kind(field)?, path: vec![index] })
        });
        let columns = columns.collect::<Result<_, ArrowError>>()?;
        Ok(Self { columns, width: schema.fields().len() })
    }

    /// The columns of a schema, and in place of a struct those inside it, named by their path: `req.method`.
    /// A name that another column has gets `_` at its end.
    pub(super) fn flat(schema: &Schema) -> Result<Self, ArrowError> {
        let mut columns = Vec::new();
        for (index, field) in schema.fields().iter().enumerate() {
            flatten(field, field.name().clone(), vec![index], &mut columns)?;
        }
        // A key `req.method` keeps its name; the member of `req` gives way.
        let is_whole = |column: &&mut TextColumn| column.path.len() == 1;
        let (whole, inner): (Vec<_>, Vec<_>) = columns.iter_mut().partition(is_whole);
        let mut taken: HashSet<String> = whole.iter().map(|column| column.name.clone()).collect();
        for column in inner {
            while !taken.insert(column.name.clone()) {
                column.name.push('_');
            }
        }
        Ok(Self { columns, width: schema.fields().len() })
    }

    /// The names of the columns, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The batch's columns in the order of the text.
    ///
    /// Everything that can be wrong with the batch is an error here, so that no row fails later, when a
    /// part of it has been written.
    pub(super) fn open<'a>(
        &'a self,
        batch: &'a RecordBatch,
    ) -> Result<Vec<Fields<'a>>, ArrowError> {
        if batch.num_columns() != self.width {
            return Err(ArrowError::SchemaError(format!(
                "the batch has {} columns, the table {}",
                batch.num_columns(),
                self.width
            )));
        }
        self.columns.iter().map(|column| column.open(batch)).collect()
    }
}

/// Adds a column, or those inside it.
fn flatten(
    field: &Field,
    name: String,
    path: Vec<usize>,
    columns: &mut Vec<TextColumn>,
) -> Result<(), ArrowError> {
    let DataType::Struct(members) = field.data_type() else {
        columns.push(TextColumn { kind: kind(field)?, name, path });
        return Ok(());
    };
    for (index, member) in members.iter().enumerate() {
        let path = path.iter().copied().chain([index]).collect();
        flatten(member, format!("{name}.{}", member.name()), path, columns)?;
    }
    Ok(())
}

impl TextColumn {
    /// This column of a batch. A value inside a null struct is null.
    fn open<'a>(&'a self, batch: &'a RecordBatch) -> Result<Fields<'a>, ArrowError> {
        let Self { name, kind, path } = self;
        let Some((&first, inner)) = path.split_first() else {
            return Err(ArrowError::SchemaError(format!("column `{name}` has no place")));
        };
        let mut array: &dyn Array = batch.column(first);
        let mut nulls = None;
        for &member in inner {
            let structs: &StructArray = downcast(name, array)?;
            nulls = NullBuffer::union(nulls.as_ref(), structs.nulls());
            let Some(column) = structs.columns().get(member) else {
                return Err(of_another_type(name, array));
            };
            array = column;
        }
        Fields::open(name, kind, array, nulls)
    }
}

/// A column and how often its value changes.
pub(super) enum Fields<'a> {
    /// From row to row, as `message` does.
    Each(Column<'a>),
    /// Rarely: neighbouring rows have the same value, as in `step`.
    Runs(Runs<'a>),
}

impl<'a> Fields<'a> {
    /// A column of a batch; `outer` has the nulls of the structs around it. Which of the two it is depends on
    /// the batch, not on the schema; the text of the rows is the same either way.
    fn open(
        name: &str,
        kind: &'a Kind,
        array: &'a dyn Array,
        outer: Option<NullBuffer>,
    ) -> Result<Self, ArrowError> {
        if let Some(runs) = array.as_any().downcast_ref::<RunArray<Int32Type>>() {
            // The kind is that of the values; the schema has the type without the runs.
            let column = Column::open(name, kind, runs.values().as_ref())?;
            return Ok(Self::Runs(Runs::new(column, Rows::Ends(Ends::new(runs)))));
        }
        let mut column = Column::open(name, kind, array)?;
        let outer = outer.filter(|outer| outer.null_count() > 0);
        column.nulls = NullBuffer::union(outer.as_ref(), column.nulls.as_ref());
        // Text of few values, which are written entry by entry: equal keys are neighbours.
        if let Data::Dictionary { keys, .. } = column.data {
            let rows = match outer {
                None => Rows::Keys(keys),
                // Nulls of its own are not all that ends a run.
                Some(outer) => Rows::Nulls(column.nulls.clone().unwrap_or(outer)),
            };
            return Ok(Self::Runs(Runs::new(column, rows)));
        }
        Ok(match &column.nulls {
            Some(nulls) if nulls.null_count() == array.len() => {
                Self::Runs(Runs::new(column, Rows::All))
            }
            // At least half null, as `parse_error` and `extra` are: the runs are those of nulls.
            Some(nulls) if 2 * nulls.null_count() >= array.len() => {
                let rows = Rows::Nulls(nulls.clone());
                Self::Runs(Runs::new(column, rows))
            }
            // As `pos` of a writer that never counts.
            None if column.is_one_number() => Self::Runs(Runs::new(column, Rows::All)),
            _ => Self::Each(column),
        })
    }
}
