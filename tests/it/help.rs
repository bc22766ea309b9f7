//! Help, completions, and what is said of options that are misspelled or do not fit.

use std::fs;

use insta::assert_snapshot;

use crate::command::{Folder, line};

#[test]
fn help_teaches() {
    let folder = Folder::new();
    let said = folder.run(&[]);
    assert_eq!(said.code(), 2);
    assert!(said.stdout.is_empty());
    assert_snapshot!("help", said.stderr);
    for (name, arguments) in [
        ("help_convert", &["convert", "-h"][..]),
        ("help_ls", &["ls", "-h"]),
        ("help_grep", &["grep", "-h"]),
        ("help_cat", &["cat", "-h"]),
        ("help_formats", &["formats", "-h"]),
        ("help_index", &["index", "-h"]),
        ("help_compact", &["compact", "-h"]),
        ("help_extract", &["extract", "-h"]),
        ("help_fetch", &["fetch", "-h"]),
        ("help_fetch_harness", &["fetch", "harness", "-h"]),
        ("help_fetch_firstgen", &["fetch", "firstgen", "-h"]),
        ("help_fetch_apify", &["fetch", "apify", "-h"]),
        ("help_fetch_deepset", &["fetch", "deepset", "-h"]),
        ("help_serve", &["serve", "-h"]),
        ("help_bench", &["bench", "-h"]),
        ("help_completions", &["completions", "-h"]),
        ("help_man", &["man", "-h"]),
    ] {
        let said = folder.run(arguments);
        assert_eq!(said.code(), 0);
        assert_snapshot!(name, said.text());
    }
    let version = folder.run(&["-V"]);
    assert_eq!(version.text(), concat!("ripsaw ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn every_example_in_the_help_is_a_command_line() {
    let folder = Folder::with_bundle(false);
    for name in ["extracted", "archive"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        folder.write(&format!("{name}/step.log"), line(1, "INFO", "x"));
    }
    for name in ["monday.zip", "tuesday.zip", "export.zip", "app.log"] {
        fs::copy(folder.path().join("logs.zip"), folder.path().join(name)).unwrap();
    }
    let mut examples = 0;
    for command in
        ["convert", "compact", "extract", "grep", "cat", "ls", "index", "formats", "bench"]
    {
        let help = folder.run(&[command, "--help"]);
        for example in help.text().lines().filter_map(|line| line.strip_prefix("  ripsaw ")) {
            let example = example.split(" | ").next().unwrap();
            let example = example.replace("10GiB", "1MiB").replace("64MiB", "1MiB");
            // What stands behind several blanks explains.
            let example = example.split("   ").next().unwrap();
            let said = folder.run(&words(example));
            // A search need not find anything.
            let codes = if example.starts_with("grep ") { 0..=1 } else { 0..=0 };
            assert!(codes.contains(&said.code()), "{example}: {}", said.stderr);
            examples += 1;
        }
    }
    assert!(examples >= 26, "{examples}");
}

/// A command line as a shell splits it: single quotes hold words together.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace()),
            _ => words.push(part),
        }
    }
    words
}

#[test]
fn typos_are_answered_with_what_was_meant() {
    let folder = Folder::with_bundle(false);
    for (arguments, meant) in [
        (&["konvert"][..], "'convert'"),
        (&["ls", "logs.zip", "--treads", "2"], "'--threads'"),
        (&["grep", "x", "logs.zip", "--stge", "Build"], "'--stage'"),
        (&["convert", "logs.zip", "-o", "-", "--to", "parket"], "'parquet'"),
    ] {
        let said = folder.run(arguments);
        assert_eq!(said.code(), 2);
        assert!(said.stderr.contains(meant), "{}", said.stderr);
    }
    for (name, meant) in [
        ("a.parqet", ".parquet"),
        ("a.PARQUETT", ".parquet"),
        ("a.cvs", ".csv"),
        ("a.json", ".jsonl"),
    ] {
        let message = folder.refused(&["convert", "logs.zip", "-o", name]);
        assert!(message.contains(&format!("did you mean {meant}?")), "{message}");
    }
    let message = folder.refused(&["convert", "logs.zip", "-o", "a.xyz"]);
    assert!(!message.contains("did you mean") && message.contains(".ndjson"), "{message}");
    folder.refused(&["convert", "logs.zip", "-o", "a"]);
    folder.refused(&["convert", "logs.zip", "-o", "-"]);
    let message = folder.refused(&["convert", "log.zip", "-o", "a.csv"]);
    assert!(message.contains("did you mean logs.zip?"), "{message}");
}

#[test]
fn options_of_another_format_are_refused() {
    let folder = Folder::with_bundle(false);
    for (out, option, value) in [
        ("a.csv", "--compression", "zstd"),
        ("a.ndjson", "--compression", "none"),
        ("a.parquet", "--compression", "zstd:23"),
        ("a.parquet", "--compression", "brotli"),
        ("a.arrow", "--compression", "snappy"),
        ("a.arrows", "--compression", "zstd:3"),
        ("a.csv", "--row-group-size", "10"),
        ("a.arrow", "--timestamp-unit", "us"),
        ("a.csv", "--timestamp-unit", "us"),
        ("a.ndjson", "--timestamp-unit", "us"),
        ("a.ndjson", "--row-group-size", "10"),
        ("a.arrow", "--csv-null", "x"),
        ("a.parquet", "--csv-null", "x"),
    ] {
        folder.refused(&["convert", "logs.zip", "-o", out, option, value]);
    }
    for out in ["a.parquet", "a.arrow", "a.arrows", "a.csv"] {
        let message = folder.refused(&["convert", "logs.zip", "-o", out, "--omit-nulls"]);
        assert!(message.contains("it applies to NDJSON"), "{message}");
    }
    for (option, value) in
        [("--max-line", "2GiB"), ("--max-line", "0"), ("--threads", "0"), ("--row-group-size", "0")]
    {
        let said = folder.run(&["convert", "logs.zip", "-o", "a.parquet", option, value]);
        assert_eq!(said.code(), 2);
        assert!(said.stderr.contains(option), "{}", said.stderr);
    }
    assert_eq!(folder.names(), ["logs.zip"]);
}

#[test]
fn options_of_the_format_are_taken() {
    let folder = Folder::with_bundle(false);
    for (out, options) in [
        (
            "a.parquet",
            &["--compression", "zstd:22", "--row-group-size", "100", "--timestamp-unit", "ns"][..],
        ),
        ("b.parquet", &["--compression", "snappy", "--threads", "1", "--mmap", "never"]),
        ("c.parquet", &["--compression", "lz4", "--max-line", "64k"]),
        ("d.parquet", &["--compression", "none", "--ansi", "keep"]),
        ("e.feather", &["--compression", "lz4"]),
        ("f.ipc", &["--compression", "zstd"]),
        ("g.arrows", &["--compression", "none", "--mmap", "always"]),
        ("h.csv", &["--csv-null", "NULL", "--timestamp-unit", "ns"]),
        ("k.arrow", &["--timestamp-unit", "ns"]),
        ("l.arrows", &["--timestamp-unit", "ns"]),
        ("m.ndjson", &["--timestamp-unit", "ns", "--omit-nulls"]),
        ("i.JSONL", &[]),
        ("j.txt", &["--to", "ndjson"]),
    ] {
        let said = folder.run(&[&["convert", "logs.zip", "-o", out], options].concat());
        assert_eq!(said.code(), 0, "{out}: {}", said.stderr);
        assert!(said.stderr.starts_with(&format!("{out}: 1,203 rows, ")), "{}", said.stderr);
    }
    assert_eq!(folder.read("i.JSONL"), folder.read("j.txt"));
    assert!(folder.read("h.csv").lines().nth(1).unwrap().contains(",NULL,"));
}

/// `--to` wins over the extension, but other programs go by that.
#[test]
fn misleading_extensions_are_warned_of() {
    let folder = Folder::with_bundle(false);
    for (out, to, warning) in [
        (
            "a.csv",
            "arrow",
            Some("the file is Arrow, not CSV\n  hint: name it a.arrow, or leave out --to"),
        ),
        ("a.CSV", "ndjson", Some("the file is NDJSON, not CSV")),
        (
            "a.arrow",
            "arrows",
            Some("the file is Arrow stream, not Arrow\n  hint: name it a.arrows"),
        ),
        ("a.parquet", "csv", Some("the file is CSV, not Parquet")),
        ("a.csv.gz", "csv", Some("the file is not compressed\n  hint: name it a.csv\n")),
        ("a.zip", "parquet", Some("the file is not compressed\n  hint: name it a.parquet\n")),
        ("a.jsonl", "ndjson", None),
        ("a.feather", "arrow", None),
        ("a.txt", "csv", None),
        ("a", "csv", None),
        ("-", "csv", None),
    ] {
        let said = folder.run(&["convert", "-q", "logs.zip", "-o", out, "--to", to]);
        assert_eq!(said.code(), 0, "{out}: {}", said.stderr);
        match warning {
            Some(warning) => {
                let start = format!("ripsaw: warning: misleading name: {out}: {warning}");
                assert!(said.stderr.starts_with(&start), "{}", said.stderr);
            }
            None => assert_eq!(said.stderr, "", "{out}"),
        }
    }
    let said = folder.run(&["grep", "a", "logs.zip", "-O", "b.csv", "--to", "parquet"]);
    assert!(
        said.stderr.starts_with("ripsaw: warning: misleading name: b.csv: "),
        "{}",
        said.stderr
    );
}

#[test]
fn completions_know_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = folder.run(&["completions", shell]);
        assert_eq!(said.code(), 0);
        for word in ["convert", "rejects", "max-line", "output-dir"] {
            assert!(said.text().contains(word), "{shell} {word}");
        }
    }
}

/// Every error begins with the name of the program, with hints and the usage below.
#[test]
fn usage_errors_look_like_all_others() {
    let folder = Folder::with_bundle(false);
    let mut all = String::new();
    for arguments in [
        &["konvert"][..],
        &["convert"],
        &["convert", "logs.zip"],
        &["grep"],
        &["ls", "logs.zip", "--treads", "2"],
        &["ls", "logs.zip", "--format", "jsonl"],
        &["ls", "logs.zip", "--to", "csv"],
        &["cat", "logs.zip", "-o", "out.csv"],
        &["cat", "logs.zip", "--where", "level eq"],
        &["cat", "logs.zip", "--level", "LOUD"],
        &["grep", "x", "logs.zip", "--formats"],
        &["grep", "-c", "-l", "x", "logs.zip"],
        &["cat", "logs.zip", "--stge", "a\u{1b}[31m"],
    ] {
        let said = folder.run(arguments);
        assert_eq!((said.code(), said.stdout.len()), (2, 0), "{arguments:?}");
        assert!(said.stderr.starts_with("ripsaw: "), "{}", said.stderr);
        all.push_str(&format!("$ ripsaw {}\n{}", arguments.join(" "), said.stderr));
    }
    assert_eq!(folder.names(), ["logs.zip"]);
    insta::assert_snapshot!("usage_errors", all.replace('\u{1b}', "ESC"));
}

/// An option means the same in all commands, whether it is repeated or has a list.
#[test]
fn options_are_the_same_in_all_commands() {
    let folder = Folder::with_bundle(true);
    let printed = |arguments: &[&str]| {
        let said = folder.run(arguments);
        assert_eq!(said.code(), 0, "{arguments:?}: {}", said.stderr);
        assert!(!said.stdout.is_empty(), "{arguments:?}");
        said.stdout
    };
    // The output: `-O` and `--output` everywhere, `-o` where it is not grep's; `--to` alone is to
    // standard output.
    let csv = printed(&["convert", "-q", "logs.zip", "-o", "-", "--to", "csv"]);
    for output in [&["-O", "-"][..], &["--output", "-"], &[]] {
        for command in [&["convert", "-q", "logs.zip"][..], &["grep", "", "-q", "logs.zip"]] {
            assert_eq!(printed(&[command, output, &["--to", "csv"]].concat()), csv, "{command:?}");
        }
    }
    // The columns of a table are selected by the same option as those of lines.
    let columns = ["--columns", "step,line", "--to", "csv"];
    let of_convert = printed(&[&["convert", "-q", "logs.zip"], &columns[..]].concat());
    assert_eq!(printed(&[&["grep", "", "-q", "logs.zip"], &columns[..]].concat()), of_convert);
    // What a table does not do is refused, not ignored.
    for option in [&["-m", "1"][..], &["-A", "1"], &["-b"], &["--head", "1"], &["--raw"], &["-o"]] {
        let said = folder.run(&[&["grep", "i", "logs.zip", "--to", "csv"], option].concat());
        assert_eq!((said.code(), said.stdout.len()), (2, 0), "{option:?}");
    }
    // Of an option that is repeated the last counts, where it is no list.
    for (repeated, last) in [
        (&["grep", "-c", "-i", "-i", "I", "logs.zip"][..], &["grep", "-ci", "I", "logs.zip"][..]),
        (&["cat", "logs.zip", "--head", "1", "--head", "2"], &["cat", "logs.zip", "--head", "2"]),
        (&["ls", "logs.zip", "--json", "--json"], &["ls", "logs.zip", "--json"]),
        (
            &["convert", "-q", "logs.zip", "--to", "ndjson", "--to", "csv"],
            &["convert", "-q", "logs.zip", "--to", "csv"],
        ),
    ] {
        assert_eq!(printed(repeated), printed(last));
    }
    // Lists.
    let list = printed(&["cat", "logs.zip", "--level", "INFO,ERROR", "--columns", "level,line"]);
    let repeated =
        ["--level", "ERROR", "--level", "INFO", "--columns", "level", "--columns", "line"];
    assert_eq!(printed(&[&["cat", "logs.zip"], &repeated[..]].concat()), list);
    let fields = printed(&["grep", "-c", "i", "logs.zip", "--field", "level,step"]);
    assert_eq!(
        printed(&["grep", "-c", "i", "logs.zip", "--field", "step", "--field", "level"]),
        fields
    );
    folder.write("app.log", "{\"a\":\"one\",\"b\":\"warn\"}\n");
    let cat = ["cat", "app.log", "--format", "ndjson", "--columns", "level,message"];
    for map in [&["--map", "message=a,level=b"][..], &["--map", "level=b", "--map", "message=a"]] {
        assert_eq!(printed(&[&cat, map].concat()), b"WARN\tone\n");
    }
    let message = folder.refused(&[&cat[..], &["--map", "level=b", "--map", "level=a"]].concat());
    assert!(
        message.contains("cannot use --map") && message.contains("already mapped"),
        "{message}"
    );
}
