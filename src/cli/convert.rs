//! `ripsaw convert`, and `ripsaw grep -O`, which is a conversion of what a search selects.
//!
//! Opens the inputs, creates the outputs, runs the pipeline into the sink of the format, and gives the
//! files their names only after everything has been written. Then it reports on standard error.

use std::io::{self, BufWriter};

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::{BUFFER, Output};
use ripsaw::sink::{Discard, write_batch};

use super::args::Table;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::place::Place;
use super::problems;
use super::receipt::Receipt;
use super::rejects::Rejects;
use super::report::{self, Late, Written};
use super::run::{Outcome, Run};
use super::settings::{Console, Convert};
use super::terminal;

/// Converts, and reports on standard error.
pub(super) fn run(settings: &Convert) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let lines = [Some(&settings.out), settings.rejects.as_ref()].into_iter().flatten();
    let console = lines.fold(settings.console, Console::beside_lines);
    let run = Run::open(&settings.reading, console)?;
    settings.misleading.iter().for_each(report::warning);
    hold_for_files(settings, &interrupt);
    // Created before reading starts: a folder that is not writable should not cost an hour of work.
    let output = settings.out.create()?;
    let mut rejects = settings.rejects.as_ref().map(Rejects::create).transpose()?;
    let receipt = settings.report.as_ref().map(Receipt::create).transpose()?;
    // An error returns here, and dropping the outputs removes the temporary files.
    let outcome = write(&run, settings, &output, &interrupt, rejects.as_mut())
        .map_err(|error| hint_of_strict(error, settings))?;
    // The rejects first: if they cannot be written, the output does not appear without them.
    if let Some(rejects) = rejects {
        rejects.commit()?;
    }
    let written = Written {
        name: settings.out.name(),
        bytes: output.commit()?,
        rows: match settings.table {
            Table::Lines => outcome.report.total().lines.unsigned_abs(),
            Table::Entries => run.catalog().entries.len() as u64,
        },
        elapsed: run.started.elapsed(),
        rejects: settings.rejects.as_ref().map(Place::name),
        has_lines: settings.table == Table::Lines,
        outcome: &outcome,
        late: if has_most_columns(&run, settings) { Late::Full } else { Late::Unseen },
        bundles: None,
        problems: problems::notice_of(&run, &outcome, settings.console.quiet),
    };
    // Its error is returned later: the output is committed, so the report and receipt must still appear.
    let explained = match outcome.report.total().lines {
        0 => run.warn_of_nothing(&interrupt),
        _ => Ok(()),
    };
    report::failures(run.catalog(), &outcome, hint_of_damage(settings, &outcome));
    report::missing_pages(run.catalog(), &outcome.report.tallies);
    // After all other messages, because it includes the warnings and errors so far.
    let unaccounted = match receipt {
        Some(receipt) => receipt.write(&run, &outcome, &written.name)?,
        None => None,
    };
    explained?;
    if !settings.console.quiet {
        report::summary(run.catalog(), &written);
    }
    run.print_stats(&outcome);
    // After the summary, so that the last thing on the screen is that lines were lost.
    if let Some(error) = unaccounted {
        return Err(error);
    }
    match run.exit(&outcome) {
        // As grep: no match is exit code 1. An unreadable entry takes precedence.
        Exit::Done if settings.is_search && written.rows == 0 => Ok(Exit::NoMatch),
        exit => Ok(exit),
    }
}

/// Whether there are as many columns of keys as are allowed.
fn has_most_columns(run: &Run, settings: &Convert) -> bool {
    let (_, most) = settings.reading.keys;
    run.scan.key_schema().is_some_and(|schema| schema.leaves() >= most)
}

/// Before any temporary file exists: from here on a signal lets the run end by itself, which removes them.
fn hold_for_files(settings: &Convert, interrupt: &Interrupt) {
    let places = [Some(&settings.out), settings.rejects.as_ref(), settings.report.as_ref()];
    if places.into_iter().flatten().any(|place| place.is_file()) {
        interrupt.hold();
    }
}

/// The hint for damaged entries: what happened to their lines.
fn hint_of_damage(settings: &Convert, outcome: &Outcome) -> &'static str {
    // A filter such as `--level ERROR+` leaves the error rows out; then the hint must not promise them.
    let has_ends = !outcome.report.tallies.iter().any(|tally| tally.end_left_out);
    match settings.table {
        Table::Lines if has_ends => {
            "rows before the damage were kept; each damaged entry ends with an error row"
        }
        _ => "lines before the damage were read",
    }
}

/// Adds the hint for `--strict`. Of the errors that end a run, only a malformed line has a line number, so
/// others, such as a full disk, stay as they are.
fn hint_of_strict(error: Error, settings: &Convert) -> Error {
    match settings.reading.options.pipeline.strict && error.location().line.is_some() {
        true => error.with_hint("without --strict it becomes a row with its text and the reason"),
        false => error,
    }
}

/// Writes the table into the output. The file is complete afterwards but has not got its name yet.
fn write(
    run: &Run,
    settings: &Convert,
    output: &Output,
    interrupt: &Interrupt,
    rejects: Option<&mut Rejects>,
) -> Result<Outcome> {
    let cannot = |cause| output.error(cause);
    let writer = output.writer()?;
    // Only text is guarded: escaping bytes of a binary format would break it, and settings refuse to
    // write one to a terminal.
    let writer = match settings.notation {
        Some(notation) => terminal::guarded_at(&settings.out, writer, notation),
        None => writer,
    };
    let writer = BufWriter::with_capacity(BUFFER, writer);
    let schema = match settings.table {
        Table::Lines => run.scan.schema()?,
        Table::Entries => settings.columns.schema(),
    };
    // Opening writes the header, so it waits until the writer is needed.
    let open = || settings.writes.open(Box::new(writer), &schema).map_err(cannot);
    match settings.table {
        Table::Lines => {
            // Damaged entries are in the outcome. An error here is one of the output, or of `--strict`.
            let sent = run.send(open()?, interrupt, rejects);
            sent.map_err(|error| match error.is_interrupted() {
                true => error,
                false => error.at(Location::bundle(settings.out.name())),
            })
        }
        Table::Entries => {
            // The rows are read only to be counted; the table is written when the counts are complete.
            let outcome = run.send(Box::new(Discard), interrupt, rejects)?;
            let mut entries = run.entries(&outcome);
            // `run.entries` has all columns; for lines the pipeline has projected already.
            if let Some(columns) = settings.columns.columns() {
                entries = entries.project(&columns).map_err(|e| cannot(io::Error::other(e)))?;
            }
            write_batch(open()?, &entries).map_err(cannot)?;
            Ok(outcome)
        }
    }
}
