//! A scan cut into spans, which other threads, processes or machines can read apart.
//!
//! A plan comes from listings alone: of directories, and of the central directories of zip archives. No entry is
//! opened for it but large ones that can be divided. So a span is a run of whole entries of one archive or
//! directory, or a part of one entry.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ScanOptions;
use super::indexed::{indexes_of, tell_formats};
use crate::error::{Error, Location, Result};
use crate::index::{Files, Indexes};
use crate::parallel;
use crate::query::Filter;
use crate::source::{Catalog, Entry, Listed, Unit, unnamable};

/// What a span takes beside its text, in bytes of text that could be read in that time: opening an archive.
const OPENING: u64 = 64 << 10;

/// Consecutive rows of an archive, a directory or a file. It can be serialised, and read by another process
/// that has the same files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its entries.
    #[serde(flatten)]
    pub(super) unit: Unit,
    /// The part of its only entry that it is; `None`: it has all of its entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<SpanPart>,
    /// About how many bytes of text it has.
    text_bytes: u64,
}

/// A part of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpanPart {
    /// Where it is in the text.
    pub(super) bytes: Range<u64>,
    /// The number of its first line.
    pub(super) first_line: i64,
    /// It has the blocks of an index that are there.
    pub(super) is_indexed: bool,
}

impl Span {
    /// The name of its bundle.
    pub fn bundle(&self) -> String {
        self.unit.bundle()
    }

    /// Its bytes in the text of its only entry; `None`: it is of whole entries.
    pub fn bytes(&self) -> Option<Range<u64>> {
        self.part.as_ref().map(|part| part.bytes.clone())
    }

    /// The number of its first line in the entry, from 1.
    pub fn first_line(&self) -> i64 {
        self.part.as_ref().map_or(1, |part| part.first_line)
    }

    /// Bytes of text, as far as listings say; an estimate for what is compressed in other ways than a zip
    /// archive's.
    pub fn text_bytes(&self) -> u64 {
        self.text_bytes
    }
}

/// How a plan is made.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Bytes of text that a span has at most, if it can be cut.
    pub target_bytes: u64,
    /// Whether large entries are divided: those that an [index](crate::index) has, and plain files. The latter are
    /// read once to count their lines.
    pub divide: bool,
    /// Leaves out entries whose paths say that no row of theirs passes. Spans are read with the same filter.
    pub filter: Filter,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { target_bytes: 128 << 20, divide: true, filter: Filter::default() }
    }
}

/// All rows of inputs, as spans in output order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The inputs, as they were given.
    pub inputs: Vec<String>,
    /// The spans.
    pub spans: Vec<Span>,
    /// What could not be listed, and so has no span.
    pub problems: Vec<String>,
}

impl Plan {
    /// Lists inputs, and cuts them into spans. Many archives are opened on several threads.
    ///
    /// ```
    /// # fn main() -> ripsaw::Result<()> {
    /// use ripsaw::{Plan, PlanOptions, Scan, ScanOptions};
    ///
    /// let plan = Plan::of(["fixtures/deploy.zip"], &ScanOptions::default(), &PlanOptions::default())?;
    /// let mut rows = 0;
    /// for group in plan.groups(64 << 20) {
    ///     // Here, or in another process.
    ///     let scan = Scan::open_spans(&plan.inputs, group, ScanOptions::default())?;
    ///     for batch in scan.columns(["message"]).batches()? {
    ///         rows += batch?.num_rows();
    ///     }
    /// }
    /// assert_eq!(rows, 1332);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An input that does not exist, cannot be opened, or can be read only once; a name that is not Unicode.
    pub fn of<I, S>(inputs: I, scan: &ScanOptions, options: &PlanOptions) -> Result<Self>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<std::ffi::OsStr>,
    {
        let planner = Planner { scan, options };
        let mut plan = Self { inputs: Vec::new(), spans: Vec::new(), problems: Vec::new() };
        for input in inputs {
            let input = input.as_ref();
            let name = || Location::bundle(input.to_string_lossy());
            let input = input.to_str().ok_or_else(|| unnamable(name()))?;
            match planner.input(input, &mut plan) {
                Ok(()) => plan.inputs.push(input.to_owned()),
                Err(error) if scan.skip_unreadable => plan.problems.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(plan)
    }

    /// Consecutive spans in groups of about `target_bytes` of text each: many small ones, or one large span.
    pub fn groups(&self, target_bytes: u64) -> impl Iterator<Item = &[Span]> {
        let mut bytes = 0_u64;
        self.spans.chunk_by(move |before, after| {
            let size = |span: &Span| span.text_bytes.saturating_add(OPENING);
            // Called once for each neighbouring pair, in order; `bytes` is the size of the group so far.
            bytes = bytes.saturating_add(size(before));
            let is_full = bytes.saturating_add(size(after)) > target_bytes;
            if is_full {
                bytes = 0;
            }
            !is_full
        })
    }
}

/// Makes the spans of one input after the other.
struct Planner<'a> {
    scan: &'a ScanOptions,
    options: &'a PlanOptions,
}

impl Planner<'_> {
    /// Adds the spans of an input.
    fn input(&self, input: &str, plan: &mut Plan) -> Result<()> {
        let survey = self.scan.survey();
        let catalog = survey.list(input)?;
        plan.problems.extend(catalog.problems.iter().map(ToString::to_string));
        if catalog.is_archive() {
            plan.spans.extend(self.archive(input, None, catalog));
            return Ok(());
        }
        let unopened = (0..catalog.entries.len()).filter(|&entry| catalog.is_unopened(entry));
        let paths: Vec<String> =
            unopened.map(|entry| catalog.entries[entry].path.clone()).collect();
        let open = |path: &String| {
            let found = survey.list_found(input, path);
            let problems: Vec<String> = found.problems.iter().map(ToString::to_string).collect();
            (self.archive(input, Some(path), found), problems)
        };
        let mut archives =
            parallel::map(&paths, self.scan.pipeline.threads, paths.len(), open).into_iter();
        let mut run = Run::default();
        let (catalog, indexes) = self.indexed(catalog);
        for entry in 0..catalog.entries.len() {
            if catalog.is_unopened(entry) {
                run.end(input, &mut plan.spans);
                let (spans, problems) = archives.next().unwrap_or_default();
                plan.spans.extend(spans);
                plan.problems.extend(problems);
                continue;
            }
            // Each span opens its entries anew: a pipe would be empty by then.
            if catalog.entries[entry].is_live() {
                let cause = "it can be read only once";
                let error = Error::new("cannot plan", catalog.locate(entry), cause);
                return Err(error.with_hint("write it to a file first"));
            }
            self.file(input, (&catalog, entry), indexes.as_ref(), &mut run, &mut plan.spans)?;
        }
        run.end(input, &mut plan.spans);
        Ok(())
    }

    /// Adds a file to a run, or ends the run and adds the file's own spans.
    fn file(
        &self,
        input: &str,
        (catalog, entry): (&Catalog, usize),
        indexes: Option<&Indexes>,
        run: &mut Run,
        spans: &mut Vec<Span>,
    ) -> Result<()> {
        if self.is_ruled_out(catalog, entry) {
            return Ok(());
        }
        let file = catalog.listed(entry)?;
        let bytes = catalog.likely_bytes(entry);
        let parts = self.parts(catalog, entry, indexes).unwrap_or_default();
        if parts.len() > 1 || run.bytes.saturating_add(bytes) > self.options.target_bytes {
            run.end(input, spans);
        }
        if parts.len() > 1 {
            let unit = Unit::Files { input: input.to_owned(), files: vec![file] };
            spans.extend(parts.into_iter().map(|part| Span::of_part(unit.clone(), part)));
        } else {
            run.files.push(file);
            run.bytes = run.bytes.saturating_add(bytes);
        }
        Ok(())
    }

    /// The spans of a zip archive: the input itself, or one below it.
    fn archive(&self, input: &str, path: Option<&str>, catalog: Catalog) -> Vec<Span> {
        let stamp = catalog.stamp();
        let (catalog, indexes) = self.indexed(catalog);
        let all = 0..catalog.entries.len();
        let unit = |entries: Range<usize>| Unit::Archive {
            input: input.to_owned(),
            path: path.map(str::to_owned),
            stamp,
            entries: (entries != all).then_some(entries),
        };
        let mut spans: Vec<Span> = Vec::new();
        let mut run = (0..0, 0);
        let end = |run: &mut (Range<usize>, u64), spans: &mut Vec<Span>| {
            let (entries, bytes) = std::mem::take(run);
            if !entries.is_empty() {
                spans.push(Span { unit: unit(entries), part: None, text_bytes: bytes });
            }
        };
        for entry in all.clone() {
            if self.is_ruled_out(&catalog, entry) {
                end(&mut run, &mut spans);
                continue;
            }
            let bytes = catalog.likely_bytes(entry);
            let parts = self.parts(&catalog, entry, indexes.as_ref()).unwrap_or_default();
            if parts.len() > 1 || run.1.saturating_add(bytes) > self.options.target_bytes {
                end(&mut run, &mut spans);
            }
            if parts.len() > 1 {
                let own = unit(entry..entry + 1);
                spans.extend(parts.into_iter().map(|part| Span::of_part(own.clone(), part)));
                continue;
            }
            if run.0.is_empty() {
                run.0.start = entry;
            }
            run = (run.0.start..entry + 1, run.1.saturating_add(bytes));
        }
        end(&mut run, &mut spans);
        spans
    }

    /// Whether the path of an entry says that no row of it is wanted.
    fn is_ruled_out(&self, catalog: &Catalog, entry: usize) -> bool {
        let own = &catalog.entries[entry];
        catalog.is_named(entry) && !self.options.filter.admits(catalog.bundle_of(own), own)
    }

    /// Whether an entry is divided if that is possible.
    fn is_large(&self, catalog: &Catalog, entry: usize) -> bool {
        self.options.divide && catalog.likely_bytes(entry) > self.options.target_bytes
    }

    /// The indexes of a listing with a large entry, whose formats are then known.
    fn indexed(&self, mut catalog: Catalog) -> (Catalog, Option<Indexes>) {
        if !(0..catalog.entries.len()).any(|entry| self.is_large(&catalog, entry)) {
            return (catalog, None);
        }
        catalog.entries.iter_mut().enumerate().for_each(|(number, own)| own.number = number);
        let files: Files = tell_formats(&mut catalog, self.scan);
        let indexes = indexes_of(&catalog, self.scan, files);
        (catalog, indexes)
    }

    /// The parts of a large entry; `None`: it is not divided.
    fn parts(
        &self,
        catalog: &Catalog,
        entry: usize,
        indexes: Option<&Indexes>,
    ) -> Option<Vec<SpanPart>> {
        if !self.is_large(catalog, entry) {
            return None;
        }
        let target = self.options.target_bytes;
        let is_divisible = |own: &Entry| own.format.is_some_and(|format| format.is_divisible());
        if let Some(parts) = indexes.and_then(|indexes| indexes.parts(entry, target)) {
            let part = |(bytes, first_line)| SpanPart { bytes, first_line, is_indexed: true };
            let parts = parts.into_iter().map(part);
            return is_divisible(&catalog.entries[entry]).then(|| parts.collect());
        }
        catalog.file_of(entry)?;
        // Its framing is that of its format.
        let mut catalog = catalog.of_entries(|own| own.number == entry);
        catalog.look_further(1, true);
        let [own] = &catalog.entries[..] else { return None };
        let parts = is_divisible(own).then(|| catalog.parts(0, target)).flatten()?;
        let part = |part: crate::source::Part| SpanPart {
            bytes: part.bytes,
            first_line: part.first_line,
            is_indexed: false,
        };
        Some(parts.into_iter().map(part).collect())
    }
}

impl Span {
    fn of_part(unit: Unit, part: SpanPart) -> Self {
        let text_bytes = part.bytes.end.saturating_sub(part.bytes.start);
        Self { unit, part: Some(part), text_bytes }
    }
}

/// Consecutive files of a directory.
#[derive(Default)]
struct Run {
    files: Vec<Listed>,
    bytes: u64,
}

impl Run {
    /// Makes them a span.
    fn end(&mut self, input: &str, spans: &mut Vec<Span>) {
        let Self { files, bytes } = std::mem::take(self);
        if !files.is_empty() {
            let unit = Unit::Files { input: input.to_owned(), files };
            spans.push(Span { unit, part: None, text_bytes: bytes });
        }
    }
}
