//! `ripsaw convert`.

use std::io::{self, BufWriter};

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::{BUFFER, Output};
use ripsaw::sink::{Discard, write_batch};

use super::args::Table;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::place::Place;
use super::receipt::Receipt;
use super::rejects::Rejects;
use super::report::{self, Written};
use super::run::{Outcome, Run};
use super::settings::Convert;
use super::terminal;

/// Converts, and reports on standard error.
pub(super) fn run(settings: &Convert) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let run = Run::open(&settings.reading, settings.console)?;
    let places = [Some(&settings.out), settings.rejects.as_ref(), settings.report.as_ref()];
    if places.into_iter().flatten().any(|place| place.is_file()) {
        interrupt.hold();
    }
    let output = settings.out.create()?;
    let mut rejects = settings.rejects.as_ref().map(Rejects::create).transpose()?;
    let receipt = settings.report.as_ref().map(Receipt::create).transpose()?;
    let outcome = write(&run, settings, &output, &interrupt, rejects.as_mut())
        .map_err(|error| hint_of_strict(error, settings))?;
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
    };
    let explained = match outcome.report.total().lines {
        0 => run.warn_of_nothing(&interrupt),
        _ => Ok(()),
    };
    let has_ends = !outcome.report.tallies.iter().any(|tally| tally.end_left_out);
    let hint = match settings.table {
        Table::Lines if has_ends => {
            "rows before the damage were kept; each damaged entry ends with an error row"
        }
        _ => "lines before the damage were read",
    };
    report::failures(run.catalog(), &outcome, hint);
    report::missing_pages(run.catalog(), &outcome.report.tallies);
    // Last of all: it has what was said until now.
    let unaccounted = match receipt {
        Some(receipt) => receipt.write(&run, &outcome, &written.name)?,
        None => None,
    };
    explained?;
    if !settings.console.quiet {
        report::summary(run.catalog(), &written);
    }
    run.print_stats(&outcome);
    if let Some(error) = unaccounted {
        return Err(error);
    }
    match run.exit(&outcome) {
        Exit::Done if settings.is_search && written.rows == 0 => Ok(Exit::NoMatch),
        exit => Ok(exit),
    }
}

/// Malformed lines alone have a line: only `--strict` makes an error of them.
fn hint_of_strict(error: Error, settings: &Convert) -> Error {
    match settings.reading.options.pipeline.strict && error.location().line.is_some() {
        true => error.with_hint("without --strict it becomes a row with its text and the reason"),
        false => error,
    }
}

fn write(
    run: &Run,
    settings: &Convert,
    output: &Output,
    interrupt: &Interrupt,
    rejects: Option<&mut Rejects>,
) -> Result<Outcome> {
    let cannot = |cause| output.error(cause);
    let writer = output.writer()?;
    let writer = match settings.notation {
        Some(notation) => terminal::guarded_at(&settings.out, writer, notation),
        None => writer,
    };
    let writer = BufWriter::with_capacity(BUFFER, writer);
    let schema = settings.columns.schema();
    let open = || settings.writes.open(Box::new(writer), &schema).map_err(cannot);
    match settings.table {
        Table::Lines => {
            let sent = run.send(open()?, interrupt, rejects);
            sent.map_err(|error| match error.is_interrupted() {
                true => error,
                false => error.at(Location::bundle(settings.out.name())),
            })
        }
        Table::Entries => {
            let outcome = run.send(Box::new(Discard), interrupt, rejects)?;
            let mut entries = run.entries(&outcome);
            if let Some(columns) = settings.columns.columns() {
                entries = entries.project(&columns).map_err(|e| cannot(io::Error::other(e)))?;
            }
            write_batch(open()?, &entries).map_err(cannot)?;
            Ok(outcome)
        }
    }
}
