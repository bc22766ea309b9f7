//! The command on the fixtures of the formats.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;
use ripsaw::source::FormatId;

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/formats").join(path)
}

fn command(folder: &str, arguments: &[&str]) -> Command {
    let mut command = crate::program::ripsaw();
    command.args(arguments).current_dir(fixture(folder)).stdin(Stdio::null());
    command
}

/// What the command prints in the folder of a fixture; it must end with this code.
fn said(code: i32, folder: &str, arguments: &[&str]) -> (String, String) {
    texts(code, &command(folder, arguments).output().unwrap())
}

fn texts(code: i32, output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

fn piped(code: i32, input: &[u8], arguments: &[&str]) -> (String, String) {
    let mut command = command("text", arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments is gone before it reads.
    let _ = child.stdin.take().unwrap().write_all(input);
    texts(code, &child.wait_with_output().unwrap())
}

#[test]
fn formats() {
    assert_snapshot!("formats", said(0, "text", &["formats"]).0);
    let json = said(0, "text", &["formats", "--json"]).0;
    let names: Vec<String> = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["format"].to_string())
        .collect();
    let known = FormatId::all().map(|id| format!("{:?}", id.format().name));
    assert_eq!(names, known.collect::<Vec<_>>());
}

#[test]
fn records_of_several_lines_as_they_were() {
    let raw = |file: &str| said(0, "csv/input", &["cat", "--raw", file]).0;
    let text = std::fs::read_to_string(fixture("csv/input/quotes.csv")).unwrap();
    // All but the header and a blank line.
    assert_eq!(raw("quotes.csv"), text.split_once('\n').unwrap().1.replace("\n\n", "\n"));
    let found = said(0, "csv/input", &["grep", "--raw", "-nI", "lines|closed", "quotes.csv"]).0;
    assert_eq!(
        found,
        "2:2026-03-09T09:12:00Z,info,\"of two\nlines\"\n4:2026-03-09T09:12:01Z,error,\"never closed\n"
    );
    let deepset = "log_id,logged_at,message\n1,2026-03-09T09:12:00Z,\"a\n\nb\"\r\n2,2026-03-09T09:12:01Z,\"c\n3,2026-03-09T09:12:02Z,d\n";
    let found = piped(0, deepset.as_bytes(), &["grep", "--raw", "-NI", "[ad]|^2", "-"]).0;
    assert_eq!(
        found,
        "1,2026-03-09T09:12:00Z,\"a\n\nb\"\n2,2026-03-09T09:12:01Z,\"c\n3,2026-03-09T09:12:02Z,d\n"
    );
}

#[test]
fn what_files_are_taken_for() {
    for folder in ["github", "firstgen", "deepset"] {
        let (out, _) = said(0, folder, &["ls", "--formats", "input"]);
        assert_snapshot!(format!("ls_formats_{folder}"), out);
    }
    let (out, _) = said(0, "github", &["ls", "--formats", "--json", "input"]);
    let not_read = out.lines().filter(|line| line.contains("\"read\":false")).count();
    assert_eq!((out.lines().count(), not_read), (6, 1), "{out}");
}

#[test]
fn a_listing_says_what_became_of_a_log() {
    let (out, _) = said(0, "firstgen", &["ls", "input"]);
    assert_snapshot!("ls_firstgen", out);
    let (out, _) = said(2, ".", &["ls", "apify/input", "text/input", "docker/input"]);
    assert!(out.lines().next().unwrap().contains("FORMAT"), "{out}");
}

#[test]
fn missing_pages_and_duplicates_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.ndjson");
    let out = out.to_str().unwrap();
    let (_, err) = said(0, "deepset", &["convert", "input", "-o", out, "--dedupe", "log_id"]);
    assert!(
        err.contains(
            "warning: input[faq-search/]: read 5 of 9 records (3 pages); pages are missing"
        ),
        "{err}"
    );
    assert!(err.contains("2 rows removed by --dedupe"), "{err}");
    assert!(err.contains("kept 5 rows without a --dedupe key"), "{err}");
    let (_, err) = said(0, "deepset", &["convert", "input", "-o", out, "--dedupe", "logid"]);
    assert!(err.contains("kept 18 rows without a --dedupe key"), "{err}");
    let (_, err) = said(0, "deepset", &["convert", "-q", "input/saved", "-o", out]);
    assert_eq!(err, "");
}

#[test]
fn an_answer_of_the_api_is_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    let (_, err) = said(2, "apify", &["convert", "-q", "input", "-o", out.to_str().unwrap()]);
    assert!(err.contains("not a log but an error from the API: record-not-found: "), "{err}");
    // A mark before it changes nothing, nor do blank lines.
    let answer = br#"{"error":{"type":"record-not-found","message":"none"}}"#;
    for before in ["", "\u{feff}", "\n \n", "\u{feff}\r\n"] {
        let bytes = [before.as_bytes(), answer].concat();
        let (out, err) = piped(2, &bytes, &["convert", "-q", "-", "-o", "-", "--to", "ndjson"]);
        assert!(err.contains("an error from the API: record-not-found: none"), "{before:?} {err}");
        let row: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(row["line"], 1 + before.matches('\n').count(), "{before:?}");
        assert_eq!(row["message"], std::str::from_utf8(answer).unwrap(), "{before:?}");
    }
}

#[test]
fn standard_input_tells_its_format() {
    let page = std::fs::read(fixture("deepset/input/faq-search/page-1.json")).unwrap();
    let (out, err) = piped(0, &page, &["convert", "-q", "-", "-o", "-", "--to", "ndjson"]);
    assert!(out.contains("\"stage\":\"haystack\""), "{out}");
    assert!(err.contains("pages are missing"), "{err}");
    let (out, _) = piped(0, &page, &["grep", "-c", "", "--stage", "query*", "-"]);
    assert_eq!(out, "-:1\n");
    let (out, _) =
        piped(0, b"2025-10-01T21:48:14.0617942Z ##[error]no\n", &["cat", "--level", "ERROR", "-"]);
    assert!(out.contains("no"), "{out}");
}

#[test]
fn a_stage_of_rows_is_a_filter() {
    let count = |arguments: &[&str]| {
        let (out, _) = said(
            0,
            "deepset",
            &[&["grep", "", "input", "--count-by", "stage"], arguments].concat(),
        );
        out
    };
    let all = count(&[]);
    let haystack: Vec<&str> = all.lines().filter(|line| line.ends_with("\thaystack")).collect();
    assert_eq!(haystack.len(), 1, "{all}");
    assert_eq!(count(&["--stage", "hay*"]).lines().collect::<Vec<_>>(), haystack);
    assert_eq!(count(&["--where", "stage eq 'haystack'"]).lines().collect::<Vec<_>>(), haystack);
    let not = count(&["--stage", "!hay*"]);
    assert!(!not.contains("haystack") && not.contains("querypipeline"), "{not}");
}

#[test]
fn a_format_is_forced() {
    let line = b"{\"level\":\"INFO\",\"out\":\"x\",\"pos\":0}\n";
    let as_format = |format: &str| {
        let arguments = ["convert", "-q", "-", "-o", "-", "--to", "ndjson", "--format", format];
        piped(0, line, &arguments).0
    };
    assert!(as_format("harness").contains(r#""message":"x""#));
    assert!(as_format("text").contains(r#""message":"{\"level\""#));
    let (_, err) = said(2, "text", &["ls", "input", "--format", "jso"]);
    assert!(err.contains("no format \"jso\"") && err.contains("did you mean json?"), "{err}");
}

#[test]
fn keys_are_mapped() {
    let line = br#"{"when":1700000000,"body":"b","msg":"m","sev":"warning"}"#;
    let map = |map: &str, code| {
        piped(code, line, &["convert", "-q", "-", "-o", "-", "--to", "ndjson", "--map", map])
    };
    let (out, _) = map("message=body,timestamp=when,level=sev", 0);
    for part in [r#""timestamp":"2023-11-14T22:13:20Z""#, r#""level":"WARN""#, r#""message":"b""#] {
        assert!(out.contains(part), "{out}");
    }
    assert!(out.contains(r#","msg":"m"}"#), "{out}");
    assert!(map("message", 2).1.contains("is not COLUMN=KEY"));
    assert!(map("text=body", 2).1.contains("unknown column"));
    assert!(map("message=", 2).1.contains("has no key"));
}

/// A file that is an entry for each of its steps is one file to those who count and list files.
#[test]
fn files_with_steps_are_counted_and_listed_once() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/formats/gitlab/input/shop");
    let count = |arguments: &[&str]| said(0, "text", &[&["grep"], arguments, &[folder]].concat()).0;
    let counts = count(&["-c", ""]);
    let names: Vec<&str> = counts.lines().map(|line| line.rsplit_once(':').unwrap().0).collect();
    assert_eq!(names.len(), std::fs::read_dir(folder).unwrap().count(), "{counts}");
    let unit = counts.lines().find(|line| line.contains("unit.log:")).unwrap();
    let rows = std::fs::read_to_string("fixtures/formats/gitlab/expected.ndjson").unwrap();
    let rows = rows.lines().filter(|row| row.contains("shop/unit.log")).count();
    assert!(unit.ends_with(&format!(":{rows}")), "{unit}");
    // In one of its steps alone.
    assert_eq!(count(&["-l", "Job failed"]).lines().count(), 1);
    assert_eq!(count(&["-L", "Job failed"]).lines().count(), names.len() - 1);
}

/// A job of GitLab with two sections, one of them twice, and a line outside of them.
const STEPS: &str = "\
2026-03-09T10:00:00.000000Z 00O section_start:1773050400:get\r
2026-03-09T10:00:01.000000Z 00O one
2026-03-09T10:00:02.000000Z 00O two
2026-03-09T10:00:03.000000Z 00O section_end:1773050403:get\r
2026-03-09T10:00:05.000000Z 00O section_start:1773050405:make\r
2026-03-09T10:00:06.000000Z 00O three
2026-03-09T10:00:07.000000Z 00O section_end:1773050407:make\r
2026-03-09T10:00:08.000000Z 00O section_start:1773050408:get\r
2026-03-09T10:00:09.000000Z 00O four
2026-03-09T10:00:10.000000Z 00O section_end:1773050410:get\r
2026-03-09T10:00:11.000000Z 00O more
";

/// What `grep` prints of a file with steps.
fn searched(log: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("job.log"), log).unwrap();
    let mut command = crate::program::ripsaw();
    command.arg("grep").args(arguments).arg("job.log").current_dir(folder.path());
    texts(0, &command.stdin(Stdio::null()).output().unwrap()).0
}

#[test]
fn context_goes_from_step_to_step_of_a_file() {
    let context = searched(STEPS, &["-C2", "three"]);
    let lines: Vec<&str> = context.lines().collect();
    let prefixes = ["job.log-4-", "job.log-5-", "job.log:6:three", "job.log-7-", "job.log-8-"];
    assert_eq!(lines, prefixes);
    // The lines of the step between are not read, so what is around them is not side by side.
    let context = searched(STEPS, &["-C3", "two|four", "--step", "get"]);
    let lines: Vec<&str> =
        context.lines().map(|line| line.strip_prefix("job.log").unwrap_or(line)).collect();
    assert_eq!(lines, ["-1-", "-2-one", ":3:two", "-4-", "--", "-8-", ":9:four", "-10-"]);
}

#[test]
fn a_file_with_steps_has_one_limit_one_heading_and_one_order_of_time() {
    assert_eq!(searched(STEPS, &["-m", "1", "o"]), "job.log:2:one\n");
    assert_eq!(searched(STEPS, &["-m", "3", "o"]).lines().count(), 3);
    assert_eq!(searched(STEPS, &["--heading", "o"]), "job.log\n2:one\n3:two\n9:four\n11:more\n");
    let json = searched(STEPS, &["--json", "o"]);
    assert_eq!(json.matches(r#""type":"begin""#).count(), 1, "{json}");
    assert!(json.contains(r#""stats":{"matched_lines":4}"#), "{json}");
    assert!(json.contains(r#""searches":1,"searches_with_match":1"#), "{json}");
    // A step without any time follows the one before it.
    let log = "\
build\tone\t2026-03-09T10:00:00.0000000Z a
build\ttwo\tno time
build\tthree\t2026-03-09T10:00:01.0000000Z b
";
    assert_eq!(
        searched(log, &["--sort", "time", ""]),
        "job.log:1:a\njob.log:2:no time\njob.log:3:b\n"
    );
}

/// A directory with a log of steps and another.
#[test]
fn files_with_steps_that_have_no_index_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("job.log"), STEPS).unwrap();
    let index = || {
        let mut command = crate::program::ripsaw();
        command.args(["index", "."]).current_dir(folder.path()).stdin(Stdio::null());
        texts(0, &command.output().unwrap()).1
    };
    let told = "1 file of a directory is divided by steps; such files have no index";
    let said = index();
    assert!(said.contains(told) && said.contains("there is nothing to index"), "{said}");
    std::fs::write(folder.path().join("a.log"), "2026-03-09T10:00:00Z INFO a\n").unwrap();
    let said = index();
    assert!(said.contains(told) && said.contains(": 1 entry"), "{said}");
}

/// What has no step is not of the step that is left out.
#[test]
fn a_negated_name_keeps_rows_without_any() {
    let numbers = |arguments: &[&str]| {
        let lines = searched(STEPS, &[&[""], arguments].concat());
        let number = |line: &str| line.split(':').nth(1).unwrap().to_owned();
        lines.lines().map(number).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(numbers(&["--step", "!get"]), "5 6 7 11");
    assert_eq!(numbers(&["--stage", "!x"]), "1 2 3 4 5 6 7 8 9 10 11");
    assert_eq!(numbers(&["--where", "step ne 'get'"]), "5 6 7 11");
    // With another that must match, it does not.
    assert_eq!(numbers(&["--step", "!get", "--step", "*"]), "5 6 7");
}
