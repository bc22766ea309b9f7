//! The columns that are asked for.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use crate::batch::lines_schema;
use crate::error::{Error, Location, Result};

/// Columns of the table `lines` in the order in which they are wanted.
#[derive(Debug, Clone)]
pub(super) struct Projection(Option<Arc<[usize]>>);

impl Projection {
    /// The columns with these names; `None`: all.
    pub(super) fn of(names: Option<&[String]>) -> Result<Self> {
        let Some(names) = names else { return Ok(Self(None)) };
        let schema = lines_schema();
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let column = schema.index_of(name).map_err(|_| unknown(name, &schema))?;
            if columns.contains(&column) {
                return Err(refuse(format!("column {name:?} is selected twice")));
            }
            columns.push(column);
        }
        if columns.is_empty() {
            return Err(refuse("no column is selected".into()));
        }
        Ok(Self(Some(columns.into())))
    }

    pub(super) fn columns(&self) -> Option<Arc<[usize]>> {
        self.0.clone()
    }

    pub(super) fn schema(&self) -> SchemaRef {
        let schema = lines_schema();
        let Some(columns) = &self.0 else { return schema };
        let fields: Vec<_> = columns.iter().map(|&column| schema.field(column).clone()).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }
}

fn refuse(cause: String) -> Error {
    Error::new("cannot select columns", Location::default(), cause)
}

fn unknown(name: &str, schema: &Schema) -> Error {
    let known: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    refuse(format!("there is no column {name:?}"))
        .with_hint(format!("known are {}", known.join(", ")))
}
