//! Indexes: they never change an answer, whatever is in them.

mod access;
mod answers;
mod commands;
mod damage;
mod files;
mod frozen;
mod lies;
mod revision;
mod sound;
mod writers;

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use ripsaw::Scan;
use ripsaw::query::Selection;
use ripsaw::scan::{IndexPolicy, ScanOptions};
use ripsaw::synth::{Layout, Recipe};
use ripsaw::table::Tally;

use crate::convert::{Folder, zipped};
use crate::formats::mixed;
use crate::nasty;

/// Opens inputs with some indexes or none.
fn scan(inputs: &[PathBuf], index: IndexPolicy) -> Scan {
    let options = ScanOptions { index, skip_unreadable: true, ..ScanOptions::default() };
    Scan::open_with(inputs, options).unwrap()
}

/// The rows of a scan and what was counted.
fn answer(scan: &Scan, selection: &Selection) -> (RecordBatch, Vec<Tally>) {
    let mut batches = scan.clone().select(selection.clone()).batches().unwrap();
    let schema = batches.schema();
    let all: Vec<RecordBatch> = batches.by_ref().map(Result::unwrap).collect();
    let rows = concat_batches(&schema, &all).unwrap();
    let mut tallies = batches.report().unwrap().tallies.clone();
    // How the parser went about it is no part of the answer: it learns anew from each piece.
    tallies.iter_mut().for_each(|tally| tally.missed = 0);
    (rows, tallies)
}

/// What a scan says of indexes that it does not use.
fn notices(scan: &Scan) -> Vec<String> {
    let warnings = scan.catalog().warnings.iter().map(ToString::to_string);
    warnings.filter(|warning| warning.contains("the index is not used")).collect()
}

/// Writes the indexes of an input.
fn index(input: &Path) {
    let inputs = [input.to_owned()];
    let written = scan(&inputs, IndexPolicy::Beside).build_indexes(true, &mut ()).unwrap();
    assert!(!written.is_empty(), "{input:?}");
}

/// Inputs of all kinds, some with entries of several blocks.
fn inputs(folder: &Folder) -> Vec<PathBuf> {
    let recipe = Recipe {
        seed: 21,
        oddities: 0.1,
        bytes: 4 << 20,
        entries: 2,
        layout: Layout::Standard,
        ..Recipe::default()
    };
    let mut zip = Vec::new();
    recipe.write_zip(&mut zip).unwrap();
    let tree = folder.tree("large", &[]);
    recipe.write_tree(&tree).unwrap();
    let mixed = mixed::files(4, 0, 12_000);
    let nested =
        [("inner.zip".to_owned(), zipped(&mixed)), ("a.log".to_owned(), b"one\ntwo\n".to_vec())];
    vec![
        folder.file("large.zip", &zip),
        tree,
        folder.zip("nasty.zip", &nasty::bundle()),
        folder.tree("nasty", &nasty::bundle()),
        folder.zip("mixed.zip", &mixed),
        folder.tree("mixed", &mixed),
        folder.zip("nested.zip", &nested),
        folder.file("one.log", b"2026-03-09T10:00:00Z ERROR one\nplain\n"),
    ]
}
