//! `convert --report`: what became of every line of every entry, for programs and auditors.
//!
//! For each entry, and for all: `lines - blank_lines = rows - rows_on_shared_lines -
//! rows_without_line + left_out`. The lines are counted by a scan of the text, apart from the
//! decoders, so that a line that was lost shows.

use std::io::{BufWriter, Write};

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::Output;
use ripsaw::source::{Aside, Catalog, LeftOut};
use ripsaw::table::Tally;
use serde::Serialize;

use super::place::Place;
use super::report::{self, Said};
use super::run::{Outcome, Run};
use super::terminal::{self, Notation};

/// The version of the layout.
const VERSION: u32 = 1;

/// A receipt in the making; appears whole or not at all.
pub(super) struct Receipt {
    place: Place,
    output: Output,
}

#[derive(Serialize)]
struct Report<'a> {
    report: u32,
    ripsaw: &'static str,
    output: &'a str,
    entries: Vec<Entry<'a>>,
    not_read: Vec<NotRead<'a>>,
    totals: Totals,
    warnings: Vec<String>,
    errors: Vec<String>,
}

/// An entry and its lines.
#[derive(Serialize)]
struct Entry<'a> {
    bundle: &'a str,
    file: &'a str,
    format: Option<&'static str>,
    text_bytes: i64,
    #[serde(flatten)]
    counts: Counts,
    left_out: Vec<Reason>,
    /// Why the entry could not be read to its end.
    read_error: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Counts {
    lines: i64,
    blank_lines: i64,
    rows: i64,
    malformed_lines: i64,
    /// Rows that begin on a line on which another begins.
    rows_on_shared_lines: i64,
    /// Rows that only say why an entry ends.
    rows_without_line: i64,
}

/// Lines that are not in the output.
#[derive(Serialize)]
struct Reason {
    reason: &'static str,
    /// Lines of which no row is left for this reason.
    lines: i64,
    /// Rows left out, where that is another number.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<i64>,
}

impl Reason {
    /// `None` where nothing is left out.
    fn new(reason: &'static str, lines: i64, rows: i64) -> Option<Self> {
        let rows = (rows != lines).then_some(rows);
        (lines != 0 || rows.is_some()).then_some(Self { reason, lines, rows })
    }
}

#[derive(Serialize)]
struct NotRead<'a> {
    bundle: &'a str,
    file: &'a str,
    format: Option<&'static str>,
    reason: &'a str,
}

#[derive(Default, Serialize)]
struct Totals {
    entries: usize,
    entries_with_errors: usize,
    files_not_read: usize,
    #[serde(flatten)]
    counts: Counts,
    left_out: i64,
    /// Lines that are neither rows nor left out for a reason: 0, or ripsaw is at fault.
    unaccounted_lines: i64,
}

const IN_STEPS: &str = "also in the files of the job's steps";
const FILTERED: &str = "not selected by the filters";
const DUPLICATES: &str = "--dedupe: another row has the same key";
const CONTINUED: &str = "part of a record of several lines";
const UNACCOUNTED: &str = "unaccounted for";

impl Receipt {
    /// Begins the file.
    pub(super) fn create(place: &Place) -> Result<Self> {
        Ok(Self { place: place.clone(), output: place.create()? })
    }

    /// Writes what was done and what was said of it, and gives the file its name. Lines that are
    /// unaccounted for are an error for the caller to print.
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

fn does_not_add_up(place: &Place, unaccounted: i64) -> Error {
    let cause = format!("{unaccounted} lines are neither rows nor left out for a known reason");
    Error::new("the report does not add up", Location::bundle(place.name()), cause)
        .with_hint("this is a bug in ripsaw: please report it")
}

fn report<'a>(run: &'a Run, outcome: &'a Outcome, output: &'a str, place: &Place) -> Report<'a> {
    let catalog = run.catalog();
    let mut entries: Vec<Entry<'_>> = catalog
        .entries
        .iter()
        .zip(&outcome.report.tallies)
        .map(|(entry, tally)| Entry::of(catalog, entry, tally))
        .collect();
    let mut not_read = Vec::new();
    for aside in &catalog.aside {
        match &aside.left_out {
            Some(left_out) => entries.push(Entry::of_aside(catalog, aside, left_out)),
            None => not_read.push(NotRead {
                bundle: &catalog.bundles[aside.bundle].name,
                file: &aside.path,
                format: aside.format.map(|id| id.format().name),
                reason: &aside.reason,
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
    let Said { warnings, mut errors } = report::said();
    if totals.unaccounted_lines > 0 {
        errors.push(does_not_add_up(place, totals.unaccounted_lines).to_string());
    }
    let ripsaw = env!("CARGO_PKG_VERSION");
    Report { report: VERSION, ripsaw, output, entries, not_read, totals, warnings, errors }
}

impl<'a> Entry<'a> {
    fn of(catalog: &'a Catalog, entry: &'a ripsaw::source::Entry, tally: &'a Tally) -> Self {
        let text = &tally.text;
        let (decoded, selected, kept) = (text.decoded(), text.selected(), text.kept());
        let counts = Counts {
            lines: text.lines(),
            blank_lines: text.blank_lines(),
            rows: tally.lines,
            malformed_lines: tally.malformed_rows(),
            rows_on_shared_lines: tally.lines - kept.without_line - kept.begun,
            rows_without_line: kept.without_line,
        };
        let rest = text.text_lines() - decoded.begun - tally.left_out;
        // An entry that fails may give up to one row for all that could not be parsed.
        let may_span = tally.origin.spans_lines || tally.failure.is_some();
        let rest_is = if may_span && rest > 0 { CONTINUED } else { UNACCOUNTED };
        let left_out = [
            Reason::new(IN_STEPS, tally.left_out, tally.left_out),
            Reason::new(FILTERED, decoded.begun - selected.begun, tally.filtered),
            Reason::new(DUPLICATES, selected.begun - kept.begun, tally.duplicates),
            Reason::new(rest_is, rest, rest),
        ];
        Self {
            bundle: catalog.bundle_of(entry),
            file: &entry.path,
            format: Some(tally.origin.name).filter(|_| tally.lines > 0 || entry.format.is_some()),
            text_bytes: tally.inflated_bytes,
            counts,
            left_out: left_out.into_iter().flatten().collect(),
            read_error: tally.failure.as_deref(),
        }
    }

    /// The log of a whole job that has no line of its own.
    fn of_aside(catalog: &'a Catalog, aside: &'a Aside, left_out: &LeftOut) -> Self {
        let lines = left_out.lines.lines();
        let blank_lines = left_out.blank_lines;
        Self {
            bundle: &catalog.bundles[aside.bundle].name,
            file: &aside.path,
            format: aside.format.map(|id| id.format().name),
            text_bytes: left_out.text_bytes,
            counts: Counts { lines: lines + blank_lines, blank_lines, ..Counts::default() },
            left_out: Reason::new(IN_STEPS, lines, lines).into_iter().collect(),
            read_error: None,
        }
    }
}

impl Totals {
    fn of(entries: &[Entry<'_>], files_not_read: usize) -> Self {
        let mut totals = Self { entries: entries.len(), files_not_read, ..Self::default() };
        for entry in entries {
            totals.entries_with_errors += usize::from(entry.read_error.is_some());
            totals.counts.add(&entry.counts);
            for Reason { reason, lines, .. } in &entry.left_out {
                match *reason {
                    UNACCOUNTED => totals.unaccounted_lines += lines.abs(),
                    _ => totals.left_out += lines,
                }
            }
        }
        totals
    }
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.blank_lines += other.blank_lines;
        self.rows += other.rows;
        self.malformed_lines += other.malformed_lines;
        self.rows_on_shared_lines += other.rows_on_shared_lines;
        self.rows_without_line += other.rows_without_line;
    }
}
