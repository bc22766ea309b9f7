//! What is printed on standard error: errors with their hints, warnings, the summary, and `--stats`.
//!
//! Texts may repeat names from archives, arguments and log lines, so all of them are escaped with
//! [`printable`] or [`shown`] before styles are added. Errors and warnings are also recorded for the
//! receipt of `convert --report`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::error::ErrorKind;
use ripsaw::error::{Error, Location, Remedy};
use ripsaw::index;
use ripsaw::pipeline::Report;
use ripsaw::source::Catalog;
use ripsaw::table::{Pages, Tally};

use super::machine;
use super::quantity;
use super::run::Outcome;
pub(super) use super::terminal::printable;
use super::terminal::shown;
use super::usage::Usage;

/// Errors.
const RED: Style = AnsiColor::Red.on_default().bold();
/// Warnings, and what the summary counts as malformed.
const YELLOW: Style = AnsiColor::Yellow.on_default();
/// The word `hint:`.
const CYAN: Style = AnsiColor::Cyan.on_default();
/// The name of the output in the summary.
const BOLD: Style = Style::new().bold();

/// Damaged entries that are named one by one; the others are only counted.
const NAMED_FAILURES: usize = 10;

/// The messages of a run so far, without styles and hints.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<String>,
}

/// Recorded by the functions that print, so that the receipt has exactly what the user saw.
static SAID: Mutex<Said> = Mutex::new(Said { warnings: Vec::new(), errors: Vec::new() });

/// Adds a message to one of the lists. The lock may be poisoned by a panic of another thread; the lists are
/// valid all the same.
fn record(text: String, list: fn(&mut Said) -> &mut Vec<String>) {
    list(&mut SAID.lock().unwrap_or_else(PoisonError::into_inner)).push(text);
}

/// The warnings and errors so far, without their hints.
pub(super) fn said() -> Said {
    SAID.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Prints an error, with its hint on the next line.
pub(super) fn error(error: &Error) {
    record(error.to_string(), |said| &mut said.errors);
    print_with_hint(&format!("{RED}ripsaw:{RED:#}"), error);
}

/// Prints a warning, with its hint on the next line: the command did what it was asked to, but the result
/// may not be what the user meant.
pub(super) fn warning(warning: &Error) {
    record(warning.to_string(), |said| &mut said.warnings);
    print_with_hint(&format!("{YELLOW}ripsaw: warning:{YELLOW:#}"), warning);
}

/// Prints `label MESSAGE` and the hint.
fn print_with_hint(label: &str, error: &Error) {
    let mut text = format!("{label} {}\n", printable(&error.to_string()));
    if let Some(hint) = error.hint() {
        let flag = match error.remedy() {
            Some(Remedy::LeaveOut(glob)) => format!(" (--file '!{glob}')"),
            Some(Remedy::ReadAs(format)) => format!("; --format {format} reads it all the same"),
            _ => String::new(),
        };
        push_hint(&mut text, &printable(&format!("{hint}{flag}")));
    }
    print(&text);
}

/// Prints a usage error, or the help or version that was asked for.
pub(super) fn usage(error: &clap::Error, hint: Option<&str>) {
    // Without arguments the help is printed on standard error.
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help || !error.use_stderr() {
        // If the stream is closed, there is nowhere to report that.
        let _ = error.print();
        return;
    }
    let Usage { message, hints, synopsis } = Usage::of(&error.render().to_string());
    let mut text = format!("{RED}ripsaw:{RED:#} {}\n", shown(&message));
    // The message and the tips may repeat an argument with control characters.
    // A hint of ours knows better than clap's guess.
    match hint {
        Some(hint) => push_hint(&mut text, &printable(hint)),
        None => hints.iter().for_each(|hint| push_hint(&mut text, &printable(hint))),
    }
    if !synopsis.is_empty() {
        let _ = writeln!(text, "  {CYAN}usage:{CYAN:#} {}", printable(&synopsis));
    }
    print(&text);
}

/// Prints a message that is not an error; newlines in it stay.
pub(super) fn note(text: &str) {
    print(&format!("ripsaw: {}\n", shown(text)));
}

/// Says that an index was written.
pub(super) fn index(index::Written { path, entries, bytes, .. }: &index::Written) {
    let entries = quantity::count(*entries as u64, "entry", "entries");
    note(&format!("wrote {}: {entries}, {}", path.display(), quantity::bytes(*bytes)));
}

/// Prints a hint for an error that has been printed.
pub(super) fn hint(text: &str) {
    let mut hint = String::new();
    push_hint(&mut hint, &printable(text));
    print(&hint);
}

/// An error of writing to standard output.
pub(super) fn cannot_print(cause: io::Error) -> Error {
    Error::io("cannot write", Location::bundle("standard output"), cause)
}

/// Prints the warnings of the catalog, what could not be listed, and which entries are damaged.
///
/// `hint` says what happened to the lines before the damage; printed once, below the last entry.
pub(super) fn failures(catalog: &Catalog, outcome: &Outcome, hint: &str) {
    catalog.warnings.iter().for_each(warning);
    catalog.problems.iter().for_each(error);
    unreadable(catalog, &outcome.failures(), Some(hint));
}

/// Prints which entries could not be read completely, by index in the catalog, and why.
pub(super) fn unreadable(catalog: &Catalog, failed: &[(usize, &str)], hint: Option<&str>) {
    let failures = failed.iter().map(|(entry, reason)| {
        Error::new("could not read the whole entry", catalog.locate(*entry), *reason)
    });
    named(failures, hint);
}

/// Prints the first errors of entries, and how many more there are.
pub(super) fn named(failures: impl ExactSizeIterator<Item = Error>, hint: Option<&str>) {
    let count = failures.len();
    for (index, failure) in failures.enumerate() {
        match index < NAMED_FAILURES {
            true => error(&failure),
            // Printed only as a number, but the receipt has all of them.
            false => record(failure.to_string(), |said| &mut said.errors),
        }
    }
    let mut text = String::new();
    if count > NAMED_FAILURES {
        let more = (count - NAMED_FAILURES) as u64;
        let more = quantity::count(more, "more entry", "more entries");
        let _ = writeln!(text, "{RED}ripsaw:{RED:#} could not read the whole of {more}");
    }
    if let Some(hint) = hint.filter(|_| count > 0) {
        push_hint(&mut text, hint);
    }
    print(&text);
}

/// An output that is complete; what the summary says of it.
pub(super) struct Written<'a> {
    /// The path, or `standard output`.
    pub(super) name: String,
    /// Its size; `None` for a pipe, device or standard output.
    pub(super) bytes: Option<u64>,
    /// Rows in it: lines, or entries with `--table entries`.
    pub(super) rows: u64,
    /// From opening the inputs to the complete output.
    pub(super) elapsed: Duration,
    /// It is the table `lines`: malformed lines are rows in it.
    pub(super) has_lines: bool,
    /// The file of `--rejects`, by name.
    pub(super) rejects: Option<String>,
    /// The counts, and the places of malformed lines.
    pub(super) outcome: &'a Outcome,
    /// Why keys have no columns.
    pub(super) late: Late,
    /// Of a data set: its bundles and files.
    pub(super) bundles: Option<String>,
    /// What may be incomplete; `None`: nothing, or not all lines were looked at.
    pub(super) problems: Option<String>,
}

/// Why keys of records have no columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// They came after the columns were known.
    Unseen,
    /// There are as many columns of keys as are allowed.
    Full,
    /// The columns are those of the first run.
    Pinned,
}

/// Prints what was done: rows, bytes, speed, and what was left out and why.
pub(super) fn summary(catalog: &Catalog, written: &Written<'_>) {
    let total = written.outcome.report.total();
    let inflated = total.inflated_bytes.unsigned_abs();
    let seconds = written.elapsed.as_secs_f64();
    let size = written.bytes.map(|bytes| format!(", {}", quantity::bytes(bytes)));
    let mut text = format!(
        "{BOLD}{}{BOLD:#}: {}{}\n",
        printable(&written.name),
        quantity::count(written.rows, "row", "rows"),
        size.unwrap_or_default(),
    );
    let _ = writeln!(
        text,
        "  read {} of text from {} in {} ({}/s)",
        quantity::bytes(inflated),
        quantity::count(catalog.entries.len() as u64, "entry", "entries"),
        quantity::seconds(seconds),
        // Not below a nanosecond: an empty input must not divide by zero.
        quantity::bytes((inflated as f64 / seconds.max(1e-9)) as u64),
    );
    if let Some(bundles) = &written.bundles {
        let _ = writeln!(text, "  {bundles}");
    }
    if total.duplicates > 0 {
        let what = quantity::count(total.duplicates.unsigned_abs(), "row", "rows");
        let _ = writeln!(text, "  {what} removed by --dedupe");
    }
    if total.unkeyed > 0 {
        let what = quantity::count(total.unkeyed.unsigned_abs(), "row", "rows");
        let _ = writeln!(text, "  kept {what} without a --dedupe key");
    }
    if total.late > 0 {
        let what = quantity::count(total.late.unsigned_abs(), "row has", "rows have");
        let why = match written.late {
            Late::Full => {
                "keys for which there were no more columns: in extra; --max-columns allows more"
            }
            Late::Unseen => {
                "keys that became known late: in extra; --schema scan reads everything first"
            }
            Late::Pinned => "keys for which the data set has no columns: in extra",
        };
        let _ = writeln!(text, "  {what} {why}");
    }
    push_whole_logs(&mut text, catalog, written);
    if total.actions > 0 {
        let what = quantity::count(total.actions.unsigned_abs(), "action line", "action lines");
        let _ = writeln!(
            text,
            "  left out {what} of bulk requests, which say what to do with a record"
        );
    }
    if written.outcome.report.transcoded > 0 {
        let what = quantity::count(written.outcome.report.transcoded, "entry was", "entries were");
        let _ = writeln!(text, "  {what} decoded from UTF-16 or UTF-32");
    }
    // With a format: logs without rows of their own, such as that of a job whose steps have all its lines.
    let (known, others): (Vec<_>, Vec<_>) =
        catalog.ignored.iter().partition(|ignored| ignored.format.is_some());
    if !known.is_empty() {
        let files = quantity::count(known.len() as u64, "file", "files");
        let _ = writeln!(text, "  no rows from {files}; ls --formats shows why");
    }
    if !others.is_empty() {
        let files = quantity::count(others.len() as u64, "file is not a log", "files are not logs");
        let _ = writeln!(text, "  skipped: {files}; ls --formats lists them");
    }
    if let Some(problems) = &written.problems {
        let _ = writeln!(text, "  {problems}");
    }
    push_malformed(&mut text, catalog, written);
    print(&text);
}

/// Reports the logs of whole jobs: how many of their lines were kept, and how many were left out because
/// the files of the steps have them too.
fn push_whole_logs(text: &mut String, catalog: &Catalog, written: &Written<'_>) {
    let tallies = &written.outcome.report.tallies;
    let whole = catalog.entries.iter().zip(tallies).filter(|(entry, _)| entry.left_out.is_some());
    let own: i64 = whole.map(|(_, tally)| tally.lines).sum();
    // A log that the steps cover completely has been set aside and is not an entry any more.
    let ignored = catalog.ignored.iter().filter_map(|ignored| ignored.left_out.as_ref());
    let read: i64 = tallies.iter().map(|tally| tally.left_out).sum();
    let in_steps = read + ignored.map(|left_out| left_out.lines.lines()).sum::<i64>();
    if in_steps == 0 {
        return;
    }
    let own = quantity::count(own.unsigned_abs(), "line", "lines");
    let in_steps = quantity::thousands(in_steps.unsigned_abs());
    let _ = writeln!(
        text,
        "  logs of whole jobs: kept {own}, left out {in_steps} that are also in the files of their steps"
    );
}

/// Warns of missing pages of logs that were fetched page by page. Pages are files of one folder, such as
/// `page-1.json` and `page-2.json`, so the counts of a folder are added up.
pub(super) fn missing_pages(catalog: &Catalog, tallies: &[Tally]) {
    let mut folders: BTreeMap<(usize, &str), Pages> = BTreeMap::new();
    for (entry, tally) in catalog.entries.iter().zip(tallies).filter(|(_, t)| t.pages.pages > 0) {
        let folder = entry.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.entry((entry.bundle, folder)).or_default().add(&tally.pages);
    }
    for ((bundle, folder), pages) in folders.into_iter().filter(|(_, p)| p.is_missing_some()) {
        let name = &catalog.bundles[bundle].name;
        let place = if folder.is_empty() { name.clone() } else { format!("{name}[{folder}/]") };
        let [read, total] = [pages.records, pages.total].map(i64::unsigned_abs);
        let from = quantity::count(pages.pages.unsigned_abs(), "page", "pages");
        // Either the pages report a larger total, or all of them, the last one included, announce another
        // page.
        let cause = if read < total {
            let records = quantity::count(total, "record", "records");
            format!("read {} of {records} ({from}); pages are missing", quantity::thousands(read))
        } else {
            let records = quantity::count(read, "record", "records");
            format!("read {records} ({from}), and each page reports more; pages are missing")
        };
        let text = format!("{place}: {cause}");
        // Printed by hand: an `Error` would need words before the place.
        record(text.clone(), |said| &mut said.warnings);
        print(&format!("{YELLOW}ripsaw: warning:{YELLOW:#} {}\n", printable(&text)));
    }
}

/// Reports the malformed lines: how many, the first few places, those left out by filters, and where to
/// find all of them.
fn push_malformed(text: &mut String, catalog: &Catalog, written: &Written<'_>) {
    let outcome = written.outcome;
    let (rows, left_out) = (outcome.malformed_rows(), outcome.malformed_left_out());
    if rows + left_out == 0 {
        return;
    }
    if rows > 0 {
        let lines = quantity::count(rows, "malformed line", "malformed lines");
        let what = if rows == 1 { "a row" } else { "rows" };
        // In the table `entries` they are only counted.
        let kept = match written.has_lines {
            true => format!(", kept as {what} with text and reason:"),
            false => ":".into(),
        };
        let _ = writeln!(text, "  {YELLOW}{lines}{YELLOW:#}{kept}");
    }
    for line in &outcome.places {
        let mut location = catalog.locate(line.entry);
        location.line = Some(line.line);
        let place = location.to_string();
        let _ = writeln!(text, "    {}: {}", printable(&place), printable(&line.reason));
    }
    // Places are those of selected rows only, and at most `run::PLACES`.
    let more = rows.saturating_sub(outcome.places.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "    and {} more", quantity::thousands(more));
    }
    if left_out > 0 {
        let lines = quantity::count(left_out, "malformed line", "malformed lines");
        let _ = writeln!(text, "  {YELLOW}{lines}{YELLOW:#} left out by the filters");
    }
    match &written.rejects {
        Some(rejects) => {
            let _ = writeln!(text, "    all of them are in {}", printable(rejects));
        }
        None => push_hint(text, "--rejects FILE writes them unchanged"),
    }
}

/// Prints `--stats`: the share of lines that the fast parser left to the thorough ones, the time of each
/// pass added up over threads, and peak memory if the system reports it.
pub(super) fn stats(report: &Report, threads: usize) {
    let total = report.total();
    let share = 100.0 * total.missed as f64 / total.lines.max(1) as f64;
    let passes = report.passes;
    let seconds = |time: Duration| quantity::seconds(time.as_secs_f64());
    let mut text = format!(
        "ripsaw: {} of {} left to the thorough parsers ({share:.2} %)\n",
        quantity::thousands(total.missed.unsigned_abs()),
        quantity::count(total.lines.unsigned_abs(), "line", "lines"),
    );
    let _ = writeln!(
        text,
        "  {}: read and inflate {}, parse {}, encode {}, waiting {}; written in {}",
        quantity::count(threads as u64, "thread", "threads"),
        seconds(passes.read),
        seconds(passes.parse),
        seconds(passes.encode),
        seconds(passes.wait),
        seconds(passes.append),
    );
    if let Some(peak) = machine::peak_memory() {
        let _ = writeln!(text, "  peak memory {}", quantity::bytes(peak));
    }
    print(&text);
}

/// Appends a hint; `hint` must be free of control characters.
fn push_hint(text: &mut String, hint: &str) {
    let _ = writeln!(text, "  {CYAN}hint:{CYAN:#} {hint}");
}

/// Prints to standard error in one write, so that messages of other processes do not get in between. Styles
/// are removed unless colours are on.
fn print(text: &str) {
    // If standard error is closed, there is nowhere to report that.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
