//! The front door: inputs → batches, records, or a file. [`Scan`] opens inputs and knows what is wanted;
//! [`Batches`] and [`Records`] are iterators over the rows, a [`Plan`] cuts the work for several
//! processes.

mod batches;
mod fillable;
mod indexed;
mod keys;
mod options;
mod plan;
mod projection;
mod prune;
mod record;
mod spans;
mod types;
mod written;

use std::ffi::OsStr;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::Result;
use crate::format::Formats;
use crate::index::{Files, Indexes, Wanted};
use crate::pipeline::{self, Report, Watcher};
use crate::query::{Filter, Matcher, Selection};
use crate::sink::output::{BUFFER, Output};
use crate::sink::{OutputFormat, Sink};
use crate::source::{Catalog, Entry};
use crate::table::{
    Column, Dictionaries, KeySchema, Tally, entries_batch, lines_schema, lines_schema_with,
};

pub use batches::{Batches, Next};
pub use keys::{KeyPolicy, MAX_COLUMNS};
pub use options::{IndexPolicy, ScanOptions};
pub use plan::{Plan, PlanOptions, Span};
pub use projection::{Projection, column_index, unknown_column};
pub use prune::PrunedUnits;
pub use record::{LogRecord, Records};
pub use types::ColumnTypes;

/// Inputs that are opened and listed, and what is wanted of their lines.
///
/// ```
/// # fn main() -> ripsaw::Result<()> {
/// let mut rows = 0;
/// for batch in ripsaw::Scan::open(["fixtures/deploy.zip"])?
///     .columns(["timestamp", "step", "message"])
///     .batches()?
/// {
///     rows += batch?.num_rows();
/// }
/// assert_eq!(rows, 1332);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Scan {
    catalog: Arc<Catalog>,
    options: pipeline::Options,
    /// Names of columns; `None`: see [`Scan::schema`].
    columns: Option<Vec<String>>,
    /// The fixed columns that there are beside columns of keys: those that the formats fill.
    fixed: Option<Vec<Column>>,
    types: ColumnTypes,
    /// How many entries were left out by path.
    skipped: usize,
    /// The formats that were asked for.
    formats: Formats,
    index: IndexPolicy,
    /// The indexes that fit.
    indexes: Option<Indexes>,
    /// What is wanted of selected rows but the rows themselves.
    wanted: Option<Wanted>,
    /// The indexes that are written.
    indexing: Option<indexed::Indexing>,
}

impl Scan {
    /// Opens inputs: archives, directories, log files, or `-` for standard input. Lists what is in
    /// them and detects the format of each entry.
    ///
    /// # Errors
    /// An input that does not exist, cannot be opened, or holds no log.
    pub fn open<I, S>(inputs: I) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Self::open_with(inputs, ScanOptions::default())
    }

    /// As [`open`](Self::open), with options.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_with<I, S>(inputs: I, options: ScanOptions) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        Self::open_some(inputs, options, |_| Ok(()))
    }

    /// As [`open_with`](Self::open_with); `choose` may leave out entries that were listed and not looked at.
    pub(crate) fn open_some<I, S>(
        inputs: I,
        options: ScanOptions,
        choose: impl FnOnce(&mut Catalog) -> Result<()>,
    ) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let survey = options.survey();
        let (mut files, mut chosen) = (Files::default(), Ok(()));
        let know = |catalog: &mut Catalog| {
            chosen = choose(catalog);
            // After an error there is nothing to look at.
            catalog.retain(|_, _| chosen.is_ok());
            files = indexed::tell_formats(catalog, &options);
        };
        let mut catalog = survey.catalog(inputs, know)?;
        chosen?;
        let mut refused = std::mem::take(&mut catalog.refused).into_iter();
        // Even if unreadable inputs may be skipped: with nothing else to read, the first error is the
        // answer.
        if (!options.skip_unreadable || catalog.entries.is_empty())
            && let Some(first) = refused.next()
        {
            return Err(first);
        }
        catalog.problems.extend(refused);
        Ok(Self::of(catalog, options, files))
    }

    /// A scan of a catalog, with the indexes that fit; `files`: those that are open already.
    fn of(catalog: Catalog, options: ScanOptions, files: Files) -> Self {
        let formats = options.formats();
        let mut scan = Self {
            catalog: Arc::new(catalog),
            options: options.pipeline,
            columns: None,
            fixed: None,
            types: ColumnTypes::default(),
            skipped: 0,
            formats,
            index: options.index,
            indexes: None,
            wanted: None,
            indexing: None,
        };
        scan.open_indexes(files);
        scan
    }

    /// The bundles and entries, and what could not be listed.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The entries in output order, without those that a filter excludes by path.
    pub fn entries(&self) -> &[Entry] {
        &self.catalog.entries
    }

    /// How many entries filters exclude by path.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Worker threads; as many as processors by default.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads.max(1);
        self
    }

    /// Selects columns by name, in this order; only these are built. An unknown name is an error of
    /// [`batches`](Self::batches), [`records`](Self::records) and [`write`](Self::write).
    #[must_use]
    pub fn columns<I, S>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        self.columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Selects all columns: also the fixed ones that no format of the input fills, which are left out if
    /// there are columns of [keys](Self::keys).
    #[must_use]
    pub fn all_columns(self) -> Self {
        Self { columns: None, fixed: None, ..self }
    }

    /// Selects all fixed columns, and these of keys, whatever the formats of the input.
    #[must_use]
    pub(crate) fn of_data_set(mut self, keys: Arc<KeySchema>) -> Self {
        // Without columns of keys, rows that have some are counted unless they were not asked for.
        let counts = self.options.keys.is_some();
        self.options.keys = Some(keys).filter(|keys| counts || !keys.is_empty());
        self.all_columns()
    }

    /// The formats that were asked for.
    pub(crate) fn formats(&self) -> &Formats {
        &self.formats
    }

    /// Selects the rows that pass a filter, beside those that were given before.
    #[must_use]
    pub fn filter(self, filter: Filter) -> Self {
        let mut selection = self.selection();
        selection.filter = selection.filter.and(filter);
        self.select(selection)
    }

    /// Selects the rows whose message matches.
    #[must_use]
    pub fn matching(self, matcher: Matcher) -> Self {
        let selection = Selection { matcher: Some(Arc::new(matcher)), ..self.selection() };
        self.select(selection)
    }

    /// Selects rows by a filter and a search, in place of those that were given before. Entries that
    /// were left out by path stay out.
    #[must_use]
    pub fn select(self, selection: Selection) -> Self {
        let mut scan = self.admit(&selection);
        // Of the entries that are left: those that were excluded need no tests on their rows.
        let selection = selection.with_stages_of(&scan.catalog);
        scan.options.selection = Some(Arc::new(selection));
        scan
    }

    /// Leaves out the entries whose paths exclude them, and keeps all rows of the others.
    #[must_use]
    pub fn admit(mut self, selection: &Selection) -> Self {
        self.skipped += selection.admit(Arc::make_mut(&mut self.catalog));
        self
    }

    fn selection(&self) -> Selection {
        self.options.selection.as_deref().cloned().unwrap_or_default()
    }

    /// Leaves out entries; `is_wanted` is given the name of their bundle.
    pub fn retain(&mut self, is_wanted: impl FnMut(&str, &Entry) -> bool) {
        Arc::make_mut(&mut self.catalog).retain(is_wanted);
    }

    /// Puts the entries in bytewise order of their bundles' names, then of their paths.
    #[must_use]
    pub fn in_order_of_paths(mut self) -> Self {
        Arc::make_mut(&mut self.catalog).sort_by_path();
        self
    }

    /// The schema of the rows.
    ///
    /// # Errors
    /// A column that does not exist, or is selected twice.
    pub fn schema(&self) -> Result<SchemaRef> {
        Ok(self.projection()?.schema())
    }

    fn projection(&self) -> Result<Projection> {
        match &self.columns {
            Some(names) => Projection::of(self.table(), names),
            None => Ok(match &self.fixed {
                Some(fixed) => {
                    let table = self.table();
                    let keys = Column::ALL.len()..table.fields().len();
                    let fixed = fixed.iter().map(|column| column.index());
                    Projection::of_indices(table, fixed.chain(keys).collect())
                }
                None => Projection::all(self.table()),
            }),
        }
    }

    /// The table `lines` with its columns of keys.
    fn table(&self) -> SchemaRef {
        self.options.keys.as_deref().map_or_else(lines_schema, lines_schema_with)
    }

    /// Starts reading; the batches come in the order of the input, whatever the number of threads.
    ///
    /// # Errors
    /// A column that does not exist or is selected twice; a thread that cannot be started.
    pub fn batches(&self) -> Result<Batches> {
        let planned = self.planned(false);
        let mut batches = Batches::start(&planned.catalog, self)?;
        batches.unread = planned.unread;
        Ok(batches)
    }

    /// Starts reading; the records come in the order of the input.
    ///
    /// ```
    /// # fn main() -> ripsaw::Result<()> {
    /// for record in ripsaw::Scan::open(["fixtures/deploy.zip"])?.records()? {
    ///     let record = record?;
    ///     println!("{:?} {:?}", record.text("step"), record.message());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`batches`](Self::batches).
    pub fn records(&self) -> Result<Records> {
        // Of the table's own types, whatever the batches have.
        Ok(Records::of(self.clone().column_types(ColumnTypes::default()).batches()?))
    }

    /// Writes a file, which appears whole or not at all.
    ///
    /// # Errors
    /// The output's; a column that does not exist or is selected twice. An entry that cannot be read
    /// is no error: it ends with an error row, and the report has the reason.
    pub fn write(&self, format: impl OutputFormat, path: impl AsRef<Path>) -> Result<Report> {
        let output = Output::create(path.as_ref())?;
        let report = self.write_into(format, output.writer()?)?;
        output.commit()?;
        Ok(report)
    }

    /// Writes into anything that takes bytes.
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_into(
        &self,
        format: impl OutputFormat,
        output: impl Write + Send + 'static,
    ) -> Result<Report> {
        let output = BufWriter::with_capacity(BUFFER, output);
        let sink = format.open(Box::new(output), &self.schema()?);
        let sink = sink.map_err(pipeline::cannot_write)?;
        self.run(sink, &mut ())
    }

    /// Sends every selected row into a sink while `watcher` looks on.
    ///
    /// # Errors
    /// As for [`write`](Self::write); an interruption by the watcher.
    pub fn run(&self, sink: Box<dyn Sink>, watcher: &mut impl Watcher) -> Result<Report> {
        let projection = self.projection()?;
        let options = pipeline::Options {
            columns: projection.columns(),
            paths: projection.paths(),
            ..self.options.clone()
        };
        if let Some(indexing) = &self.indexing {
            return self.run_indexing(indexing, sink, &options, watcher);
        }
        let planned = self.planned(!sink.encoder().wants_rows());
        self.run_planned(planned, sink, &options, watcher)
    }

    /// The table `entries` of a run.
    pub fn entries_batch(&self, report: &Report) -> RecordBatch {
        entries_batch(&self.catalog, &Dictionaries::new(&self.catalog), &report.tallies)
    }

    /// The names of all entries: the first columns of the table `entries`.
    pub fn identities(&self) -> RecordBatch {
        let tallies = vec![Tally::default(); self.catalog.entries.len()];
        entries_batch(&self.catalog, &Dictionaries::new(&self.catalog), &tallies)
    }

    /// For a sink that takes all columns and looks at some of them, by index: the others may stay null.
    #[must_use]
    pub fn looking_at(mut self, columns: Option<&[usize]>) -> Self {
        self.options.looked_at = columns.map(Into::into);
        self
    }

    /// How its lines are decoded and selected.
    pub fn options(&self) -> &pipeline::Options {
        &self.options
    }

    /// Whether rows are looked at to select them, and not only paths.
    pub fn tests_rows(&self) -> bool {
        self.options.selection.as_ref().is_some_and(|selection| selection.tests_rows())
    }
}
