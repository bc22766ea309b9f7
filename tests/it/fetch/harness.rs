//! Executions of Harness NextGen, as the log service gives them and as it does not.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::server::{Answer, Request, Server};
use super::{TOKEN, fetch, folder, leftovers, logs, states, unzipped, zip};

const ACCOUNT: &str = "aCC0unt_1";
const EXEC: &str = "aT5bV0yQTuKxw8mE2-Jc1Q";
const PLACE: [&str; 4] = ["--org", "default", "--project", "Shop"];

/// A platform with executions and their logs, by key.
#[derive(Clone)]
struct Platform {
    /// Summaries, by id.
    runs: BTreeMap<String, Value>,
    /// Graphs, by id.
    graphs: BTreeMap<String, Value>,
    logs: BTreeMap<String, Vec<u8>>,
    /// The most logs in an archive.
    limit: usize,
    /// How often a job is queued before it is done.
    queued: usize,
    prefix: &'static str,
    /// Where links point to; this server if empty.
    storage: String,
    /// Jobs by prefix, and how often they were asked for.
    jobs: Arc<Mutex<BTreeMap<String, usize>>>,
}

fn summary(id: &str, pipeline: &str, sequence: i64, status: &str) -> Value {
    json!({
        "planExecutionId": id, "pipelineIdentifier": pipeline, "orgIdentifier": "default",
        "projectIdentifier": "Shop", "runSequence": sequence, "status": status,
        "startTs": 1_773_000_000_000_i64 + sequence, "endTs": if status == "Running" { 0 } else { 1_773_000_100_000_i64 },
        "shouldUseSimplifiedKey": true,
    })
}

fn key(id: &str, rest: &str) -> String {
    format!("{ACCOUNT}/pipeline/Release/12/-{id}{rest}")
}

impl Platform {
    /// One execution with some logs.
    fn new(status: &str, rests: &[&str]) -> Self {
        let logs: BTreeMap<String, Vec<u8>> =
            rests.iter().map(|rest| (key(EXEC, rest), line(rest))).collect();
        let run = summary(EXEC, "Release", 12, status);
        let nodes: Vec<Value> = logs.keys().map(|key| json!({"logBaseKey": key})).collect();
        let graph = graph(&run, &nodes);
        Self {
            runs: [(EXEC.to_owned(), run)].into(),
            graphs: [(EXEC.to_owned(), graph)].into(),
            logs,
            limit: 500,
            queued: 1,
            prefix: "/gateway",
            storage: String::new(),
            jobs: Arc::default(),
        }
    }

    fn start(self) -> Server {
        Server::start(move |request, _| self.answer(request))
    }

    fn answer(&self, request: &Request) -> Answer {
        if let Some(prefix) = request.path.strip_prefix("/storage/harness-download/") {
            assert!(request.headers.values().all(|value| !value.contains("s3cr3t")), "{request:?}");
            return Answer::file(request, &self.zip_of(&prefix.replace('!', "/")), "\"zip\"");
        }
        let has_gateway = request.path.starts_with("/gateway/");
        let path = request.path.strip_prefix(self.prefix);
        let Some(path) = path.filter(|_| has_gateway == (self.prefix == "/gateway")) else {
            return Answer::new(404, "<html>not here</html>");
        };
        if request.header("x-api-key") != TOKEN {
            return Answer::json(
                400,
                &json!({"error_msg": "apikey in request not authorized for receiving tokens"}),
            );
        }
        if let Some(id) = path.strip_prefix("/pipeline/api/pipelines/execution/v2/") {
            assert_eq!(request.parameter("accountIdentifier"), ACCOUNT);
            return match self.runs.get(id) {
                Some(_) if request.parameter("renderFullBottomGraph") == "true" => {
                    Answer::json(200, &json!({"status": "SUCCESS", "data": self.graphs[id]}))
                }
                Some(run) => Answer::json(
                    200,
                    &json!({"status": "SUCCESS", "data": {"pipelineExecutionSummary": run}}),
                ),
                None => Answer::json(
                    400,
                    &json!({"status": "ERROR", "message": format!("Plan Execution Id {id} does not exist")}),
                ),
            };
        }
        match path {
            "/log-service/blob/download" => self.job(request),
            "/log-service/blob" => match self.logs.get(request.parameter("key")) {
                Some(log) => Answer::new(200, log.clone()),
                None => Answer::json(404, &json!({"error_msg": "not found"})),
            },
            "/pipeline/api/pipelines/execution/summary" => self.list(request),
            _ => Answer::json(404, &json!({"error_msg": "no such route"})),
        }
    }

    fn zip_of(&self, prefix: &str) -> Vec<u8> {
        let below = self.logs.iter().filter(|(key, _)| key.starts_with(prefix));
        let entries: Vec<(String, &[u8])> =
            below.map(|(key, log)| (format!("{ACCOUNT}/{key}"), log.as_slice())).collect();
        zip(&entries.iter().map(|(name, log)| (name.as_str(), *log)).collect::<Vec<_>>())
    }

    fn job(&self, request: &Request) -> Answer {
        assert_eq!(request.method, "POST");
        assert_eq!(request.parameter("accountID"), ACCOUNT);
        let prefix = request.parameter("prefix").to_owned();
        let found = self.logs.keys().filter(|key| key.starts_with(&prefix)).count();
        if found == 0 {
            return Answer::new(404, "cannot list files for prefix");
        }
        if found > self.limit {
            return Answer::json(
                500,
                &json!({"error_msg": "Prefix Key Exceeds Maximum Download Limit"}),
            );
        }
        let mut jobs = self.jobs.lock().unwrap();
        let asked = jobs.entry(prefix.clone()).or_default();
        *asked += 1;
        let status = if *asked > self.queued { "success" } else { "queued" };
        let host = if self.storage.is_empty() {
            format!("http://{}", request.header("host"))
        } else {
            self.storage.clone()
        };
        let link = format!(
            "{host}/storage/harness-download/{}?Expires=9&Signature=s1gn",
            prefix.replace('/', "!")
        );
        Answer::json(
            200,
            &json!({"link": link, "status": status, "expires": "2036-04-13T18:24:23Z"}),
        )
    }

    fn list(&self, request: &Request) -> Answer {
        assert_eq!(request.body, br#"{"filterType":"PipelineExecution"}"#);
        let (page, size): (usize, usize) = (
            request.parameter("page").parse().unwrap(),
            request.parameter("size").parse().unwrap(),
        );
        assert!(size <= 100);
        let pipeline = request.parameter("pipelineIdentifier");
        let mut runs: Vec<&Value> =
            self.runs.values().filter(|run| run["pipelineIdentifier"] == pipeline).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run["startTs"].as_i64()));
        let pages = runs.len().div_ceil(size);
        let content: Vec<&&Value> = runs.iter().skip(page * size).take(size).collect();
        let data = json!({"content": content, "totalElements": runs.len(), "totalPages": pages, "last": page + 1 >= pages});
        Answer::json(200, &json!({"status": "SUCCESS", "data": data}))
    }
}

fn graph(run: &Value, nodes: &[Value]) -> Value {
    let nodes: BTreeMap<String, &Value> =
        nodes.iter().enumerate().map(|(number, node)| (format!("node{number}"), node)).collect();
    json!({"pipelineExecutionSummary": run, "executionGraph": {"nodeMap": nodes}})
}

/// A line of a log.
fn line(of: &str) -> Vec<u8> {
    let line =
        json!({"level": "INFO", "pos": 0, "out": of, "time": "2026-03-09T10:00:00Z", "args": {}});
    format!("{line}\n").into_bytes()
}

/// The keys of the logs in an archive, with their texts.
fn keys(zip: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = unzipped(zip);
    let count = entries.len();
    let keys: BTreeMap<String, Vec<u8>> = entries
        .into_iter()
        .map(|(name, text)| (name.strip_prefix(&format!("{ACCOUNT}/")).unwrap().to_owned(), text))
        .collect();
    assert_eq!(keys.len(), count, "a log is there twice");
    keys
}

const ZIP: &str = "Release-12-aT5bV0yQTuKxw8mE2-Jc1Q.zip";

const RESTS: &[&str] = &[
    "/Build/step1",
    "/Build/step10",
    "/Build/step1-commandUnit:Install / Upgrade",
    "/Build/group/inner",
    "/Deploy/matrix_0/step1",
    "/Deploy/matrix_1/step1",
    "/Deploy/step2/retry",
];

#[test]
fn an_execution_by_id_and_by_address() {
    let platform = Platform::new("Success", RESTS);
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    let out = out.path("logs");
    let ran = fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat()).ok();
    assert!(ran.err.contains(&format!("wrote {}", out.join(ZIP).display())), "{}", ran.err);
    assert_eq!(keys(&out.join(ZIP)), expected);
    let state = &states(&out)[0];
    for (name, value) in [
        ("account", ACCOUNT),
        ("project", "Shop"),
        ("pipeline", "Release"),
        ("status", "Success"),
        ("file", ZIP),
    ] {
        assert_eq!(state[name], json!(value));
    }
    assert_eq!((&state["run"], &state["ended_at"]), (&json!(12), &json!("2026-03-08T20:01:40Z")));
    assert!(leftovers(&out).is_empty());
    // It has ended, so nothing is asked for again.
    let requests = server.seen().len();
    fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(server.seen().len(), requests);
    // By the address of its page, which has all that is needed.
    let page = format!(
        "{}/ng/account/{ACCOUNT}/module/cd/orgs/default/projects/Shop/pipelines/Release/executions/{EXEC}/pipeline",
        server.url
    );
    let folder = folder();
    let other = folder.path("other");
    let mut command = crate::program::ripsaw();
    command
        .env("HARNESS_API_KEY", TOKEN)
        .args(["fetch", "harness", &page, "--rate", "0", "-o"])
        .arg(&other);
    assert!(command.output().unwrap().status.success());
    assert_eq!(keys(&other.join(ZIP)), expected);
}

#[test]
fn installations_without_a_gateway_and_with_a_path() {
    for (prefix, path) in [("", ""), ("/gateway", "/gateway"), ("/harness", "/harness")] {
        let server = Platform { prefix, ..Platform::new("Failed", RESTS) }.start();
        let out = folder();
        let url = format!("{}{path}", server.url);
        fetch("harness", &url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!(logs(&out.path("logs")), [ZIP], "{prefix}");
    }
}

#[test]
fn links_to_the_hosted_installation_are_asked_of_this_one() {
    let storage = "https://app.harness.io".to_owned();
    let server = Platform { storage, ..Platform::new("Success", RESTS) }.start();
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(server.count("/storage/"), 1);
}

#[test]
fn standard_keys_where_the_service_has_those() {
    let standard = "accountId:aCC0unt_1/orgId:default/projectId:Shop/pipelineId:Release/runSequence:12/level0:pipeline/level1:stages/level2:Build/level3:spec/level4:x";
    for simplified in [json!(false), Value::Null] {
        let mut platform = Platform::new("Success", &[]);
        platform.logs.insert(standard.to_owned(), line("x"));
        platform.runs.get_mut(EXEC).unwrap()["shouldUseSimplifiedKey"] = simplified;
        let server = platform.start();
        let out = folder();
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!(keys(&out.path("logs").join(ZIP)).into_keys().collect::<Vec<_>>(), [standard]);
    }
}

#[test]
fn the_older_log_service_wants_its_own_token() {
    let platform = Platform::new("Success", RESTS);
    let server = Server::start(move |request, _| {
        let is_log_service = request.path.starts_with("/gateway/log-service/");
        if request.path == "/gateway/log-service/token" {
            assert_eq!(request.parameter("accountID"), ACCOUNT);
            return Answer::new(200, "l0g-s3cr3t-token");
        }
        if is_log_service && request.header("x-harness-token") != "l0g-s3cr3t-token" {
            return Answer::json(400, &json!({"error_msg": "no token in header"}));
        }
        if is_log_service {
            assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        }
        platform.answer(request)
    });
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!((logs(&out.path("logs")), server.count("/token")), (vec![ZIP.to_owned()], 1));
}

#[test]
fn a_running_execution_is_refused_unless_it_is_allowed() {
    let mut platform = Platform::new("Running", RESTS);
    // The log of a step that runs is not stored yet.
    let missing = key(EXEC, "/Deploy/step2/retry");
    platform.logs.remove(&missing);
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    let out = out.path("logs");
    let arguments = [&[EXEC], &PLACE[..]].concat();
    let ran = fetch("harness", &server.url, &out, &arguments);
    assert_eq!((ran.code, logs(&out).len()), (2, 0));
    assert!(
        ran.err.contains("has not ended (status Running)") && ran.err.contains("--allow-running"),
        "{}",
        ran.err
    );
    // Its archive is never asked for: the service would give it out for days.
    let allowed = [&arguments[..], &["--allow-running"]].concat();
    for _ in 0..2 {
        let ran = fetch("harness", &server.url, &out, &allowed).ok();
        assert!(ran.err.contains("1 of the keys in its graph have no log yet"), "{}", ran.err);
        assert_eq!(keys(&out.join(ZIP)), expected);
        assert_eq!(states(&out)[0]["finished"], json!(false));
        assert_eq!(server.count("/blob/download"), 0);
    }
    assert!(leftovers(&out).is_empty(), "{:?}", leftovers(&out));
}

#[test]
fn above_the_limit_an_execution_is_split_into_one_archive() {
    let whole = Platform::new("Success", RESTS);
    let expected = whole.logs.clone();
    for limit in 1..=7 {
        let server = Platform { limit, ..whole.clone() }.start();
        let out = folder();
        let out = out.path("logs");
        fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!(logs(&out), [ZIP]);
        assert_eq!(keys(&out.join(ZIP)), expected, "{limit}");
        assert!(leftovers(&out).is_empty(), "{:?}", leftovers(&out));
        // The graph is asked for only if it is needed, and the limit is not taken for a passing error.
        let graphs =
            server.seen().iter().filter(|r| r.parameter("renderFullBottomGraph") == "true").count();
        assert_eq!(graphs, usize::from(limit < 7), "{limit}");
        let too_many =
            server.seen().iter().filter(|r| r.parameter("prefix") == key(EXEC, "")).count();
        assert_eq!(too_many, if limit < 7 { 1 } else { 2 }, "{limit}");
    }
}

#[test]
fn child_pipelines_of_a_split_execution_are_in_its_archive() {
    let mut platform = Platform::new("Success", RESTS);
    let child = summary("child0", "Sub", 3, "Success");
    let child_key = format!("{ACCOUNT}/pipeline/Sub/3/-child0/Test/unit");
    platform.logs.insert(child_key.clone(), line("child"));
    platform.graphs.insert("child0".into(), graph(&child, &[json!({"logBaseKey": child_key})]));
    platform.runs.insert("child0".into(), child);
    let node = json!({"stepDetails": {"childPipelineExecutionDetails": {"planExecutionId": "child0", "orgId": "default", "projectId": "Shop"}}});
    platform.graphs.get_mut(EXEC).unwrap()["executionGraph"]["nodeMap"]["child"] = node;
    platform.limit = 3;
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(keys(&out.path("logs").join(ZIP)), expected);
}

#[test]
fn executions_of_a_pipeline() {
    let mut platform = Platform::new("Success", &[]);
    platform.runs.clear();
    platform.queued = 0;
    for number in 0..230 {
        let id = format!("exec{number:03}");
        let status = if number % 10 == 0 { "Failed" } else { "Success" };
        let mut run =
            summary(&id, if number % 2 == 0 { "Release" } else { "Other" }, number, status);
        run["startTs"] = json!(1_773_000_000_000_i64 + number * 3_600_000);
        platform.logs.insert(format!("{ACCOUNT}/pipeline/Release/{number}/-{id}/a/b"), line(&id));
        platform.runs.insert(id, run);
    }
    let server = platform.start();
    let fetched = |arguments: &[&str]| {
        let out = folder();
        let all = [&["--pipeline", "Release"], &PLACE[..], arguments].concat();
        let ran = fetch("harness", &server.url, &out.path("logs"), &all);
        (ran.code, logs(&out.path("logs")))
    };
    let names = |of: &dyn Fn(usize) -> bool| -> Vec<String> {
        let mut names: Vec<String> = (0..230)
            .filter(|number| number % 2 == 0 && of(*number))
            .map(|number| format!("Release-{number}-exec{number:03}.zip"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(fetched(&["--jobs", "8"]), (0, names(&|_| true)));
    assert_eq!(fetched(&["--last", "5"]), (0, names(&|n| n > 218)));
    assert_eq!(fetched(&["--status", "failed"]), (0, names(&|n| n % 10 == 0)));
    // 1773000000000 is 2026-03-08T20:00:00Z.
    assert_eq!(
        fetched(&["--since", "2026-03-17T10:00:00Z", "--status", "Failed,Aborted"]),
        (0, names(&|n| n >= 206 && n % 10 == 0))
    );
    assert_eq!(fetched(&["--status", "Expired"]), (1, vec![]));
}

/// Answers of the log service to the request for an archive, in turn.
fn answers(answers: Vec<Answer>) -> (Server, Arc<AtomicUsize>) {
    let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Server::start(move |request, _| {
        if request.path.ends_with("/blob/download") {
            let number = count.fetch_add(1, Ordering::Relaxed);
            if let Some(answer) = answers.get(number) {
                return answer.clone();
            }
        }
        platform.answer(request)
    });
    (server, asked)
}

fn job(status: &str, message: &str) -> Answer {
    Answer::json(
        200,
        &json!({"link": "https://storage.example/logs.zip?sig=1", "status": status, "message": message}),
    )
}

#[test]
fn answers_of_the_log_service() {
    let out = folder();
    let mut number = 0;
    let mut case = |list: Vec<Answer>, arguments: &[&str]| {
        number += 1;
        let (server, asked) = answers(list);
        let out = out.path(&format!("{number}"));
        let ran = fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..], arguments].concat());
        (ran.code, ran.err, asked.load(Ordering::Relaxed), logs(&out).len())
    };
    // A link that is given while the job is queued is not ready, and a job that failed begins anew.
    let (code, err, asked, there) =
        case(vec![job("queued", ""), job("in_progress", ""), job("error", "boom")], &[]);
    assert_eq!((code, asked, there), (0, 4, 1), "{err}");
    let (code, err, asked, _) =
        case(vec![job("error", "boom"), job("error", "boom")], &["--retries", "1"]);
    assert_eq!((code, asked), (2, 2));
    assert!(err.contains("could not prepare the archive: boom"), "{err}");
    let unknown = case(vec![job("paused", "")], &[]);
    assert!(unknown.0 == 2 && unknown.1.contains("unknown status \"paused\""), "{}", unknown.1);
    let slow = case(vec![job("queued", ""); 50], &["--wait", "100ms"]);
    assert!(slow.0 == 2 && slow.1.contains("was not ready after"), "{}", slow.1);
    let none = case(vec![Answer::json(200, &json!({"status": "success", "link": ""}))], &[]);
    assert!(none.0 == 2 && none.1.contains("the link to the archive: there is none"), "{}", none.1);
    let page = case(vec![Answer::new(200, "<html>sign in</html>")], &[]);
    assert!(page.0 == 2 && page.1.contains("unexpected answer"), "{}", page.1);
    let gateway = case(
        vec![Answer::json(403, &json!({"error_msg": "Prefix Key Exceeds Maximum Download Limit"}))],
        &[],
    );
    assert_eq!((gateway.0, gateway.3), (0, 1), "{}", gateway.1);
    let refused = case(
        vec![Answer::json(400, &json!({"error_msg": "operation not permitted for prefix: x"}))],
        &[],
    );
    assert!(
        refused.0 == 2 && refused.1.contains("status 400: operation not permitted"),
        "{}",
        refused.1
    );
}

#[test]
fn a_link_that_expired_is_asked_for_again() {
    let expired = "<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>";
    for status in [400, 403, 404, 410] {
        let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
        let server = Server::start(move |request, before| {
            match request.path.starts_with("/storage/") && before == 0 {
                true => Answer::new(status, expired),
                false => platform.answer(request),
            }
        });
        let out = folder();
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!((server.count("/storage/"), server.count("/blob/download")), (2, 2), "{status}");
    }
    // For ever: an error that has what the storage says, and not the signature.
    let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    let server = Server::start(move |request, _| match request.path.starts_with("/storage/") {
        true => Answer::new(403, expired),
        false => platform.answer(request),
    });
    let out = folder();
    let ran = fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat());
    assert!(
        ran.code == 2 && ran.err.contains("ExpiredToken") && !ran.err.contains("s1gn"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_no_whole_archive_is_not_kept() {
    let good = Platform::new("Success", RESTS);
    let archive = good.zip_of("");
    let mut damaged = archive.clone();
    // In the data of the first log, after its header and name.
    let name = usize::from(u16::from_le_bytes([archive[26], archive[27]]));
    damaged[30 + name + 20] ^= 1;
    let cases: Vec<(&str, Answer, &str)> = vec![
        (
            "json",
            Answer::json(200, &json!({"status": "queued"})),
            "not the file that was asked for",
        ),
        (
            "xml",
            Answer::new(200, "<Error/>").with("content-type", "application/xml"),
            "not the file that was asked for",
        ),
        ("text", Answer::new(200, "please sign in"), "please sign in"),
        ("cut", Answer::new(200, &archive[..archive.len() / 2]), "central directory"),
        ("damaged", Answer::new(200, damaged), "what the server sent is damaged"),
        ("empty", Answer::new(200, ""), "central directory"),
    ];
    for (name, answer, why) in cases {
        let platform = Platform { queued: 0, ..good.clone() };
        let server = Server::start(move |request, _| match request.path.starts_with("/storage/") {
            true => answer.clone(),
            false => platform.answer(request),
        });
        let out = folder();
        let out = out.path("logs");
        let ran = fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat());
        assert_eq!((ran.code, logs(&out).len()), (2, 0), "{name}");
        assert!(ran.err.contains(why), "{name}: {}", ran.err);
        assert_ne!(
            states(&out).first().map(|state| state["file"].clone()),
            Some(json!(ZIP)),
            "{name}"
        );
    }
}

#[test]
fn a_log_at_the_platforms_limit_is_said_to_be_cut() {
    let mut platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    platform.logs.insert(key(EXEC, "/Build/long"), vec![b'\n'; 5 << 20]);
    let server = platform.start();
    let out = folder();
    let ran =
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    let said = "/Build/long: 5242880 bytes, the platform's limit; it is probably cut";
    assert!(ran.err.contains(said), "{}", ran.err);
    assert_eq!(ran.err.matches("probably cut").count(), 1);
}

#[test]
fn what_was_there_of_a_running_execution_is_never_taken_for_its_end() {
    let has_ended = Arc::new(AtomicUsize::new(0));
    let (running, ended) = (Platform::new("Running", RESTS), Platform::new("Success", RESTS));
    let (mut half, whole) = (running.clone(), Platform { limit: 2, queued: 0, ..ended });
    half.logs.values_mut().for_each(|log| log.truncate(10));
    let expected = whole.logs.clone();
    let now = Arc::clone(&has_ended);
    let server = Server::start(move |request, _| {
        if now.load(Ordering::Relaxed) > 0 {
            return whole.answer(request);
        }
        // The last log cannot be had: the pieces stay.
        match request.parameter("key").ends_with("/retry") && request.path.ends_with("/blob") {
            true => Answer::new(500, ""),
            false => half.answer(request),
        }
    });
    let out = folder();
    let out = out.path("logs");
    let arguments = [&[EXEC], &PLACE[..], &["--allow-running", "--retries", "0"]].concat();
    assert_eq!(fetch("harness", &server.url, &out, &arguments).code, 2);
    has_ended.store(1, Ordering::Relaxed);
    fetch("harness", &server.url, &out, &arguments).ok();
    assert_eq!(keys(&out.join(ZIP)), expected);
}

#[test]
fn an_archive_of_a_running_execution_is_not_final_before_the_next_is_there() {
    let has_ended = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&has_ended);
    let big = super::noise(3 << 20);
    let with_big = |mut platform: Platform| {
        platform.logs.insert(key(EXEC, "/Build/big"), big.clone());
        Platform { queued: 0, ..platform }
    };
    let (running, ended) =
        (with_big(Platform::new("Running", RESTS)), with_big(Platform::new("Success", RESTS)));
    let server = Server::start(move |request, before| {
        let has_ended = now.load(Ordering::Relaxed);
        let platform = if has_ended > 0 { &ended } else { &running };
        let answer = platform.answer(request);
        // The first download breaks off after its state was written.
        match request.path.starts_with("/storage/") && before == 0 {
            true => answer.fault(super::server::Fault::Drop(2 << 20)),
            false => answer,
        }
    });
    let out = folder();
    let out = out.path("logs");
    let arguments = [&[EXEC], &PLACE[..], &["--allow-running", "--retries", "0"]].concat();
    fetch("harness", &server.url, &out, &arguments).ok();
    has_ended.store(1, Ordering::Relaxed);
    assert_eq!(fetch("harness", &server.url, &out, &arguments).code, 2);
    assert_eq!(states(&out)[0]["finished"], json!(false));
    fetch("harness", &server.url, &out, &arguments).ok();
    assert_eq!(states(&out)[0]["finished"], json!(true));
    assert_eq!(server.count("/storage/"), 2);
}

#[test]
fn a_stage_beside_one_of_a_longer_name_is_whole() {
    // The archive of `b1` has the logs of `b10`, too, and is too large for that alone.
    let rests = ["/b1/s", "/b1/s/unnamed", "/b10/a", "/b10/b", "/b10/c"];
    let mut platform = Platform { limit: 3, ..Platform::new("Success", &rests) };
    let nodes: Vec<Value> = ["/b1/s", "/b10/a", "/b10/b", "/b10/c"]
        .iter()
        .map(|rest| json!({"logBaseKey": key(EXEC, rest)}))
        .collect();
    platform.graphs.insert(EXEC.into(), graph(&platform.runs[EXEC], &nodes));
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(keys(&out.path("logs").join(ZIP)), expected);
}

#[test]
fn a_child_pipeline_that_may_not_be_seen_is_reported() {
    let mut platform = Platform { limit: 3, ..Platform::new("Success", RESTS) };
    let node = json!({"stepDetails": {"childPipelineExecutionDetails": {"planExecutionId": "gone", "orgId": "o", "projectId": "p"}}});
    platform.graphs.get_mut(EXEC).unwrap()["executionGraph"]["nodeMap"]["child"] = node;
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    let ran =
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert!(ran.err.contains("without the logs of the child pipeline gone"), "{}", ran.err);
    assert_eq!(keys(&out.path("logs").join(ZIP)), expected);
}

#[test]
fn logs_that_no_graph_names_are_missed_aloud() {
    let mut platform = Platform { limit: 1, ..Platform::new("Success", &["/a/s", "/a/t"]) };
    platform.graphs.insert(EXEC.into(), graph(&platform.runs[EXEC], &[]));
    let server = platform.start();
    let out = folder();
    let ran = fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat());
    assert!(ran.code == 2 && ran.err.contains("and the graph names none"), "{}", ran.err);
}

#[test]
fn what_servers_say_is_cleaned() {
    let message = format!("key {TOKEN}\nwrote /etc/passwd https://storage.example/x?sig=s1gn");
    let said = json!({"link": null, "status": "queued", "message": null});
    let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    let server = Server::start(move |request, before| {
        let answer = platform.answer(request);
        if !request.path.ends_with("/blob/download") {
            return answer;
        }
        let mut job: Value = serde_json::from_slice(&answer.body).unwrap();
        job["message"] = json!(message);
        if before == 0 { Answer::json(200, &said) } else { Answer::json(200, &job) }
    });
    let out = folder();
    let ran =
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert!(
        ran.err.contains(
            "says of the archive: key *** wrote /etc/passwd https://storage.example/x?..."
        ),
        "{}",
        ran.err
    );
}

#[test]
fn a_link_may_expire_as_often_as_bytes_come() {
    let mut platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    platform.logs.insert(key(EXEC, "/Build/big"), super::noise(8 << 20));
    let expected = platform.logs.clone();
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request, _| {
        let answer = platform.answer(request);
        if !request.path.starts_with("/storage/") {
            return answer;
        }
        // In turn a part of it, and an expired signature.
        match asked.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => answer.fault(super::server::Fault::Drop(1 << 20)),
            _ => Answer::new(403, "<Error>ExpiredToken</Error>"),
        }
    });
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(keys(&out.path("logs").join(ZIP)), expected);
    assert!(server.count("/storage/") > 8, "{}", server.count("/storage/"));
}

#[test]
fn each_refresh_asks_for_a_new_archive() {
    let server = Platform { queued: 0, ..Platform::new("Success", RESTS) }.start();
    let out = folder();
    for _ in 0..3 {
        fetch(
            "harness",
            &server.url,
            &out.path("logs"),
            &[&[EXEC], &PLACE[..], &["--refresh"]].concat(),
        )
        .ok();
    }
    let asked =
        server.seen().into_iter().filter(|request| request.path.ends_with("/blob/download"));
    let prefixes: std::collections::BTreeSet<String> =
        asked.map(|r| r.parameter("prefix").to_owned()).collect();
    assert_eq!(prefixes.len(), 3, "{prefixes:?}");
}

#[test]
fn running_executions_of_a_pipeline_are_left_out() {
    let mut platform = Platform { queued: 0, ..Platform::new("Running", RESTS) };
    platform.runs.insert("done0".into(), summary("done0", "Release", 13, "Failed"));
    platform.logs.insert(format!("{ACCOUNT}/pipeline/Release/13/-done0/a"), line("a"));
    let server = platform.start();
    let out = folder();
    let ran = fetch(
        "harness",
        &server.url,
        &out.path("logs"),
        &[&["--pipeline", "Release"], &PLACE[..]].concat(),
    )
    .ok();
    assert!(ran.err.contains("left out: it has not ended (status Running)"), "{}", ran.err);
    assert_eq!(logs(&out.path("logs")), ["Release-13-done0.zip"]);
}

#[test]
fn an_execution_without_logs_is_nothing() {
    let server = Platform::new("Aborted", &[]).start();
    let out = folder();
    let ran = fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the log service has no logs of the execution"), "{}", ran.err);
}

#[test]
fn arguments_that_do_not_fit() {
    let out = folder();
    let server = Server::start(|_, _| panic!("asked"));
    let other = format!("{}/ng/account/B/orgs/o/projects/p/pipelines/i/executions/e", server.url);
    let page = format!("{}/ng/account/A/orgs/o/projects/p/pipelines/i/executions/e", server.url);
    for (arguments, why) in [
        (vec![EXEC], "--project is needed"),
        (vec![], "required arguments were not provided"),
        (vec![EXEC, "--pipeline", "x"], "cannot be used with"),
        (vec![page.as_str(), other.as_str()], "several projects"),
        (vec!["https://app.harness.io/ng/account/A"], "has no organisation"),
        (
            vec![
                "https://harness.example/ng/account/A/orgs/o/projects/p/executions/e?token=s3cr3t",
            ],
            "not Harness's own",
        ),
        (vec![EXEC, "--project", "p", "--last", "3"], "do not go with ids"),
        (vec!["", "--project", "p"], "an id is empty"),
        (vec!["--pipeline", "x", "--project", "p", "--since", "soonish"], "--since: invalid time"),
        (vec![EXEC, "--project", "p", "--jobs", "0"], "--jobs"),
        (vec![EXEC, "--project", "p", "--timeout", "0s"], "more than 0"),
        (vec![EXEC, "--project", "p", "--cacert", "/nonexistent.pem"], "cannot read certificates"),
    ] {
        let ran = fetch("harness", &server.url, &out.path("logs"), &arguments);
        assert!(ran.code == 2 && ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
}
