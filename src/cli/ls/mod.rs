//! `ripsaw ls`: counts the lines of every entry, and prints one row per entry.

mod entry_names;
mod listing;
mod order;
mod signs;

use std::io::{self, IsTerminal as _, Write, stdout};

use anstream::{AutoStream, ColorChoice};
use arrow::array::UInt64Array;
use arrow::compute::take_record_batch;
use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::ndjson::NdjsonWriter;
use ripsaw::sink::text::TextSink;
use ripsaw::sink::{Discard, write_batch};
use ripsaw::source::Catalog;
use ripsaw::table::{Tally, entries_schema};

use super::exit::Exit;
use super::interrupt::Interrupt;
use super::layout::Screen;
use super::pager;
use super::problems;
use super::quantity;
use super::report;
use super::run::{Outcome, Run};
use super::settings::Ls;
use super::terminal::{self, Notation};
use listing::Listing;
use order::order;

/// Counts every entry and prints the table.
pub(super) fn run(settings: &Ls) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let run = Run::open(&settings.reading, settings.console)?;
    if settings.problems && run.tests_rows() {
        let cause = "--problems looks at all lines of an entry";
        return Err(Error::new("cannot list problems", Location::default(), cause)
            .with_hint("leave out filters of lines, such as --level; those of paths will do"));
    }
    let mut outcome = run.send(Box::new(Discard), &interrupt, None)?;
    if outcome.report.total().lines == 0 {
        run.warn_of_nothing(&interrupt)?;
    }
    // With `--level ERROR+` only the entries that have errors are listed.
    let run = run.of_selected(&mut outcome);
    // If nothing could be opened, an empty table would only hide the errors.
    let is_void = run.catalog().entries.is_empty() && !run.catalog().problems.is_empty();
    let tallies = &outcome.report.tallies;
    let order = order(run.catalog(), tallies, settings.sort, settings.top);
    let out = pager::stdout_for_people(settings.console.pages, &interrupt, report::warning);
    let printed = if is_void {
        Ok(())
    } else if settings.problems {
        print_problems(settings, run.catalog(), tallies, out)
    } else if settings.json {
        print_json(&run, &outcome, &order, out)
    } else {
        let (catalog, sort) = (run.catalog(), settings.sort);
        print(&Listing { catalog, tallies, order: &order, sort }, out)
    };
    // Before an error of printing is returned: `ripsaw ls | head -1` closes the pipe, and the damage must
    // still be reported.
    report::failures(run.catalog(), &outcome, "lines before the damage were counted");
    report::missing_pages(run.catalog(), &outcome.report.tallies);
    printed.map_err(report::cannot_print)?;
    run.print_stats(&outcome);
    let exit = run.exit(&outcome);
    // The process ends here, and the system takes back the memory of thousands of entries faster.
    std::mem::forget((run, outcome));
    Ok(exit)
}

/// What may be incomplete: for people, or as NDJSON.
fn print_problems(
    settings: &Ls,
    catalog: &Catalog,
    tallies: &[Tally],
    mut out: Box<dyn Write + Send>,
) -> io::Result<()> {
    let found = problems::problems(catalog, tallies);
    if settings.json {
        let mut out = terminal::guarded(out, Notation::Json);
        for problem in &found {
            serde_json::to_writer(&mut out, problem)?;
            out.write_all(b"\n")?;
        }
        return out.flush();
    }
    let text = match found.is_empty() {
        true => format!(
            "no problems in {}\n",
            quantity::count(catalog.entries.len() as u64, "entry", "entries")
        ),
        false => problems::render(&found, |text| report::printable(text).into_owned()),
    };
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The table `entries` as NDJSON, with all columns, and the entries in this order.
fn print_json(
    run: &Run,
    outcome: &Outcome,
    order: &[usize],
    out: Box<dyn Write + Send>,
) -> io::Result<()> {
    let writer = NdjsonWriter::new(&entries_schema()).map_err(io::Error::other)?;
    let out = terminal::guarded(out, Notation::Json);
    let order: UInt64Array = order.iter().map(|&entry| Some(entry as u64)).collect();
    let entries = take_record_batch(&run.entries(outcome), &order).map_err(io::Error::other)?;
    write_batch(Box::new(TextSink::new(out, writer)), &entries)
}

/// The table for people, fitted to the terminal; in full width if piped.
fn print(listing: &Listing, mut out: Box<dyn Write + Send>) -> io::Result<()> {
    let screen = Screen {
        // 80 if the terminal does not report its width.
        width: stdout().is_terminal().then(terminal::width),
        colour: AutoStream::choice(&stdout()) != ColorChoice::Never,
    };
    let text = listing::render(listing, screen);
    out.write_all(text.as_bytes())?;
    out.flush()
}
