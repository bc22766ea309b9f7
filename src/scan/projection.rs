//! The columns that are asked for.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use crate::error::{Error, Location, Result};

/// Columns of a table in the order in which they are wanted.
#[derive(Debug, Clone)]
pub struct Projection {
    table: SchemaRef,
    /// Indices in the table; `None`: all.
    columns: Option<Arc<[usize]>>,
}

impl Projection {
    /// All columns.
    pub fn all(table: SchemaRef) -> Self {
        Self { table, columns: None }
    }

    /// The columns at these places of the table.
    pub(super) fn of_indices(table: SchemaRef, columns: Vec<usize>) -> Self {
        Self { table, columns: Some(columns.into()) }
    }

    /// The columns with these names.
    ///
    /// # Errors
    /// A name that the table does not have, or that is given twice; no name at all.
    pub fn of(table: SchemaRef, names: &[String]) -> Result<Self> {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            // `--columns 'timestamp, message'` has a blank after the comma.
            let name = name.trim();
            let column = column_index(&table, name, TASK)?;
            if columns.contains(&column) {
                return Err(refuse(format!("column {name:?} is selected twice")));
            }
            columns.push(column);
        }
        if columns.is_empty() {
            return Err(refuse("no column is selected".into()));
        }
        Ok(Self { table, columns: Some(columns.into()) })
    }

    /// Their indices in the table; `None`: all.
    pub fn columns(&self) -> Option<Arc<[usize]>> {
        self.columns.clone()
    }

    /// Their schema.
    pub fn schema(&self) -> SchemaRef {
        let Some(columns) = &self.columns else { return Arc::clone(&self.table) };
        let fields: Vec<_> =
            columns.iter().map(|&column| Arc::clone(&self.table.fields()[column])).collect();
        Arc::new(Schema::new_with_metadata(fields, self.table.metadata().clone()))
    }
}

const TASK: &str = "cannot select columns";

fn refuse(cause: String) -> Error {
    Error::new(TASK, Location::default(), cause)
}

/// The index of a column of a table; `task` is what could not be done without it.
///
/// # Errors
/// A name that the table does not have.
pub fn column_index(table: &Schema, name: &str, task: impl Into<String>) -> Result<usize> {
    table.index_of(name).map_err(|_| {
        let known: Vec<&str> = table.fields().iter().map(|field| field.name().as_str()).collect();
        Error::new(task.into(), Location::default(), format!("unknown column {name:?}"))
            .with_hint(format!("columns are {}", known.join(", ")))
    })
}
