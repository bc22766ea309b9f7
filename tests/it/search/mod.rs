//! Filters and searches.

mod command;
mod counts;
mod filtered;
mod grid;
mod hidden;
mod hints;
mod listing;
mod made;
mod records;
mod ripgrep;
mod odata;
mod order;
mod terminal;
mod times;
mod undecoded;
mod unmatched;

use std::path::Path;

use ripsaw::query::Selection;
use ripsaw::scan::Scan;

use crate::convert::{Format, Memory, Setup, read_back, sink};
use crate::oracle::Row;

/// The rows of an input that are selected.
fn selected(input: &Path, selection: Selection, threads: usize) -> Vec<Row> {
    selected_as(Format::ArrowStream, input, selection, threads)
}

fn selected_as(format: Format, input: &Path, selection: Selection, threads: usize) -> Vec<Row> {
    let scan = Scan::open([input]).unwrap().threads(threads).select(selection);
    let memory = Memory::default();
    let sink = sink(format, Setup::default(), memory.clone());
    let report = scan.run(sink, &mut ()).unwrap();
    let bytes = std::mem::take(&mut *memory.0.lock().unwrap());
    let rows = read_back(&bytes, format);
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let count =
        |level: &&str| rows.iter().filter(|row| row.level.as_deref() == Some(*level)).count();
    assert_eq!(report.total().levels, levels.each_ref().map(|level| count(level) as i64));
    assert_eq!(report.total().lines, rows.len() as i64);
    rows
}
