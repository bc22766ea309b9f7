//! `ripsaw convert`.

use std::io::BufWriter;

use arrow::array::RecordBatch;
use ripsaw::batch::{entries_schema, lines_schema};
use ripsaw::error::{Location, Result};
use ripsaw::sink::output::Output;
use ripsaw::sink::{Discard, Sink, write_batch};

use super::args::Table;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::rejects::Rejects;
use super::report::{self, Written};
use super::run::{Outcome, Run};
use super::settings::Convert;
use super::target::Rows;

/// Bytes collected before they are written: the Arrow sinks write small pieces.
const BUFFER: usize = 256 << 10;

/// Converts, and reports on standard error.
pub(super) fn run(settings: &Convert) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let run = Run::open(&settings.reading, settings.console)?;
    let places = [Some(&settings.out), settings.rejects.as_ref()];
    if places.into_iter().flatten().any(|place| place.is_file()) {
        interrupt.hold();
    }
    let output = settings.out.create()?;
    let mut rejects = settings.rejects.as_ref().map(Rejects::create).transpose()?;
    let outcome = write(&run, settings, &output, &interrupt, rejects.as_mut())?;
    if let Some(rejects) = rejects {
        rejects.commit()?;
    }
    let written = Written {
        name: settings.out.name(),
        bytes: output.commit()?,
        rows: match settings.table {
            Table::Lines => outcome.report.total().lines.unsigned_abs(),
            Table::Entries => run.catalog.entries.len() as u64,
        },
        elapsed: run.started.elapsed(),
        rejects: settings.rejects.as_ref().map(|place| place.name()),
        outcome: &outcome,
    };
    let hint = "what came before is kept; a row with the reason ends such an entry";
    report::failures(&run.catalog, &outcome, hint);
    if !settings.console.quiet {
        report::summary(&run.catalog, &written);
    }
    Ok(run.exit(&outcome))
}

fn write(
    run: &Run,
    settings: &Convert,
    output: &Output,
    interrupt: &Interrupt,
    rejects: Option<&mut Rejects>,
) -> Result<Outcome> {
    let cannot = |cause| output.error(cause);
    let writer = BufWriter::with_capacity(BUFFER, output.writer()?);
    match settings.table {
        Table::Lines => {
            let lines = Lines { run, interrupt, rejects };
            let result = settings.target.write(writer, &lines_schema(), lines).map_err(cannot)?;
            result.map_err(|error| match error.is_interrupted() {
                true => error,
                false => error.at(Location::bundle(settings.out.name())),
            })
        }
        Table::Entries => {
            let outcome = run.send(Discard, interrupt, rejects)?;
            let entries = Entries { batch: run.entries(&outcome), output };
            settings.target.write(writer, &entries_schema(), entries).map_err(cannot)??;
            Ok(outcome)
        }
    }
}

/// The rows of the table `lines`.
struct Lines<'a> {
    run: &'a Run,
    interrupt: &'a Interrupt,
    rejects: Option<&'a mut Rejects>,
}

impl Rows for Lines<'_> {
    type Outcome = Outcome;

    fn write<S: Sink>(self, sink: S) -> Result<Outcome> {
        self.run.send(sink, self.interrupt, self.rejects)
    }
}

/// The rows of the table `entries`.
struct Entries<'a> {
    batch: RecordBatch,
    output: &'a Output,
}

impl Rows for Entries<'_> {
    type Outcome = ();

    fn write<S: Sink>(self, sink: S) -> Result<()> {
        write_batch(sink, &self.batch).map_err(|cause| self.output.error(cause))
    }
}
