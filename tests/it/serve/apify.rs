//! The API of Apify: the requests of its document, and each parameter, status and error.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Response, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// The log of the document.
const DOCUMENTED: &str = "2017-07-14T06:00:49.733Z Application started.\n\
    2017-07-14T06:00:49.741Z Input: { test: 123 }\n\
    2017-07-14T06:00:49.752Z Some useful debug information follows.\n";

/// A run with colours.
const COLOURED: &str = "Vd5KqYw0TzJ3nMb8e";

/// The fixtures of the format beside the document's log, in a folder called `runs`.
fn archive() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    copy(&Path::new(FIXTURES).join("formats/apify/input"), &runs);
    fs::write(runs.join("HG7ML7M8z78YcAPEB.log"), DOCUMENTED).unwrap();
    (folder, runs)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn coloured() -> String {
    let path = Path::new(FIXTURES).join("formats/apify/input/raw").join(format!("{COLOURED}.txt"));
    fs::read_to_string(path).unwrap()
}

/// Text without colours, which is all that the fixture has.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').unwrap().1)
}

fn error(response: &Response) -> (u16, String) {
    assert_eq!(response.header("content-type"), Some("application/json"));
    let body = response.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error"]);
    assert!(!body["error"]["message"].as_str().unwrap().is_empty());
    (response.status, body["error"]["type"].as_str().unwrap().to_owned())
}

#[test]
fn the_documents_request_is_answered_with_its_log() {
    let (_folder, runs) = archive();
    let server = Server::start(&[runs], &[]);
    let headers = [("Accept", "text/plain"), ("Authorization", "Bearer <token>")];
    let response = server.get("/v2/logs/HG7ML7M8z78YcAPEB", &headers);
    assert_eq!((response.status, response.text()), (200, DOCUMENTED));
    assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
    let path = "/v2/logs/HG7ML7M8z78YcAPEB?stream=false&download=false&raw=false";
    assert_eq!(server.get(path, &headers).text(), DOCUMENTED);
    // The variable of the document, as printed.
    let missing = server.get("/v2/logs/:buildOrRunId", &headers);
    assert_eq!(error(&missing), (404, "record-not-found".to_owned()));
}

#[test]
fn a_log_is_the_same_by_every_way() {
    let (_folder, runs) = archive();
    let server = Server::start(&[runs], &[]);
    let (raw, plain) = (coloured(), without_colours(&coloured()));
    assert_ne!(raw, plain);
    for way in [
        "logs/ID",
        "actor-runs/ID/log",
        "actor-builds/ID/log",
        "actors/archive~runs/runs/ID/log",
        "acts/runs/runs/ID/log",
        "actors/archive~runs/builds/ID/log",
    ] {
        let way = format!("/v2/{}", way.replace("ID", COLOURED));
        for (query, text) in [
            ("", &plain),
            ("?raw=false", &plain),
            ("?raw=0", &plain),
            ("?raw=", &plain),
            ("?raw=true", &raw),
            ("?raw=1", &raw),
            ("?stream=1", &plain),
            ("?stream=true&raw=1", &raw),
            ("?download=1&raw=1", &raw),
        ] {
            let response = server.get(&format!("{way}{query}"), &[]);
            assert_eq!((response.status, response.text()), (200, &**text), "{way}{query}");
            let attachment = format!("attachment; filename=\"{COLOURED}.txt\"");
            let wanted = query.contains("download").then_some(&*attachment);
            assert_eq!(response.header("content-disposition"), wanted, "{way}{query}");
            let head = server.ask("HEAD", &format!("{way}{query}"), &[], b"");
            assert_eq!((head.status, head.body.len()), (200, 0), "{way}{query}");
        }
    }
    // `last` is the run that began last: the one without a time in its log began when its file was written.
    let last = server.get("/v2/acts/archive~runs/runs/last/log", &[]);
    assert!(last.text().starts_with("{\"error\""), "{}", last.text());
}

#[test]
fn parts_of_a_log_as_it_was_can_be_asked_for() {
    let (_folder, runs) = archive();
    let server = Server::start(&[runs], &[]);
    let path = format!("/v2/logs/{COLOURED}?raw=1");
    let raw = coloured();
    let whole = server.get(&path, &[]);
    let tag = whole.header("etag").unwrap().to_owned();
    let part = server.get(&path, &[("Range", "bytes=10-29"), ("If-Range", &tag)]);
    assert_eq!((part.status, part.text()), (206, &raw[10..30]));
    assert_eq!(server.get(&path, &[("If-None-Match", &tag)]).status, 304);
    let plain = server.get(&format!("/v2/logs/{COLOURED}"), &[("If-None-Match", &tag)]);
    assert_eq!(plain.status, 200);
}

#[test]
fn what_cannot_be_answered_has_a_type_and_a_message() {
    let (_folder, runs) = archive();
    let server = Server::start(&[runs], &[]);
    for path in [
        "logs/0000000000000Zz0A",
        "logs/%2e%2e%2fetc",
        "actor-runs/none",
        "actor-runs/none/log",
        "actor-builds/none",
        "actor-builds/none/log",
        "actors/none",
        "actors/none/runs",
        "acts/archive~none/runs/last/log",
        "actors/archive~runs/runs/none",
        "actors/archive~runs/runs/last?status=FAILED",
        "users/nobody",
        "datasets/x",
        "key-value-stores/x/records/OUTPUT",
        "request-queues/x",
    ] {
        let response = server.get(&format!("/v2/{path}"), &[]);
        assert_eq!(error(&response), (404, "record-not-found".to_owned()), "{path}");
    }
    for path in ["", "/", "/none", "/logs", "/logs/a/b", "/actor-runs/a/b/c"] {
        let response = server.get(&format!("/v2{path}"), &[]);
        assert_eq!(error(&response), (404, "page-not-found".to_owned()), "{path}");
    }
    for query in [
        "logs/HG7ML7M8z78YcAPEB?raw=yes",
        "logs/HG7ML7M8z78YcAPEB?stream=2",
        "logs/HG7ML7M8z78YcAPEB?download=TRUE",
        "actor-runs?limit=x",
        "actor-runs?limit=-1",
        "actor-runs?limit=1.5",
        "actor-runs?offset=-1",
        "actor-runs?desc=down",
        "actor-runs?status=DONE",
        "actor-runs?status=SUCCEEDED,DONE",
        "actor-runs?startedAfter=yesterday",
        "actor-runs?startedBefore=2026-13-01",
        "actors?limit=x",
        "actors/archive~runs/runs?offset=x",
        "actors/archive~runs/runs/last/log?status=x",
    ] {
        let response = server.get(&format!("/v2/{query}"), &[]);
        assert_eq!(error(&response), (400, "invalid-input".to_owned()), "{query}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let response = server.ask(method, "/v2/logs/HG7ML7M8z78YcAPEB", &[], b"");
        assert_eq!(error(&response), (405, "method-not-allowed".to_owned()), "{method}");
        assert_eq!(response.header("allow"), Some("GET, HEAD"));
    }
}

#[test]
fn a_token_is_asked_for_in_the_platforms_words() {
    let (folder, runs) = archive();
    let file = folder.path().join("token");
    fs::write(&file, "right\n").unwrap();
    let server = Server::start(&[runs], &["--token-file", file.to_str().unwrap()]);
    let path = "/v2/logs/HG7ML7M8z78YcAPEB";
    let refused = |response: Response| error(&response);
    let missing = (401, "token-not-provided".to_owned());
    let wrong = (401, "invalid-token".to_owned());
    assert_eq!(refused(server.get(path, &[])), missing);
    assert_eq!(refused(server.get(&format!("{path}?token="), &[])), missing);
    assert_eq!(refused(server.get(path, &[("Authorization", "Bearer wrong")])), wrong);
    assert_eq!(refused(server.get(&format!("{path}?token=wrong"), &[])), wrong);
    assert_eq!(refused(server.get("/v2/none", &[("Authorization", "Bearer wrong")])), wrong);
    for (path, headers) in [
        (path.to_owned(), &[("Authorization", "Bearer right")][..]),
        (format!("{path}?token=right"), &[]),
    ] {
        assert_eq!(server.get(&path, headers).text(), DOCUMENTED);
    }
}

/// The ids of all pages.
fn paged(server: &Server, path: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let url = format!("{path}{separator}limit={limit}&offset={}", ids.len());
        let data = server.get(&url, &[]).json()["data"].clone();
        let items = data["items"].as_array().unwrap();
        assert_eq!((&data["limit"], &data["offset"]), (&json!(limit), &json!(ids.len())));
        assert_eq!(data["count"], json!(items.len()));
        assert!(items.len() <= limit);
        if items.is_empty() {
            assert_eq!(data["total"], json!(ids.len()));
            return ids;
        }
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
    }
}

#[test]
fn lists_are_paged_and_filtered() {
    let (_folder, runs) = archive();
    // Those of the zip are the runs of another actor.
    let zip = Path::new(FIXTURES).join("deploy.zip");
    let server = Server::start(&[runs, zip], &[]);
    let all = server.get("/v2/actor-runs", &[]).json()["data"].clone();
    assert_eq!((&all["limit"], &all["desc"]), (&json!(1000), &json!(false)));
    let all: Vec<(String, String)> = all["items"].as_array().unwrap().iter().map(begun).collect();
    assert_eq!(all.len(), 7 + 22);
    assert!(all.is_sorted_by_key(|(_, start)| start.clone()), "{all:?}");
    let ids = |is_wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
        let wanted = all.iter().filter(|(_, start)| is_wanted(start));
        wanted.map(|(id, _)| id.clone()).collect()
    };
    let middle = all[all.len() / 2].1.as_str();
    for (query, wanted) in [
        ("", ids(&|_| true)),
        ("?status=SUCCEEDED", ids(&|_| true)),
        ("?status=FAILED,SUCCEEDED", ids(&|_| true)),
        ("?status=FAILED", ids(&|_| false)),
        (&format!("?startedAfter={middle}"), ids(&|start| start >= middle)),
        (&format!("?startedBefore={middle}"), ids(&|start| start <= middle)),
        (&format!("?startedBefore={middle}&startedAfter={middle}"), ids(&|start| start == middle)),
        ("?startedAfter=2026-03-09", ids(&|start| start >= "2026-03-09")),
    ] {
        for limit in [1, 4, 1000] {
            assert_eq!(paged(&server, &format!("/v2/actor-runs{query}"), limit), wanted, "{query}");
        }
        let separator = if query.is_empty() { '?' } else { '&' };
        let down = paged(&server, &format!("/v2/actor-runs{query}{separator}desc=1"), 3);
        assert!(down.iter().eq(wanted.iter().rev()), "{query}");
    }
    // More than there can be on a page, and what clients send for no limit.
    for limit in [0, 1001, 100_000] {
        let data = server.get(&format!("/v2/actor-runs?limit={limit}"), &[]).json()["data"].clone();
        assert_eq!((&data["limit"], &data["count"]), (&json!(1000), &json!(29)), "{limit}");
    }
    let of_actors: usize = ["archive~runs", "archive%2Fdeploy"]
        .map(|actor| paged(&server, &format!("/v2/actors/{actor}/runs"), 5).len())
        .iter()
        .sum();
    assert_eq!(of_actors, all.len());
    assert_eq!(paged(&server, "/v2/actors/archive~runs/builds", 5).len(), 7);
}

/// The id and the start of a run in a list, which has what clients check for.
fn begun(run: &Value) -> (String, String) {
    let text =
        |name: &str| run[name].as_str().unwrap_or_else(|| panic!("{name} in {run}")).to_owned();
    for name in ["id", "actId", "buildId", "userId", "defaultDatasetId", "defaultKeyValueStoreId"] {
        let id = text(name);
        assert!(id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    }
    assert_eq!(run["meta"]["origin"], json!("API"));
    assert!(run["usageTotalUsd"].is_number());
    assert!(text("finishedAt") >= text("startedAt"));
    (text("id"), text("startedAt"))
}

#[test]
fn runs_and_actors_are_described() {
    let (_folder, runs) = archive();
    let server = Server::start(&[runs], &[]);
    let data = |path: &str| server.get(path, &[]).json()["data"].clone();
    let run = data("/v2/actor-runs/HG7ML7M8z78YcAPEB");
    assert_eq!(begun(&run).1, "2017-07-14T06:00:49.733Z");
    assert_eq!(run["finishedAt"], json!("2017-07-14T06:00:49.752Z"));
    assert_eq!((&run["status"], &run["exitCode"]), (&json!("SUCCEEDED"), &json!(0)));
    let build = data("/v2/actor-builds/7hPq2WcYt9KdRm3Zx");
    assert_eq!(build["id"], json!("7hPq2WcYt9KdRm3Zx"));
    let actor = data("/v2/actors/archive~runs");
    assert_eq!((&actor["name"], &actor["username"]), (&json!("runs"), &json!("archive")));
    assert_eq!((&actor["id"], &actor["stats"]["totalRuns"]), (&run["actId"], &json!(7)));
    for same in ["/v2/acts/archive%2Fruns", "/v2/actors/runs", "/v2/actors/somebody~runs"] {
        assert_eq!(data(same), actor, "{same}");
    }
    assert_eq!(data(&format!("/v2/actors/{}", actor["id"].as_str().unwrap())), actor);
    assert_eq!(data("/v2/actors")["items"][0]["id"], actor["id"]);
    assert_eq!(data("/v2/users/me")["username"], json!("archive"));
    assert_eq!(data("/v2/users/me"), data("/v2/users/archive"));
}

#[test]
fn what_was_noted_when_a_run_was_fetched_is_reported() {
    let (_folder, runs) = archive();
    let notes = runs.join(".ripsaw/fetch");
    fs::create_dir_all(&notes).unwrap();
    let note = json!({
        "version": 1, "platform": "apify", "id": "HG7ML7M8z78YcAPEB", "file": "HG7ML7M8z78YcAPEB.log",
        "status": "TIMED-OUT", "actor": "HDSasDasz78YcAPEB", "started_at": "2017-07-14T06:00:00Z", "ended_at": "2017-07-14T07:00:00.5Z",
    });
    fs::write(notes.join("a.json"), note.to_string()).unwrap();
    fs::write(notes.join("damaged.json"), "{").unwrap();
    let server = Server::start(&[runs], &[]);
    let run = server.get("/v2/actor-runs/HG7ML7M8z78YcAPEB", &[]).json()["data"].clone();
    assert_eq!(run["status"], json!("TIMED-OUT"));
    assert_eq!(run["startedAt"], json!("2017-07-14T06:00:00.000Z"));
    assert_eq!(run["finishedAt"], json!("2017-07-14T07:00:00.500Z"));
    assert_eq!(paged(&server, "/v2/actor-runs?status=TIMED-OUT", 9), ["HG7ML7M8z78YcAPEB"]);
    assert_eq!(paged(&server, "/v2/actor-runs", 9).len(), 7);
    let own = paged(&server, "/v2/actors/HDSasDasz78YcAPEB/runs", 9);
    assert_eq!(
        (run["actId"].as_str().unwrap(), own),
        ("HDSasDasz78YcAPEB", vec![note["id"].as_str().unwrap().to_owned()])
    );
    assert_eq!(paged(&server, "/v2/actors", 9).len(), 2);
}

#[test]
fn any_log_is_a_run_of_a_lasting_id() {
    let zip = Path::new(FIXTURES).join("deploy.zip");
    let mut archive = zip::ZipArchive::new(fs::File::open(&zip).unwrap()).unwrap();
    let mut texts = BTreeMap::new();
    for at in 0..archive.len() {
        let mut text = Vec::new();
        archive.by_index(at).unwrap().read_to_end(&mut text).unwrap();
        *texts.entry(text).or_insert(0) += 1;
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("deploy.zip");
    fs::copy(&zip, &copy).unwrap();
    let ids = [&zip, &copy].map(|zip| {
        let server = Server::start(&[zip], &[]);
        let ids = paged(&server, "/v2/actors/archive~deploy/runs", 1000);
        let mut served = BTreeMap::new();
        for id in &ids {
            let text = server.get(&format!("/v2/logs/{id}?raw=1"), &[]).body;
            *served.entry(text).or_insert(0) += 1;
        }
        assert!(served == texts, "{} of {} texts", served.len(), texts.len());
        ids
    });
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn bundles_and_entries_of_one_name_are_different_runs() {
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<PathBuf> = ["a", "b", "c"]
        .iter()
        .map(|name| {
            let input = folder.path().join(name).join("log.txt");
            fs::create_dir_all(input.parent().unwrap()).unwrap();
            fs::write(&input, format!("of {name}\n")).unwrap();
            input
        })
        .collect();
    let server = Server::start(&inputs, &[]);
    let actors = server.get("/v2/actors", &[]).json()["data"]["items"].clone();
    let names: Vec<&str> =
        actors.as_array().unwrap().iter().map(|actor| actor["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["log", "log-2", "log-3"]);
    for (name, text) in names.iter().zip(["of a\n", "of b\n", "of c\n"]) {
        let path = format!("/v2/actors/archive~{name}/runs/last/log");
        assert_eq!(server.get(&path, &[]).text(), text);
    }
}
