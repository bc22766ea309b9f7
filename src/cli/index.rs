//! `ripsaw index`: writes the indexes that are missing.

use std::collections::HashSet;

use ripsaw::error::{Error, Location, Result};
use ripsaw::scan::IndexPolicy;
use ripsaw::source::{Catalog, Entry};

use super::args::IndexArgs;
use super::exit::Exit;
use super::filter::zone_of;
use super::interrupt::Interrupt;
use super::quantity;
use super::report;
use super::run::Run;
use super::settings::{messages, reading};

/// Writes the indexes, and says what was written.
pub(super) fn run(args: IndexArgs) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let console = messages(&args.messages);
    if args.inputs.paths.iter().any(|input| input == "-") {
        let location = Location::bundle("standard input");
        return Err(Error::new("cannot index", location, "it is in no file")
            .with_hint("write it to a file first"));
    }
    let mut reading = reading(args.inputs.paths, args.read)?;
    // One broken bundle among many is no reason not to index the others.
    reading.options.skip_unreadable = true;
    reading.options.index = match args.index_dir {
        Some(folder) => IndexPolicy::In(folder),
        None => IndexPolicy::Beside,
    };
    if let Some(zone) = &args.tz {
        reading.options.pipeline.zone = zone_of(zone)?;
    }
    let run = Run::open(&reading, console)?;
    let written = run.index(&interrupt, args.force)?;
    run.catalog().problems.iter().for_each(report::error);
    let unread: usize = written.iter().map(|written| written.unread).sum();
    if unread > 0 && !console.quiet {
        let entries = quantity::count(unread as u64, "entry was", "entries were");
        report::note(&format!("{entries} not read to the end, and will be read each time"));
    }
    let parts = without_index(run.catalog());
    if parts > 0 && !console.quiet {
        let files =
            quantity::count(parts as u64, "file of a directory is", "files of a directory are");
        report::note(&format!(
            "{files} divided by steps; such files have no index and are read each time"
        ));
    }
    // Of inputs that could not be opened all is said.
    let entries = &run.catalog().entries;
    if !console.quiet && !entries.is_empty() && entries.iter().all(Entry::is_converted) {
        report::note("no index is needed: files that ripsaw wrote have their own");
    } else if !console.quiet && !entries.is_empty() {
        let text_bytes: u64 = written.iter().map(|written| written.text_bytes).sum();
        written.iter().for_each(report::index);
        report::note(&match written.len() {
            0 if !(0..entries.len()).any(|entry| run.catalog().can_have_index(entry)) => {
                "there is nothing to index".to_owned()
            }
            0 => "all indexes are there and fit; --force writes them anew".to_owned(),
            count => format!(
                "{} of {} of text, {}",
                quantity::count(count as u64, "index", "indexes"),
                quantity::bytes(text_bytes),
                quantity::seconds(run.started.elapsed().as_secs_f64()),
            ),
        });
    }
    Ok(match run.catalog().problems.is_empty() {
        true => Exit::Done,
        false => Exit::Failed,
    })
}

/// Files of directories whose entries are their steps.
fn without_index(catalog: &Catalog) -> usize {
    let parts = (0..catalog.entries.len()).filter(|&entry| !catalog.can_have_index(entry));
    let parts = parts.map(|entry| &catalog.entries[entry]).filter(|entry| !entry.is_converted());
    // Rows of NDJSON are of the logs that they were made from.
    let is_of_logs = |entry: &&Entry| entry.format.is_some_and(|id| id.format().name == "ripsaw");
    let parts = parts.filter(|entry| !is_of_logs(entry));
    parts.map(|entry| (entry.bundle, &entry.path)).collect::<HashSet<_>>().len()
}
