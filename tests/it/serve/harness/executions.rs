//! Executions: lists and graphs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::{Response, Server};
use super::{ACCOUNT, BUNDLE, EXECUTION, RUN, fetched, line, texts, write_zip};

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

/// Asks for a list of the runs.
fn list(server: &Server, query: &str, body: &str) -> Response {
    let path = format!(
        "/gateway/pipeline/api/pipelines/execution/summary?accountIdentifier=acc&orgIdentifier=O&projectIdentifier=P{query}"
    );
    server.ask("POST", &path, &[("content-type", "application/json")], body.as_bytes())
}

/// The numbers of the runs of a page.
fn sequence(data: &Value) -> Vec<i64> {
    let runs = data["content"].as_array().unwrap().iter();
    runs.map(|run| run["runSequence"].as_i64().unwrap()).collect()
}

#[test]
fn executions_are_listed_by_pages() {
    let folder = tempfile::tempdir().unwrap();
    runs(folder.path());
    let server = Server::start(&[folder.path()], &[]);
    let list = |query: &str, body: &str| list(&server, query, body);
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
}

#[test]
fn executions_are_listed_by_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    runs(folder.path());
    let server = Server::start(&[folder.path()], &[]);
    let list = |query: &str, body: &str| list(&server, query, body);
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
    let first = list("&size=1", "").json();
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
