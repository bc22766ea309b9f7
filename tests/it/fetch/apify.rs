//! Logs of runs and builds.

use std::io::{BufRead as _, BufReader};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Answer, Fault, Request, Server};
use super::{TOKEN, fetch, folder, leftovers, logs, start, states};

const ID: &str = "HG7ML7M8z78YcAPEB";
const LOG: &str =
    "2026-03-09T10:00:00.123Z ACTOR: Pulling Docker image.\n2026-03-09T10:00:01.456Z INFO  done\n";

fn not_found() -> Answer {
    let error =
        json!({"error": {"type": "record-not-found", "message": "Actor run was not found"}});
    Answer::json(404, &error)
}

fn described(id: &str, status: &str) -> Answer {
    Answer::json(200, &json!({"data": run(id, status, "2026-03-09T10:00:00.000Z")}))
}

fn run(id: &str, status: &str, started: &str) -> Value {
    json!({"id": id, "actId": "moJRLRc85AitArpNN", "status": status, "startedAt": started, "finishedAt": null})
}

/// One run, with its log.
fn one(status: &'static str) -> Server {
    Server::start(move |request, _| {
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        match request.path.as_str() {
            "/v2/actor-runs/HG7ML7M8z78YcAPEB" => described(ID, status),
            "/v2/logs/HG7ML7M8z78YcAPEB" if request.parameter("raw") == "1" => {
                Answer::new(200, "raw\n")
            }
            "/v2/logs/HG7ML7M8z78YcAPEB" => Answer::new(200, LOG),
            _ => not_found(),
        }
    })
}

#[test]
fn a_finished_run_is_fetched_once() {
    let (server, out) = (one("SUCCEEDED"), folder());
    let out = out.path("logs");
    let ran = fetch("apify", &server.url, &out, &[ID, "--json"]).ok();
    let done = &ran.events("done")[0];
    assert_eq!(
        (&done["id"], &done["status"], &done["kept"]),
        (&json!(ID), &json!("SUCCEEDED"), &json!(false))
    );
    assert_eq!(std::fs::read_to_string(out.join("HG7ML7M8z78YcAPEB.log")).unwrap(), LOG);
    let requests = server.seen().len();
    let ran = fetch("apify", &server.url, &out, &[ID, "--json"]).ok();
    assert_eq!(ran.events("done")[0]["kept"], json!(true));
    assert_eq!(server.seen().len(), requests);
    // Unless its file is not what was written, or the user wants it again.
    std::fs::write(out.join("HG7ML7M8z78YcAPEB.log"), "cut").unwrap();
    fetch("apify", &server.url, &out, &[ID]).ok();
    assert_eq!(server.seen().len(), 2 * requests);
    fetch("apify", &server.url, &out, &[ID, "--force"]).ok();
    assert_eq!(server.seen().len(), 3 * requests);
    assert_eq!(std::fs::read_to_string(out.join("HG7ML7M8z78YcAPEB.log")).unwrap(), LOG);
    assert!(leftovers(&out).is_empty());
    // It is an input as it is.
    let cat = crate::program::ripsaw()
        .args(["cat", out.to_str().unwrap(), "--columns", "execution,message"])
        .output()
        .unwrap();
    let rows = format!("{ID}\tACTOR: Pulling Docker image.\n{ID}\tdone\n");
    assert_eq!(String::from_utf8(cat.stdout).unwrap(), rows);
}

#[test]
fn a_running_run_is_fetched_again() {
    let (server, out) = (one("RUNNING"), folder());
    let out = out.path("logs");
    let ran = fetch("apify", &server.url, &out, &[ID]).ok();
    assert!(ran.err.contains("has not ended (RUNNING)"), "{}", ran.err);
    fetch("apify", &server.url, &out, &[ID]).ok();
    assert_eq!(server.count("/logs/"), 2);
    assert_eq!(
        (&states(&out)[0]["finished"], &states(&out)[0]["status"]),
        (&json!(false), &json!("RUNNING"))
    );
}

#[test]
fn raw_logs_builds_and_logs_of_others() {
    let out = folder();
    let server = one("FAILED");
    fetch(
        "apify",
        &server.url,
        &out.path("raw"),
        &["--raw", &format!("https://console.apify.com/actors/a/runs/{ID}#log")],
    )
    .ok();
    assert_eq!(std::fs::read(out.path("raw").join("HG7ML7M8z78YcAPEB.log")).unwrap(), b"raw\n");
    let server = Server::start(|request, _| match request.path.as_str() {
        "/v2/actor-builds/BUILDBUILDBUILD01" => described("BUILDBUILDBUILD01", "SUCCEEDED"),
        // A public log, whose run may not be seen.
        "/v2/actor-runs/SECRETSECRETSECR1" | "/v2/actor-builds/SECRETSECRETSECR1" => {
            Answer::new(403, "{}")
        }
        path if path.starts_with("/v2/logs/") => Answer::new(200, LOG),
        _ => not_found(),
    });
    let ids = ["BUILDBUILDBUILD01", "SECRETSECRETSECR1"];
    fetch("apify", &server.url, &out.path("logs"), &ids).ok();
    assert_eq!(logs(&out.path("logs")), ["BUILDBUILDBUILD01.log", "SECRETSECRETSECR1.log"]);
    let finished: Vec<Value> =
        states(&out.path("logs")).iter().map(|state| state["finished"].clone()).collect();
    assert_eq!(finished.iter().filter(|finished| **finished == json!(true)).count(), 1);
}

#[test]
fn errors_of_the_api() {
    let out = folder();
    let server = Server::start(|_, _| not_found());
    let ran = fetch("apify", &server.url, &out.path("a"), &[ID]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("/v2/logs/HG7ML7M8z78YcAPEB: status 404: Actor run was not found"),
        "{}",
        ran.err
    );
    assert!(logs(&out.path("a")).is_empty());
    let server = Server::start(|_, _| {
        // A server that repeats the token.
        let message = format!("Authentication token {TOKEN} is not valid.");
        Answer::json(401, &json!({"error": {"type": "invalid-token", "message": message}}))
    });
    let ran = fetch("apify", &server.url, &out.path("b"), &[ID, "--json"]);
    assert_eq!(ran.code, 2);
    let failed = &ran.events("failed")[0];
    assert!(
        failed["error"].as_str().unwrap().contains("Authentication token *** is not valid"),
        "{failed}"
    );
    assert!(failed["hint"].as_str().unwrap().contains("APIFY_TOKEN or --token-file"), "{failed}");
}

/// The runs of an actor, and how the API lists them.
fn listing(runs: Arc<Vec<Value>>, added: Arc<AtomicUsize>) -> Server {
    Server::start(move |request: &Request, _| {
        if request.path.starts_with("/v2/logs/") {
            return Answer::new(200, LOG);
        }
        if request.path != "/v2/actors/archive~crawler/runs" {
            return not_found();
        }
        // One more run each time that a page is asked for.
        let there = added.fetch_add(1, Ordering::Relaxed).min(runs.len());
        let since = request.parameter("startedAfter");
        let statuses: Vec<&str> =
            request.parameter("status").split(',').filter(|s| !s.is_empty()).collect();
        let mut list: Vec<&Value> = runs[..there]
            .iter()
            .filter(|run| run["startedAt"].as_str().unwrap() >= since)
            .filter(|run| {
                statuses.is_empty() || statuses.contains(&run["status"].as_str().unwrap())
            })
            .collect();
        if request.parameter("desc") == "1" {
            list.reverse();
        }
        let (offset, limit): (usize, usize) = (
            request.parameter("offset").parse().unwrap(),
            request.parameter("limit").parse().unwrap(),
        );
        assert!(limit <= 1000);
        // Pages smaller than asked for.
        let items: Vec<&Value> = list.iter().skip(offset).take(limit.min(7)).copied().collect();
        Answer::json(200, &json!({"data": {"total": list.len(), "offset": offset, "items": items}}))
    })
}

#[test]
fn lists_of_runs_by_status_and_time() {
    let statuses = ["SUCCEEDED", "FAILED", "ABORTED"];
    let runs: Vec<Value> = (0..40)
        .map(|number| {
            let started = format!("2026-03-{:02}T00:00:00.000Z", 1 + number / 2);
            run(&format!("RUNRUNRUNRUNRUN{number:02}"), statuses[number % 3], &started)
        })
        .collect();
    let runs = Arc::new(runs);
    let fetched = |first: usize, arguments: &[&str]| {
        let (server, out) =
            (listing(Arc::clone(&runs), Arc::new(AtomicUsize::new(first))), folder());
        let out = out.path("logs");
        let ran = fetch(
            "apify",
            &server.url,
            &out,
            &[&["--actor", "archive/crawler"], arguments].concat(),
        );
        (ran.code, logs(&out), server.count("/v2/logs/"))
    };
    let names = |of: &dyn Fn(usize) -> bool, there: usize| -> Vec<String> {
        (0..there)
            .filter(|number| of(*number))
            .map(|number| format!("RUNRUNRUNRUNRUN{number:02}.log"))
            .collect()
    };
    // Runs are added while pages are read: they are all there, and none twice.
    let (code, logs, requests) = fetched(20, &[]);
    assert_eq!((code, requests), (0, logs.len()));
    assert_eq!(logs, names(&|_| true, logs.len()));
    assert!(logs.len() > 20, "{logs:?}");
    assert_eq!(fetched(40, &["--status", "failed,aborted"]).1, names(&|n| n % 3 > 0, 40));
    assert_eq!(fetched(40, &["--since", "2026-03-11"]).1, names(&|n| n >= 20, 40));
    assert_eq!(fetched(40, &["--last", "12"]).1, names(&|n| n >= 28, 40));
    assert_eq!(
        fetched(40, &["--last", "3", "--status", "FAILED"]).1,
        names(&|n| n % 3 == 1 && n >= 31, 40)
    );
    let (code, logs, _) = fetched(40, &["--status", "TIMED-OUT"]);
    assert_eq!((code, logs.len()), (1, 0));
}

#[test]
fn a_dry_run_fetches_nothing() {
    let runs = vec![run(ID, "SUCCEEDED", "2026-03-09T10:00:00.000Z")];
    let (server, out) = (listing(Arc::new(runs), Arc::new(AtomicUsize::new(1))), folder());
    let out = out.path("logs");
    let plan = |arguments: &[&str]| {
        fetch(
            "apify",
            &server.url,
            &out,
            &[&["--actor", "archive/crawler", "--dry-run"], arguments].concat(),
        )
        .ok()
        .out
    };
    assert_eq!(plan(&[]), format!("{ID}\tSUCCEEDED\t2026-03-09T10:00:00.000Z\tto fetch\n"));
    assert_eq!(server.count("/v2/logs/"), 0);
    fetch("apify", &server.url, &out, &["--actor", "archive/crawler"]).ok();
    let there = out.join("HG7ML7M8z78YcAPEB.log").display().to_string();
    assert!(plan(&[]).contains(&format!("there: {there}")));
    let line: Value = serde_json::from_str(&plan(&["--json"])).unwrap();
    assert_eq!(line["file"], json!(there));
}

#[test]
fn a_log_is_followed_until_its_run_ends() {
    let out = folder();
    let asked = Arc::new(AtomicUsize::new(0));
    let ended = Arc::clone(&asked);
    let text: String = (0..2000).map(|n| format!("2026-03-09T10:00:00.123Z line {n}\n")).collect();
    let expected = text.clone();
    let server = Server::start(move |request, before| match request.path.as_str() {
        "/v2/actor-runs/HG7ML7M8z78YcAPEB" => {
            described(ID, if ended.load(Ordering::Relaxed) > 1 { "SUCCEEDED" } else { "RUNNING" })
        }
        "/v2/logs/HG7ML7M8z78YcAPEB" => {
            assert_eq!(request.parameter("stream"), "1");
            ended.fetch_add(1, Ordering::Relaxed);
            let answer = Answer::new(200, text.clone());
            match before {
                // The line breaks in the middle, then the stream begins anew.
                0 => answer.fault(Fault::Chunks(30_000)),
                _ => answer.fault(Fault::Chunks(usize::MAX)),
            }
        }
        _ => not_found(),
    });
    let ran = fetch("apify", &server.url, &out.path("logs"), &[ID, "--follow", "-q"]).ok();
    assert_eq!(ran.out, expected);
    assert_eq!(
        std::fs::read_to_string(out.path("logs").join("HG7ML7M8z78YcAPEB.log")).unwrap(),
        expected
    );
    assert_eq!(states(&out.path("logs"))[0]["finished"], json!(true));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn a_followed_log_is_printed_as_it_grows() {
    let out = folder();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let server = Server::start(move |request, before| match request.path.as_str() {
        "/v2/logs/HG7ML7M8z78YcAPEB" if before == 0 => {
            Answer::new(200, "first\nsecond\n").fault(Fault::Hang(6))
        }
        "/v2/logs/HG7ML7M8z78YcAPEB" => {
            wait.lock().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
            Answer::new(200, "first\nsecond\n")
        }
        _ => described(ID, "RUNNING"),
    });
    let mut child = start("apify", &server.url, &out.path("logs"), &[ID, "--follow", "-q"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Before there is a second line, and before the run ends.
    assert_eq!(lines.next().unwrap().unwrap(), "first");
    drop(go);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_log_of_a_running_run_is_not_its_end() {
    // All of it came, and then its file could not be written.
    let has_ended = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&has_ended);
    let server = Server::start(move |request, _| {
        let has_ended = now.load(Ordering::Relaxed) > 0;
        match request.path.starts_with("/v2/logs/") {
            true if has_ended => {
                Answer::file(request, &[LOG, "the end\n"].concat().into_bytes(), "\"b\"")
            }
            true => Answer::file(request, LOG.as_bytes(), "\"a\""),
            false => described(ID, if has_ended { "SUCCEEDED" } else { "RUNNING" }),
        }
    });
    let out = folder();
    let logs = out.path("logs");
    std::fs::create_dir_all(logs.join("HG7ML7M8z78YcAPEB.log/x")).unwrap();
    assert_eq!(fetch("apify", &server.url, &logs, &[ID]).code, 2);
    std::fs::remove_dir_all(logs.join("HG7ML7M8z78YcAPEB.log")).unwrap();
    has_ended.store(1, Ordering::Relaxed);
    fetch("apify", &server.url, &logs, &[ID]).ok();
    let log = std::fs::read_to_string(logs.join("HG7ML7M8z78YcAPEB.log")).unwrap();
    assert_eq!(log, [LOG, "the end\n"].concat());
}

#[test]
fn a_run_that_has_just_ended_is_fetched_again() {
    let server = Server::start(move |request, _| match request.path.starts_with("/v2/logs/") {
        true => Answer::new(200, LOG),
        false => {
            let now = jiff::Timestamp::now().to_string();
            Answer::json(
                200,
                &json!({"data": {"id": ID, "status": "SUCCEEDED", "finishedAt": now}}),
            )
        }
    });
    let out = folder();
    for _ in 0..2 {
        fetch("apify", &server.url, &out.path("logs"), &[ID]).ok();
    }
    assert_eq!(server.count("/v2/logs/"), 2);
}

#[test]
fn raw_and_stripped_are_different_logs() {
    let (server, out) = (one("SUCCEEDED"), folder());
    let out = out.path("logs");
    let file = out.join("HG7ML7M8z78YcAPEB.log");
    for (arguments, text) in [(&[ID][..], LOG), (&[ID, "--raw"], "raw\n"), (&[ID], LOG)] {
        fetch("apify", &server.url, &out, arguments).ok();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn what_is_no_log_is_not_kept() {
    let cases = [
        ("text/html", "", "<html>sign in</html>"),
        ("application/json", "", "{\"error\":{\"type\":\"x\",\"message\":\"not now\"}}"),
        ("text/plain", "br", "???"),
    ];
    for (kind, encoding, text) in cases {
        let server = Server::start(move |request, _| match request.path.starts_with("/v2/logs/") {
            true if encoding.is_empty() => Answer::new(200, text).with("content-type", kind),
            true => Answer::new(200, text).with("content-encoding", encoding),
            false => described(ID, "SUCCEEDED"),
        });
        let out = folder();
        let ran = fetch("apify", &server.url, &out.path("logs"), &[ID]);
        assert_eq!(
            (ran.code, logs(&out.path("logs")).len()),
            (2, 0),
            "{kind} {encoding}: {}",
            ran.err
        );
    }
}

#[test]
fn a_stream_that_ends_before_its_run_is_taken_up_again() {
    let streams = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&streams);
    let server = Server::start(move |request, _| match request.path.starts_with("/v2/logs/") {
        true => {
            let lines = seen.fetch_add(1, Ordering::Relaxed) + 1;
            Answer::new(200, "a line of text\n".repeat(lines))
        }
        false => {
            described(ID, if seen.load(Ordering::Relaxed) < 3 { "RUNNING" } else { "SUCCEEDED" })
        }
    });
    let out = folder();
    let ran = fetch("apify", &server.url, &out.path("logs"), &[ID, "--follow", "-q"]).ok();
    assert_eq!(ran.out, "a line of text\n".repeat(3));
}
