//! The columns that are asked for.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use crate::error::{Error, Location, Result};
use crate::table::{KeyPath, append_fields};

/// Columns of a table in the order in which they are wanted.
#[derive(Debug, Clone)]
pub struct Projection {
    table: SchemaRef,
    /// Indices in the table; `None`: all.
    columns: Option<Arc<[usize]>>,
    /// Members of structs, which are the last columns of the table.
    paths: Arc<[KeyPath]>,
}

impl Projection {
    /// All columns.
    pub fn all(table: SchemaRef) -> Self {
        Self { table, columns: None, paths: Arc::default() }
    }

    /// The columns at these places of the table.
    pub(super) fn of_indices(table: SchemaRef, columns: Vec<usize>) -> Self {
        Self { table, columns: Some(columns.into()), paths: Arc::default() }
    }

    /// The columns with these names; `req/method` is the member of a struct.
    ///
    /// # Errors
    /// A name that the table does not have, or that is given twice; no name at all.
    pub fn of(table: SchemaRef, names: &[String]) -> Result<Self> {
        let mut columns = Vec::with_capacity(names.len());
        let mut paths: Vec<KeyPath> = Vec::new();
        for name in names {
            // `--columns 'timestamp, message'` has a blank after the comma.
            let name = name.trim();
            let is_column = table.index_of(name).is_ok();
            let path = if is_column { None } else { KeyPath::find(table.fields(), name) };
            let column = match path {
                Some(path) => {
                    if paths.contains(&path) {
                        return Err(refuse(format!("column {name:?} is selected twice")));
                    }
                    paths.push(path);
                    table.fields().len() + paths.len() - 1
                }
                None => column_index(&table, name, TASK)?,
            };
            if columns.contains(&column) {
                return Err(refuse(format!("column {name:?} is selected twice")));
            }
            columns.push(column);
        }
        if columns.is_empty() {
            return Err(refuse("no column is selected".into()));
        }
        let table = match &paths[..] {
            [] => table,
            paths => append_fields(&table, paths.iter().map(|path| path.field().clone())),
        };
        Ok(Self { table, columns: Some(columns.into()), paths: paths.into() })
    }

    /// Their indices in the table; `None`: all.
    pub fn columns(&self) -> Option<Arc<[usize]>> {
        self.columns.clone()
    }

    /// The members of structs that are columns of the table after its own.
    pub(super) fn paths(&self) -> Arc<[KeyPath]> {
        Arc::clone(&self.paths)
    }

    /// Their schema.
    pub fn schema(&self) -> SchemaRef {
        let Some(columns) = &self.columns else { return Arc::clone(&self.table) };
        let fields: Vec<_> =
            columns.iter().map(|&column| Arc::clone(&self.table.fields()[column])).collect();
        Arc::new(Schema::new_with_metadata(fields, self.table.metadata().clone()))
    }
}

/// Columns that a hint lists.
const LISTED: usize = 60;

const TASK: &str = "cannot select columns";

fn refuse(cause: String) -> Error {
    Error::new(TASK, Location::default(), cause)
}

/// The index of a column of a table; `task` is what could not be done without it.
///
/// # Errors
/// A name that the table does not have.
pub fn column_index(table: &Schema, name: &str, task: impl Into<String>) -> Result<usize> {
    table.index_of(name).map_err(|_| unknown_column(table, name, task))
}

/// The error of a name that a table does not have.
pub fn unknown_column(table: &Schema, name: &str, task: impl Into<String>) -> Error {
    let known: Vec<&str> = table.fields().iter().map(|field| field.name().as_str()).collect();
    let hint = if known.len() <= LISTED {
        format!("columns are {}", known.join(", "))
    } else {
        let likeness = |known: &&str| strsim::jaro_winkler(known, name);
        let near = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let near = near.map(|near| format!("; the nearest is {near:?}"));
        format!("there are {} columns{}", known.len(), near.unwrap_or_default())
    };
    Error::new(task.into(), Location::default(), format!("unknown column {name:?}")).with_hint(hint)
}
