//! Where rows go: folders, files, row groups.

use std::fs;
use std::path::{Path, PathBuf};

use ripsaw::dataset::{DataSet, DataSetOptions};
use ripsaw::scan::ScanOptions;
use ripsaw::sink::parquet::Parquet;

use super::{assert_has, bundle, convert, files, fresh, manifest, rows, rows_of, succeed};
use crate::convert::Folder;
use crate::formats::mixed;

/// Inputs of all kinds.
fn inputs(folder: &Folder) -> Vec<PathBuf> {
    let fixture = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    vec![
        fixture("deploy.zip"),
        fixture("containers.zip"),
        folder.tree("tree", &mixed::files(3, 300, 20_000)),
        bundle(folder, "made.zip", 5, 200_000),
    ]
}

/// What Hive's escapes in the name of a folder say.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [a, b, tail @ ..]) => {
                let digits = [*a, *b];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn values_that_are_too_long_for_a_folder_are_whole_in_the_files() {
    let folder = Folder::new();
    let name = "界".repeat(60);
    let long = folder.file(&format!("{name}/{name}/a.log"), b"one line\n");
    let out = folder.path("out");
    succeed(&mut convert(&[long], &out, &["--partition-by", "bundle"]));
    let [file] = &files(&out)[..] else { panic!("{:?}", files(&out)) };
    assert!(file.parent().unwrap().file_name().unwrap().len() <= 255);
    let mut command = crate::program::ripsaw();
    let output = command.arg("convert").arg(&out).args(["-o", "-", "--to", "ndjson"]).output();
    let row = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(row.contains(&format!("{name}/{name}/a.log\"")), "{row}");
}

#[test]
fn rows_are_in_the_folders_of_their_values() {
    let folder = Folder::new();
    let inputs = inputs(&folder);
    let all = fresh(&inputs, &[]);
    let by = [
        "level",
        "date",
        "pipeline,stage",
        "run,step_group",
        "bundle,level",
        "iteration,unit,date",
        "account,org,project,execution",
    ];
    for by in by {
        let out = folder.path(&by.replace(',', "-"));
        succeed(&mut convert(&inputs, &out, &["--partition-by", by]));
        assert_has(&out, &inputs);
        let mut seen = 0;
        for file in files(&out) {
            let inside = file.strip_prefix(&out).unwrap().parent().unwrap();
            let folders: Vec<(String, String)> = inside
                .iter()
                .map(|part| part.to_str().unwrap().split_once('=').unwrap())
                .map(|(name, value)| (name.to_owned(), unescaped(value)))
                .collect();
            let names: Vec<&str> = folders.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names.join(","), by);
            for row in rows_of(&file) {
                seen += 1;
                for (name, value) in &folders {
                    let own = match name.as_str() {
                        "date" => row.get("timestamp").map(|time| &time[..10]),
                        name => row.get(name).map(String::as_str),
                    };
                    assert_eq!(own.unwrap_or("__HIVE_DEFAULT_PARTITION__"), value, "{by}: {row:?}");
                }
            }
        }
        assert_eq!(seen, all.len());
    }
}

#[test]
fn rows_of_a_partition_are_in_the_order_of_the_input() {
    let folder = Folder::new();
    let inputs = inputs(&folder);
    let (set, one) = (folder.path("set"), folder.path("one.parquet"));
    succeed(&mut convert(&inputs, &set, &["--partition-by", "level", "--threads", "3"]));
    succeed(
        crate::program::ripsaw()
            .arg("convert")
            .args(&inputs)
            .arg("-o")
            .arg(&one)
            .args(["--columns", "all"]),
    );
    let all = rows_of(&one);
    let files = files(&set);
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let own = rows_of(&file);
        let level = own[0].get("level");
        let same: Vec<_> = all.iter().filter(|row| row.get("level") == level).cloned().collect();
        assert!(own == same, "{file:?}");
    }
}

#[test]
fn files_end_at_their_size_and_where_memory_does() {
    let folder = Folder::new();
    let inputs =
        vec![bundle(&folder, "a.zip", 1, 3_000_000), bundle(&folder, "b.zip", 2, 3_000_000)];
    let one = folder.path("one");
    succeed(&mut convert(&inputs, &one, &[]));
    assert_eq!(files(&one).len(), 1);
    let names = |path: &Path| -> Vec<String> {
        files(path)
            .iter()
            .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&one), ["r000001-00000.parquet"]);
    // A row group is the least that a file has.
    let many = folder.path("many");
    succeed(&mut convert(&inputs, &many, &["--file-size", "100k", "--row-group-size", "3000"]));
    assert!(files(&many).len() > 5, "{:?}", files(&many));
    assert_has(&many, &inputs);
    // With next to no memory, each portion is a row group of each partition.
    let options = DataSetOptions {
        partition_by: Some(vec!["step".into(), "level".into()]),
        memory: 1,
        parquet: Parquet { row_group_rows: 1000, ..Parquet::default() },
        ..DataSetOptions::default()
    };
    let little = folder.path("little");
    let mut set = DataSet::open(&little, options).unwrap();
    let (scan, changes) = set.scan(&inputs, ScanOptions::default()).unwrap();
    let mut update = set.update(scan, changes).unwrap();
    let sink = update.sink(|| false).unwrap();
    let report = update.scan().run(sink, &mut ()).unwrap();
    let committed = update.commit(&report).unwrap();
    assert_eq!(committed.rows, report.total().lines as u64);
    assert_has(&little, &inputs);
    // Files are completed as well: what is known of their row groups takes memory.
    let partitions: std::collections::BTreeSet<_> =
        files(&little).iter().map(|file| file.parent().unwrap().to_owned()).collect();
    assert!(partitions.len() > 10 && files(&little).len() > 2 * partitions.len());
}

#[test]
fn bundles_may_have_files_of_their_own() {
    let folder = Folder::new();
    let inputs = vec![
        bundle(&folder, "a/logs.zip", 1, 100_000),
        bundle(&folder, "b/logs.zip", 2, 100_000),
        bundle(&folder, "=# .zip", 3, 100_000),
    ];
    let out = folder.path("out");
    succeed(&mut convert(&inputs, &out, &["--per-bundle"]));
    assert_has(&out, &inputs);
    assert_eq!(files(&out).len(), 3);
    for file in files(&out) {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(!name.contains(['=', '#', ' ']) && !name.starts_with(['_', '.']), "{name}");
        let rows = rows_of(&file);
        assert!(rows.iter().all(|row| row["bundle"] == rows[0]["bundle"]));
    }
    // It stays so without the option, and only what has changed is written anew.
    let before = files(&out);
    bundle(&folder, "b/logs.zip", 4, 90_000);
    succeed(&mut convert(&inputs, &out, &[]));
    assert_has(&out, &inputs);
    let kept = files(&out).iter().filter(|file| before.contains(file)).count();
    assert_eq!((kept, files(&out).len()), (2, 3));
}

#[test]
fn all_fixed_columns_are_there_and_keys_are_those_of_the_first_run() {
    let folder = Folder::new();
    let first =
        folder.file("first.ndjson", b"{\"date\":\"x\",\"a\":1,\"message\":\"m\"}\n{\"a\":2}\n");
    let out = folder.path("out");
    succeed(&mut convert(std::slice::from_ref(&first), &out, &["--partition-by", "date"]));
    // A key that is called as a folder is has another name.
    assert_eq!(rows(&out)[0]["date_"], "x");
    let second = folder.file("second.ndjson", b"{\"a\":\"no number\",\"b\":3}\n");
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy.zip");
    let said = succeed(&mut convert(&[first.clone(), second, deploy], &out, &[]));
    assert!(said.contains("1 row has keys for which the data set has no columns"), "{said}");
    let own = rows(&out);
    let extra: Vec<&str> =
        own.iter().filter_map(|row| row.get("extra")).map(String::as_str).collect();
    assert!(extra.contains(&"{\"a\":\"no number\",\"b\":3}"), "{extra:?}");
    let schemas: Vec<_> = files(&out)
        .iter()
        .map(|file| {
            let file = fs::File::open(file).unwrap();
            let builder =
                parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file);
            let names = builder.unwrap();
            names.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
        })
        .collect();
    assert!(schemas.len() > 1 && schemas.iter().all(|names| *names == schemas[0]), "{schemas:?}");
    assert!(schemas[0].ends_with(&["date_".to_owned(), "a".to_owned()]), "{:?}", schemas[0]);
    assert_eq!(manifest(&out)["keys"]["keys"][1]["name"], "a");
}
