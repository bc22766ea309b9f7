//! `ripsaw compact`: merges the small files of a data set.

use std::thread;

use ripsaw::dataset::{Committed, DataSet, DataSetOptions};
use ripsaw::error::{Error, Location, Result};

use super::args::CompactArgs;
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::quantity;
use super::report;
use super::settings::messages;

/// Merges files, and reports on standard error.
pub(super) fn run(args: CompactArgs) -> Result<Exit> {
    let console = messages(&args.messages);
    let interrupt = Interrupt::catch()?;
    if !DataSet::is_at(&args.path) {
        let location = Location::bundle(args.path.to_string_lossy());
        return Err(Error::new("cannot compact", location, "it is not a data set")
            .with_hint("ripsaw convert INPUT... -o DIR/ writes one"));
    }
    let defaults = DataSetOptions::default();
    let file_bytes = args.file_size.unwrap_or(defaults.file_bytes);
    let threads = args.threads.or(thread::available_parallelism().ok()).map_or(1, Into::into);
    // From here on a signal lets the run end by itself, which leaves nothing.
    interrupt.hold();
    let mut set = DataSet::open(&args.path, DataSetOptions { file_bytes, ..defaults })?;
    let done = set.compact(args.sort.is_some(), threads, || interrupt.is_requested())?;
    if !console.quiet {
        report::note(&summary(&args.path.to_string_lossy(), &done));
    }
    Ok(Exit::Done)
}

fn summary(name: &str, done: &Committed) -> String {
    if done.replaced == 0 {
        return format!("{name}: nothing to compact");
    }
    let rows = quantity::count(done.rows, "row", "rows");
    let before = quantity::count(done.replaced as u64, "file", "files");
    let after = quantity::count(done.files as u64, "file", "files");
    format!("{name}: {rows} of {before} in {after}, {}", quantity::bytes(done.bytes))
}
