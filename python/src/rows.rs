//! One reading of a scan: batches as they come, with a look at Python's signals while it waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use ripsaw::error::{Error, Location};
use ripsaw::pipeline::Report;
use ripsaw::scan::{Batches, ColumnTypes, Next, Projection, Scan};
use ripsaw::sink::Discard;
use ripsaw::source::Catalog;

use crate::capsule::{Batch, stream_capsule};
use crate::errors::{Failure, exception_of};
use crate::signals::{TICK, Watch, check_signals};

/// Where rows come from.
enum Source {
    /// Lines, decoded ahead on other threads.
    Lines(Box<Batches>),
    /// The one batch of the table `entries`, which is made once all lines are counted.
    Entries(Projection, ColumnTypes),
    /// Nothing more comes.
    End,
}

/// The rows of one reading.
pub(crate) struct Rows {
    scan: Scan,
    schema: SchemaRef,
    source: Source,
    /// When signals were looked at.
    looked: Instant,
    /// The process whose threads read.
    process: u32,
    shared: Arc<Shared>,
}

/// What the caller asks a reading for, whoever takes its rows.
struct Shared {
    /// Is given the counts and the problems at the end of all rows.
    on_end: Py<PyAny>,
    /// What has ended it before its end.
    raised: Mutex<Option<PyErr>>,
}

impl Shared {
    fn raised(&self) -> MutexGuard<'_, Option<PyErr>> {
        self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// Starts a reading of lines.
    pub(crate) fn of_lines(scan: Scan, batches: Batches, on_end: Py<PyAny>) -> Self {
        let schema = batches.schema();
        Self::new(scan, schema, Source::Lines(Box::new(batches)), on_end)
    }

    /// A reading of the table `entries`.
    pub(crate) fn of_entries(
        scan: Scan,
        schema: SchemaRef,
        (projection, types): (Projection, ColumnTypes),
        on_end: Py<PyAny>,
    ) -> Self {
        Self::new(scan, schema, Source::Entries(projection, types), on_end)
    }

    fn new(scan: Scan, schema: SchemaRef, source: Source, on_end: Py<PyAny>) -> Self {
        let shared = Arc::new(Shared { on_end, raised: Mutex::default() });
        Self { scan, schema, source, looked: Instant::now(), process: process::id(), shared }
    }

    /// The next batch; `None` at the end. Others may run Python's code while it waits.
    fn pull(&mut self) -> Result<Option<RecordBatch>, Failure> {
        match &mut self.source {
            Source::End => Ok(None),
            Source::Lines(batches) => {
                let Some(batch) = next_of(batches)? else {
                    let report = batches.report();
                    if let Some(report) = report {
                        end(batches.catalog(), report, &self.shared)?;
                    }
                    self.source = Source::End;
                    return Ok(None);
                };
                Ok(Some(batch))
            }
            Source::Entries(projection, types) => {
                let report = count(&self.scan)?;
                let mut batch = self.scan.entries_batch(&report);
                if let Some(columns) = projection.columns() {
                    batch = batch.project(&columns).map_err(internal)?;
                }
                let batch = types.convert(&batch, &self.schema).map_err(internal)?;
                self.source = Source::End;
                end(self.scan.catalog(), &report, &self.shared)?;
                Ok(Some(batch))
            }
        }
    }

    /// Looks at signals now and then, even if there is nothing to wait for.
    fn look(&mut self) -> Result<(), Failure> {
        if self.looked.elapsed() >= TICK {
            check_signals()?;
            self.looked = Instant::now();
        }
        Ok(())
    }

    /// The next batch; after a failure nothing more comes.
    fn next_or_raise(&mut self) -> Result<Option<RecordBatch>, Failure> {
        // The child of a fork has none of the threads that it would wait for.
        if process::id() != self.process {
            let cause = "it was begun in another process, which has its threads";
            return Err(Error::new("cannot go on reading", Location::default(), cause)
                .with_hint("read the scan again here, or use plan and read_spans")
                .into());
        }
        let next = self.look().and_then(|()| self.pull());
        if next.is_err() {
            self.source = Source::End;
        }
        next
    }
}

/// Waits for a batch.
fn next_of(batches: &mut Batches) -> Result<Option<RecordBatch>, Failure> {
    // Most are there already, and no look at Python is needed.
    let mut next = batches.next_within(Duration::ZERO)?;
    loop {
        match next {
            Next::Batch(batch) => return Ok(Some(batch)),
            Next::End => return Ok(None),
            Next::Nothing => next = wait(batches)?,
        }
    }
}

/// Waits for a moment. Whoever takes the rows may hold the interpreter's lock or not: it is taken and then
/// released, so that others can run.
fn wait(batches: &mut Batches) -> Result<Next, Failure> {
    let waited = Python::try_attach(|py| {
        py.check_signals()?;
        Ok::<_, Failure>(py.detach(|| batches.next_within(TICK))?)
    });
    match waited {
        Some(waited) => waited,
        None => Ok(batches.next_within(TICK)?),
    }
}

/// Counts all lines.
fn count(scan: &Scan) -> Result<Report, Failure> {
    let mut watch = Watch::default();
    let count = |watch: &mut Watch| scan.run(Box::new(Discard), watch);
    let counted = Python::try_attach(|py| py.detach(|| count(&mut watch)));
    let counted = counted.unwrap_or_else(|| count(&mut watch));
    watch.outcome(counted)
}

/// Columns that are not those of their table: cannot happen.
fn internal(error: ArrowError) -> Error {
    Error::new("internal error", Location::default(), error.to_string())
}

/// Gives the problems of a reading to the caller, who may warn of them.
fn end(catalog: &Catalog, report: &Report, shared: &Shared) -> PyResult<()> {
    let ended = Python::try_attach(|py| {
        let total = report.total();
        let problems = problems_of(py, catalog, report)?;
        shared.on_end.call1(py, (total.lines, total.malformed_rows(), problems))?;
        Ok(())
    });
    ended.unwrap_or(Ok(()))
}

/// The entries that could not be read whole, and inputs that could not be listed, as exceptions.
pub(crate) fn problems_of<'py>(
    py: Python<'py>,
    catalog: &Catalog,
    report: &Report,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let unread = report.tallies.iter().enumerate().filter_map(|(entry, tally)| {
        let reason = tally.failure.as_deref()?;
        Some(Error::new("could not read the whole entry", catalog.locate(entry), reason))
    });
    let listed = catalog.problems.iter().cloned();
    listed.chain(unread).map(|error| exception_of(py, &error)).collect()
}

/// Rows for a library that takes Arrow's streams.
struct Stream(Rows);

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // A panic must not reach C.
        let next = catch_unwind(AssertUnwindSafe(|| self.0.next_or_raise()));
        let failed = |_| Err(Error::new("internal error", Location::default(), "a panic").into());
        match next.unwrap_or_else(failed) {
            Ok(batch) => batch.map(Ok),
            Err(failure) => Some(Err(set_aside(failure, &self.0.shared))),
        }
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }
}

/// Keeps an exception for the caller, and gives its text to who takes the rows: C has numbers and texts alone.
fn set_aside(failure: Failure, shared: &Shared) -> ArrowError {
    let attached = Python::try_attach(|py| {
        let error = PyErr::from(failure);
        let text = match error.is_instance_of::<PyKeyboardInterrupt>(py) {
            true => "interrupted".to_owned(),
            false => error.value(py).to_string(),
        };
        *shared.raised() = Some(error);
        text
    });
    let text = attached.unwrap_or_else(|| "the interpreter has ended".into());
    // A NUL in a text would end the process.
    ArrowError::ExternalError(text.replace('\0', "\u{fffd}").into())
}

/// Some batches of a reading, which are there already.
#[pyclass(frozen, module = "ripsaw._ripsaw")]
pub(crate) struct Part {
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
}

#[pymethods]
impl Part {
    /// The number of batches.
    fn __len__(&self) -> usize {
        self.batches.len()
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        crate::capsule::schema_capsule(py, &self.schema)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = self.batches.clone().into_iter().map(Ok);
        stream_capsule(py, RecordBatchIterator::new(batches, Arc::clone(&self.schema)))
    }
}

/// One reading: a stream for another library, or an iterator over batches.
#[pyclass(frozen, module = "ripsaw._ripsaw")]
pub(crate) struct Reading {
    /// `None` once a stream has them.
    rows: Mutex<Option<Rows>>,
    schema: SchemaRef,
    shared: Arc<Shared>,
}

impl Reading {
    pub(crate) fn of(rows: Rows) -> Self {
        let (schema, shared) = (Arc::clone(&rows.schema), Arc::clone(&rows.shared));
        Self { rows: Mutex::new(Some(rows)), schema, shared }
    }
}

#[pymethods]
impl Reading {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        let next = py.detach(|| {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            rows.as_mut().map_or(Ok(None), Rows::next_or_raise)
        });
        Ok(next?.map(Batch))
    }

    /// The next batches, so many or as many as are left.
    fn take(&self, py: Python<'_>, batches: usize) -> PyResult<Part> {
        let taken: Result<Vec<RecordBatch>, Failure> = py.detach(|| {
            let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(rows) = rows.as_mut() else { return Ok(Vec::new()) };
            let next = std::iter::from_fn(|| rows.next_or_raise().transpose());
            next.take(batches).collect()
        });
        Ok(Part { batches: taken?, schema: Arc::clone(&self.schema) })
    }

    /// The exception that has ended a stream of it; `None` if none has.
    fn raised<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let raised = self.shared.raised().take()?;
        Some(raised.into_value(py).into_bound(py).into_any())
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        crate::capsule::schema_capsule(py, &self.schema)
    }

    /// The rows, once.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        let rows = rows.ok_or_else(|| PyValueError::new_err("this reading has been taken"))?;
        stream_capsule(py, Stream(rows))
    }
}
