//! Which host is sent what: keys stay where they belong, and plain http stays on this machine.

use serde_json::json;

use super::server::{Answer, Server};
use super::{TOKEN, command, fetch, folder, logs};
use crate::program;

const ID: &str = "HG7ML7M8z78YcAPEB";

fn run(request: &super::server::Request, log: Answer) -> Answer {
    match request.path.as_str() {
        "/v2/actor-runs/HG7ML7M8z78YcAPEB" => {
            Answer::json(200, &json!({"data": {"id": ID, "status": "SUCCEEDED"}}))
        }
        _ => log,
    }
}

#[test]
fn a_redirect_to_another_host_has_no_key() {
    for status in [301, 302, 303, 307, 308] {
        let other = Server::start(|_, _| Answer::new(200, "log\n"));
        let target = format!("{}/elsewhere?sig=1", other.url);
        let server = Server::start(move |request, _| {
            run(request, Answer::new(status, "").with("location", &target))
        });
        let out = folder();
        fetch("apify", &server.url, &out.path("logs"), &[ID]).ok();
        let seen = other.seen();
        assert_eq!((seen.len(), seen[0].path.as_str()), (1, "/elsewhere"));
        assert!(seen[0].headers.values().all(|value| !value.contains("s3cr3t")), "{seen:?}");
        // On the own host it stays.
        let server = Server::start(move |request, _| match request.path.as_str() {
            "/moved" => Answer::new(200, "log\n"),
            _ => run(request, Answer::new(status, "").with("location", "/moved")),
        });
        fetch("apify", &server.url, &out.path("own"), &[ID]).ok();
        let moved = server.seen().into_iter().find(|request| request.path == "/moved").unwrap();
        assert_eq!(moved.header("authorization"), format!("Bearer {TOKEN}"));
    }
}

#[test]
fn redirects_that_are_refused() {
    let targets = [
        "http://logs.example/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "https://user:word@logs.example/",
    ];
    for target in targets {
        let server = Server::start(move |request, _| {
            run(request, Answer::new(302, "").with("location", target))
        });
        let out = folder();
        let ran = fetch("apify", &server.url, &out.path("logs"), &[ID]);
        assert_eq!((ran.code, logs(&out.path("logs")).len()), (2, 0), "{target}");
        assert!(ran.err.contains("refused a redirect"), "{target}: {}", ran.err);
    }
    let server = Server::start(|_, _| Answer::new(302, "").with("location", "/again"));
    let out = folder();
    let ran = fetch("apify", &server.url, &out.path("logs"), &[ID]);
    assert!(ran.code == 2 && ran.err.contains("more than 10 times"), "{}", ran.err);
}

#[test]
fn plain_http_is_for_this_machine() {
    let out = folder();
    for url in [
        "http://logs.example",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "127.0.0.1",
        "https://u:p@127.0.0.1",
    ] {
        let ran = fetch("apify", url, &out.path("logs"), &[ID]);
        assert_eq!(ran.code, 2, "{url}");
        assert!(ran.err.contains("invalid --base-url"), "{}", ran.err);
    }
}

#[test]
fn the_environments_proxy_is_not_for_this_machine() {
    let proxy = Server::start(|_, _| panic!("the proxy was asked"));
    let server = Server::start(|request, _| run(request, Answer::new(200, "log\n")));
    let out = folder();
    let mut fetch = command("apify", &server.url, &out.path("logs"), &[ID]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
        fetch.env(name, &proxy.url);
    }
    assert!(fetch.output().unwrap().status.success());
    assert!(proxy.seen().is_empty());
}

#[test]
fn a_proxy_that_is_asked_for_is_used() {
    // It is asked for a connection, and is the other end of it as well.
    let proxy = Server::start(|request, _| match request.method.as_str() {
        "CONNECT" => Answer::new(200, ""),
        _ => run(request, Answer::new(200, "by proxy\n")),
    });
    let out = folder();
    fetch("apify", "http://127.0.0.1:9", &out.path("logs"), &[ID, "--proxy", &proxy.url]).ok();
    assert_eq!(
        std::fs::read(out.path("logs").join("HG7ML7M8z78YcAPEB.log")).unwrap(),
        b"by proxy\n"
    );
    let ran =
        fetch("apify", "http://127.0.0.1:9", &out.path("x"), &[ID, "--proxy", "::user:word::"]);
    assert!(
        ran.code == 2 && ran.err.contains("invalid proxy") && !ran.err.contains("word"),
        "{}",
        ran.err
    );
}

#[test]
fn keys_are_read_from_a_file_and_never_shown() {
    let out = folder();
    let server = Server::start(|request, _| {
        assert_eq!(request.header("authorization"), "Bearer other-t0ken");
        run(request, Answer::new(200, "log\n"))
    });
    let file = out.file("token", b"other-t0ken\r\n");
    fetch("apify", &server.url, &out.path("logs"), &[ID, "--token-file", file.to_str().unwrap()])
        .ok();
    for (text, why) in
        [(&b"two words"[..], "blanks"), (b" \n", "empty"), (b"bad\xfftoken", "valid UTF-8")]
    {
        let file = out.file("bad", text);
        let ran = fetch(
            "apify",
            &server.url,
            &out.path("bad-logs"),
            &[ID, "--token-file", file.to_str().unwrap()],
        );
        assert!(ran.code == 2 && ran.err.contains(why), "{}", ran.err);
        assert!(!ran.err.contains("words"), "{}", ran.err);
    }
    let ran =
        fetch("apify", &server.url, &out.path("bad-logs"), &[ID, "--token-file", "/nonexistent"]);
    assert!(ran.code == 2 && ran.err.contains("cannot read the key: /nonexistent"), "{}", ran.err);
}

#[test]
fn without_a_key_the_hint_names_the_variable() {
    let server = Server::start(|_, _| Answer::new(401, "{}"));
    let out = folder();
    let mut fetch = program::ripsaw();
    fetch.args(["fetch", "apify", ID, "--base-url", &server.url, "-o"]).arg(out.path("logs"));
    let output = fetch.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.contains("set APIFY_TOKEN or --token-file"), "{err}");
    assert!(server.seen().iter().all(|request| request.header("authorization").is_empty()));
}
