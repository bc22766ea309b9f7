//! What is said on standard error: errors with their hints, and the summary.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use ripsaw::error::{Error, Location, Remedy};
use ripsaw::pipeline::Report;
use ripsaw::source::Catalog;
use ripsaw::table::{Pages, Tally};

use super::machine;
use super::quantity;
use super::run::Outcome;
pub(super) use super::terminal::printable;
use super::terminal::shown;

const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// Entries that are named one by one.
const NAMED_FAILURES: usize = 10;

/// What was said of a run.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    pub(super) warnings: Vec<String>,
    pub(super) errors: Vec<String>,
}

/// Kept where it is printed, so that a receipt misses nothing.
static SAID: Mutex<Said> = Mutex::new(Said { warnings: Vec::new(), errors: Vec::new() });

fn record(text: String, list: fn(&mut Said) -> &mut Vec<String>) {
    list(&mut SAID.lock().unwrap_or_else(PoisonError::into_inner)).push(text);
}

/// The warnings and errors until now, without their hints.
pub(super) fn said() -> Said {
    SAID.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Prints an error, its hint below.
pub(super) fn error(error: &Error) {
    record(error.to_string(), |said| &mut said.errors);
    print_with_hint(&format!("{RED}ripsaw:{RED:#}"), error);
}

/// Prints a warning, its hint below: what was asked for was done, but may not be what was meant.
pub(super) fn warning(warning: &Error) {
    record(warning.to_string(), |said| &mut said.warnings);
    print_with_hint(&format!("{YELLOW}ripsaw: warning:{YELLOW:#}"), warning);
}

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

/// Prints what is wrong with the arguments, or the help that they ask for.
pub(super) fn usage(error: &clap::Error) {
    let plain = error.render().to_string();
    match shown(&plain) {
        Cow::Borrowed(_) => {
            // Standard error is gone: there is nobody to tell.
            let _ = error.print();
        }
        // It repeats control characters of the arguments.
        Cow::Owned(safe) => print(&safe),
    }
}

/// Prints a line that is no error.
pub(super) fn note(text: &str) {
    print(&format!("ripsaw: {}\n", shown(text)));
}

/// Prints what to do about an error that is printed.
pub(super) fn hint(text: &str) {
    let mut hint = String::new();
    push_hint(&mut hint, &printable(text));
    print(&hint);
}

/// An error of printing to standard output.
pub(super) fn cannot_print(cause: io::Error) -> Error {
    Error::io("cannot write", Location::bundle("standard output"), cause)
}

/// Prints what could not be read: entries, and what could not be listed.
///
/// `hint` says what became of the lines that could.
pub(super) fn failures(catalog: &Catalog, outcome: &Outcome, hint: &str) {
    catalog.warnings.iter().for_each(warning);
    catalog.problems.iter().for_each(error);
    unreadable(catalog, &outcome.failures(), Some(hint));
}

/// Prints which entries cannot be read whole, and why.
pub(super) fn unreadable(catalog: &Catalog, failed: &[(usize, &str)], hint: Option<&str>) {
    for (index, (entry, reason)) in failed.iter().enumerate() {
        let failure = Error::new("could not read the whole entry", catalog.locate(*entry), *reason);
        match index < NAMED_FAILURES {
            true => error(&failure),
            // They are printed as a number.
            false => record(failure.to_string(), |said| &mut said.errors),
        }
    }
    let mut text = String::new();
    if failed.len() > NAMED_FAILURES {
        let more = (failed.len() - NAMED_FAILURES) as u64;
        let more = quantity::count(more, "more entry", "more entries");
        let _ = writeln!(text, "{RED}ripsaw:{RED:#} could not read the whole of {more}");
    }
    if let Some(hint) = hint.filter(|_| !failed.is_empty()) {
        push_hint(&mut text, hint);
    }
    print(&text);
}

/// An output that is done.
pub(super) struct Written<'a> {
    pub(super) name: String,
    pub(super) bytes: Option<u64>,
    pub(super) rows: u64,
    pub(super) elapsed: Duration,
    /// The lines are in it, not a table of the entries.
    pub(super) has_lines: bool,
    /// Where the malformed lines went.
    pub(super) rejects: Option<String>,
    pub(super) outcome: &'a Outcome,
}

/// Prints what was done.
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
        quantity::bytes((inflated as f64 / seconds.max(1e-9)) as u64),
    );
    if total.duplicates > 0 {
        let what = quantity::count(total.duplicates.unsigned_abs(), "row", "rows");
        let _ = writeln!(text, "  {what} removed by --dedupe");
    }
    if total.unkeyed > 0 {
        let what = quantity::count(total.unkeyed.unsigned_abs(), "row", "rows");
        let _ = writeln!(text, "  kept {what} without a --dedupe key");
    }
    push_whole_logs(&mut text, catalog, written);
    if written.outcome.report.transcoded > 0 {
        let what = quantity::count(written.outcome.report.transcoded, "entry was", "entries were");
        let _ = writeln!(text, "  {what} decoded from UTF-16 or UTF-32");
    }
    let (known, others): (Vec<_>, Vec<_>) =
        catalog.aside.iter().partition(|aside| aside.format.is_some());
    if !known.is_empty() {
        let files = quantity::count(known.len() as u64, "file", "files");
        let _ = writeln!(text, "  no rows from {files}; ls --formats shows why");
    }
    if !others.is_empty() {
        let files = quantity::count(others.len() as u64, "file is not a log", "files are not logs");
        let _ = writeln!(text, "  skipped: {files}; ls --formats lists them");
    }
    push_malformed(&mut text, catalog, written);
    print(&text);
}

/// Says how many rows are from logs of whole jobs, and what else of those is in the files of steps.
fn push_whole_logs(text: &mut String, catalog: &Catalog, written: &Written<'_>) {
    let tallies = &written.outcome.report.tallies;
    let whole = catalog.entries.iter().zip(tallies).filter(|(entry, _)| entry.left_out.is_some());
    let own: i64 = whole.map(|(_, tally)| tally.lines).sum();
    let aside = catalog.aside.iter().filter_map(|aside| aside.left_out.as_ref());
    let read: i64 = tallies.iter().map(|tally| tally.left_out).sum();
    let in_steps = read + aside.map(|left_out| left_out.lines.lines()).sum::<i64>();
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

/// Prints where pages of a log are missing: the files of a folder are taken together.
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
        let cause = if read < total {
            let records = quantity::count(total, "record", "records");
            format!("read {} of {records} ({from}); pages are missing", quantity::thousands(read))
        } else {
            let records = quantity::count(read, "record", "records");
            format!("read {records} ({from}), and each page reports more; pages are missing")
        };
        let text = format!("{place}: {cause}");
        record(text.clone(), |said| &mut said.warnings);
        print(&format!("{YELLOW}ripsaw: warning:{YELLOW:#} {}\n", printable(&text)));
    }
}

fn push_malformed(text: &mut String, catalog: &Catalog, written: &Written<'_>) {
    let outcome = written.outcome;
    let (rows, left_out) = (outcome.malformed_rows(), outcome.malformed_left_out());
    if rows + left_out == 0 {
        return;
    }
    if rows > 0 {
        let lines = quantity::count(rows, "malformed line", "malformed lines");
        let what = if rows == 1 { "a row" } else { "rows" };
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

/// Prints where the time and the lines went.
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

fn push_hint(text: &mut String, hint: &str) {
    let _ = writeln!(text, "  {CYAN}hint:{CYAN:#} {hint}");
}

fn print(text: &str) {
    // Standard error is gone: there is nobody to tell.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
