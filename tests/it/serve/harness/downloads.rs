//! Zips of logs, and the errors of the log service.

use std::fs;

use serde_json::json;

use super::super::Server;
use super::{
    ACCOUNT, BUNDLE, EXECUTION, RUN, blob, download, fetched, line, link, texts, write_zip,
};

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
