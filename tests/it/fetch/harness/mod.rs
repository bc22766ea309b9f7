//! Executions of Harness NextGen, as the log service gives them and as it does not.

mod running;
mod service;
mod split;
mod whole;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fetch::server::{Answer, Request, Server};
use crate::fetch::{TOKEN, fetch, folder, leftovers, logs, states, unzipped, zip};

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
