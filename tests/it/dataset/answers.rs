//! Data sets as inputs: they have the answers of the bundles that they were made from.

use std::path::{Path, PathBuf};

use super::{bundle, convert, succeed};
use crate::convert::Folder;
use crate::formats::mixed;
use crate::program::ripsaw;

/// Commands whose output shows nothing of how rows are stored.
const COMMANDS: [&[&str]; 13] = [
    &["cat"],
    &["cat", "--sort", "time"],
    &["cat", "--level", "WARN+", "--columns", "timestamp,bundle,file,line,step,message,args"],
    &["grep", "-c", "e"],
    &["grep", "-l", "error"],
    &["grep", "-L", "error"],
    &["grep", "-n", "-A1", "-B2", "failed"],
    &["grep", "-c", "", "--stage", "B*", "--level", "ERROR+"],
    &["grep", "-c", "", "--count-by", "level,step"],
    &["grep", "-i", "-v", "e", "--since", "2026-01-01", "--max-count", "3"],
    &["grep", "x", "--where", "level eq 'WARN' or contains(step,'e')"],
    &["convert", "-q", "--to", "ndjson", "--columns", "all"],
    &[
        "convert",
        "-q",
        "--to",
        "csv",
        "--level",
        "INFO",
        "--columns",
        "bundle,file,line,timestamp,zone,level_text,pos,message,extra,parse_error",
    ],
];

fn output(command: &[&str], inputs: &[PathBuf]) -> (Option<i32>, String) {
    let output = ripsaw().args(command).args(inputs).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Of logs whose rows are in several partitions, the order of logs may be another.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Same,
    Any,
}

fn assert_same(
    inputs: &[PathBuf],
    set: &Path,
    options: &[&str],
    commands: &[&[&str]],
    order: Order,
) {
    succeed(&mut convert(inputs, set, &[options, &["--timestamp-unit", "ns"]].concat()));
    for command in commands {
        let (original, own) = (output(command, inputs), output(command, &[set.to_owned()]));
        assert_eq!(original.0, own.0, "{options:?} {command:?}");
        let mut lines = [&original.1, &own.1].map(|text| text.lines().collect::<Vec<_>>());
        if order == Order::Any {
            lines.iter_mut().for_each(|lines| lines.sort_unstable());
        }
        let [original, own] = lines;
        let other = original.iter().zip(&own).find(|(original, own)| original != own);
        assert!(original == own, "{options:?} {command:?}: {other:#?}");
    }
}

#[test]
fn answers_are_those_of_the_bundles() {
    let folder = Folder::new();
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy.zip");
    let json = b"{\"level\":\"warn\",\"a\":1,\"message\":\"x\"}\n{\"b\":[1,2],\"message\":\"y\"}\nnot json\n";
    let inputs = vec![
        bundle(&folder, "one.zip", 1, 60_000),
        deploy,
        bundle(&folder, "logs/two.zip", 2, 60_000),
        folder.file("app.ndjson", json),
    ];
    let same = ["level", "date", "bundle", "level,date"].map(|by| (by, Order::Same));
    let any = ["stage,level", "step,iteration,date", "run,unit"].map(|by| (by, Order::Any));
    for (number, (by, order)) in same.into_iter().chain(any).enumerate() {
        let set = folder.path(&format!("set{number}"));
        // Which three hits come first, and which lines are around them, depends on no order of logs.
        assert_same(&inputs, &set, &["--partition-by", by], &COMMANDS, order);
    }
    assert_same(&inputs, &folder.path("plain"), &[], &COMMANDS, Order::Same);
    let each = ["--per-bundle", "--row-group-size", "100"];
    assert_same(&inputs, &folder.path("each"), &each, &COMMANDS, Order::Any);
}

/// Commands that do not show the JSON of records without a message, of which a data set has the values alone.
const TABLES: [&[&str]; 3] = [COMMANDS[8], COMMANDS[11], COMMANDS[12]];

#[test]
fn answers_are_those_of_logs_of_all_formats() {
    let folder = Folder::new();
    let inputs = vec![folder.tree("tree", &mixed::files_of_one_entry(7, 300, 20_000))];
    assert_same(&inputs, &folder.path("set"), &["--partition-by", "level"], &TABLES, Order::Any);
    let small = ["--file-size", "1k", "--row-group-size", "200"];
    assert_same(&inputs, &folder.path("small"), &small, &TABLES, Order::Same);
}

#[test]
fn answers_stay_when_files_are_compacted() {
    let folder = Folder::new();
    let set = folder.path("set");
    let mut inputs = Vec::new();
    for seed in 0..3 {
        inputs.push(bundle(&folder, &format!("{seed}.zip"), seed, 40_000));
        succeed(&mut convert(
            &inputs,
            &set,
            &["--partition-by", "level", "--timestamp-unit", "ns"],
        ));
    }
    for options in [&["compact"][..], &["compact", "--sort", "time"]] {
        succeed(ripsaw().args(options).arg(&set));
        assert_same(&inputs, &set, &[], &COMMANDS, Order::Any);
    }
}
