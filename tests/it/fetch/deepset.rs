//! Logs of deepset's pipelines, in pages that shift and overlap.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::server::{Answer, Request, Server};
use super::{Ran, TOKEN, fetch, folder, logs, states};

/// A record at so many seconds after 10:00.
fn record(number: usize, second: usize) -> Value {
    json!({
        "log_id": format!("id-{number:04}"), "message": format!("message {number}, \"quoted\""),
        "logged_at": format!("2026-03-09T10:{:02}:{:02}.000000Z", second / 60, second % 60),
        "level": if number.is_multiple_of(5) { "error" } else { "info" }, "origin": "querypipeline",
        "exceptions": null, "extra_fields": {"n": number},
    })
}

/// A pipeline to which records are added.
#[derive(Clone)]
struct Pipeline {
    records: Arc<Mutex<Vec<Value>>>,
    /// Whether the cursor's own time is left out.
    is_exclusive: bool,
    /// Whether the filter is heeded.
    filters: bool,
}

impl Pipeline {
    fn new(records: Vec<Value>) -> Self {
        Self { records: Arc::new(Mutex::new(records)), is_exclusive: true, filters: true }
    }

    fn add(&self, record: Value) {
        self.records.lock().unwrap().push(record);
    }

    fn start(&self) -> Server {
        let pipeline = self.clone();
        Server::start(move |request, _| pipeline.answer(request))
    }

    fn answer(&self, request: &Request) -> Answer {
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        if request.path != "/api/v1/workspaces/my%20space/pipelines/search/logs" {
            return Answer::json(404, &json!({"errors": ["pipeline not found"]}));
        }
        assert_eq!((request.parameter("order"), request.parameter("limit")), ("DESC", "100"));
        let after = request.parameter("after");
        let mut found = self.records.lock().unwrap().clone();
        if self.filters && !request.parameter("filter").is_empty() {
            assert_eq!(request.parameter("filter"), "level eq 'error'");
            found.retain(|record| record["level"] == "error");
        }
        // Newest first; of one time in any order that stays.
        found.sort_by_key(|record| {
            std::cmp::Reverse(record["logged_at"].as_str().unwrap().to_owned())
        });
        let total = found.len();
        if !after.is_empty() {
            found.retain(|record| {
                let time = record["logged_at"].as_str().unwrap();
                if self.is_exclusive { time < after } else { time <= after }
            });
        }
        let has_more = found.len() > 100;
        found.truncate(100);
        Answer::json(200, &json!({"data": found, "has_more": has_more, "total": total}))
    }
}

fn run(server: &Server, out: &Path, arguments: &[&str]) -> Ran {
    fetch("deepset", &server.url, out, &[&["my space/search"], arguments].concat())
}

/// The ids in the one file that is there, in its order.
fn ids(out: &Path) -> Vec<String> {
    let names = logs(out);
    assert_eq!(names.len(), 1, "{names:?}");
    let text = std::fs::read_to_string(out.join(&names[0])).unwrap();
    let id = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["log_id"].as_str().unwrap().to_owned()
    };
    text.lines().map(id).collect()
}

fn expected(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| format!("id-{number:04}")).collect()
}

/// All ids, each once.
fn distinct(ids: &[String]) -> BTreeSet<String> {
    let set: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(set.len(), ids.len(), "a record is there twice");
    set
}

#[test]
fn all_pages_with_equal_times_across_their_ends() {
    for is_exclusive in [true, false] {
        // 37 records of each second: the ends of pages are in the middle of them.
        let records = (0..1000).map(|number| record(number, number / 37)).collect();
        let pipeline = Pipeline { is_exclusive, ..Pipeline::new(records) };
        let (server, out) = (pipeline.start(), folder());
        let out = out.path("logs");
        let ran = run(&server, &out, &[]).ok();
        let read = ids(&out);
        assert_eq!(distinct(&read), expected(0..1000), "{}", ran.err);
        // The oldest first, the values as they were.
        let seconds: Vec<usize> =
            read.iter().map(|id| id[3..].parse::<usize>().unwrap() / 37).collect();
        assert!(seconds.is_sorted());
        let name = &logs(&out)[0];
        let text = std::fs::read_to_string(out.join(name)).unwrap();
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["extra_fields"]["n"].as_u64().unwrap() / 37, 0);
        // It is an input as it is.
        let ls = crate::program::ripsaw()
            .args(["ls", "--formats", out.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(String::from_utf8(ls.stdout).unwrap().contains("deepset"));
    }
}

#[test]
fn a_cursor_that_does_not_move_is_an_error() {
    let records = (0..250).map(|number| record(number, 7)).collect();
    let (server, out) = (Pipeline::new(records).start(), folder());
    let ran = run(&server, &out.path("logs"), &[]);
    assert!(ran.code == 2 && ran.err.contains("the cursor does not move"), "{}", ran.err);
    assert!(ran.err.contains("logged at 2026-03-09T10:00:07Z"), "{}", ran.err);
    assert!(logs(&out.path("logs")).is_empty());
}

#[test]
fn a_second_fetch_adds_what_is_new() {
    let pipeline = Pipeline::new((0..400).map(|number| record(number, number)).collect());
    let (server, out) = (pipeline.start(), folder());
    let out = out.path("logs");
    run(&server, &out, &[]).ok();
    let first = server.seen().len();
    let ran = run(&server, &out, &["--json"]).ok();
    assert_eq!(
        (ran.events("done")[0]["kept"].clone(), server.seen().len() - first),
        (json!(true), 1)
    );
    (400..550).for_each(|number| pipeline.add(record(number, number)));
    // One that came late, and one of the very time of the newest that is there.
    pipeline.add(record(600, 380));
    pipeline.add(record(601, 399));
    run(&server, &out, &[]).ok();
    let all = expected((0..550).chain([600, 601]));
    assert_eq!(distinct(&ids(&out)), all);
    assert!(server.seen().len() <= first + 4, "{}", server.seen().len());
    // All of it anew, with the same outcome.
    run(&server, &out, &["--force"]).ok();
    assert_eq!(distinct(&ids(&out)), all);
    assert_eq!(states(&out)[0]["newest"], json!("2026-03-09T10:09:09Z"));
}

#[test]
fn what_the_platform_forgets_is_kept() {
    let pipeline = Pipeline::new((0..150).map(|number| record(number, number)).collect());
    let (server, out) = (pipeline.start(), folder());
    let out = out.path("logs");
    for format in ["ndjson", "csv"] {
        run(&server, &out, &["--to", format]).ok();
    }
    // The user's own line, and a platform that has only what came since.
    for name in logs(&out) {
        let mut text = std::fs::read_to_string(out.join(&name)).unwrap();
        text.push_str(match name.ends_with("csv") {
            true => "mine,note,2026-03-09T09:00:00Z,info,haystack,,{}",
            false => {
                "{\"log_id\":\"mine\",\"logged_at\":\"2026-03-09T09:00:00Z\",\"message\":\"note\"}"
            }
        });
        std::fs::write(out.join(&name), text).unwrap();
    }
    *pipeline.records.lock().unwrap() = (140..160).map(|number| record(number, number)).collect();
    for arguments in [&[][..], &["--force"], &["--since", "2026-03-09T10:02:35Z"]] {
        for format in ["ndjson", "csv"] {
            run(&server, &out, &[&["--to", format], arguments].concat()).ok();
        }
        for name in logs(&out) {
            let text = std::fs::read_to_string(out.join(&name)).unwrap();
            let lines = text.lines().count() - usize::from(name.ends_with("csv"));
            assert_eq!((lines, text.matches("mine").count()), (161, 1), "{name} {arguments:?}");
        }
    }
}

#[test]
fn a_record_of_the_future_stops_nothing() {
    let pipeline = Pipeline::new((0..50).map(|number| record(number, number)).collect());
    let mut future = record(900, 0);
    future["logged_at"] = json!("2099-01-01T00:00:00.000000Z");
    pipeline.add(future);
    let (server, out) = (pipeline.start(), folder());
    let out = out.path("logs");
    run(&server, &out, &[]).ok();
    let now = jiff::Timestamp::now();
    for number in 50..80 {
        let mut record = record(number, 0);
        record["logged_at"] =
            json!(format!("{:.6}", now + jiff::SignedDuration::from_secs(number as i64 - 79)));
        pipeline.add(record);
    }
    for _ in 0..3 {
        run(&server, &out, &[]).ok();
        assert_eq!(distinct(&ids(&out)), expected((0..80).chain([900])));
    }
}

#[test]
fn a_file_has_no_gaps() {
    let pipeline = Pipeline::new((0..100).map(|number| record(number, number)).collect());
    let (server, out) = (pipeline.start(), folder());
    let out = out.path("logs");
    run(&server, &out, &[]).ok();
    (100..500).for_each(|number| pipeline.add(record(number, number)));
    // Less is wanted, but what lies between is fetched, too.
    run(&server, &out, &["--since", "2026-03-09T10:08:00Z"]).ok();
    assert_eq!(distinct(&ids(&out)), expected(0..500));
}

#[test]
fn ids_and_times_in_other_spellings() {
    let mut records: Vec<Value> = (0..130).map(|number| record(number, number)).collect();
    for (number, record) in records.iter_mut().enumerate() {
        let time = record["logged_at"].as_str().unwrap().trim_end_matches('Z').to_owned();
        record["logged_at"] = json!(time);
        record["log_id"] = json!(number);
    }
    records[3]["logged_at"] = Value::Null;
    records[4]["logged_at"] = json!("soon");
    let all = records.clone();
    let server = Server::start(move |request, _| {
        let after = request.parameter("after").trim_end_matches('Z').to_owned();
        let time = |record: &Value| {
            record["logged_at"].as_str().unwrap_or("2026-03-09T10:01:00").to_owned()
        };
        let mut found = all.clone();
        found.sort_by_key(|record| std::cmp::Reverse(time(record)));
        found.retain(|record| after.is_empty() || time(record) < after);
        let has_more = found.len() > 100;
        found.truncate(100);
        Answer::json(200, &json!({"data": found, "has_more": has_more, "total": 130}))
    });
    let out = folder();
    let out = out.path("logs");
    for _ in 0..3 {
        run(&server, &out, &[]).ok();
        let text = std::fs::read_to_string(out.join(&logs(&out)[0])).unwrap();
        assert_eq!(text.lines().count(), 130);
    }
}

#[test]
fn as_many_records_of_one_time_as_a_page_has() {
    let mut records: Vec<Value> = (0..100).map(|number| record(number, 7)).collect();
    records.extend((100..150).map(|number| record(number, 3)));
    let (server, out) = (Pipeline::new(records).start(), folder());
    run(&server, &out.path("logs"), &[]).ok();
    assert_eq!(distinct(&ids(&out.path("logs"))), expected(0..150));
}

#[test]
fn only_what_is_late_enough() {
    let pipeline = Pipeline::new((0..400).map(|number| record(number, number)).collect());
    let (server, out) = (pipeline.start(), folder());
    let out = out.path("logs");
    run(&server, &out, &["--since", "2026-03-09T10:05:00Z"]).ok();
    assert_eq!(distinct(&ids(&out)), expected(300..400));
    assert!(server.seen().len() <= 2);
    pipeline.add(record(400, 400));
    run(&server, &out, &["--since", "2026-03-09T10:06:00Z"]).ok();
    assert_eq!(distinct(&ids(&out)), expected(300..401));
    // The file does not begin so early, so it is read anew.
    run(&server, &out, &[]).ok();
    assert_eq!(distinct(&ids(&out)), expected(0..401));
}

#[test]
fn the_filter_is_checked_here_as_well() {
    let pipeline = Pipeline::new((0..300).map(|number| record(number, number)).collect());
    let filter = ["--filter", "level eq 'error'"];
    for filters in [true, false] {
        let (server, out) = (Pipeline { filters, ..pipeline.clone() }.start(), folder());
        let out = out.path("logs");
        let ran = run(&server, &out, &filter).ok();
        assert_eq!(distinct(&ids(&out)), expected((0..300).step_by(5)));
        assert_eq!(
            ran.err.contains("left out 240 records that do not pass --filter"),
            !filters,
            "{}",
            ran.err
        );
        // What passes is another file than all.
        run(&server, &out, &[]).ok();
        assert_eq!(logs(&out).len(), 2);
    }
    let (server, out) = (pipeline.start(), folder());
    for wrong in ["level eq", "nope eq 'x'", "logged_at ge 'soon'"] {
        let ran = run(&server, &out.path("logs"), &["--filter", wrong]);
        assert!(ran.code == 2 && ran.err.contains("--filter"), "{}", ran.err);
    }
    assert!(server.seen().is_empty());
}

#[test]
fn records_as_csv() {
    let pipeline = Pipeline::new((0..120).map(|number| record(number, number)).collect());
    let (server, out) = (pipeline.start(), folder());
    let out = out.path("logs");
    run(&server, &out, &["--to", "csv"]).ok();
    pipeline.add(record(120, 120));
    run(&server, &out, &["--to", "csv"]).ok();
    assert_eq!(logs(&out)[0].rsplit('.').next(), Some("csv"));
    let text = std::fs::read_to_string(out.join(&logs(&out)[0])).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("log_id,message,logged_at,level,origin,exceptions,extra_fields"));
    assert_eq!(
        lines.next(),
        Some(
            "id-0000,\"message 0, \"\"quoted\"\"\",2026-03-09T10:00:00.000000Z,error,querypipeline,,\"{\"\"n\"\":0}\""
        )
    );
    assert_eq!(lines.count(), 120);
    let cat = crate::program::ripsaw()
        .args(["cat", out.to_str().unwrap(), "--tail", "1", "--columns", "level,message"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(cat.stdout).unwrap(), "ERROR\tmessage 120, \"quoted\"\n");
}

#[test]
fn what_the_platform_says() {
    let out = folder();
    let pipeline = Pipeline::new(vec![]);
    let server = pipeline.start();
    let ran = run(&server, &out.path("none"), &[]);
    assert_eq!((ran.code, logs(&out.path("none")).len()), (1, 0), "{}", ran.err);
    let ran = fetch("deepset", &server.url, &out.path("a"), &["other/search"]);
    assert!(ran.code == 2 && ran.err.contains("status 404: pipeline not found"), "{}", ran.err);
    let ran = fetch("deepset", &server.url, &out.path("a"), &["search"]);
    assert!(ran.code == 2 && ran.err.contains("is not WORKSPACE/NAME"), "{}", ran.err);
    for (status, body, why) in [
        (
            400,
            json!({"errors": ["The filters you provided are invalid."]}),
            "status 400: The filters you provided are invalid.",
        ),
        (
            422,
            json!({"detail": [{"loc": ["query", "limit"], "msg": "too large", "type": "x"}]}),
            "status 422: too large",
        ),
        (504, json!({"detail": "Fetching logs timed out"}), "status 504: Fetching logs timed out"),
        (200, json!([1, 2]), "not a page of records"),
    ] {
        let server = Server::start(move |_, _| Answer::json(status, &body));
        let ran = run(&server, &out.path("b"), &["--retries", "1"]);
        assert!(ran.code == 2 && ran.err.contains(why), "{}", ran.err);
    }
    // Fewer than it says.
    let records: Vec<Value> = (0..10).map(|number| record(number, number)).collect();
    let server = Server::start(move |_, _| {
        Answer::json(200, &json!({"data": records, "has_more": false, "total": 12}))
    });
    let ran = run(&server, &out.path("c"), &[]).ok();
    assert!(ran.err.contains("read 10 of 12 records"), "{}", ran.err);
}
