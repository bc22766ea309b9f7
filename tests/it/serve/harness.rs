//! The API of Harness NextGen.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{Response, Server};

pub(super) const BUNDLE: &str = "fixtures/deploy.zip";
pub(super) const ACCOUNT: &str = "hX3pQ7_vR2mWk9-TzLb0Eg";
/// The key of the run in it.
pub(super) const RUN: &str =
    "hX3pQ7_vR2mWk9-TzLb0Eg/pipeline/Release_Checkout/128/-aT5bV0yQTuKxw8mE2-Jc1Q";
const EXECUTION: &str = "aT5bV0yQTuKxw8mE2-Jc1Q";

/// The request for a log of the run.
pub(super) fn blob(step: &str) -> String {
    format!("/log-service/blob?accountID={ACCOUNT}&key={RUN}/{}", encoded(step))
}

fn encoded(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace('&', "%26").replace('+', "%2B")
}

/// Names and texts of a zip, as another reader has them.
fn texts(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let text = |index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        (entry.name().unwrap().into_owned(), text)
    };
    (0..ZipArchive::new(Cursor::new(zip)).unwrap().len()).map(text).collect()
}

/// The text of a log of the run.
pub(super) fn text_of(step: &str) -> Vec<u8> {
    let name = format!("{ACCOUNT}/{RUN}/{step}");
    let all = texts(&fs::read(BUNDLE).unwrap());
    all.into_iter().find(|(own, _)| *own == name).unwrap().1
}

fn download(server: &Server, account: &str, prefix: &str) -> Response {
    let prefix = encoded(prefix);
    let path = format!("/gateway/log-service/blob/download?accountID={account}&prefix={prefix}");
    server.ask("POST", &path, &[("content-type", "application/json")], b"")
}

/// The path of the link to a download, when it is ready.
fn link(server: &Server, account: &str, prefix: &str) -> String {
    let first = download(server, account, prefix).json();
    assert_eq!(first["status"], "queued", "{first}");
    loop {
        let next = download(server, account, prefix).json();
        assert_eq!(next["link"], first["link"]);
        if next["status"] == "success" {
            let link = next["link"].as_str().unwrap();
            let path = link.strip_prefix(&format!("http://{}", server.address)).unwrap();
            return path.to_owned();
        }
        assert_eq!(next["status"], "in_progress", "{next}");
    }
}

pub(super) fn link_of(server: &Server, prefix: &str) -> String {
    link(server, ACCOUNT, prefix)
}

fn fetched(server: &Server, account: &str, prefix: &str) -> Vec<u8> {
    let said = server.get(&link(server, account, prefix), &[]);
    assert_eq!((said.status, said.header("content-type")), (200, Some("application/zip")));
    said.body
}

/// Writes a zip of texts.
fn write_zip(path: &Path, files: &[(&str, &str)]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn line(text: &str) -> String {
    format!(
        "{{\"level\":\"info\",\"pos\":0,\"out\":\"{text}\\n\",\"time\":\"2026-03-09T09:13:34.5Z\",\"args\":null}}\n"
    )
}

#[test]
fn every_log_is_its_text() {
    let server = Server::start(&[BUNDLE, "fixtures/standard.zip"], &[]);
    let mut logs = 0;
    for bundle in [BUNDLE, "fixtures/standard.zip"] {
        for (name, text) in texts(&fs::read(bundle).unwrap()) {
            let (account, key) = name.split_once('/').unwrap();
            let query = format!("accountID={account}&key={}", encoded(key));
            for gateway in ["", "/gateway"] {
                let said = server.get(&format!("{gateway}/log-service/blob?{query}"), &[]);
                assert!(said.status == 200 && said.body == text, "{name}");
            }
            let exists = server.get(&format!("/log-service/blob/exists?{query}"), &[]);
            assert_eq!((exists.status, exists.text()), (200, "true"));
            let stream = server.get(&format!("/log-service/stream?{query}"), &[]);
            let lines = text
                .split(|byte| *byte == b'\n')
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            let lines = lines.filter(|line| !line.is_empty());
            let mut events: Vec<u8> =
                lines.flat_map(|line| [b"data: ", line, b"\n\n"].concat()).collect();
            events.extend(b"event: error\ndata: eof\n");
            assert_eq!(stream.header("content-type"), Some("text/event-stream"));
            assert!(stream.body == events, "{name}");
            logs += 1;
        }
    }
    assert!(logs > 40, "{logs}");
    // `%2F` is a `/` of the key, and `+` a blank.
    let key = format!(
        "{RUN}/Deploy_to_Prod/Coordinated_Deployment/HelmDeploy-commandUnit:Install / Upgrade"
    );
    let text = text_of(&key[RUN.len() + 1..]);
    for key in [key.replace('/', "%2F").replace(' ', "+"), key.replace(' ', "%20")] {
        let said = server.get(&format!("/log-service/blob?accountID={ACCOUNT}&key={key}"), &[]);
        assert!(said.body == text, "{key}");
    }
}

#[test]
fn a_link_to_one_log_is_to_its_zip() {
    let server = Server::start(&[BUNDLE], &[]);
    let path = blob("Build/liteEngineTask").replace("/blob?", "/blob/link/download?");
    let said = server.ask("POST", &path, &[], b"");
    let answer = said.json();
    assert_eq!((said.status, &answer["expires"]), (200, &json!(3_600_000_000_000_u64)));
    let link = answer["link"].as_str().unwrap();
    let said = server.get(&link[format!("http://{}", server.address).len()..], &[]);
    let name = format!("{ACCOUNT}/{RUN}/Build/liteEngineTask");
    assert_eq!(texts(&said.body), [(name, text_of("Build/liteEngineTask"))]);
}

#[test]
fn downloads_are_queued_and_then_the_bytes_that_were_given() {
    let server = Server::start(&[BUNDLE], &[]);
    let whole = fs::read(BUNDLE).unwrap();
    // The documents' prefixes: a run with its execution, and the older form without.
    assert!(fetched(&server, ACCOUNT, RUN) == whole);
    let older = RUN.rsplit_once('-').unwrap().0.rsplit_once("/-").map_or(RUN, |(older, _)| older);
    for prefix in
        [format!("{RUN}/"), format!("{ACCOUNT}/pipeline/Release_Checkout/128/"), older.to_owned()]
    {
        assert!(fetched(&server, ACCOUNT, &prefix) == whole, "{prefix}");
    }
    // It stays: no new job, and GET will do.
    let again = download(&server, ACCOUNT, RUN).json();
    assert_eq!(again["status"], "success");
    let expires: jiff::Timestamp = again["expires"].as_str().unwrap().parse().unwrap();
    assert!(expires > jiff::Timestamp::now());
    let get =
        server.get(&format!("/log-service/blob/download?accountID={ACCOUNT}&prefix={RUN}"), &[]);
    assert_eq!(get.json(), again);
}

#[test]
fn a_part_of_a_run_is_a_zip_of_its_own() {
    let server = Server::start(&[BUNDLE], &[]);
    let all = texts(&fs::read(BUNDLE).unwrap());
    for part in [
        "Build",
        "Build/",
        "Deploy_to_Dev/Smoke_Tests",
        "Deploy_to_Prod/Coordinated_Deployment/HelmDeploy",
        "Deploy_",
    ] {
        let prefix = format!("{RUN}/{part}");
        let name = format!("{ACCOUNT}/{prefix}");
        let mut own = all.clone();
        own.retain(|(log, _)| log.starts_with(&name));
        own.sort();
        assert!(!own.is_empty());
        assert_eq!(texts(&fetched(&server, ACCOUNT, &prefix)), own, "{part}");
    }
}

#[test]
fn logs_that_are_in_no_zip_are_in_the_zip() {
    let folder = tempfile::tempdir().unwrap();
    let run = format!("acc/acc/pipeline/ci/7/-{EXECUTION}/build");
    let steps = folder.path().join("tree").join(&run);
    fs::create_dir_all(&steps).unwrap();
    let names = ["step1", "step10", "step2-commandUnit:Fetch Files"];
    for name in names {
        fs::write(steps.join(name), line(name)).unwrap();
    }
    let server = Server::start(&[folder.path().join("tree")], &[]);
    let named = |names: &[&str]| -> Vec<(String, Vec<u8>)> {
        names.iter().map(|name| (format!("{run}/{name}"), line(name).into_bytes())).collect()
    };
    let prefix = |end: &str| format!("acc/pipeline/ci/7/-{EXECUTION}{end}");
    let zip = fetched(&server, "acc", &prefix(""));
    assert_eq!(texts(&zip), named(&names));
    // Any part of it is the same.
    let link = link(&server, "acc", &prefix("/"));
    for start in (0..zip.len()).step_by(7) {
        let part = server.get(&link, &[("Range", &format!("bytes={start}-{}", start + 6))]);
        assert!(part.body == zip[start..zip.len().min(start + 7)], "{start}");
    }
    // A prefix is a text: `step1` has `step10` as well, unless a `/` ends it.
    assert_eq!(texts(&fetched(&server, "acc", &prefix("/build/step1"))), named(&names[..2]));
    let none = download(&server, "acc", &prefix("/build/step1/"));
    assert_eq!(
        (none.status, none.text()),
        (404, r#"{"error_msg":"cannot list files for prefix"}"#)
    );
}

#[test]
fn errors_are_those_of_the_platform() {
    let server = Server::start(&[BUNDLE], &["--max-files", "5"]);
    let error = |message: &str| json!({ "error_msg": message }).to_string();
    let missing = error("NoSuchKey: The specified key does not exist.");
    for (method, path, status, body) in [
        ("GET", "/log-service/token".to_owned(), 400, error("no account ID in query params")),
        ("GET", "/log-service/blob?key=x".to_owned(), 400, error("no account ID in query params")),
        ("GET", "/log-service/blob?accountID=A".to_owned(), 400, error("no key exists in the URL")),
        ("GET", "/log-service/blob?accountID=A&key=x".to_owned(), 404, missing.clone()),
        ("GET", blob("Build/liteEngineTask").replace("=hX3", "=other"), 404, missing.clone()),
        ("GET", "/log-service/stream?accountID=A&key=x".to_owned(), 404, missing.clone()),
        ("GET", "/log-service/blob/exists?accountID=A&key=x".to_owned(), 200, "false".to_owned()),
        ("POST", "/log-service/blob/link/download?accountID=A&key=x".to_owned(), 404, missing),
        (
            "POST",
            "/log-service/blob/download".to_owned(),
            400,
            error("no account ID in query params"),
        ),
        (
            "POST",
            "/log-service/blob/download?accountID=A".to_owned(),
            404,
            error("parameter prefix is required."),
        ),
        (
            "POST",
            "/gateway/log-service/blob/download?accountID=A&prefix=A".to_owned(),
            400,
            error(
                "operation not permitted for prefix: /gateway/log-service/blob/download?accountID=A&prefix=A",
            ),
        ),
        (
            "POST",
            "/log-service/blob/download?accountID=A&prefix=A/pipeline/P/1".to_owned(),
            404,
            error("cannot list files for prefix"),
        ),
        (
            "POST",
            format!("/log-service/blob/download?accountID={ACCOUNT}&prefix={RUN}"),
            500,
            error("Prefix Key Exceeds Maximum Download Limit"),
        ),
        ("DELETE", blob("Build/liteEngineTask"), 405, error("method not allowed")),
        ("PUT", "/log-service/blob/download".to_owned(), 405, error("method not allowed")),
        ("GET", "/log-service/nothing".to_owned(), 404, error("not found")),
    ] {
        let said = server.ask(method, &path, &[], b"");
        assert_eq!((said.status, said.text()), (status, &*body), "{method} {path}");
    }
    // Parts below the limit can be had.
    assert_eq!(download(&server, ACCOUNT, &format!("{RUN}/Build/Checks")).status, 200);
    let object = server.get("/storage/harness-download/x/logs.zip", &[]);
    assert!(object.status == 404 && object.text().contains("<Code>NoSuchKey</Code>"));
    let allowed = server.ask("DELETE", &blob("x"), &[], b"");
    assert_eq!(allowed.header("allow"), Some("GET, HEAD"));
}

/// Some runs of two pipelines, and what fetch noted of them.
fn runs(folder: &Path) {
    for run in 1..=25 {
        let pipeline = if run % 5 == 0 { "nightly" } else { "ci" };
        let name = format!("acc/acc/pipeline/{pipeline}/{run}/-{run:022}/build/Run");
        let text = line("x").replace("09:13:34", &format!("09:{run:02}:34"));
        write_zip(&folder.join(format!("{run}.zip")), &[(&name, &text)]);
    }
    let notes = folder.join(".ripsaw/fetch");
    fs::create_dir_all(&notes).unwrap();
    let note = |name: &str, text: String| fs::write(notes.join(name), text).unwrap();
    note(
        "a.json",
        format!(
            "{{\"version\":1,\"platform\":\"harness\",\"id\":\"{:022}\",\"status\":\"Failed\",\"started_at\":\"2026-03-09T10:00:00Z\",\"ended_at\":\"2026-03-09T11:00:00.5Z\",\"new\":[1]}}",
            7
        ),
    );
    note(
        "b.json",
        format!(
            "{{\"version\":1,\"platform\":\"apify\",\"id\":\"{:022}\",\"status\":\"FAILED\"}}",
            8
        ),
    );
    note("c.json", "{".to_owned());
    note(
        "d.json",
        format!(
            "{{\"version\":1,\"platform\":\"harness\",\"id\":\"{:022}\",\"started_at\":null}}",
            9
        ),
    );
}

#[test]
fn executions_are_listed_by_pages() {
    let folder = tempfile::tempdir().unwrap();
    runs(folder.path());
    let server = Server::start(&[folder.path()], &[]);
    let list = |query: &str, body: &str| {
        let path = format!(
            "/gateway/pipeline/api/pipelines/execution/summary?accountIdentifier=acc&orgIdentifier=O&projectIdentifier=P{query}"
        );
        server.ask("POST", &path, &[("content-type", "application/json")], body.as_bytes())
    };
    let sequence = |data: &Value| -> Vec<i64> {
        data["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["runSequence"].as_i64().unwrap())
            .collect()
    };
    let first = list("", "").json();
    assert_eq!(first["status"], "SUCCESS");
    let data = &first["data"];
    // Run 7 has a later start, as was noted of it; the others those of their logs.
    assert_eq!(sequence(data), [7, 25, 24, 23, 22, 21, 20, 19, 18, 17]);
    for (member, value) in [
        ("totalElements", 25),
        ("totalPages", 3),
        ("size", 10),
        ("number", 0),
        ("numberOfElements", 10),
    ] {
        assert_eq!(data[member], value, "{member}");
    }
    assert_eq!((&data["last"], &data["first"]), (&json!(false), &json!(true)));
    let last = list("&page=2&size=10", r#"{"filterType":"PipelineExecution"}"#).json();
    assert_eq!(
        (sequence(&last["data"]), &last["data"]["last"]),
        (vec![5, 4, 3, 2, 1], &json!(true))
    );
    let past = list("&page=99", "").json();
    assert_eq!((sequence(&past["data"]), &past["data"]["empty"]), (vec![], &json!(true)));
    let nightly = list("&pipelineIdentifier=nightly&size=100&sort=startTs,ASC", "").json();
    assert_eq!(sequence(&nightly["data"]), [5, 10, 15, 20, 25]);
    for (query, body) in [
        ("&status=Failed", ""),
        ("&status=Aborted,FAILED", ""),
        ("", r#"{"filterType":"PipelineExecution","status":["Failed"]}"#),
    ] {
        assert_eq!(sequence(&list(query, body).json()["data"]), [7], "{query}");
    }
    let range = r#"{"filterType":"PipelineExecution","timeRange":{"startTime":1773047640000,"endTime":1773047700000}}"#;
    assert_eq!(sequence(&list("", range).json()["data"]), [14]);
    let run = &first["data"]["content"][0];
    let summary = json!({
        "status": "Failed", "startTs": 1773050400000_i64, "endTs": 1773054000500_i64, "createdAt": 1773050400000_i64,
        "orgIdentifier": "O", "projectIdentifier": "P", "pipelineIdentifier": "ci", "name": "ci",
        "planExecutionId": format!("{:022}", 7), "runSequence": 7, "executionMode": "NORMAL",
        "shouldUseSimplifiedKey": true, "totalStagesCount": 1,
    });
    for (member, value) in summary.as_object().unwrap() {
        assert_eq!(run[member], *value, "{member}");
    }
    for (query, body, code) in [("&page=x", "", "INVALID_REQUEST"), ("", "{", "INVALID_REQUEST")] {
        let said = list(query, body);
        assert_eq!((said.status, &said.json()["code"]), (400, &json!(code)), "{query}{body}");
    }
    let other = server.ask(
        "POST",
        "/pipeline/api/pipelines/execution/summary?accountIdentifier=x",
        &[],
        b"",
    );
    assert_eq!(other.json()["data"]["totalElements"], 0);
    assert_eq!(
        server.ask("POST", "/pipeline/api/pipelines/execution/summary", &[], b"").status,
        400
    );
    assert_eq!(server.get("/pipeline/api/pipelines/execution/summary", &[]).status, 405);
}

#[test]
fn a_graph_has_the_keys_of_all_logs() {
    let server = Server::start(&[BUNDLE, "fixtures/standard.zip"], &[]);
    let path = |account: &str, id: &str| {
        format!(
            "/gateway/pipeline/api/pipelines/execution/v2/{id}?accountIdentifier={account}&renderFullBottomGraph=true"
        )
    };
    let data = server.get(&path(ACCOUNT, EXECUTION), &[]).json()["data"].clone();
    let summary = &data["pipelineExecutionSummary"];
    assert_eq!((&summary["runSequence"], &summary["status"]), (&json!(128), &json!("Success")));
    let nodes = data["executionGraph"]["nodeMap"].as_object().unwrap();
    let logs: Vec<String> = texts(&fs::read(BUNDLE).unwrap())
        .into_iter()
        .map(|(name, _)| name.split_once('/').unwrap().1.to_owned())
        .collect();
    let mut keys: Vec<String> = Vec::new();
    for node in nodes.values() {
        let base = node["logBaseKey"].as_str().unwrap();
        assert!(logs.iter().any(|key| key.starts_with(base)), "{base}");
        for response in node["executableResponses"].as_array().unwrap() {
            for key in response["async"]["logKeys"].as_array().unwrap() {
                assert!(key.as_str().unwrap().starts_with(base));
                keys.push(key.as_str().unwrap().to_owned());
            }
        }
    }
    keys.sort();
    let mut sorted = logs.clone();
    sorted.sort();
    assert_eq!(keys, sorted);
    // From the root all nodes are reached once.
    let adjacent = &data["executionGraph"]["nodeAdjacencyListMap"];
    let mut open = vec![data["executionGraph"]["rootNodeId"].as_str().unwrap().to_owned()];
    let mut reached = 0;
    while let Some(node) = open.pop() {
        reached += 1;
        let children = adjacent[&node]["children"].as_array().unwrap();
        open.extend(children.iter().map(|child| child.as_str().unwrap().to_owned()));
    }
    assert_eq!(reached, nodes.len());
    let by_name = |name: &str| nodes.values().find(|node| node["identifier"] == name).unwrap();
    let step = by_name("HelmDeploy");
    assert_eq!(
        step["logBaseKey"],
        format!("{RUN}/Deploy_to_Prod/Coordinated_Deployment/HelmDeploy")
    );
    let response = &step["executableResponses"][0]["async"];
    assert_eq!(response["units"], json!(["Fetch Files", "Install / Upgrade", "Prepare"]));
    let fqn = "pipeline.stages.Deploy_to_Prod.spec.execution.steps.Coordinated_Deployment.steps.HelmDeploy";
    assert_eq!(step["baseFqn"], fqn);
    assert_eq!(by_name("Build")["logBaseKey"], format!("{RUN}/Build"));
    let layout = summary["layoutNodeMap"].as_object().unwrap();
    assert!(layout.len() == 3 && layout.contains_key(summary["startingNodeId"].as_str().unwrap()));
    // Of another account, and of none.
    for (account, id) in [("other", EXECUTION), (ACCOUNT, "x")] {
        let said = server.get(&path(account, id), &[]);
        assert_eq!((said.status, &said.json()["code"]), (404, &json!("ENTITY_NOT_FOUND")));
    }
}

#[test]
fn the_standard_layout_is_served_by_its_own_keys() {
    let bundle = "fixtures/standard.zip";
    let server = Server::start(&[bundle], &[]);
    let account = "Qm4vXw_7TbO2-kZsLr9cAg";
    let all = texts(&fs::read(bundle).unwrap());
    let list = format!(
        "/pipeline/api/pipelines/execution/summary?accountIdentifier={account}&orgIdentifier=Retail&projectIdentifier=storefront&pipelineIdentifier=Ship_Storefront"
    );
    let data = server.ask("POST", &list, &[], b"").json()["data"].clone();
    assert_eq!(data["totalElements"], 1);
    let run = &data["content"][0];
    assert_eq!((&run["runSequence"], &run["shouldUseSimplifiedKey"]), (&json!(418), &json!(false)));
    let id = run["planExecutionId"].as_str().unwrap();
    let path = format!("/pipeline/api/pipelines/execution/v2/{id}?accountIdentifier={account}");
    let graph = server.get(&path, &[]).json()["data"]["executionGraph"].clone();
    let root = &graph["nodeMap"][graph["rootNodeId"].as_str().unwrap()];
    let prefix = root["logBaseKey"].as_str().unwrap();
    assert_eq!(
        prefix,
        format!(
            "accountId:{account}/orgId:Retail/projectId:storefront/pipelineId:Ship_Storefront/runSequence:418/level0:pipeline"
        )
    );
    let mut own = all;
    own.retain(|(name, _)| name.starts_with(&format!("{account}/{prefix}")));
    own.sort();
    assert_eq!(texts(&fetched(&server, account, prefix)), own);
}

#[test]
fn a_run_that_is_there_whole_is_served_whole_beside_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let name = |step: &str| format!("acc/acc/pipeline/ci/7/-{EXECUTION}/build/{step}");
    let (a, b) = (name("a"), name("b"));
    write_zip(&path("1.zip"), &[(&a, &line("a"))]);
    write_zip(&path("2.zip"), &[(&a, &line("a")), (&b, &line("b"))]);
    let server = Server::start(&[path("1.zip"), path("2.zip")], &[]);
    let zip = fetched(&server, "acc", &format!("acc/pipeline/ci/7/-{EXECUTION}"));
    assert!(zip == fs::read(path("2.zip")).unwrap());
    // A file that has been replaced is not sent as if it were the one that was asked for.
    let link = link(&server, "acc", &format!("acc/pipeline/ci/7/-{EXECUTION}/"));
    write_zip(&path("2.zip"), &[(&a, &line("other")), (&b, &line("other"))]);
    assert_eq!(server.get(&link, &[]).status, 500);
}

#[test]
fn logs_of_other_formats_are_records_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let texts_of = [
        (
            "a/one.log",
            "2026-03-09T09:13:34.123Z INFO begin\n2026-03-09T09:13:35Z ERROR \"no\" \u{1b}[31mred\u{1b}[0m\n",
        ),
        ("b.txt", "just text\n\nmore of it"),
    ];
    write_zip(&folder.path().join("my app.zip"), &texts_of);
    let server = Server::start(&[folder.path().join("my app.zip")], &[]);
    let list = "/pipeline/api/pipelines/execution/summary?accountIdentifier=archive";
    let data = server.ask("POST", list, &[], b"").json()["data"].clone();
    let run = &data["content"][0];
    assert_eq!(
        (&data["totalElements"], &run["pipelineIdentifier"], &run["runSequence"]),
        (&json!(1), &json!("my app"), &json!(1))
    );
    assert_eq!(run["startTs"], 1773047614123_i64);
    let id = run["planExecutionId"].as_str().unwrap();
    let base = format!("archive/pipeline/my app/1/-{id}");
    let blob = |path: &str| {
        let key = encoded(&format!("{base}/{path}"));
        let said = server.get(&format!("/log-service/blob?accountID=archive&key={key}"), &[]);
        assert_eq!(said.status, 200, "{}", said.text());
        let lines: Vec<Value> =
            said.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines
    };
    assert_eq!(
        blob("a/one.log"),
        [
            json!({"level": "INFO", "pos": 0, "out": "INFO begin", "time": "2026-03-09T09:13:34.123Z", "args": null}),
            json!({"level": "ERROR", "pos": 1, "out": "ERROR \"no\" red", "time": "2026-03-09T09:13:35Z", "args": null}),
        ]
    );
    assert_eq!(
        blob("b.txt"),
        [
            json!({"level": null, "pos": 0, "out": "just text", "time": null, "args": null}),
            json!({"level": null, "pos": 1, "out": "more of it", "time": null, "args": null}),
        ]
    );
    // All of it is the archive that was given; a part is records.
    assert!(
        fetched(&server, "archive", &base) == fs::read(folder.path().join("my app.zip")).unwrap()
    );
    let part = texts(&fetched(&server, "archive", &format!("{base}/a")));
    assert_eq!(part.len(), 1);
    assert_eq!(part[0].0, format!("archive/{base}/a/one.log"));
    let lines: Vec<Value> = part[0]
        .1
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines, blob("a/one.log"));
}

#[test]
fn damaged_logs_are_errors_and_the_others_are_served() {
    for bundle in ["fixtures/crc.zip", "fixtures/corrupt.zip"] {
        let server = Server::start(&[bundle], &[]);
        let zip = fs::read(bundle).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(&zip[..])).unwrap();
        let (mut damaged, mut whole) = (0, 0);
        for index in 0..archive.len() {
            let Ok(mut entry) = archive.by_index(index) else { continue };
            let name = entry.name().unwrap().into_owned();
            let mut text = Vec::new();
            let is_whole = entry.read_to_end(&mut text).is_ok();
            let (account, key) = name.split_once('/').unwrap();
            let path = format!("/log-service/blob?accountID={account}&key={}", encoded(key));
            if is_whole {
                let said = server.get(&path, &[]);
                assert!(said.status == 200 && said.body == text, "{bundle} {name}");
            } else {
                // A long one was begun before the damage was found: it ends early.
                let mut socket = server.connect();
                let host = &server.address;
                write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
                    .unwrap();
                let mut said = Vec::new();
                let _ = socket.read_to_end(&mut said);
                let said = String::from_utf8_lossy(&said);
                let is_refused = said.starts_with("HTTP/1.1 500 ")
                    && said.contains("\r\n\r\ncannot read the log: ");
                let (head, body) = said.split_once("\r\n\r\n").unwrap();
                let length = head.split("content-length: ").nth(1);
                let length = length.map(|rest| rest.lines().next().unwrap().parse().unwrap());
                let is_cut =
                    length.map_or(!said.ends_with("0\r\n\r\n"), |length| body.len() < length);
                assert!(is_refused || is_cut, "{bundle} {name} {head}");
            }
            *(if is_whole { &mut whole } else { &mut damaged }) += 1;
        }
        assert!(damaged > 0, "{bundle} {whole}");
    }
}
