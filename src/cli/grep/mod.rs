//! `ripsaw grep` and `ripsaw cat`: rows as text, on standard output.
//!
//! `settings` resolves the arguments. `hits` is the sink: its encoder finds the matches on all threads, and
//! its other half hands them, in input order, to a `Printer`: `lines` (in that order), `sorted` (by time),
//! `counts`, `count_by` or `json`. Rows become text by a `Form`, which `arrange` chooses, and are printed on a
//! `Page`. `cat` is a search that every row matches, with columns in place of names and numbers.

mod args;
mod rows;
mod files;
mod hits;
mod names;
mod cut;
mod form;
mod json;
mod keys;
mod page;
mod context;
mod lines;
mod sorted;
mod count_by;
mod count_key;
mod counts;
mod patterns;
mod replace;
mod settings;
mod arrange;

use std::collections::VecDeque;
use std::io::{self, BufWriter, IsTerminal as _, Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ripsaw::error::{Location, Result};
use ripsaw::index::{BlockCounts, Counting, Extreme};
use ripsaw::scan::Scan;
use ripsaw::source::{Catalog, FormatId};

use args::Sort;
pub(super) use args::{CatArgs, GrepArgs};
use arrange::arrange;
use context::Context;
use count_by::CountPrinter;
use counts::{EntryPrinter, PerEntry};
use files::Files;
use form::Form;
use hits::{Finder, Hits, Printer, Tally};
use json::{JsonPrinter, JsonRows};
use lines::{Body, LinePrinter};
use names::EntryNames;
use page::{Extent, Page};
use settings::Output;
pub(super) use settings::{Grep, Search};
use sorted::{IN_MEMORY, SortPrinter};

use super::exit::Exit;
use super::interrupt::Interrupt;
use super::pager;
use super::place::Place;
use super::report;
use super::run::{Outcome, Run};
use super::terminal::{self, Notation};

/// Searches, and prints what is found. Returns `NoMatch` if nothing matched, except for `cat`.
pub(super) fn run(search: &Search) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let console = match search.output.is_printed_last() {
        true => search.console.before_lines(),
        false => search.console.beside_lines(&Place::Stdout),
    };
    let mut run = Run::open(&search.reading, console)?;
    let tally = Arc::new(Tally::default());
    let untimed = Arc::new(AtomicU64::new(0));
    let sent = send(search, &mut run, &tally, &untimed, &interrupt);
    let outcome = match sent {
        Ok(outcome) => outcome,
        Err(error)
            if error.is_broken_pipe() || error.is_interrupted() && !interrupt.is_signalled() =>
        {
            // `ripsaw grep x logs.zip | head -1`: the reader has what it asked for, so this is no error.
            // A pager may be quit while nothing matches any more.
            return Ok(found(&tally, search.is_cat));
        }
        Err(error) if error.is_interrupted() => return Err(error),
        Err(error) => return Err(error.at(Location::bundle("standard output"))),
    };
    // As in grep, a match wins over damage in other entries: what comes after it was not even read.
    if stops_at_first(search) && tally.hits.load(Ordering::Relaxed) > 0 {
        return Ok(Exit::Done);
    }
    // With `-m 0` nothing can match, whatever the filters are.
    if tally.hits.load(Ordering::Relaxed) == 0 && search.max_count != Some(0) {
        run.warn_of_nothing(&interrupt)?;
        if !search.console.quiet {
            tell_of_keys(search, run.catalog());
        }
    }
    report::failures(run.catalog(), &outcome, "lines before the damage were searched");
    let untimed = untimed.load(Ordering::Relaxed);
    // Only `--sort time` counts them.
    if untimed > 0 && !search.console.quiet {
        let lines = super::quantity::count(untimed, "line has", "lines have");
        report::note(&format!("{lines} no time: each follows the line before it in its file"));
    }
    if search.console.stats {
        print_figures(&run, &outcome, &tally);
    }
    run.print_stats(&outcome);
    match run.exit(&outcome) {
        // Code 2 takes precedence over 1: "nothing matched" is not certain if an entry is damaged.
        Exit::Done => Ok(found(&tally, search.is_cat)),
        exit => Ok(exit),
    }
}

/// Sends the rows that are looked at to the printer. Where an index counts matches, these are others than those that
/// match, so all that is said of the search afterwards is by the scan as it was.
fn send(
    search: &Search,
    run: &mut Run,
    tally: &Arc<Tally>,
    untimed: &Arc<AtomicU64>,
    interrupt: &Interrupt,
) -> Result<Outcome> {
    let mut hits = hits(search, run, tally, untimed, interrupt);
    let (scan, blocks) = counted(search, run).unwrap_or_else(|| {
        (of_wanted(search, run).unwrap_or_else(|| run.scan.clone()), Vec::new())
    });
    hits.counted = blocks.into();
    let plain = std::mem::replace(&mut run.scan, scan);
    let sent = run.send(Box::new(hits), interrupt, None);
    run.scan = plain;
    sent
}

/// A scan of the rows that may be printed, if these are others than all that match: the last, the earliest or
/// latest, or those beside matches.
fn of_wanted(search: &Search, run: &Run) -> Option<Scan> {
    let Output::Lines(print) = &search.output else { return None };
    let scan = run.scan.clone();
    let is_by_time = print.sort == Sort::Time;
    if search.reading.marks_only {
        // In the order of time, what is beside a match may be anywhere.
        return (!is_by_time).then(|| scan.beside(&run.selection, print.before, print.after));
    }
    match print.extent {
        _ if search.max_count.is_some() => None,
        Extent::First(rows) if is_by_time => Some(scan.extreme(Extreme::Earliest(rows))),
        Extent::Last(rows) if is_by_time => Some(scan.extreme(Extreme::Latest(rows as u64))),
        Extent::Last(rows) if search.is_cat => Some(scan.last(rows as u64)),
        _ => None,
    }
}

/// Says where else to search if the messages of JSON records do not match: other keys were not looked at.
fn tell_of_keys(search: &Search, catalog: &Catalog) {
    // With other columns, or none, there is nothing to mark in messages.
    let searches = search.matcher.as_ref().is_some_and(|matcher| !matcher.is_inverted());
    let has_keys =
        |id: FormatId| matches!(id.format().name, "ndjson" | "json" | "docker" | "deepset");
    if searches && catalog.entries.iter().any(|entry| entry.format.is_some_and(has_keys)) {
        report::note("no message matches; --any searches all keys of JSON records");
    }
}

/// The sink that finds and prints.
fn hits(
    search: &Search,
    run: &Run,
    tally: &Arc<Tally>,
    untimed: &Arc<AtomicU64>,
    interrupt: &Interrupt,
) -> Hits {
    let files = Files::of(run.catalog());
    let (printer, form) = printer(search, run, &files, untimed, interrupt);
    Hits {
        // With context lines all rows arrive, and the finder has to test them.
        finder: Arc::new(Finder {
            selection: search.reading.marks_only.then(|| Arc::new(run.selection.clone())),
            form,
            stop_at_first: stops_at_first(search).then(|| Arc::clone(tally)),
        }),
        printer,
        entries: run.catalog().entries.len(),
        files,
        max_count: search.max_count,
        enough: enough(search, run.catalog()),
        tally: Arc::clone(tally),
        current: 0,
        hits: 0,
        hits_before: 0,
        counted: VecDeque::new(),
    }
}

/// A scan of the rows that must be looked at, and the matches of blocks that an index counts; `None` if that is
/// not possible.
fn counted(search: &Search, run: &Run) -> Option<(Scan, Vec<BlockCounts>)> {
    let counting = match &search.output {
        _ if search.max_count.is_some() || stops_at_first(search) => None,
        Output::PerEntry(PerEntry::Count | PerEntry::With | PerEntry::Without) => {
            Some(Counting::default())
        }
        Output::CountBy(by) => by.counting(run.catalog()),
        Output::PerEntry(_) | Output::Lines(_) | Output::Json { .. } => None,
    };
    run.scan.counted(counting?)
}

/// Whether the first match ends the search: `grep -q` needs only the exit code; but `-m 0` matches nothing.
fn stops_at_first(search: &Search) -> bool {
    search.console.quiet && !search.is_cat && search.max_count != Some(0)
}

/// So many rows of the last entry that match are enough, if it is read as it comes and may never end.
fn enough(search: &Search, catalog: &Catalog) -> Option<u64> {
    catalog.entries.last().filter(|entry| entry.is_live())?;
    match search.output {
        Output::PerEntry(PerEntry::With) => Some(1),
        Output::Lines(ref print) if print.sort == Sort::Time => None,
        _ => search.max_count,
    }
}

/// Prints what was found and how fast: searches have no summary, so these figures come with `--stats`.
fn print_figures(run: &Run, outcome: &Outcome, tally: &Tally) {
    let hits = tally.hits.load(Ordering::Relaxed);
    let entries = tally.entries.load(Ordering::Relaxed);
    let read = outcome.report.total().inflated_bytes.unsigned_abs();
    report::note(&format!(
        "{} in {} of {}, {} of text, {}",
        super::quantity::count(hits, "line matches", "lines match"),
        super::quantity::thousands(entries),
        super::quantity::count(run.catalog().entries.len() as u64, "entry", "entries"),
        super::quantity::bytes(read),
        super::quantity::seconds(run.started.elapsed().as_secs_f64()),
    ));
}

/// The exit code of a search that ran to its end. `cat` cannot fail to match.
fn found(tally: &Tally, is_cat: bool) -> Exit {
    let any = is_cat || tally.hits.load(Ordering::Relaxed) > 0;
    if any { Exit::Done } else { Exit::NoMatch }
}

/// Where rows are printed: standard output or the user's pager, or nowhere with `-q`.
fn output(search: &Search, interrupt: &Interrupt) -> Box<dyn Write> {
    if search.console.quiet && !search.is_cat {
        Box::new(io::sink())
    } else {
        // A pager ends when the printer is dropped.
        let out = pager::stdout_for_people(search.console.pages, interrupt, report::warning);
        // Other printers escape control characters themselves, part by part: a guard around them would also
        // escape their colours.
        let out = match search.output.is_json() {
            true => terminal::guarded(out, Notation::Json),
            false => out,
        };
        // Not line by line: it is flushed when nothing more is there to print, so matches appear early.
        Box::new(BufWriter::with_capacity(64 << 10, out))
    }
}

/// The printer for what was asked for, writing to standard output or the user's pager; and how it prints
/// rows, if they do not depend on those before.
fn printer(
    search: &Search,
    run: &Run,
    files: &Files,
    untimed: &Arc<AtomicU64>,
    interrupt: &Interrupt,
) -> (Box<dyn Printer>, Option<Arc<Form>>) {
    let on_terminal = stdout().is_terminal();
    let out = output(search, interrupt);
    // In JSON control characters are escaped anyway.
    let names = EntryNames::of(run.catalog(), !on_terminal || search.output.is_json());
    let of_entries = match on_terminal && !search.nul {
        true => names.for_people(search.paths),
        false => Arc::clone(&names.paths),
    };
    let printer: Box<dyn Printer> = match search.output {
        Output::PerEntry(what) => {
            let matcher = search.matcher.clone();
            let (nul, named) = (search.nul, search.named);
            // The name of a step is not that of its file.
            let name = |(at, name): (usize, &String)| match files.is_part(at) {
                true => names.paths[at].clone(),
                false => name.clone(),
            };
            let names = of_entries.iter().enumerate().map(name).collect();
            Box::new(EntryPrinter { out, what, names, named, nul, matcher, matches: 0 })
        }
        Output::CountBy(ref by) => {
            let entries = run.scan.has_index().then(|| run.scan.identities());
            Box::new(CountPrinter::new(out, by.clone(), on_terminal, entries))
        }
        Output::Json { ref replacement } => Box::new(JsonPrinter {
            out,
            names: names.paths,
            matcher: search.matcher.clone(),
            replacement: replacement.clone(),
            columns: JsonRows::new(&[], &[]),
            started: run.started,
            begun: false,
            lines: 0,
            matches: 0,
            files_with: 0,
            files: 0,
        }),
        Output::Lines(ref print) => {
            let (body, headings) = arrange(search, print, run.catalog(), &names);
            // What people read above lines names the step.
            let heads_files = !(print.pretty || on_terminal) || print.names == Some(false);
            let page = Page::new(out, headings, print.extent, print.only_matching);
            let context = Context::new(print.before, print.after);
            if print.sort == Sort::Time {
                let untimed = Arc::clone(untimed);
                let files = files.clone();
                let printer = SortPrinter::new(page, body, context, IN_MEMORY, files, untimed);
                return (Box::new(printer), None);
            }
            let form = match &body {
                Body::Text(form) if context.is_none() => Some(Arc::clone(form)),
                _ => None,
            };
            let (files, entry) = (files.clone(), usize::MAX);
            let printer = LinePrinter { page, body, context, files, heads_files, entry };
            return (Box::new(printer), form);
        }
    };
    (printer, None)
}
