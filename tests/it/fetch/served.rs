//! Fetched from `ripsaw serve`: what comes back is what was served.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{fetch, folder, leftovers, logs, noise, start, states, unzipped, zip};
use crate::serve::client::Server;

const ACCOUNT: &str = "hX3pQ7_vR2mWk9-TzLb0Eg";
const RELEASE: [&str; 8] =
    ["--account", ACCOUNT, "--org", "o", "--project", "p", "--pipeline", "Release_Checkout"];

/// The one log that is there.
fn only(out: &Path) -> std::path::PathBuf {
    let names = logs(out);
    assert_eq!(names.len(), 1, "{names:?}");
    out.join(&names[0])
}

#[test]
fn an_archive_comes_back_byte_by_byte() {
    let original = fs::read("fixtures/deploy.zip").unwrap();
    let server = Server::start(&["fixtures/deploy.zip"], &[]);
    let out = folder();
    fetch("harness", &server.url(), &out.path("logs"), &RELEASE).ok();
    assert!(fs::read(only(&out.path("logs"))).unwrap() == original);
    // Split, as it has more logs than the service allows: the same logs, each once.
    let expected: BTreeSet<(String, Vec<u8>)> =
        unzipped(Path::new("fixtures/deploy.zip")).into_iter().collect();
    for most in ["1", "4", "10"] {
        let server = Server::start(&["fixtures/deploy.zip"], &["--max-files", most]);
        let out = folder();
        fetch("harness", &server.url(), &out.path("logs"), &RELEASE).ok();
        let members = unzipped(&only(&out.path("logs")));
        assert_eq!(members.len(), expected.len(), "{most}");
        assert!(members.into_iter().collect::<BTreeSet<_>>() == expected, "{most}");
    }
}

#[test]
fn an_archive_is_served_again_with_its_status() {
    let out = folder();
    let state = r#"{"version":1,"platform":"harness","id":"aT5bV0yQTuKxw8mE2-Jc1Q","status":"Aborted","finished":true}"#;
    out.file("first/.ripsaw/fetch/harness-x.json", state.as_bytes());
    out.file("first/deploy.zip", &fs::read("fixtures/deploy.zip").unwrap());
    let server = Server::start(&[out.path("first")], &[]);
    fetch("harness", &server.url(), &out.path("second"), &RELEASE).ok();
    assert_eq!(states(&out.path("second"))[0]["status"], "Aborted");
    // Nothing of the states is a log.
    let server = Server::start(&[out.path("second")], &[]);
    let ran = fetch(
        "harness",
        &server.url(),
        &out.path("third"),
        &[&RELEASE[..], &["--status", "Aborted"]].concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        fs::read(only(&out.path("third"))).unwrap() == fs::read("fixtures/deploy.zip").unwrap()
    );
    let ran = fetch(
        "harness",
        &server.url(),
        &out.path("fourth"),
        &[&RELEASE[..], &["--status", "Failed"]].concat(),
    );
    assert_eq!(ran.code, 1);
}

#[test]
fn logs_of_apify_come_back_byte_by_byte() {
    let out = folder();
    for number in 0..30 {
        let text = format!("2026-03-09T10:00:00.123Z ACTOR: run {number}\n").repeat(number + 1);
        out.file(&format!("crawler/RUNRUNRUNRUNRUN{number:02}.log"), text.as_bytes());
    }
    let server = Server::start(&[out.path("crawler")], &[]);
    let fetched = out.path("logs");
    fetch("apify", &server.url(), &fetched, &["--actor", "crawler", "--jobs", "8", "--raw"]).ok();
    assert_eq!(logs(&fetched).len(), 30);
    for name in logs(&fetched) {
        assert!(
            fs::read(fetched.join(&name)).unwrap()
                == fs::read(out.path("crawler").join(&name)).unwrap()
        );
    }
}

#[test]
fn records_of_deepset_come_back_in_pages() {
    let out = folder();
    let line = |number: usize| {
        format!(
            "{{\"log_id\":\"{number:05}\",\"message\":\"m{number}\",\"logged_at\":\"2026-03-09T10:{:02}:{:02}.000000Z\",\
             \"level\":\"info\",\"origin\":\"haystack\",\"exceptions\":null,\"extra_fields\":{{}}}}\n",
            number / 7 / 60,
            number / 7 % 60
        )
    };
    let text: String = (0..1234).map(line).collect();
    out.file("search.ndjson", text.as_bytes());
    let server = Server::start(&[out.path("search.ndjson")], &[]);
    fetch("deepset", &server.url(), &out.path("logs"), &["production/search"]).ok();
    let fetched = fs::read_to_string(only(&out.path("logs"))).unwrap();
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<String>>();
    assert_eq!(sorted(&fetched), sorted(&text));
    assert_eq!(fetched.lines().count(), 1234);
}

#[test]
fn deployments_of_firstgen_come_back() {
    let server = Server::start(&["fixtures/formats/firstgen/input"], &[]);
    let out = folder();
    let arguments = ["--account", "kmpySmUISimoRrJL6NL73w", "--app", "ekftWF9jQRewZt7FhM7KTw"];
    let ran = fetch("firstgen", &server.url(), &out.path("logs"), &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let rows = |input: &Path| {
        let mut command = crate::program::ripsaw();
        command
            .args(["cat", "--columns", "stage,step,timestamp,level,message", "--sort", "time"])
            .arg(input);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let expected = rows(Path::new("fixtures/formats/firstgen/input"));
    assert!(!expected.is_empty());
    assert!(rows(&out.path("logs")) == expected);
}

#[test]
fn killed_50_times_it_resumes_and_ends_equal() {
    let out = folder();
    let texts: Vec<Vec<u8>> = (0..6).map(|number| noise((4 << 20) + number)).collect();
    let names: Vec<String> = (0..6)
        .map(|number| format!("{ACCOUNT}/{ACCOUNT}/pipeline/Release_Checkout/128/-aT5bV0yQTuKxw8mE2-Jc1Q/Build/step{number}"))
        .collect();
    let entries: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(texts.iter().map(Vec::as_slice)).collect();
    let original = zip(&entries);
    let server = Server::start(&[out.file("big.zip", &original)], &[]);
    let mut random = fastrand::Rng::with_seed(99);
    let fetched = out.path("logs");
    for _ in 0..50 {
        let mut child = start("harness", &server.url(), &fetched, &RELEASE);
        std::thread::sleep(std::time::Duration::from_millis(random.u64(0..700)));
        child.kill().unwrap();
        child.wait().unwrap();
        for name in logs(&fetched) {
            assert!(fs::read(fetched.join(name)).unwrap() == original);
        }
        if !logs(&fetched).is_empty() {
            // It was faster: once more from the beginning.
            fs::remove_dir_all(&fetched).unwrap();
        }
    }
    fetch("harness", &server.url(), &fetched, &RELEASE).ok();
    assert!(fs::read(only(&fetched)).unwrap() == original);
    assert!(leftovers(&fetched).is_empty(), "{:?}", leftovers(&fetched));
}
