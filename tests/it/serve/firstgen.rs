//! The API of Harness FirstGen.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::{Response, Server};

const TREE: &str = "fixtures/formats/firstgen/input";

/// The files of the fixture by name.
fn files() -> BTreeMap<String, Vec<u8>> {
    let all = walkdir::WalkDir::new(TREE).into_iter().map(Result::unwrap);
    let files = all.filter(|file| file.file_type().is_file()).map(|file| {
        let name = file.path().strip_prefix(TREE).unwrap().to_str().unwrap().to_owned();
        (name, fs::read(file.path()).unwrap())
    });
    files.collect()
}

fn write_zip(path: &Path) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in files() {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&text).unwrap();
    }
    zip.finish().unwrap();
}

fn texts(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let texts = (0..archive.len()).map(|index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        (entry.name().unwrap().into_owned(), text)
    });
    texts.collect()
}

fn ask(server: &Server, query: &str, variables: &Value) -> Response {
    let body = json!({ "query": query, "variables": variables }).to_string();
    server.ask("POST", "/gateway/api/graphql?accountId=ACC", &[("x-api-key", "k")], body.as_bytes())
}

const EXPORT: &str = "mutation($filters: [ExecutionFilter!]) { exportExecutions(input: {clientMutationId: \"c\", filters: $filters}) {
    clientMutationId requestId status totalExecutions triggeredAt statusLink downloadLink expiresAt errorMessage } }";

/// Asks for an export, and returns the answer's paths to its status and its zip.
fn export(server: &Server, filters: Value) -> (String, String) {
    let answer = ask(server, EXPORT, &json!({ "filters": filters })).json();
    let export = &answer["data"]["exportExecutions"];
    assert_eq!(export["status"], "QUEUED", "{answer}");
    let path = |name: &str| {
        let link = export[name].as_str().unwrap();
        link.strip_prefix(&format!("http://{}", server.address)).unwrap().to_owned()
    };
    (path("statusLink"), path("downloadLink"))
}

#[test]
fn an_export_is_queued_and_then_the_bytes_that_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.zip");
    write_zip(&path);
    let server = Server::start(&[&path], &[]);
    let (status, download) = export(&server, json!([]));
    let queued = server.get(&download, &[]);
    assert_eq!((queued.status, &queued.json()["status"]), (202, &json!("QUEUED")));
    let ready = server.get(&status, &[]).json();
    assert_eq!((&ready["status"], &ready["totalExecutions"]), (&json!("READY"), &json!(4)));
    assert!(
        ready.get("errorMessage").is_none()
            && ready["expiresAt"].as_u64() > ready["triggeredAt"].as_u64()
    );
    let zip = server.get(&download, &[]);
    assert!(zip.status == 200 && zip.body == fs::read(&path).unwrap());
    assert_eq!(zip.header("content-type"), Some("application/octet-stream"));
    let id = ready["requestId"].as_str().unwrap();
    let name = format!("attachment; filename=\"ACC_{id}.zip\"");
    assert_eq!(zip.header("content-disposition"), Some(&*name));
    // The gateway's paths are the same.
    assert_eq!(server.get(&format!("/gateway{download}"), &[]).body, zip.body);
}

#[test]
fn filters_select_deployments_with_all_their_files() {
    let folder = tempfile::tempdir().unwrap();
    write_zip(&folder.path().join("export.zip"));
    for input in [folder.path().join("export.zip"), TREE.into()] {
        let server = Server::start(&[&input], &[]);
        let start = |operator: &str, value: i64| json!({"startTime": {"operator": operator, "value": value}});
        let app = |name: &str| json!({"application": {"operator": "IN", "values": [name]}});
        // The time of Storefront_Release.
        let time = 1_591_390_258_752_i64;
        for (filters, names) in [
            (
                json!([start("AFTER", time - 1), start("BEFORE", time + 1)]),
                &["Storefront_Release"][..],
            ),
            (
                json!([app("Storefront"), start("BEFORE", time + 1), start("AFTER", time - 1)]),
                &["Storefront_Release"],
            ),
            (json!([app("Storefront")]), &["Storefront_Nightly Cleanup", "Storefront_Release"]),
        ] {
            let (_, download) = export(&server, filters.clone());
            assert_eq!(server.get(&download, &[]).status, 202);
            let zip = texts(&server.get(&download, &[]).body);
            let mut own = files();
            own.retain(|name, _| {
                names.iter().any(|own| name.starts_with(&format!("HarnessExecutionsLogs/{own}")))
            });
            assert_eq!(zip, own, "{filters}");
        }
        let count = "query($filters: [ExecutionFilter!]) { executions(filters: $filters, limit: 1) { pageInfo { total } } }";
        for (filters, total) in [
            (json!([]), 4),
            (json!([app("Storefront")]), 2),
            (json!([app("an-id-of-the-platform")]), 4),
        ] {
            let answer = ask(&server, count, &json!({ "filters": filters })).json();
            assert_eq!(answer["data"]["executions"]["pageInfo"]["total"], total);
        }
        let none = ask(&server, EXPORT, &json!({ "filters": [start("BEFORE", 0)] })).json();
        assert_eq!(none["errors"][0]["message"], "No executions found matching request filters");
        assert_eq!(none["data"]["exportExecutions"], Value::Null);
    }
}

#[test]
fn the_documented_request_is_answered_as_documented() {
    let server = Server::start(&[TREE], &[]);
    let query = r#"mutation {
      exportExecutions(input: {
        clientMutationId: "gqahal-test"
        filters: [
          {application: {operator: IN, values: ["ekftWF9jQRewZt7FhM7KTw"]}},
          {startTime: {operator: AFTER, value: 1591390258751}},
        ]
        userGroupIds: "HhsqnZRlSCyqTxhVNCqzfA"
      }) {
        clientMutationId
        requestId
        status
        totalExecutions
        triggeredAt
        downloadLink
        expiresAt
        errorMessage
      }
    }"#;
    let answer = ask(&server, query, &Value::Null).json();
    let export = answer["data"]["exportExecutions"].as_object().unwrap();
    let names: Vec<&str> = export.keys().map(String::as_str).collect();
    // Those that were asked for.
    let asked = [
        "clientMutationId",
        "downloadLink",
        "errorMessage",
        "expiresAt",
        "requestId",
        "status",
        "totalExecutions",
        "triggeredAt",
    ];
    assert_eq!(names, asked);
    assert_eq!(
        (&export["clientMutationId"], &export["status"]),
        (&json!("gqahal-test"), &json!("QUEUED"))
    );
    assert_eq!((&export["errorMessage"], &export["totalExecutions"]), (&Value::Null, &json!(4)));
}

#[test]
fn exports_have_the_limits_of_the_platform() {
    let server = Server::start(&[TREE], &[]);
    let message = || {
        let answer = ask(&server, EXPORT, &json!({})).json();
        answer["errors"][0]["message"].as_str().map(str::to_owned)
    };
    let ready = |(status, _): (String, String)| {
        server.get(&status, &[]);
    };
    // Each is seen, so that none is in the queue.
    for _ in 0..24 {
        ready(export(&server, json!([])));
    }
    export(&server, json!([]));
    assert_eq!(
        message().unwrap(),
        "Number of export executions requests from this account has reached its daily limit"
    );
    // Another account has its own day; three of its exports may wait.
    let other = |account: &str| {
        let body = json!({ "query": EXPORT, "variables": {} }).to_string();
        let path = format!("/api/graphql?accountId={account}");
        server.ask("POST", &path, &[], body.as_bytes()).json()
    };
    for _ in 0..3 {
        assert_eq!(other("B")["data"]["exportExecutions"]["status"], "QUEUED");
    }
    assert_eq!(
        other("B")["errors"][0]["message"],
        "3 export executions requests are already in queue for the current account"
    );
}

#[test]
fn errors_are_those_of_the_platform() {
    let server = Server::start(&[TREE], &[]);
    for (method, path, body, status, code) in [
        ("POST", "/api/graphql", "{}", 400, "INVALID_REQUEST"),
        ("POST", "/api/graphql?accountId=A", "{", 400, "INVALID_REQUEST"),
        ("GET", "/api/graphql?accountId=A", "", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/export-executions/status/x?accountId=A", "", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/export-executions/status/x?accountId=A", "", 400, "INVALID_REQUEST"),
        ("GET", "/api/export-executions/download/x?accountId=A", "", 400, "INVALID_REQUEST"),
        ("GET", "/api/export-executions/status/x", "", 400, "INVALID_REQUEST"),
        ("GET", "/api/export-executions/nothing?accountId=A", "", 404, "RESOURCE_NOT_FOUND"),
    ] {
        let said = server.ask(method, path, &[], body.as_bytes());
        let answer = said.json();
        assert_eq!(
            (said.status, &answer["responseMessages"][0]["code"]),
            (status, &json!(code)),
            "{method} {path}"
        );
    }
    let wrong =
        ask(&server, "mutation { exportExecutions(input: {filters: [{", &Value::Null).json();
    assert!(wrong["errors"][0]["message"].as_str().unwrap().starts_with("Invalid Syntax"));
}
