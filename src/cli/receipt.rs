//! `convert --report`: what happened to every line of every entry, for programs and auditors.
//!
//! For each entry, and in total: `lines - blank_lines = rows - rows_on_shared_lines -
//! rows_without_line + left_out`. The lines are counted by a plain scan of the text that shares no code
//! with the decoders, so a line that a decoder loses shows up as unaccounted for.

use std::io::{BufWriter, Write};

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::Output;
use ripsaw::source::{Catalog, IgnoredFile, LeftOut};
use ripsaw::table::Tally;
use serde::Serialize;

use super::place::Place;
use super::report::{self, Said};
use super::run::{Outcome, Run};
use super::terminal::{self, Notation};

/// Version of the layout; increased if a field changes its meaning or goes away.
const VERSION: u32 = 1;

/// A receipt being written; the file appears whole or not at all.
pub(super) struct Receipt {
    /// For messages, and to guard a terminal.
    place: Place,
    /// The temporary file.
    output: Output,
}

/// The file: field names and their order are its layout.
#[derive(Serialize)]
struct Report<'a> {
    /// [`VERSION`].
    report: u32,
    /// Version of the program.
    ripsaw: &'static str,
    /// Name of the converted file.
    output: &'a str,
    /// Entries with lines, including logs of whole jobs that were set aside.
    entries: Vec<Entry<'a>>,
    /// Files that give no rows, such as binary files, and entries excluded by path.
    not_read: Vec<NotRead<'a>>,
    /// The sums over `entries`.
    totals: Totals,
    /// As printed on standard error.
    warnings: Vec<String>,
    /// As printed on standard error, without a limit to their number.
    errors: Vec<String>,
}

/// An entry and its lines.
#[derive(Serialize)]
struct Entry<'a> {
    bundle: &'a str,
    file: &'a str,
    /// `null` if the format was not detected beforehand and no row was read.
    format: Option<&'static str>,
    /// Bytes of its decompressed text.
    text_bytes: i64,
    /// Lines and rows, as fields of the entry itself.
    #[serde(flatten)]
    counts: Counts,
    /// Lines that became no row, by reason; empty if there are none.
    left_out: Vec<Reason>,
    /// Why the entry could not be read to its end; `null` if it was.
    read_error: Option<&'a str>,
}

/// The terms of the equation that the receipt checks.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Counts {
    /// Physical lines; a text after the last newline is one.
    lines: i64,
    /// Lines of spaces and tabs only; they become no rows.
    blank_lines: i64,
    /// Rows in the output.
    rows: i64,
    /// Rows in the output whose line could not be parsed.
    malformed_lines: i64,
    /// Rows that begin on a line on which another row begins, such as elements of a JSON array on one line.
    rows_on_shared_lines: i64,
    /// Rows that only say why an entry ends.
    rows_without_line: i64,
}

/// Lines that became no row, and why.
#[derive(Serialize)]
struct Reason {
    /// One of the constants below; programs compare it.
    reason: &'static str,
    /// Lines without any row in the output, for this reason.
    lines: i64,
    /// Rows left out, if that is another number: several rows may share a line, or one may span lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<i64>,
}

impl Reason {
    /// `None` if nothing was left out.
    fn new(reason: &'static str, lines: i64, rows: i64) -> Option<Self> {
        let rows = (rows != lines).then_some(rows);
        (lines != 0 || rows.is_some()).then_some(Self { reason, lines, rows })
    }
}

/// A file that gave no rows, and why.
#[derive(Serialize)]
struct NotRead<'a> {
    bundle: &'a str,
    file: &'a str,
    format: Option<&'static str>,
    /// For people; `excluded by path` for what filters left out.
    reason: &'a str,
}

/// The sums over all entries.
#[derive(Default, Serialize)]
struct Totals {
    /// Entries in the list.
    entries: usize,
    /// Entries with a `read_error`.
    entries_with_errors: usize,
    /// Files in `not_read`.
    files_not_read: usize,
    #[serde(flatten)]
    counts: Counts,
    /// Lines left out for a known reason.
    left_out: i64,
    /// Lines that are neither rows nor left out for a known reason: 0, or there is a bug in ripsaw.
    unaccounted_lines: i64,
}

/// Lines of the log of a whole job that a step's file has as well.
const IN_STEPS: &str = "also in the files of the job's steps";
/// Such as `{"index":{}}` before a record.
const ACTIONS: &str = "actions of a bulk request";
/// `--stage`, `--level`, `--where` and so on; a row must pass all of them.
const FILTERED: &str = "not selected by the filters";
/// The first row with the key was kept.
const DUPLICATES: &str = "--dedupe: another row has the same key";
/// Lines of a record that begins on an earlier line, such as pretty-printed JSON: not lost, but no row
/// begins on them.
const CONTINUED: &str = "part of a record of several lines";
/// The remainder of the equation: lines that a decoder lost, or, if negative, rows that have no line.
const UNACCOUNTED: &str = "unaccounted for";

impl Receipt {
    /// Begins the file, before anything is read.
    pub(super) fn create(place: &Place) -> Result<Self> {
        Ok(Self { place: place.clone(), output: place.create()? })
    }

    /// Writes what was done and which messages were printed, and gives the file its name. Returns an error to
    /// print if lines are unaccounted for: the receipt itself is complete then.
    pub(super) fn write(self, run: &Run, outcome: &Outcome, output: &str) -> Result<Option<Error>> {
        let report = report(run, outcome, output, &self.place);
        let unaccounted = report.totals.unaccounted_lines;
        let cannot = |cause| self.output.error(cause);
        let mut writer = BufWriter::new(terminal::guarded_at(
            &self.place,
            self.output.writer()?,
            Notation::Json,
        ));
        serde_json::to_writer_pretty(&mut writer, &report)
            .map_err(Into::into)
            .and_then(|()| writer.write_all(b"\n"))
            .and_then(|()| writer.flush())
            .map_err(cannot)?;
        drop(writer);
        self.output.commit()?;
        Ok((unaccounted > 0).then(|| does_not_add_up(&self.place, unaccounted)))
    }
}

/// The error for lines that are unaccounted for.
fn does_not_add_up(place: &Place, unaccounted: i64) -> Error {
    let cause = format!("{unaccounted} lines are neither rows nor left out for a known reason");
    Error::new("the report does not add up", Location::bundle(place.name()), cause)
        .with_hint("this is a bug in ripsaw: please report it")
}

/// Collects the receipt of a run. `place` is only for the message if it does not add up.
fn report<'a>(run: &'a Run, outcome: &'a Outcome, output: &'a str, place: &Place) -> Report<'a> {
    let catalog = run.catalog();
    let mut entries: Vec<Entry<'_>> = catalog
        .entries
        .iter()
        .zip(&outcome.report.tallies)
        .map(|(entry, tally)| Entry::of(catalog, entry, tally))
        .collect();
    let mut not_read = Vec::new();
    for ignored in &catalog.ignored {
        match &ignored.left_out {
            // It was read completely, to compare it with the steps: its lines are accounted for like those of
            // an entry.
            Some(left_out) => entries.push(Entry::of_ignored(catalog, ignored, left_out)),
            None => not_read.push(NotRead {
                bundle: &catalog.bundles[ignored.bundle].name,
                file: &ignored.path,
                format: ignored.format.map(|id| id.format().name),
                reason: &ignored.reason,
            }),
        }
    }
    let reason = "excluded by path";
    not_read.extend(run.skipped.iter().map(|(bundle, file)| NotRead {
        bundle,
        file,
        format: None,
        reason,
    }));
    let totals = Totals::of(&entries, not_read.len());
    // The message for this run's own receipt is printed later, so it is added by hand.
    let Said { warnings, mut errors } = report::said();
    if totals.unaccounted_lines > 0 {
        errors.push(does_not_add_up(place, totals.unaccounted_lines).to_string());
    }
    let ripsaw = env!("CARGO_PKG_VERSION");
    Report { report: VERSION, ripsaw, output, entries, not_read, totals, warnings, errors }
}

impl<'a> Entry<'a> {
    /// The receipt of an entry that was read.
    fn of(catalog: &'a Catalog, entry: &'a ripsaw::source::Entry, tally: &'a Tally) -> Self {
        let text = tally.text.as_deref().copied().unwrap_or_default();
        // Three stages, each a subset of the one before: all rows, those that pass the filters, those left
        // after --dedupe. A reason's lines are the difference of two stages.
        let (decoded, selected, kept) = (text.decoded(), text.selected(), text.kept());
        let counts = Counts {
            lines: text.lines(),
            blank_lines: text.blank_lines(),
            rows: tally.lines,
            malformed_lines: tally.malformed_rows(),
            rows_on_shared_lines: tally.lines - kept.without_line - kept.begun,
            rows_without_line: kept.without_line,
        };
        // Non-blank lines on which no row begins.
        let rest = text.text_lines() - decoded.begun - tally.left_out - tally.actions;
        // An entry that fails may put all that could not be parsed into one row.
        let may_span = tally.origin.spans_lines || tally.failure.is_some();
        let is_known = may_span && rest > 0 || tally.joined > 0 && rest == tally.joined;
        let rest_is = if is_known { CONTINUED } else { UNACCOUNTED };
        let left_out = [
            Reason::new(IN_STEPS, tally.left_out, tally.left_out),
            Reason::new(ACTIONS, tally.actions, tally.actions),
            Reason::new(FILTERED, decoded.begun - selected.begun, tally.filtered),
            Reason::new(DUPLICATES, selected.begun - kept.begun, tally.duplicates),
            Reason::new(rest_is, rest, rest),
        ];
        Self {
            bundle: catalog.bundle_of(entry),
            file: &entry.path,
            // The tally of an entry without rows has no origin of its own: `unknown` would be wrong.
            format: Some(tally.origin.name).filter(|_| tally.lines > 0 || entry.format.is_some()),
            text_bytes: tally.inflated_bytes,
            counts,
            left_out: left_out.into_iter().flatten().collect(),
            read_error: tally.failure.as_deref(),
        }
    }

    /// The log of a whole job whose lines are all in the files of its steps.
    fn of_ignored(catalog: &'a Catalog, ignored: &'a IgnoredFile, left_out: &LeftOut) -> Self {
        let lines = left_out.lines.lines();
        let blank_lines = left_out.blank_lines;
        Self {
            bundle: &catalog.bundles[ignored.bundle].name,
            file: &ignored.path,
            format: ignored.format.map(|id| id.format().name),
            text_bytes: left_out.text_bytes,
            counts: Counts { lines: lines + blank_lines, blank_lines, ..Counts::default() },
            left_out: Reason::new(IN_STEPS, lines, lines).into_iter().collect(),
            read_error: None,
        }
    }
}

impl Totals {
    /// Adds up the entries.
    fn of(entries: &[Entry<'_>], files_not_read: usize) -> Self {
        let mut totals = Self { entries: entries.len(), files_not_read, ..Self::default() };
        for entry in entries {
            totals.entries_with_errors += usize::from(entry.read_error.is_some());
            totals.counts.add(&entry.counts);
            for Reason { reason, lines, .. } in &entry.left_out {
                match *reason {
                    // The absolute value: too few lines in one entry must not cancel too many in another.
                    UNACCOUNTED => totals.unaccounted_lines += lines.abs(),
                    _ => totals.left_out += lines,
                }
            }
        }
        totals
    }
}

impl Counts {
    /// Adds the counts of another entry.
    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.blank_lines += other.blank_lines;
        self.rows += other.rows;
        self.malformed_lines += other.malformed_lines;
        self.rows_on_shared_lines += other.rows_on_shared_lines;
        self.rows_without_line += other.rows_without_line;
    }
}
