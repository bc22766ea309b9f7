//! `convert --report`: what became of every line of every entry, for programs and auditors.
//!
//! For each entry, and for all: `lines - blank_lines = rows - rows_on_shared_lines -
//! rows_without_line + left_out`. The lines are counted by a scan of the text, apart from the
//! decoders, so that a line that was lost shows.

use std::io::{BufWriter, Write};

use ripsaw::batch::Tally;
use ripsaw::error::{Error, Result};
use ripsaw::format::FORMATS;
use ripsaw::sink::output::Output;
use ripsaw::source::{Aside, Catalog, LeftOut};
use serde::Serialize;

use super::place::Place;
use super::run::{Outcome, Run};

/// The version of the layout.
const VERSION: u32 = 1;

/// A receipt in the making; appears whole or not at all.
pub(super) struct Receipt {
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

/// Lines, or rows of them, that are not in the output.
#[derive(Serialize)]
struct Reason {
    reason: &'static str,
    lines: i64,
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

const IN_STEPS: &str = "in the files of the job's steps";
const FILTERED: &str = "not selected by the filters";
const DUPLICATES: &str = "--dedupe: another row has the same key";
const CONTINUED: &str = "part of a record that takes several lines";
const UNACCOUNTED: &str = "unaccounted for";

impl Receipt {
    /// Begins the file.
    pub(super) fn create(place: &Place) -> Result<Self> {
        Ok(Self { output: place.create()? })
    }

    /// Writes what was done, and gives the file its name. Says how many lines are unaccounted for.
    pub(super) fn write(self, run: &Run, outcome: &Outcome, output: &str) -> Result<i64> {
        let report = report(run, outcome, output);
        let unaccounted = report.totals.unaccounted_lines;
        let cannot = |cause| self.output.error(cause);
        let mut writer = BufWriter::new(self.output.writer()?);
        serde_json::to_writer_pretty(&mut writer, &report)
            .map_err(Into::into)
            .and_then(|()| writer.write_all(b"\n"))
            .and_then(|()| writer.flush())
            .map_err(cannot)?;
        drop(writer);
        self.output.commit()?;
        Ok(unaccounted)
    }
}

fn report<'a>(run: &'a Run, outcome: &'a Outcome, output: &'a str) -> Report<'a> {
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
                format: aside.format.map(|format| FORMATS[format].name),
                reason: &aside.reason,
            }),
        }
    }
    let reason = "its path does not pass the filters";
    not_read.extend(run.skipped.iter().map(|(bundle, file)| NotRead {
        bundle,
        file,
        format: None,
        reason,
    }));
    let totals = Totals::of(&entries, not_read.len());
    let texts = |errors: &[Error]| errors.iter().map(Error::to_string).collect();
    let (warnings, errors) = (texts(&catalog.warnings), texts(&catalog.problems));
    let ripsaw = env!("CARGO_PKG_VERSION");
    Report { report: VERSION, ripsaw, output, entries, not_read, totals, warnings, errors }
}

impl<'a> Entry<'a> {
    fn of(catalog: &'a Catalog, entry: &'a ripsaw::source::Entry, tally: &'a Tally) -> Self {
        let text = &tally.text;
        let all_rows = tally.lines + tally.filtered + tally.duplicates;
        let counts = Counts {
            lines: text.lines(),
            blank_lines: text.blank_lines(),
            rows: tally.lines,
            malformed_lines: tally.malformed - i64::from(tally.failure.is_some()),
            rows_on_shared_lines: all_rows - text.rows_without_line - text.begun_lines(),
            rows_without_line: text.rows_without_line,
        };
        let rest = text.text_lines() - text.begun_lines() - tally.left_out;
        // An entry that fails may give up to one row for all that could not be parsed.
        let may_span = tally.origin.spans_lines || tally.failure.is_some();
        let rest_is = if may_span && rest > 0 { CONTINUED } else { UNACCOUNTED };
        let left_out = [
            (IN_STEPS, tally.left_out),
            (FILTERED, tally.filtered),
            (DUPLICATES, tally.duplicates),
            (rest_is, rest),
        ];
        let left_out = left_out.into_iter().filter(|(_, lines)| *lines != 0);
        Self {
            bundle: catalog.bundle_of(entry),
            file: &entry.path,
            format: Some(tally.origin.name).filter(|_| tally.lines > 0 || entry.format.is_some()),
            text_bytes: tally.inflated_bytes,
            counts,
            left_out: left_out.map(|(reason, lines)| Reason { reason, lines }).collect(),
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
            format: aside.format.map(|format| FORMATS[format].name),
            text_bytes: left_out.text_bytes,
            counts: Counts { lines: lines + blank_lines, blank_lines, ..Counts::default() },
            left_out: vec![Reason { reason: IN_STEPS, lines }],
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
            for Reason { reason, lines } in &entry.left_out {
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
