//! `ls`: the order of entries, and what a terminal has room for.

use serde_json::Value;

use super::command::{run, said};

const DEPLOY: &str = "fixtures/deploy.zip";
const FIRSTGEN: &str = "fixtures/formats/firstgen/input";

fn listed(arguments: &[&str]) -> Vec<Value> {
    let (code, text) = said(&[&["ls", "--json"], arguments].concat());
    assert_eq!(code, 0);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn nanos(time: &Value) -> Option<i128> {
    let time: jiff::Timestamp = time.as_str()?.parse().unwrap();
    Some(time.as_nanosecond())
}

/// Start and end of an entry, from the platform if it has both.
fn span(entry: &Value) -> Option<(i128, i128)> {
    let of = |start: &str, end: &str| nanos(&entry[start]).zip(nanos(&entry[end]));
    of("started_at", "ended_at").or(of("first_timestamp", "last_timestamp"))
}

#[test]
fn entries_are_listed_in_order() {
    for input in [DEPLOY, FIRSTGEN] {
        let all = listed(&[input]);
        for entry in &all {
            let duration = span(entry).map(|(start, end)| (end - start) / 1_000_000);
            assert_eq!(entry["duration_ms"].as_i64().map(i128::from), duration, "{entry}");
        }
        let count = |entry: &Value, name: &str| entry[name].as_i64().unwrap();
        type Key<'a> = &'a dyn Fn(&Value) -> (bool, i128, i64);
        let orders: [(&str, Key); 7] = [
            ("none", &|_| (false, 0, 0)),
            ("time", &|entry| {
                let start = span(entry).map(|span| span.0);
                (start.is_none(), start.unwrap_or(0), 0)
            }),
            ("lines", &|entry| (false, 0, -count(entry, "lines"))),
            ("bytes", &|entry| (false, 0, -count(entry, "text_bytes"))),
            ("errors", &|entry| {
                let errors = count(entry, "error_lines") + count(entry, "fatal_lines");
                (false, -i128::from(errors), -count(entry, "warn_lines"))
            }),
            ("duration", &|entry| {
                let duration = entry["duration_ms"].as_i64();
                (duration.is_none(), 0, -duration.unwrap_or(0))
            }),
            ("path", &|_| (false, 0, 0)),
        ];
        for (sort, key) in orders {
            let mut expected = all.clone();
            expected.sort_by_key(key);
            if sort == "path" {
                expected.sort_by(|a, b| a["file"].as_str().cmp(&b["file"].as_str()));
            }
            assert_eq!(listed(&[input, "--sort", sort]), expected, "{sort}");
            assert_eq!(listed(&[input, "--sort", sort, "--top", "3"]), expected[..3], "{sort}");
        }
        assert_eq!(listed(&[input, "--top", "1000"]), all);
    }
    let slowest = listed(&[DEPLOY, "--sort", "duration", "--top", "2"]);
    let slowest: Vec<&str> = slowest.iter().map(|entry| entry["unit"].as_str().unwrap()).collect();
    assert_eq!(slowest, ["Install / Upgrade", "addon:20004"]);
}

#[test]
fn orders_that_make_no_sense_are_refused() {
    for arguments in [
        &["--sort", "size"][..],
        &["--top", "0"],
        &["--top", "-1"],
        &["--formats", "--sort", "time"],
        &["--formats", "--top", "1"],
    ] {
        let output = run(&[&["ls", DEPLOY], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        if arguments[0] == "--sort" {
            assert!(message.contains("duration") && message.contains("errors"), "{message}");
        }
    }
}

#[test]
fn bytes_are_those_of_the_text() {
    let (_, table) = said(&["ls", DEPLOY]);
    let total: i64 =
        listed(&[DEPLOY]).iter().map(|entry| entry["text_bytes"].as_i64().unwrap()).sum();
    let total = format!("{:.0} kB", total as f64 / 1000.0);
    assert!(table.lines().last().unwrap().contains(&total), "{table}");
    let folder = crate::convert::Folder::new();
    let out = folder.file("out.csv", b"");
    let summary = run(&["convert", DEPLOY, "-o", out.to_str().unwrap()]).stderr;
    let summary = String::from_utf8(summary).unwrap();
    assert!(summary.contains(&format!("read {total} of text")), "{summary}");
}

#[cfg(unix)]
mod on_a_terminal {
    use insta::assert_snapshot;

    use super::super::terminal::{Terminal, shown};
    use super::*;
    use crate::command::{Folder, line, lines};

    /// Stages, groups, steps and units as long as those of large pipelines.
    fn deep(folder: &Folder) -> String {
        let entries: Vec<(&str, String)> = vec![
            (
                "Build_and_Unit_Test/Initialize_and_Cache/Restore_Dependency_Cache",
                lines(1..=30, "INFO"),
            ),
            (
                "Build_and_Unit_Test/Parallel_Checks/Static_Analysis/Sonar_Quality_Gate_0",
                lines(31..=90, "INFO"),
            ),
            (
                "Build_and_Unit_Test/Parallel_Checks/Static_Analysis/Sonar_Quality_Gate_1",
                lines(31..=95, "INFO"),
            ),
            (
                "Deploy_to_Production_EU_West_1/Canary_Rollout/Verify/Continuous_Verification-commandUnit:Wait for Steady State",
                lines(100..=400, "DEBUG")
                    + &lines(401..=402, "WARN")
                    + &line(403, "ERROR", "failed"),
            ),
            (
                "Deploy_to_Production_EU_West_1/Canary_Rollout/Verify/Continuous_Verification-commandUnit:Wrap Up",
                lines(404..=404, "INFO"),
            ),
        ];
        let entries: Vec<(&str, &str)> =
            entries.iter().map(|(name, text)| (*name, text.as_str())).collect();
        folder.zip("deep.zip", &entries);
        folder.path().join("deep.zip").to_str().unwrap().to_owned()
    }

    #[test]
    fn names_have_room() {
        let folder = Folder::new();
        let zip = deep(&folder);
        let programs = crate::convert::Folder::new();
        let mut terminal = Terminal::new(&programs);
        let commands: &[&[&str]] = &[
            &["ls", DEPLOY],
            &["ls", DEPLOY, "--sort", "duration", "--top", "3"],
            &["ls", DEPLOY, "--stage", "*Dev"],
            &["ls", &zip],
            &["ls", &zip, "--sort", "errors"],
            &["ls", FIRSTGEN],
            &["ls", DEPLOY, "fixtures/odd.zip", "--sort", "lines", "--top", "4"],
        ];
        for width in [60, 80, 120, 200] {
            terminal.width = width;
            let text = shown(&terminal, commands).replace(&zip, "deep.zip");
            for line in text.lines().filter(|line| !line.starts_with('$')) {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            }
            assert_snapshot!(format!("ls_{width}"), text);
        }
        terminal.width = 80;
        let text = terminal.shows(commands[0]);
        for name in [
            "Unit_Tests",
            "Wait for Steady State",
            "HelmDeploy › Install / Upgrade",
            "Rollback_Helm",
        ] {
            assert!(text.contains(name), "{text}");
        }
        // Only levels that occur in what is listed are columns.
        let text = terminal.shows(commands[2]);
        assert!(
            text.contains("INFO") && !text.contains("WARN") && !text.contains("FATAL"),
            "{text}"
        );
        let mut plain = Terminal::new(&programs).with(&[("LC_ALL", "C"), ("NO_COLOR", "1")]);
        plain.width = 60;
        assert!(plain.shows(commands[3]).is_ascii());
    }
}
