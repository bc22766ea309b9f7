//! Data sets: whatever is added, changed and taken out, and however runs end, they have the rows that a fresh
//! conversion has.

mod answers;
mod compaction;
mod faults;
mod incremental;
mod kills;
mod layout;
mod refused;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ripsaw::synth::{Layout, Recipe};
use serde_json::Value;

use crate::convert::Folder;
use crate::program::ripsaw;

/// A row: the values that are not null, by column.
type Cells = BTreeMap<String, String>;

/// `ripsaw convert` with these words after it.
fn convert(inputs: &[PathBuf], out: &Path, options: &[&str]) -> Command {
    let mut command = ripsaw();
    // A slash makes it a directory.
    let out = format!("{}/", out.display());
    command.arg("convert").args(inputs).args(["-o", &out]).args(options);
    command
}

/// Runs a command that must succeed, and returns what it says.
fn succeed(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{command:?}: {text}");
    text
}

/// Runs a command that must end with code 2, and returns what it says.
fn fail(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{command:?}: {text}");
    text
}

/// The Parquet files below a folder that a reader by names finds: not those in hidden folders.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(listing) = std::fs::read_dir(folder) else { return found };
    for entry in listing {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match () {
            () if name.starts_with('.') => {}
            () if path.is_dir() => found.extend(files(&path)),
            () if name.ends_with(".parquet") => found.push(path),
            () => panic!("{path:?} is in a data set"),
        }
    }
    found.sort();
    found
}

/// The rows of a file, with the values of its partition but the date.
fn rows_of(path: &Path) -> Vec<Cells> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let pairs = builder.metadata().file_metadata().key_value_metadata().unwrap();
    let partition = pairs.iter().find(|pair| pair.key == ripsaw::dataset::PARTITION);
    let partition = partition.and_then(|pair| pair.value.clone()).unwrap_or_else(|| "{}".into());
    let Value::Object(partition) = serde_json::from_str(&partition).unwrap() else { panic!() };
    let partition: Cells = partition
        .into_iter()
        .filter(|(name, value)| name != "date" && !value.is_null())
        .map(|(name, value)| (name, value.as_str().unwrap().to_owned()))
        .collect();
    let mut rows = Vec::new();
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default();
        let schema = batch.schema();
        let plain: Vec<ArrayRef> = batch.columns().iter().map(without_zone).collect();
        let columns: Vec<_> = plain
            .iter()
            .zip(schema.fields())
            .map(|(column, field)| {
                (field.name(), column, ArrayFormatter::try_new(column, &options).unwrap())
            })
            .collect();
        for row in 0..batch.num_rows() {
            let mut cells = partition.clone();
            for (name, column, values) in &columns {
                // Dictionaries have nulls in their codes alone here.
                if column.is_valid(row) {
                    assert!(cells.insert((*name).clone(), values.value(row).to_string()).is_none());
                }
            }
            rows.push(cells);
        }
    }
    rows
}

/// A column that arrow can print: names of zones are not known to it.
fn without_zone(column: &ArrayRef) -> ArrayRef {
    match column.as_primitive_opt::<TimestampMicrosecondType>() {
        Some(times) => Arc::new(times.clone().with_timezone_opt(None::<&str>)),
        None => Arc::clone(column),
    }
}

/// All rows of a data set as other readers find them, sorted.
fn rows(folder: &Path) -> Vec<Cells> {
    let mut rows: Vec<Cells> = files(folder).iter().flat_map(|path| rows_of(path)).collect();
    rows.sort();
    rows
}

/// The rows that a conversion to one file gives, sorted.
fn fresh(inputs: &[PathBuf], options: &[&str]) -> Vec<Cells> {
    let folder = Folder::new();
    let out = folder.path("all.parquet");
    succeed(
        ripsaw()
            .arg("convert")
            .args(inputs)
            .arg("-o")
            .arg(&out)
            .args(["--columns", "all"])
            .args(options),
    );
    let mut rows = rows_of(&out);
    rows.sort();
    rows
}

/// Asserts that a data set has the rows of these inputs, each once, and that nothing of a run is left.
fn assert_has(set: &Path, inputs: &[PathBuf]) {
    let manifest = manifest(set);
    let (mut own, fresh) = (rows(set), fresh(inputs, &[]));
    // A key that is called as a folder is.
    for key in manifest["keys"]["keys"].as_array().unwrap() {
        let (key, name) = (key["key"].as_str().unwrap(), key["name"].as_str().unwrap());
        if key == "date" && name != key {
            for row in &mut own {
                row.remove(name).map(|value| row.insert(key.to_owned(), value));
            }
        }
    }
    own.sort();
    assert_eq!(own.len(), fresh.len());
    for (own, fresh) in own.iter().zip(&fresh) {
        assert_eq!(own, fresh);
    }
    let listed = manifest["files"].as_array().unwrap();
    let mut listed: Vec<PathBuf> =
        listed.iter().map(|file| set.join(file["path"].as_str().unwrap())).collect();
    listed.sort();
    assert_eq!(listed, files(set));
    for (file, path) in manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file, set.join(file["path"].as_str().unwrap())))
    {
        assert_eq!(file["bytes"], path.metadata().unwrap().len());
        let of_bundles: u64 =
            file["bundles"].as_array().unwrap().iter().map(|run| run[1].as_u64().unwrap()).sum();
        assert_eq!(file["rows"], of_bundles);
    }
    let own: Vec<String> = std::fs::read_dir(set.join(".ripsaw"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["lock", "manifest.json", "runs"].contains(&name.as_str()))
        .collect();
    assert!(own.is_empty(), "{own:?}");
}

fn manifest(set: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(set.join(".ripsaw/manifest.json")).unwrap()).unwrap()
}

/// A made-up bundle.
fn bundle(folder: &Folder, name: &str, seed: u64, bytes: u64) -> PathBuf {
    let layout = if seed.is_multiple_of(2) { Layout::Simplified } else { Layout::Standard };
    let recipe = Recipe { seed, entries: 4, bytes, layout, ..Recipe::default() };
    let mut zip = Vec::new();
    recipe.write_zip(&mut zip).unwrap();
    folder.file(name, &zip)
}
