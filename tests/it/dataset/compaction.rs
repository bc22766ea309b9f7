//! `ripsaw compact`.

use std::path::PathBuf;

use super::{Cells, assert_has, bundle, convert, files, manifest, rows_of, succeed};
use crate::convert::Folder;
use crate::program::ripsaw;

#[test]
fn small_files_become_one_and_rows_stay() {
    let folder = Folder::new();
    let (mut inputs, set) = (Vec::new(), folder.path("set"));
    for seed in 0..4 {
        inputs.push(bundle(&folder, &format!("{seed}.zip"), seed, 30_000));
        succeed(&mut convert(&inputs, &set, &["--partition-by", "level"]));
    }
    let before = files(&set).len();
    let said = succeed(ripsaw().arg("compact").arg(&set));
    assert!(said.contains("files in"), "{said}");
    assert!(files(&set).len() * 3 < before, "{before}: {:?}", files(&set));
    assert_has(&set, &inputs);
    let now = (files(&set), manifest(&set));
    let said = succeed(ripsaw().arg("compact").arg(&set));
    assert!(said.contains("nothing to compact"), "{said}");
    assert_eq!((files(&set), manifest(&set)), now);
    // Rows are still known by their bundles.
    bundle(&folder, "2.zip", 22, 30_000);
    succeed(&mut convert(&inputs, &set, &[]));
    assert_has(&set, &inputs);
}

#[test]
fn files_are_written_as_before() {
    use parquet::basic::Compression;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let folder = Folder::new();
    let (mut inputs, set) = (Vec::new(), folder.path("set"));
    for seed in 0..2 {
        inputs.push(bundle(&folder, &format!("{seed}.zip"), seed, 30_000));
        let options = ["--compression", "snappy", "--row-group-size", "50"];
        succeed(&mut convert(&inputs, &set, &options));
    }
    succeed(ripsaw().arg("compact").arg(&set));
    let [file] = &files(&set)[..] else { panic!("{:?}", files(&set)) };
    let file = SerializedFileReader::new(std::fs::File::open(file).unwrap()).unwrap();
    let groups = file.metadata().row_groups();
    let (_, but_last) = groups.split_last().unwrap();
    assert!(!but_last.is_empty() && but_last.iter().all(|group| group.num_rows() == 50));
    let codecs: Vec<Compression> = groups
        .iter()
        .flat_map(|group| group.columns())
        .map(|column| column.compression())
        .collect();
    // What does not become smaller is stored as it is.
    let is_own =
        |codec: &Compression| matches!(codec, Compression::SNAPPY | Compression::UNCOMPRESSED);
    assert!(codecs.contains(&Compression::SNAPPY) && codecs.iter().all(is_own), "{codecs:?}");
}

#[test]
fn large_files_stay_as_they_are() {
    let folder = Folder::new();
    let (mut inputs, set) = (vec![bundle(&folder, "large.zip", 0, 3_000_000)], folder.path("set"));
    succeed(&mut convert(&inputs, &set, &[]));
    let large = files(&set).remove(0);
    for seed in 1..3 {
        inputs.push(bundle(&folder, &format!("{seed}.zip"), seed, 3_000));
        succeed(&mut convert(&inputs, &set, &[]));
    }
    succeed(ripsaw().arg("compact").arg(&set).args(["--file-size", "100k"]));
    assert!(files(&set).contains(&large) && files(&set).len() == 2, "{:?}", files(&set));
    assert_has(&set, &inputs);
}

/// A sort that is surely right: by time, those without last, otherwise as they were.
fn sorted(mut rows: Vec<Cells>) -> Vec<Cells> {
    rows.sort_by_key(|row| (row.get("timestamp").is_none(), row.get("timestamp").cloned()));
    rows
}

#[test]
fn rows_are_sorted_by_time_whatever_memory_there_is() {
    use ripsaw::dataset::{DataSet, DataSetOptions};
    let folder = Folder::new();
    let mut inputs: Vec<PathBuf> =
        (0..3).map(|seed| bundle(&folder, &format!("{seed}.zip"), seed, 150_000)).collect();
    // No times at all in some rows.
    inputs.push(folder.file("plain.log", b"no time\nnone here\n"));
    for memory in [1, 60_000, 64 << 20] {
        let set = folder.path(&format!("set{memory}"));
        for until in 1..=inputs.len() {
            succeed(&mut convert(
                &inputs[..until],
                &set,
                &["--partition-by", "level", "--row-group-size", "500"],
            ));
        }
        let mut by_level: std::collections::BTreeMap<Option<String>, Vec<Cells>> =
            Default::default();
        for file in files(&set) {
            let rows = rows_of(&file);
            by_level.entry(rows[0].get("level").cloned()).or_default().extend(rows);
        }
        let options = DataSetOptions { memory, ..DataSetOptions::default() };
        let mut data = DataSet::open(&set, options).unwrap();
        data.compact(true, 2, || false).unwrap();
        drop(data);
        assert_has(&set, &inputs);
        let mut sorted_by_level: std::collections::BTreeMap<Option<String>, Vec<Cells>> =
            Default::default();
        for file in files(&set) {
            let own = rows_of(&file);
            // Files of a partition are named in the order of their rows.
            sorted_by_level.entry(own[0].get("level").cloned()).or_default().extend(own);
            let file = std::fs::File::open(file).unwrap();
            let builder =
                parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
            let metadata = builder.unwrap().metadata().clone();
            let columns = metadata.row_group(0).sorting_columns().unwrap();
            let column = metadata.row_group(0).column(columns[0].column_idx as usize);
            assert_eq!(column.column_path().string(), "timestamp");
        }
        for (level, rows) in by_level {
            assert!(sorted_by_level.remove(&level).unwrap() == sorted(rows), "{level:?}");
        }
        assert!(sorted_by_level.is_empty());
        let said = succeed(ripsaw().args(["compact", "--sort", "time"]).arg(&set));
        assert!(said.contains("nothing to compact"), "{said}");
        // Rows of a bundle among those of others are found again.
        bundle(&folder, "1.zip", 21, 150_000);
        succeed(&mut convert(&inputs, &set, &[]));
        assert_has(&set, &inputs);
        bundle(&folder, "1.zip", 1, 150_000);
    }
}
