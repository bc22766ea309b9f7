//! Opened inputs, and the rows that are wanted of them.

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use ripsaw::error::{Error, Location, Result};
use ripsaw::scan::{ColumnTypes, Projection, Scan, Span};
use ripsaw::source::Entry;

use crate::capsule::Schema;
use crate::errors::Failure;
use crate::options::Options;
use crate::rows::{Reading, Rows};
use crate::signals::interruptible;
use crate::spans::spans_of;

/// Inputs that are opened and listed, and what is wanted of them.
#[pyclass(frozen, module = "ripsaw._ripsaw")]
pub(crate) struct Inputs {
    scan: Scan,
    /// `None`: the rows are lines.
    entries: Option<(Projection, ColumnTypes)>,
    types: ColumnTypes,
    schema: SchemaRef,
    /// Its rows were asked for: those of a pipe are gone then.
    was_read: AtomicBool,
}

impl Inputs {
    /// Opens them without the interpreter's lock.
    fn open(
        paths: &[OsString],
        options: &Options,
        is_lines: bool,
        spans: Option<Vec<Span>>,
    ) -> Result<Self> {
        let scan = match &spans {
            Some(spans) => options.open_spans(paths, spans)?,
            None => options.open(paths, false)?,
        };
        if is_lines {
            let scan = match spans {
                Some(_) => options.of_spans(scan)?,
                None => options.of_lines(scan)?,
            };
            let schema = scan.batch_schema()?;
            let (types, was_read) = (options.types(), AtomicBool::default());
            return Ok(Self { scan, entries: None, types, schema, was_read });
        }
        let projection = options.entry_columns()?;
        let types = options.types();
        let schema = types.schema(&projection.schema());
        // They are counted, and no column of lines is looked at.
        let scan = scan.looking_at(Some(&[]));
        let was_read = AtomicBool::default();
        Ok(Self { scan, entries: Some((projection, types)), types, schema, was_read })
    }

    /// Refuses another reading of what can be read only once.
    fn refuse_again(&self) -> Result<()> {
        let catalog = self.scan.catalog();
        let is_once = |entry: &&Entry| !entry.can_be_read_twice() && entry.refusal().is_none();
        let Some(once) = catalog.entries.iter().find(is_once) else { return Ok(()) };
        if !self.was_read.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let location = Location::bundle(catalog.bundle_of(once));
        Err(Error::new("cannot read", location, "it has been read, and can be read only once")
            .with_hint("keep the rows: table = scan.to_pyarrow()"))
    }
}

#[pymethods]
impl Inputs {
    #[new]
    #[pyo3(signature = (paths, options, is_lines, groups = None))]
    fn new(
        py: Python<'_>,
        paths: Vec<OsString>,
        options: Options,
        is_lines: bool,
        groups: Option<Vec<PyBackedBytes>>,
    ) -> Result<Self, Failure> {
        let spans = groups.map(|groups| {
            let spans: Result<Vec<_>> = groups.iter().map(|group| spans_of(group)).collect();
            spans.map(|spans| spans.concat())
        });
        let spans = spans.transpose()?;
        interruptible(py, move || Self::open(&paths, &options, is_lines, spans))
    }

    /// The columns.
    #[getter]
    fn schema(&self) -> Schema {
        Schema(Arc::clone(&self.schema))
    }

    /// The JSON of the columns of keys; `None` if there are none.
    #[getter]
    fn key_schema(&self) -> Option<String> {
        serde_json::to_string(self.scan.key_schema()?.as_ref()).ok()
    }

    /// What was found out while the inputs were opened and did not end that.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.scan.catalog().warnings.iter().map(ToString::to_string).collect()
    }

    /// Starts to read. `on_end` is called with the rows, the malformed ones, and the problems, once all is read.
    /// `views`: lines have their text as views of its bytes.
    #[pyo3(signature = (on_end, views = false))]
    fn read(&self, py: Python<'_>, on_end: Py<PyAny>, views: bool) -> Result<Reading, Failure> {
        self.refuse_again()?;
        let rows = match &self.entries {
            None => {
                let scan = self.scan.clone().column_types(ColumnTypes { views, ..self.types });
                let batches = py.detach(|| scan.batches())?;
                Rows::of_lines(scan, batches, on_end)
            }
            Some(entries) => Rows::of_entries(
                self.scan.clone(),
                Arc::clone(&self.schema),
                entries.clone(),
                on_end,
            ),
        };
        Ok(Reading::of(rows))
    }
}
