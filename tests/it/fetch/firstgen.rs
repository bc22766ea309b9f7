//! Exports of Harness FirstGen.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::server::{Answer, Request, Server};
use super::{Ran, TOKEN, fetch, files, folder, leftovers, logs, states, zip};

const LOG: &[u8] = b"INFO   2020-06-05 20:50:58.752   done\n";

/// A platform with deployments at these times.
#[derive(Clone, Default)]
struct Platform {
    starts: Vec<i64>,
    /// How often the status is QUEUED before it is `status`.
    queued: usize,
    /// READY if empty.
    status: &'static str,
    /// Whether the service says how many there are.
    counts: bool,
    /// No status link: the download says 202 until it is ready.
    is_old: bool,
    /// Ranges that were exported.
    exports: Arc<Mutex<Vec<(i64, i64)>>>,
    polls: Arc<AtomicUsize>,
}

impl Platform {
    fn start(self) -> Server {
        Server::start(move |request, _| self.answer(request))
    }

    fn answer(&self, request: &Request) -> Answer {
        assert_eq!(request.parameter("accountId"), "aCC0unt_1");
        if request.path == "/gateway/api/graphql" {
            assert_eq!(request.header("x-api-key"), TOKEN);
            return self.graphql(&serde_json::from_slice(&request.body).unwrap());
        }
        assert!(request.headers.values().all(|value| !value.contains("s3cr3t")), "{request:?}");
        let polls = self.polls.fetch_add(1, Ordering::Relaxed);
        let is_queued = polls < self.queued;
        let status = match self.status {
            _ if is_queued => "QUEUED",
            "" => "READY",
            status => status,
        };
        if let Some(id) = request.path.strip_prefix("/api/export-executions/status/") {
            if self.is_old {
                return Answer::new(404, "");
            }
            return Answer::json(
                200,
                &json!({"requestId": id, "status": status, "errorMessage": "disk full"}),
            );
        }
        let id = request.path.strip_prefix("/api/export-executions/download/").unwrap();
        match status {
            "QUEUED" => Answer::json(202, &json!({"requestId": id, "status": "QUEUED"})),
            "READY" => {
                let name = format!("HarnessExecutionsLogs/{id}/step.log");
                Answer::file(request, &zip(&[(&name, LOG)]), "\"e\"")
                    .with("content-type", "application/octet-stream")
            }
            _ => Answer::json(
                410,
                &json!({"requestId": id, "status": status, "errorMessage": "too old"}),
            ),
        }
    }

    fn graphql(&self, body: &Value) -> Answer {
        let filters = body["variables"]["filters"].as_array().unwrap();
        assert_eq!(
            filters[0],
            json!({"application": {"operator": "IN", "values": ["ekftWF9jQRewZt7FhM7KTw"]}})
        );
        let bound = |operator: &str| {
            let filter = filters.iter().find(|filter| filter["startTime"]["operator"] == operator);
            filter.unwrap()["startTime"]["value"].as_i64().unwrap()
        };
        let (after, before) = (bound("AFTER"), bound("BEFORE"));
        let total = self.starts.iter().filter(|start| **start > after && **start < before).count();
        if body["query"].as_str().unwrap().starts_with("query") {
            return match self.counts {
                true => Answer::json(
                    200,
                    &json!({"data": {"executions": {"pageInfo": {"total": total}}}}),
                ),
                false => Answer::json(200, &json!({"errors": [{"message": "no such field"}]})),
            };
        }
        let refused = |message: String| {
            Answer::json(
                200,
                &json!({"data": {"exportExecutions": null}, "errors": [{"message": message}]}),
            )
        };
        if total == 0 {
            return refused("No executions found matching request filters: ...".into());
        }
        if total > 1000 {
            return refused(format!(
                "Number of executions for the given filters is: {total} which is greater than the limit of 1000"
            ));
        }
        let mut exports = self.exports.lock().unwrap();
        exports.push((after, before));
        let id = format!("request{}", exports.len());
        let link = |kind: &str| {
            format!("https://app.harness.io/api/export-executions/{kind}/{id}?accountId=x")
        };
        let mut answer = json!({
            "clientMutationId": "ripsaw", "requestId": id, "status": "QUEUED", "totalExecutions": total,
            "triggeredAt": 1_591_390_258_752_i64, "downloadLink": link("download"), "errorMessage": null,
        });
        if !self.is_old {
            answer["statusLink"] = json!(link("status"));
        }
        Answer::json(200, &json!({"data": {"exportExecutions": answer}}))
    }
}

const APP: [&str; 2] = ["--app", "ekftWF9jQRewZt7FhM7KTw"];

fn run(server: &Server, out: &Path, arguments: &[&str]) -> Ran {
    fetch("firstgen", &server.url, out, &[&APP, arguments].concat())
}

/// 2020-06-01 and a day later, in milliseconds.
const SINCE: i64 = 1_590_969_600_000;
const DAY: [&str; 4] = ["--since", "2020-06-01", "--until", "2020-06-02"];

fn with(starts: Vec<i64>) -> Platform {
    Platform { starts, queued: 1, counts: true, ..Platform::default() }
}

#[test]
fn an_export_is_asked_for_once() {
    for is_old in [false, true] {
        let platform = Platform { is_old, ..with(vec![SINCE, SINCE + 5]) };
        let exports = Arc::clone(&platform.exports);
        let (server, out) = (platform.start(), folder());
        let out = out.path("logs");
        let ran = run(&server, &out, &DAY).ok();
        assert!(ran.err.contains("export 1 of 25 in 24 hours, with 2 deployments"), "{}", ran.err);
        assert_eq!(logs(&out), ["aCC0unt_1-request1.zip"]);
        assert_eq!(*exports.lock().unwrap(), [(SINCE - 1, SINCE + 86_400_000)]);
        let state = &states(&out)[0];
        assert_eq!(
            (&state["finished"], &state["id"], &state["since"]),
            (&json!(true), &json!("request1"), &json!(SINCE))
        );
        assert!(leftovers(&out).is_empty());
        let requests = server.seen().len();
        run(&server, &out, &DAY).ok();
        assert_eq!((exports.lock().unwrap().len(), server.seen().len()), (1, requests));
    }
}

#[test]
fn the_id_is_on_disk_before_the_first_poll() {
    let out = folder();
    let out = out.path("logs");
    let platform = with(vec![SINCE]);
    let exports = Arc::clone(&platform.exports);
    let there = out.clone();
    let server = Server::start(move |request, _| {
        if request.path.contains("/export-executions/") {
            let known = files(&there).iter().any(|path| {
                std::fs::read_to_string(path).is_ok_and(|text| text.contains("request1"))
            });
            assert!(known, "the id is not on disk");
        }
        platform.answer(request)
    });
    // Given up while it is queued; the next fetch goes on with it.
    let ran = run(&server, &out, &[&DAY[..], &["--wait", "1ms"]].concat());
    assert!(ran.code == 2 && ran.err.contains("not ready after"), "{}", ran.err);
    assert!(ran.err.contains("continued, not asked for again"), "{}", ran.err);
    run(&server, &out, &DAY).ok();
    assert_eq!((exports.lock().unwrap().len(), logs(&out).len()), (1, 1));
}

#[test]
fn an_export_of_elsewhere_by_its_request() {
    let (server, out) = (with(vec![]).start(), folder());
    let out = out.path("logs");
    fetch("firstgen", &server.url, &out, &["--request", "o63US8waSImWhoEnlDAEcg"]).ok();
    assert_eq!(logs(&out), ["aCC0unt_1-o63US8waSImWhoEnlDAEcg.zip"]);
    assert_eq!(server.count("/graphql"), 0);
}

#[test]
fn exports_that_come_to_nothing() {
    for (status, is_old, why) in [
        ("FAILED", false, "the export is FAILED: disk full"),
        ("EXPIRED", false, "the export is EXPIRED: disk full"),
        ("EXPIRED", true, "status 410: too old"),
        ("PAUSED", false, "unknown status \"PAUSED\""),
    ] {
        let platform = Platform { status, is_old, ..with(vec![SINCE]) };
        let exports = Arc::clone(&platform.exports);
        let (server, out) = (platform.start(), folder());
        let ran = run(&server, &out.path("logs"), &DAY);
        assert!(ran.code == 2 && ran.err.contains(why), "{}", ran.err);
        assert!(logs(&out.path("logs")).is_empty());
        // What has failed is asked for anew.
        run(&server, &out.path("logs"), &DAY);
        let asked = exports.lock().unwrap().len();
        assert_eq!(asked, if status == "PAUSED" { 1 } else { 2 }, "{status}");
    }
}

#[test]
fn long_ranges_are_split_at_the_limit() {
    // Most of them at once.
    let mut starts: Vec<i64> = (0..2500).map(|n| SINCE + 1000 * n).collect();
    starts.extend((0..900).map(|n| SINCE + 80_000_000 + n));
    for counts in [true, false] {
        let platform = Platform { counts, ..with(starts.clone()) };
        let exports = Arc::clone(&platform.exports);
        let (server, out) = (platform.start(), folder());
        let out = out.path("logs");
        let ran = run(&server, &out, &DAY).ok();
        assert!(
            ran.err.contains(
                "3400 deployments in 2020-06-01T00:00:00Z to 2020-06-02T00:00:00Z: more than 1000"
            ),
            "{}",
            ran.err
        );
        let exports = exports.lock().unwrap().clone();
        // Each deployment is in one export, and none has more than it may.
        for start in &starts {
            assert_eq!(
                exports.iter().filter(|(after, before)| after < start && start < before).count(),
                1
            );
        }
        assert_eq!(logs(&out).len(), exports.len());
        assert!(exports.len() <= 8, "{exports:?}");
        // All of it again, from the states.
        let mutations = server.count("/graphql");
        run(&server, &out, &DAY).ok();
        let again = server.count("/graphql") - mutations;
        assert!(again <= 20, "{again}");
        assert_eq!(logs(&out).len(), exports.len());
    }
}

#[test]
fn the_limit_of_a_day_is_said_before_it_is_hit() {
    let platform = with((0..30).map(|day| SINCE + day * 86_400_000).collect());
    let exports = Arc::clone(&platform.exports);
    let (server, out) = (platform.start(), folder());
    let out = out.path("logs");
    for day in 1..=26 {
        let (since, until) = (format!("2020-06-{day:02}"), format!("2020-06-{:02}", day + 1));
        let ran = run(&server, &out, &["--since", &since, "--until", &until]);
        if day <= 25 {
            assert_eq!(ran.code, 0, "{}", ran.err);
            continue;
        }
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("25 exports in 24 hours: the platform allows 25"), "{}", ran.err);
    }
    assert_eq!(exports.lock().unwrap().len(), 25);
}

#[test]
fn times_that_an_export_has_are_not_exported_again() {
    let platform = with(vec![SINCE + 1000]);
    let exports = Arc::clone(&platform.exports);
    let (server, out) = (platform.start(), folder());
    let out = out.path("logs");
    run(&server, &out, &DAY).ok();
    // Within it, and a range that has moved by some seconds.
    run(&server, &out, &["--since", "2020-06-01T00:00:00Z", "--until", "2020-06-01T12:00:00Z"])
        .ok();
    run(&server, &out, &["--since", "2020-06-01T00:00:01Z", "--until", "2020-06-02"]).ok();
    assert_eq!(exports.lock().unwrap().len(), 1);
    // A relative time moves with each fetch.
    for _ in 0..3 {
        run(&server, &out, &["--since", "-20000d"]).ok();
    }
    assert_eq!(exports.lock().unwrap().len(), 1);
}

#[test]
fn exports_are_fetched_though_not_all_can_be_asked_for() {
    // 30,000 deployments need more than 25 exports.
    let starts: Vec<i64> = (0..30_000).map(|n| SINCE + 1000 * n).collect();
    let platform = with(starts);
    let exports = Arc::clone(&platform.exports);
    let (server, out) = (platform.start(), folder());
    let out = out.path("logs");
    let ran = run(&server, &out, &[&DAY[..], &["--jobs", "8"]].concat());
    assert_eq!((ran.code, exports.lock().unwrap().len(), logs(&out).len()), (2, 25, 25));
}

#[test]
fn what_the_platform_refuses() {
    let out = folder();
    let daily =
        "Number of export executions requests from this account has reached its daily limit";
    let server =
        Server::start(move |_, _| Answer::json(200, &json!({"errors": [{"message": daily}]})));
    let ran = run(&server, &out.path("a"), &DAY);
    assert!(ran.code == 2 && ran.err.contains(daily), "{}", ran.err);
    // While the queue is full, it waits.
    let platform = with(vec![SINCE]);
    let refusals = AtomicUsize::new(0);
    let queue = "3 export executions requests are already in queue for the current account";
    let server = Server::start(move |request, _| {
        let is_export = String::from_utf8_lossy(&request.body).contains("exportExecutions");
        match is_export && refusals.fetch_add(1, Ordering::Relaxed) < 2 {
            true => Answer::json(200, &json!({"errors": [{"message": queue}]})),
            false => platform.answer(request),
        }
    });
    let ran = run(&server, &out.path("b"), &DAY).ok();
    assert!(ran.err.contains("already in queue"), "{}", ran.err);
    // Nothing matches.
    let server = with(vec![]).start();
    assert_eq!(run(&server, &out.path("c"), &DAY).code, 1);
    let server = Platform { counts: false, ..with(vec![]) }.start();
    assert_eq!(run(&server, &out.path("d"), &DAY).code, 1);
}

#[test]
fn a_mutation_is_not_repeated_if_it_may_have_arrived() {
    use super::server::Fault;
    let platform = with(vec![SINCE]);
    let server = Server::start(move |request, _| {
        let answer = platform.answer(request);
        match String::from_utf8_lossy(&request.body).contains("exportExecutions") {
            true => answer.fault(Fault::Mute),
            false => answer,
        }
    });
    let out = folder();
    let ran = run(&server, &out.path("logs"), &DAY);
    assert_eq!(ran.code, 2);
    let mutations = server
        .seen()
        .iter()
        .filter(|request| String::from_utf8_lossy(&request.body).contains("exportExecutions"))
        .count();
    assert_eq!(mutations, 1);
}
