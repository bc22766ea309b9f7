//! Filters that match nothing, and inputs that are not there.

use super::command::run;

const DEPLOY: &str = "fixtures/deploy.zip";
const ODD: &str = "fixtures/odd.zip";
const TEXT: &str = "tests/it/main.rs";

/// Exit code, standard output, standard error.
fn said(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|b| String::from_utf8(b).unwrap());
    (output.status.code().unwrap(), stdout, stderr)
}

/// The filters, what is said of them in every command.
fn assert_warned(inputs: &[&str], filters: &[&str], parts: &[&str]) {
    for (command, code) in [
        (&["cat"][..], 0),
        (&["cat", "-q", "--sort", "time"], 0),
        (&["grep", "e"], 1),
        (&["grep", "e", "-C", "1"], 1),
        (&["grep", "-c", "e"], 1),
        (&["grep", "--json", "e"], 1),
        (&["ls"], 0),
        (&["convert", "-q", "-o", "-", "--to", "ndjson"], 0),
        (&["convert", "-q", "-o", "-", "--to", "csv", "--table", "entries"], 0),
    ] {
        let (found, stdout, stderr) = said(&[command, inputs, filters].concat());
        assert_eq!(found, code, "{command:?}: {stderr}");
        let is_quiet = stdout.is_empty() || command != ["cat"];
        assert!(is_quiet, "{stdout}");
        assert!(stderr.starts_with("ripsaw: warning: --"), "{command:?} {filters:?}: {stderr:?}");
        for part in parts {
            assert!(stderr.contains(part), "{command:?} {filters:?}: {part}: {stderr}");
        }
    }
    let (code, stdout, stderr) = said(&[&["grep", "-q", "e"], inputs, filters].concat());
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (1, "", ""), "{filters:?}");
}

#[test]
fn names_that_nothing_has_are_answered_with_those_that_there_are() {
    for (filters, parts) in [
        (&["--stage", "build"][..], &["no stage matches 'build'; did you mean 'Build'?"][..]),
        (&["--stage", "Biuld*"], &["did you mean 'Build'?"]),
        (
            &["--stage", "qqq"],
            &["no stage matches 'qqq'\n", "Build, Deploy_to_Dev, Deploy_to_Prod"],
        ),
        (&["--group", "Coordinated"], &["did you mean 'Coordinated_Deployment'?"]),
        (&["--step", "helmdeploy"], &["no step matches", "/HelmDeploy'?"]),
        (&["--unit", "Wrap"], &["no unit matches 'Wrap'"]),
        (&["--pipeline", "release_checkout"], &["did you mean 'Release_Checkout'?"]),
        (&["--run", "12"], &["no run matches '12'; did you mean '128'?"]),
        (&["--file", "*.log"], &["no file matches '*.log'"]),
        (
            &["--stage", "Build", "--unit", "Install*"],
            &["--stage, --unit: no entry passes all of them"],
        ),
    ] {
        assert_warned(&[DEPLOY], filters, parts);
    }
    assert_warned(&[DEPLOY, ODD], &["--stage", "nirgends"], &["no stage matches 'nirgends'"]);
    assert_warned(&[TEXT], &["--stage", "Build"], &["no entry has a stage"]);
    assert_warned(&[TEXT], &["--step", "Build"], &["no entry has a step"]);
    assert_warned(&[TEXT], &["--unit", "Build"], &["no entry has a unit"]);
    for (filters, parts) in [
        (
            &["--where", "stage eq 'build'"][..],
            &["--where \"stage eq 'build'\": no line matches"][..],
        ),
        (
            &["--where", "stage eq 'Build'", "--unit", "Install*"],
            &["--unit, --where \"stage eq 'Build'\": no entry passes all of them"],
        ),
    ] {
        assert_warned(&[DEPLOY], filters, parts);
    }
    // What excludes nothing.
    for (filters, parts) in [
        (
            &["--stage", "!build", "--unit", "nirgends"][..],
            &["no stage matches 'build', so nothing is excluded; did you mean 'Build'?"][..],
        ),
        (&["--step", "!helmdeploy", "--unit", "nirgends"], &["did you mean", "/HelmDeploy'?"]),
        (&["--stage", "!Biuld*", "--unit", "nirgends"], &["did you mean 'Build'?"]),
        (&["--stage", "!!Build", "--unit", "nirgends"], &["no stage matches '!Build'"]),
    ] {
        assert_warned(&[DEPLOY], filters, parts);
    }
    // One of several: said, and the others are there.
    let (code, stdout, stderr) = said(&["cat", DEPLOY, "--stage", "Build", "--stage", "Biuld"]);
    assert!(code == 0 && !stdout.is_empty() && stderr.contains("no stage matches 'Biuld'"));
    // What excludes may well find nothing.
    for input in [DEPLOY, TEXT] {
        let (code, stdout, stderr) = said(&["cat", input, "--stage", "!nothing"]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(!stdout.is_empty());
    }
}

#[test]
fn lines_that_nothing_has_are_answered_with_those_that_there_are() {
    for (filters, parts) in [
        (&["--level", "TRACE"][..], &["levels found: INFO 1,315, WARN 13, ERROR 3, FATAL 1"][..]),
        (
            &["--since", "2030-01-01"],
            &[
                "--since: no line matches; the bundle covers 2026-03-09T",
                "the filter selects lines from 2030-01-01T",
            ],
        ),
        (
            &["--until", "2020-01-01T00:00:00Z"],
            &["the bundle covers 2026-", "before 2020-01-01T00:00:00Z"],
        ),
        (&["--where", "pos eq -7"], &["--where \"pos eq -7\": no line matches"]),
        (
            &["--level", "FATAL", "--where", "pos eq -7"],
            &["--where \"pos eq -7\": no line matches"],
        ),
        (&["--level", "FATAL", "--where", "level eq 'WARN'"], &["no line passes all of them"]),
    ] {
        assert_warned(&[DEPLOY], filters, parts);
    }
    assert_warned(&[TEXT], &["--level", "INFO"], &["no line has a level"]);
    assert_warned(&[TEXT], &["--since", "2020-01-01"], &["no line has a time"]);
    // Standard input is empty here, and cannot be read again.
    let (code, _, stderr) = said(&["cat", "-", "--level", "INFO", "--since", "2020-01-01"]);
    assert_eq!(
        (code, stderr.as_str()),
        (0, "ripsaw: warning: --level, --since: no line matches\n")
    );
    let (code, _, stderr) = said(&["cat", "-", "--stage", "Build"]);
    assert_eq!((code, stderr.as_str()), (0, "ripsaw: warning: --stage: no entry has a stage\n"));
    // The pattern is what nothing has: as grep.
    for filters in [&["--level", "FATAL"][..], &["--since", "2020-01-01"], &["--stage", "Build"]] {
        let (code, _, stderr) = said(&[&["grep", "nothing has this", DEPLOY], filters].concat());
        assert_eq!((code, stderr.as_str()), (1, ""));
    }
}

#[test]
fn steps_are_found_as_ls_prints_them() {
    let count = |filters: &[&str]| {
        let (code, stdout, stderr) = said(&[&["cat", DEPLOY], filters].concat());
        assert!(code == 0 && stderr.is_empty(), "{stderr}");
        stdout.lines().count()
    };
    let all = count(&[]);
    let of_step = count(&["--where", "step eq 'HelmDeploy'"]);
    assert!(of_step > 0 && of_step < all);
    assert_eq!(count(&["--step", "HelmDeploy"]), of_step);
    let path = "Coordinated_Deployment/HelmDeploy";
    let printed = said(&["ls", DEPLOY]).1;
    assert!(printed.contains(path));
    let of_path =
        count(&["--where", "step_group eq 'Coordinated_Deployment' and step eq 'HelmDeploy'"]);
    assert_eq!(count(&["--step", path]), of_path);
    assert_eq!(count(&["--step", "Coord*/Helm*"]), of_path);
    assert_eq!(
        count(&["--step", path, "--step", "liteEngineTask"]),
        of_path + count(&["--step", "liteEngineTask"])
    );
    // Lines without a step are of others.
    assert!(count(&["--where", "step eq null"]) > 0);
    assert_eq!(count(&["--step", &format!("!{path}")]), all - of_path);
    // A glob without a slash is of the name alone.
    assert!(said(&["cat", DEPLOY, "--step", "Coordinated*"]).1.is_empty());
}

#[test]
fn counts_keep_steps_of_one_name_apart() {
    use std::collections::BTreeMap;

    let rows = said(&["convert", "-q", DEPLOY, "-o", "-", "--to", "ndjson"]).1;
    for (by, columns) in [
        ("stage", &["stage"][..]),
        ("group", &["stage", "step_group"]),
        ("step", &["stage", "step_group", "step"]),
        ("unit", &["stage", "step_group", "step", "unit"]),
        ("level", &["level"]),
    ] {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows.lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            let last = columns[columns.len() - 1];
            let parts = columns.iter().filter_map(|column| match row[column].as_str() {
                None if *column == last => Some("(none)"),
                part => part,
            });
            *counts.entry(parts.collect::<Vec<_>>().join("/")).or_default() += 1;
        }
        let printed = said(&["grep", "", DEPLOY, "--count-by", by]).1;
        let found: BTreeMap<String, usize> = printed
            .lines()
            .map(|line| line.split_once('\t').unwrap())
            .map(|(count, key)| (key.to_owned(), count.parse().unwrap()))
            .collect();
        assert_eq!(found.len(), printed.lines().count());
        // Rows without a message are not searched.
        let close = found.iter().all(|(key, count)| counts[key] >= *count);
        assert!(close && found.values().sum::<usize>() > 1000, "{by}: {found:?} {counts:?}");
    }
}

#[test]
fn an_input_that_is_not_there_does_not_keep_the_others_from_being_read() {
    for command in
        [&["cat"][..], &["grep", "e"], &["grep", "-c", "e"], &["ls"], &["ls", "--formats"]]
    {
        let (_, alone, _) = said(&[command, &[DEPLOY]].concat());
        let (code, stdout, stderr) =
            said(&[command, &["missing.zip", DEPLOY, "nor/this"]].concat());
        assert_eq!(code, 2, "{command:?}");
        assert_eq!(stdout, alone, "{command:?}");
        assert!(stderr.contains("missing.zip") && stderr.contains("nor/this"), "{stderr}");
        let (code, stdout, stderr) = said(&[command, &["missing.zip"]].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{command:?}");
        assert_eq!(stderr.matches("ripsaw: ").count(), 1, "{stderr}");
    }
    // As ripgrep: a hit is a hit.
    assert_eq!(said(&["grep", "-q", "e", "missing.zip", DEPLOY]).0, 0);
    assert_eq!(said(&["grep", "-q", "no such text", "missing.zip", DEPLOY]).0, 2);
    // What writes a table checks all of them first.
    for command in
        [&["convert", "-o", "-", "--to", "csv"][..], &["grep", "e", "-O", "-", "--to", "csv"]]
    {
        let (code, stdout, _) = said(&[command, &[DEPLOY, "missing.zip"]].concat());
        assert_eq!((code, stdout.as_str()), (2, ""));
    }
}

#[test]
fn paths_that_a_shell_or_a_browser_would_know_get_a_hint() {
    for (input, hint) in [
        ("https://ci.example/logs.zip", "download it first"),
        ("s3://bucket/logs.zip", "download it first"),
        ("~/logs.zip", "the shell does not expand ~ in quotes"),
        ("~root/logs.zip", "the shell does not expand ~ in quotes"),
        ("no-such-*.zip", "no file matches the pattern"),
        ("no-such-[12].zip", "no file matches the pattern"),
        ("no-such-{a,b}.zip", "no file matches the pattern"),
        ("fixtures/depoly.zip", "did you mean fixtures/deploy.zip?"),
    ] {
        for command in
            [&["ls"][..], &["grep", "x"], &["cat"], &["convert", "-o", "-", "--to", "csv"]]
        {
            let (code, _, stderr) = said(&[command, &[input]].concat());
            assert_eq!(code, 2);
            assert!(stderr.contains(hint), "{input}: {stderr}");
        }
    }
}

#[test]
fn an_output_without_its_option_gets_a_hint() {
    let (code, _, stderr) = said(&["convert", DEPLOY, "out.parquet"]);
    assert!(code == 2 && stderr.contains("hint: use -o out.parquet"), "{stderr}");
    let (code, _, stderr) = said(&["convert", DEPLOY]);
    assert!(code == 2 && !stderr.contains("hint: use"), "{stderr}");
    for out in ["out.parquet", "out.arrow", "out.csv"] {
        let (code, _, stderr) = said(&["grep", "x", DEPLOY, "-o", out]);
        let hint = format!("-o prints only what matches; -O {out} writes a table");
        assert!(code == 2 && stderr.contains(&hint), "{stderr}");
    }
    let (code, _, stderr) = said(&["grep", "x", DEPLOY, "-O", "-"]);
    assert!(code == 2 && stderr.contains("add --to"), "{stderr}");
    let (code, stdout, _) =
        said(&["grep", "-q", "failed after", DEPLOY, "-O", "-", "--to", "ndjson"]);
    assert!(code == 0 && stdout.lines().count() == 1, "{stdout}");
    let (code, stdout, _) =
        said(&["grep", "-q", "nothing has this", DEPLOY, "-O", "-", "--to", "csv"]);
    assert!(code == 1 && stdout.lines().count() == 1, "the header: {stdout}");
}

#[test]
fn a_mapping_that_makes_no_sense_is_refused() {
    let map = |map: &str| said(&["convert", "-q", TEXT, "-o", "-", "--to", "csv", "--map", map]);
    for (text, part) in [
        ("mesage=body", "did you mean message?"),
        ("time=ts", "did you mean timestamp?"),
        ("=body", "columns are message, timestamp, level, pos, args"),
        ("message=", "has no key"),
        ("message= ", "has no key"),
        ("message", "is not COLUMN=KEY"),
        ("", "is not COLUMN=KEY"),
        ("message=a,message=b", "the column is already mapped to the key \"a\""),
        ("message=a,level=a", "the key is already mapped to another column"),
    ] {
        let (code, stdout, stderr) = map(text);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains(part), "{text}: {stderr}");
    }
    let (code, stdout, stderr) = map("message=body");
    assert!(code == 0 && !stdout.is_empty());
    assert!(
        stderr.contains("warning: --map: no entry has a format that it applies to"),
        "{stderr}"
    );
}

#[test]
fn globs_that_exclude_nothing_are_said_to_and_the_rows_are_there() {
    let rows = said(&["cat", "-q", DEPLOY]).1;
    let (code, stdout, stderr) = said(&["cat", "-q", DEPLOY, "--stage", "!build"]);
    assert_eq!((code, stdout), (0, rows.clone()));
    assert_eq!(stderr.lines().filter(|line| line.contains("warning")).count(), 1, "{stderr}");
    // Those that exclude something are not spoken of.
    let (_, stdout, stderr) = said(&["cat", "-q", DEPLOY, "--stage", "!Build", "--stage", "!De*"]);
    assert!(stdout.len() < rows.len() && !stderr.contains("excluded"), "{stderr}");
    // One warning, however many globs.
    let (_, _, stderr) = said(&["cat", TEXT, "--stage", "!a", "--stage", "!b", "--stage", "c"]);
    assert_eq!(stderr, "ripsaw: warning: --stage: no entry has a stage\n");
}

#[test]
fn mapped_keys_that_no_record_has_are_said_to_be_so() {
    let folder = crate::convert::Folder::new();
    let ndjson = folder.file("a.ndjson", b"{\"body\":\"a\"}\n{\"body\":\"b\",\"n\":null}\n");
    let json = folder.file("a.json", b"[{\"body\":\"a\"},\n{\"a\\u0062c\":\"b\"}]\n");
    for (path, map, unfound) in [
        (&ndjson, "message=body", &[][..]),
        (&ndjson, "message=body,level=n", &[]),
        (&ndjson, "message=nokey", &["nokey"]),
        (&ndjson, "message=nokey,level=none,pos=n", &["nokey", "none"]),
        (&json, "message=abc", &[]),
        (&json, "message=abd", &["abd"]),
    ] {
        let path = path.to_str().unwrap();
        for command in [&["cat"][..], &["ls"], &["convert", "-q", "-o", "-", "--to", "csv"]] {
            let (code, _, stderr) = said(&[command, &[path, "--map", map]].concat());
            let warnings = unfound
                .iter()
                .map(|key| format!("ripsaw: warning: --map: no record has the key {key:?}\n"));
            assert_eq!((code, stderr), (0, warnings.collect::<String>()), "{path} {map}");
        }
    }
}
