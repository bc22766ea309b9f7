//! Times that users write, and times that logs write, with and without an offset.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use jiff::Zoned;

use crate::convert::Folder;

fn ripsaw(arguments: &[&str], zone: &str, stdin: Option<&str>) -> Output {
    let mut command = crate::program::ripsaw();
    command.args(arguments).env("TZ", zone).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // A command that is refused reads nothing.
    let _ = input.write_all(stdin.unwrap_or_default().as_bytes());
    drop(input);
    child.wait_with_output().unwrap()
}

/// Messages that `cat` prints.
fn messages(path: &str, arguments: &[&str], zone: &str) -> String {
    let all = [&["cat", path, "--columns", "message"], arguments].concat();
    let output = ripsaw(&all, zone, None);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().replace('\n', " ")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn line(time: &str, message: &str) -> String {
    format!("{{\"time\":\"{time}\",\"msg\":\"{message}\",\"level\":\"info\"}}\n")
}

/// A log of one day, 09:00 to 09:20 UTC.
fn morning(folder: &Folder) -> String {
    let times = ["09:00:00Z", "09:10:00Z", "10:19:00+01:00", "09:20:00Z"];
    let text: String = times
        .iter()
        .zip(["a", "b", "c", "d"])
        .map(|(time, message)| line(&format!("2026-03-09T{time}"), message))
        .collect();
    path(&folder.file("morning.ndjson", text.as_bytes()))
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_time_is_the_same_however_it_is_written() {
    let folder = Folder::new();
    let log = morning(&folder);
    let spellings = [
        "10:10",
        "10:10:00",
        "10:10:00.000",
        "2026-03-09T10:10",
        "2026-03-09 10:10",
        "2026-03-09T10:10:00",
        "2026-03-09 10:10:00",
        "2026-03-09t10:10:00.000000000",
        "2026-03-09T10:10:00+01:00",
        "2026-03-09T09:10Z",
        "2026-03-09T09:10:00Z",
        "2026-03-09 09:10:00.0Z",
    ];
    for time in spellings {
        for (zone, tz) in [("Europe/Berlin", &[][..]), ("Asia/Tokyo", &["--tz", "Europe/Berlin"])] {
            let found = messages(&log, &[&["--since", time], tz].concat(), zone);
            assert_eq!(found, "b c d ", "{time} {zone}");
            let found = messages(&log, &[&["--until", time], tz].concat(), zone);
            assert_eq!(found, "a ", "{time} {zone}");
            if time.len() < 16 {
                continue;
            }
            let quoted = format!("timestamp ge '{time}'");
            let found = messages(&log, &[&["--where", &quoted], tz].concat(), zone);
            assert_eq!(found, "b c d ", "{quoted} {zone}");
            if !time.contains([' ', 't']) {
                let bare = format!("timestamp ge {time}");
                let found = messages(&log, &[&["--where", &bare], tz].concat(), zone);
                assert_eq!(found, "b c d ", "{bare} {zone}");
            }
        }
    }
    for tz in ["+01:00", "+0100"] {
        assert_eq!(messages(&log, &["--since", "10:10:00", "--tz", tz], "Asia/Tokyo"), "b c d ");
    }
    assert_eq!(messages(&log, &["--since", "04:10", "--tz", "-05:00"], "Asia/Tokyo"), "b c d ");
    let day = ["--since", "2026-03-09", "--until", "2026-03-10", "--tz", "America/New_York"];
    assert_eq!(messages(&log, &day, "UTC"), "a b c d ");
}

#[test]
fn a_time_of_day_is_on_the_day_of_the_bundle() {
    let folder = Folder::new();
    let log = morning(&folder);
    // The day of the zone: 09:00 UTC is on the evening before in Honolulu, of the 8th.
    let evening = ["--since", "23:10", "--tz", "Pacific/Honolulu"];
    assert_eq!(messages(&log, &evening, "UTC"), "b c d ");
    // What is selected by other filters does not matter, nor does what is counted.
    let both = ["--since", "09:10", "--until", "09:20", "--tz", "UTC", "--where", "message ne 'b'"];
    assert_eq!(messages(&log, &both, "UTC"), "c ");
    let other = path(&folder.file(
        "night.ndjson",
        [line("2026-03-09T23:50:00Z", "x"), line("2026-03-10T00:10:00Z", "y")].concat().as_bytes(),
    ));
    for arguments in [
        &["cat", &other, "--since", "23:55"][..],
        &["cat", &log, &other, "--until", "10:15", "--stage", "x"],
        &["grep", "x", &other, "--since", "23:55"],
        &["ls", &other, "--since", "23:55"],
        &["convert", &other, "-o", "-", "--to", "csv", "--since", "23:55"],
    ] {
        let output = ripsaw(arguments, "UTC", None);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        for part in ["2026-03-09 to 2026-03-10", "include the day: 2026-03-09T"] {
            assert!(said(&output).contains(part), "{}", said(&output));
        }
    }
    // One day there.
    let found = messages(&other, &["--since", "00:55", "--tz", "Europe/Berlin"], "UTC");
    assert_eq!(found, "y ");
}

#[test]
fn a_time_of_day_of_what_is_read_once_is_today() {
    let now = Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    let text = [
        line(&format!("{}T10:14:59Z", now.date()), "before"),
        line(&format!("{}T10:15:00Z", now.date()), "at"),
        line("2020-01-01T11:00:00Z", "long ago"),
    ]
    .concat();
    let arguments = ["cat", "-", "--since", "10:15", "--tz", "UTC", "--columns", "message"];
    let output = ripsaw(&arguments, "UTC", Some(&text));
    let today = Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    if today == now.date() {
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "at\n");
    }
    let folder = Folder::new();
    let log = morning(&folder);
    let output = ripsaw(&["cat", &log, "-", "--since", "10:15"], "UTC", Some(&text));
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("include the day"), "{}", said(&output));
}

#[test]
fn times_of_logs_without_an_offset_are_utc_or_of_the_zone_that_is_given() {
    let folder = Folder::new();
    let formats: [(&str, String); 4] = [
        ("plain.ndjson", line("2026-03-09T10:10:00", "m") + &line("2026-03-09 10:10:00", "m")),
        ("plain.json", format!("[{}]", line("2026-03-09T10:10:00", "m"))),
        (
            "page.json",
            r#"{"data":[{"logged_at":"2026-03-09T10:10:00","message":"m","log_id":"1"}],"has_more":false,"total":1}"#.into(),
        ),
        (
            "harness/Build/step",
            "{\"level\":\"INFO\",\"pos\":0,\"out\":\"m\",\"time\":\"2026-03-09T10:10:00\",\"args\":{}}\n".into(),
        ),
    ];
    let times = |path: &str, tz: &[&str]| {
        let all = [&["convert", "-q", path, "-o", "-", "--to", "ndjson"], tz].concat();
        let output = ripsaw(&all, "Asia/Tokyo", None);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
        rows.map(|row: serde_json::Value| {
            assert!(row["zone"].is_null());
            row["timestamp"].as_str().unwrap().to_owned()
        })
        .collect::<Vec<_>>()
    };
    for (name, text) in &formats {
        let path = path(&folder.file(name, text.as_bytes()));
        for time in times(&path, &[]) {
            assert_eq!(time, "2026-03-09T10:10:00Z", "{name}");
        }
        for time in times(&path, &["--tz", "Europe/Berlin"]) {
            assert_eq!(time, "2026-03-09T09:10:00Z", "{name}");
        }
    }
    // Numbers since 1970 need no zone.
    let epoch = folder.file(
        "epoch.ndjson",
        b"{\"ts\":1773051000,\"msg\":\"m\"}\n{\"ts\":\"1773051000123\",\"msg\":\"m\"}\n",
    );
    let epoch = path(&epoch);
    assert_eq!(times(&epoch, &["--tz", "Europe/Berlin"]), times(&epoch, &[]));
    // The clocks of Berlin skipped 02:30 on the 29th of March, and had it twice on the 25th of October.
    let turns = [line("2026-03-29T02:30:00", "m"), line("2026-10-25T02:30:00", "m")].concat();
    let turns = path(&folder.file("turns.ndjson", turns.as_bytes()));
    assert_eq!(
        times(&turns, &["--tz", "Europe/Berlin"]),
        ["2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z"]
    );
}

/// An offset or a zone that is written with a time counts, whatever the zone of the system.
#[test]
fn offsets_in_arguments_count() {
    let folder = Folder::new();
    let log = morning(&folder);
    let spellings = [
        "2026-03-09T10:10:00+0100",
        "2026-03-09T10:10:00+01",
        "2026-03-09T10:10+01:00",
        "2026-03-09T10:10+0100",
        "2026-03-09 10:10+01",
        "2026-03-09 10:10:00 +01:00",
        "2026-03-09 10:10:00.000 +0100",
        "2026-03-09 09:10:00 UTC",
        "2026-03-09 09:10:00 GMT",
        "2026-03-09 09:10 Z",
        "20260309T144000+0530",
        "20260309T091000Z",
        "2026-03-09T14:40[Asia/Kolkata]",
        "2026-03-09T14:40:00[Asia/Kolkata]",
        "2026-03-09T14:40:00+05:30[Asia/Kolkata]",
        "2026-03-09T10:10+01:00[Europe/Berlin]",
        "2026-03-09T10:10[+01:00]",
        "2026-03-08T23:10-10:00",
    ];
    for time in spellings {
        for zone in ["UTC", "Asia/Tokyo", "America/New_York"] {
            for tz in [&[][..], &["--tz", "Europe/Berlin"]] {
                let found = messages(&log, &[&["--since", time], tz].concat(), zone);
                assert_eq!(found, "b c d ", "{time} {zone}");
                let quoted = format!("timestamp lt '{time}'");
                let found = messages(&log, &[&["--where", &quoted], tz].concat(), zone);
                assert_eq!(found, "a ", "{quoted} {zone}");
            }
        }
    }
}

#[test]
fn offsets_that_cannot_be_honoured_are_refused() {
    let folder = Folder::new();
    let log = morning(&folder);
    for (time, part) in [
        ("10:19+01:00", "write the date as well"),
        ("10:19:00+0100", "write the date as well"),
        ("10:19-05", "write the date as well"),
        ("10:19:00Z", "write the date as well"),
        ("10:19 UTC", "write the date as well"),
        ("10:19[Asia/Kolkata]", "write the date as well"),
        ("2026-03-09T10:19+25:00", "invalid time"),
        ("--3h", "invalid time"),
        ("-+3h", "invalid time"),
        ("2026-03-09T10:19+01:00[Asia/Kolkata]", "invalid time"),
        ("2026-03-09T10:19[Nowhere/Town]", "invalid time"),
        ("2026-03-09T10:19 CET", "invalid time"),
        ("2026-03-09T10:19+01:00x", "invalid time"),
        ("2026-03-09+01:00", "invalid time"),
    ] {
        for option in ["--since", "--until"] {
            let output = ripsaw(&["cat", &log, option, time], "UTC", None);
            assert_eq!(output.status.code(), Some(2), "{time}");
            assert!(said(&output).contains(part), "{time}: {}", said(&output));
        }
        let filter = format!("timestamp ge '{time}'");
        let output = ripsaw(&["cat", &log, "--where", &filter], "UTC", None);
        assert_eq!(output.status.code(), Some(2), "{filter}");
    }
}
