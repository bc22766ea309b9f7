//! The command `bench`: what it measures, and the bundles that it makes.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::command::Folder;

/// Figures and the machine differ from run to run.
fn without_figures(text: &str) -> String {
    let is_figure = |word: &str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let redact = |line: &str| match line.split_once("  ") {
        Some((title, figures)) if figures.split_whitespace().any(is_figure) => {
            format!("{title}  {} figures", figures.split("  ").filter(|f| !f.is_empty()).count())
        }
        _ if line.contains("; ripsaw ") => {
            format!("MACHINE; {}", line.rsplit_once("; ").unwrap().1)
        }
        _ if line.starts_with("one pass") || line.starts_with("whole") => {
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        _ => line.to_owned(),
    };
    // What is known of memory differs from system to system.
    let lines = text.lines().filter(|line| !line.to_lowercase().contains("memory"));
    lines.map(redact).collect::<Vec<_>>().join("\n")
}

#[test]
fn bench_measures_passes_and_conversions() {
    let folder = Folder::with_bundle(true);
    let said = folder.run(&["bench", "logs.zip", "--threads", "3", "--rounds", "2"]);
    assert_eq!((said.code(), said.stderr.as_str()), (0, ""));
    assert_snapshot!("bench", without_figures(said.text()));
    assert_eq!(folder.names(), ["logs.zip"]);
}

#[test]
fn bench_tells_as_json_what_convert_finds() {
    let folder = Folder::with_bundle(true);
    folder.zip("more.zip", &[("Build/Blank", "\u{feff}\n \t\r\n\n{\"out\":\"x\"}\n[]")]);
    let inputs = ["logs.zip", "more.zip"];
    for options in [&[][..], &["--output-dir", "."], &["--threads", "1", "--max-line", "100"]] {
        let arguments = [&["bench", "--json", "--rounds", "3"], &inputs[..], options].concat();
        let said = folder.run(&arguments);
        assert_eq!((said.code(), said.stderr.as_str()), (0, ""), "{options:?}");
        assert_eq!(folder.names(), inputs);
        let found: Value = serde_json::from_str(said.text()).unwrap();
        let numbers = |of: &Value, key: &str| of[key].as_f64().unwrap();
        let all = ["passes", "conversions"].map(|key| found[key].as_array().unwrap().clone());
        assert_eq!(all[0].len(), 7);
        assert_eq!(all[1].len(), if options.contains(&"--threads") { 5 } else { 10 });
        for figure in all.iter().flatten() {
            let mut seconds: Vec<f64> =
                figure["seconds"].as_array().unwrap().iter().map(|s| s.as_f64().unwrap()).collect();
            seconds.sort_by(f64::total_cmp);
            assert_eq!((seconds.len(), seconds[1]), (3, numbers(figure, "median_seconds")));
            let speed = numbers(&found["input"], "text_bytes") / 1e9 / seconds[1];
            let told = numbers(figure, "gigabytes_per_second");
            assert!((told / speed - 1.0).abs() < 1e-6, "{told} {speed}");
            let speed = numbers(&found["input"], "rows") / seconds[1];
            let told = numbers(figure, "lines_per_second");
            assert!((told / speed - 1.0).abs() < 1e-6, "{told} {speed}");
        }
        // What the table itself has.
        let limit = if options.contains(&"--max-line") { "100" } else { "64MiB" };
        for format in ["parquet", "arrow", "csv", "ndjson"] {
            let out = format!("out.{format}");
            let convert = ["convert", "-q", "--max-line", limit, "-o", &out];
            assert_eq!(folder.run(&[&convert, &inputs[..]].concat()).code(), 0);
            let bytes = fs::read(folder.path().join(&out)).unwrap();
            fs::remove_file(folder.path().join(&out)).unwrap();
            let of_format = all[1].iter().filter(|figure| figure["name"] == format);
            for figure in of_format {
                assert_eq!(figure["output_bytes"], bytes.len(), "{figure}");
            }
            if format == "ndjson" {
                let rows: Vec<Value> = bytes
                    .split(|&byte| byte == b'\n')
                    .filter(|line| !line.is_empty())
                    .map(|line| serde_json::from_slice(line).unwrap())
                    .collect();
                assert_eq!(found["input"]["rows"], rows.len());
                let malformed = rows.iter().filter(|row| !row["parse_error"].is_null()).count();
                assert_eq!(found["input"]["malformed_lines"], malformed);
            }
        }
    }
}

/// Records that share or span lines are no reason for the measurements to disagree.
#[test]
fn bench_takes_every_format() {
    let folder = Folder::new();
    fs::write(folder.path().join("array.json"), "[{\"message\":\"a\"},{\"message\":\"b\"}]\n")
        .unwrap();
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats");
    let mut inputs = vec!["array.json".to_owned()];
    for found in fs::read_dir(formats).unwrap() {
        let path = found.unwrap().path();
        inputs.extend(path.is_dir().then(|| path.to_str().unwrap().to_owned()));
    }
    assert!(inputs.len() > 10, "{inputs:?}");
    for input in &inputs {
        let said = folder.run(&["bench", "--rounds", "1", input]);
        assert!(!said.stderr.contains("disagree"), "{input}: {}", said.stderr);
        assert!(said.text().contains("one pass, 1 thread"), "{input}");
    }
}

/// Keys are columns, as in `convert`: the same rows and bytes.
#[test]
fn bench_measures_columns_of_keys() {
    let folder = Folder::new();
    for set in ["service", "events", "wide"] {
        let size = ["bench", "-q", "--generate", "300kB", "--entries", "2", "--set", set];
        let name = format!("{set}.zip");
        assert_eq!(folder.run(&[&size[..], &["-o", &name]].concat()).code(), 0);
        let said = folder.run(&["bench", "--json", "--rounds", "1", &name]);
        assert_eq!((said.code(), said.stderr.as_str()), (0, ""), "{set}");
        let found: Value = serde_json::from_str(said.text()).unwrap();
        for format in ["parquet", "csv", "ndjson"] {
            let out = format!("{set}.{format}");
            assert_eq!(folder.run(&["convert", "-q", &name, "-o", &out]).code(), 0);
            let length = fs::metadata(folder.path().join(&out)).unwrap().len();
            let of_format =
                |figure: &&Value| figure["name"] == format && figure["output_bytes"] != Value::Null;
            let passes = found["passes"].as_array().unwrap();
            let conversions = found["conversions"].as_array().unwrap();
            let figures: Vec<_> = passes.iter().chain(conversions).filter(of_format).collect();
            assert!(figures.len() >= 2, "{out}");
            for figure in figures {
                // A pass has other batches, which shows in a binary file.
                if format != "parquet" || figure["peak_memory_bytes"] != Value::Null {
                    assert_eq!(figure["output_bytes"], length, "{figure}");
                }
            }
        }
        let csv = fs::read_to_string(folder.path().join(format!("{set}.csv"))).unwrap();
        let key = match set {
            "service" => "req.remoteAddress",
            "events" => "user.place.geo.lat",
            _ => "metric_299",
        };
        assert!(csv.lines().next().unwrap().split(',').any(|name| name == key), "{set}");
    }
}

#[test]
fn bench_of_a_damaged_bundle_says_so() {
    let folder = Folder::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for name in ["crc.zip", "corrupt.zip", "unsupported.zip", "odd.zip"] {
        fs::copy(fixtures.join(name), folder.path().join(name)).unwrap();
        let converted = folder.run(&["convert", "-q", name, "-o", "out.csv"]);
        let said = folder.run(&["bench", "--rounds", "1", name]);
        assert_eq!(said.code(), converted.code(), "{name}");
        let errors = |text: &str| {
            let lines = text.lines().filter(|line| line.starts_with("ripsaw: "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(errors(&said.stderr), errors(&converted.stderr), "{name}");
        assert!(said.text().contains("one pass, 1 thread"), "{name}");
    }
}

#[test]
fn bench_refuses_what_it_cannot_measure_or_make() {
    let folder = Folder::with_bundle(false);
    folder.write("empty.zip", "");
    fs::create_dir(folder.path().join("there")).unwrap();
    fs::write(folder.path().join("there/a"), "a").unwrap();
    for arguments in [
        &["bench", "empty.zip"][..],
        &["bench", "missing.zip"],
        &["bench", "logs.zip", "-"],
        &["bench", "logs.zip", "--output-dir", "missing"],
        &["bench", "there", "logs.zip", "--output-dir", "there"],
        &["bench", "--generate", "1MiB", "-o", "there"],
        &["bench", "--generate", "1MiB", "-o", "there", "--tree"],
        &["bench", "--generate", "1MiB", "-o", "missing/big.zip"],
        &["bench", "--generate", "1MiB", "-o", "missing/big", "--tree"],
        &["bench", "--generate", "1MiB", "-o", "-", "--tree"],
    ] {
        folder.refused(arguments);
    }
    for (arguments, named) in [
        (&["bench"][..], "<INPUT>"),
        (&["bench", "--generate", "1MiB"], "--output"),
        (&["bench", "--generate", "1XB", "-o", "big.zip"], "unknown unit"),
        (&["bench", "--generate", "much", "-o", "big.zip"], "invalid size"),
        (&["bench", "--generate", "1MiB", "-o", "big.zip", "--oddities", "2"], "from 0 to 1"),
        (&["bench", "--generate", "1MiB", "-o", "big.zip", "--entries", "0"], "--entries"),
        (&["bench", "--generate", "1MiB", "-o", "big.zip", "--json"], "--json"),
        (
            &["bench", "--generate", "1MiB", "-o", "b.zip", "--set", "wide", "--oddities", "0.1"],
            "--oddities",
        ),
        (
            &[
                "bench",
                "--generate",
                "1MiB",
                "-o",
                "b.zip",
                "--set",
                "wide",
                "--layout",
                "standard",
            ],
            "--layout",
        ),
        (&["bench", "logs.zip", "--set", "wide"], "--set"),
        (&["bench", "--generate", "1MiB", "-o", "big.zip", "logs.zip"], "--generate"),
        (&["bench", "logs.zip", "-o", "logs.parquet"], "--output"),
        (&["bench", "logs.zip", "--seed", "2"], "--seed"),
        (&["bench", "logs.zip", "--rounds", "0"], "--rounds"),
    ] {
        let said = folder.run(arguments);
        assert_eq!(said.code(), 2, "{arguments:?}");
        assert!(said.stderr.contains(named), "{arguments:?}: {}", said.stderr);
    }
    assert_eq!(folder.names(), ["empty.zip", "logs.zip", "there"]);
}

#[test]
fn a_made_up_bundle_is_the_same_as_a_zip_a_tree_and_on_a_pipe() {
    let folder = Folder::new();
    let size = ["bench", "--generate", "300kB", "--entries", "9", "--seed", "4", "--big-entry"];
    let make = |more: &[&str]| {
        let said = folder.run(&[&size, more].concat());
        assert_eq!(said.code(), 0, "{}", said.stderr);
        said
    };
    make(&["-o", "big.zip", "--oddities", "0.1", "--layout", "standard"]);
    let said = make(&["-o", "big.zip"]);
    assert!(said.stderr.starts_with("ripsaw: big.zip: "), "{}", said.stderr);
    assert!(said.stderr.ends_with(" in 9 entries\n"), "{}", said.stderr);
    make(&["-o", "big", "--tree", "-q"]);
    let piped = make(&["-o", "-", "--threads", "1"]);
    assert!(piped.stdout == fs::read(folder.path().join("big.zip")).unwrap());
    assert_eq!(folder.names(), ["big", "big.zip"]);
    let messages = ["big", "big.zip"].map(|input| {
        let said = folder.run(&["convert", "-q", input, "-o", "-", "--to", "ndjson"]);
        assert_eq!(said.code(), 0);
        said.text().replace(&format!("\"bundle\":\"{input}\""), "")
    });
    assert!(messages[0] == messages[1] && messages[0].lines().count() > 500);
}
