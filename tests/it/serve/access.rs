//! Who may ask: hosts, tokens, and addresses that others can reach.

use std::io::{BufReader, Write as _};
use std::process::Stdio;

use super::harness::{ACCOUNT, BUNDLE, RUN, blob};
use super::{Response, Server};
use crate::program::ripsaw;

#[test]
fn only_known_hosts_are_answered() {
    let server = Server::start(&[BUNDLE], &["--host", "Logs.Example.com", "--host", "10.1.2.3"]);
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST.:80", 200),
        ("x.localhost", 200),
        ("127.0.0.1", 200),
        ("127.9.9.9:1", 200),
        ("[::1]:8177", 200),
        ("logs.example.com", 200),
        ("10.1.2.3", 200),
        ("evil.example.com", 421),
        ("logs.example.com.evil.com", 421),
        ("localhost.evil.com", 421),
        ("10.1.2.4", 421),
        ("169.254.169.254", 421),
        ("", 421),
    ] {
        let said = server.get(&blob("Build/liteEngineTask"), &[("Host", host)]);
        assert_eq!(said.status, status, "{host}");
    }
    // None, and two.
    for hosts in ["", "Host: localhost\r\nHost: evil.example.com\r\n"] {
        let mut socket = server.connect();
        write!(socket, "GET /v2/logs/x HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n").unwrap();
        assert_eq!(Response::read(&mut BufReader::new(socket), "GET").status, 421, "{hosts}");
    }
}

const TOKEN: &str = "pat.acc.id.s3cr3t-0f-th3-t3st";

/// A server that wants the token.
fn guarded() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("  {TOKEN}\n")).unwrap();
    // It is read before the server listens.
    Server::start(&[BUNDLE], &["--token-file", file.to_str().unwrap()])
}

#[test]
fn a_token_is_taken_wherever_clients_put_it() {
    let server = guarded();
    let path = blob("Build/liteEngineTask");
    let bearer = format!("Bearer {TOKEN}");
    for headers in [
        [("x-api-key", TOKEN)],
        [("X-Harness-Token", TOKEN)],
        [("Authorization", bearer.as_str())],
        [("authorization", TOKEN)],
    ] {
        assert_eq!(server.get(&path, &headers).status, 200, "{headers:?}");
    }
    let with = |path: &str, query: &str| server.get(&format!("{path}&{query}"), &[]).status;
    assert_eq!(with(&path, &format!("X-Harness-Token={TOKEN}")), 200);
    assert_eq!(with(&path, &format!("token={TOKEN}")), 200);
    // An empty parameter does not win over a header.
    let empty = format!("{path}&X-Harness-Token=");
    assert_eq!(server.get(&empty, &[("X-Harness-Token", TOKEN)]).status, 200);
    // The token for logs is another one, and good for logs alone.
    let token =
        server.get(&format!("/log-service/token?accountID={ACCOUNT}"), &[("x-api-key", TOKEN)]);
    let log_token = token.text();
    assert!(token.status == 200 && log_token.len() == 22 && log_token != TOKEN);
    assert_eq!(server.get(&path, &[("X-Harness-Token", log_token)]).status, 200);
    assert_eq!(server.get(&path, &[("x-api-key", log_token)]).status, 400);
    assert_eq!(server.get("/v2/logs/x", &[("X-Harness-Token", log_token)]).status, 401);
}

#[test]
fn who_has_no_token_gets_nothing_and_nobody_is_shown_it() {
    let server = guarded();
    let path = blob("Build/liteEngineTask");
    let mut refused = Vec::new();
    for (path, missing, wrong) in [
        (
            &*path,
            (400, r#"{"error_msg":"no token in header"}"#),
            (400, r#"{"error_msg":"apikey in request not authorized for receiving tokens"}"#),
        ),
        (
            "/log-service/blob",
            (400, r#"{"error_msg":"no account ID in query params"}"#),
            (400, r#"{"error_msg":"no account ID in query params"}"#),
        ),
    ] {
        for (headers, (status, body)) in [(None, missing), (Some(("x-api-key", "pat.x")), wrong)] {
            let said = server.get(path, headers.as_slice());
            assert_eq!((said.status, said.text()), (status, body));
            refused.push(said);
        }
    }
    for path in ["/pipeline/api/pipelines/execution/v2/x", "/api/graphql", "/v2/logs/x"] {
        for headers in [None, Some(("x-api-key", "pat.x"))] {
            let said = server.get(path, headers.as_slice());
            assert_eq!(said.status, 401, "{path}");
            refused.push(said);
        }
    }
    // The link needs none; nothing that was said has it.
    let asked = format!("/log-service/blob/download?accountID={ACCOUNT}&prefix={RUN}");
    let link = server.ask("POST", &asked, &[("x-api-key", TOKEN)], b"");
    refused.push(link.clone());
    let link = link.json()["link"].as_str().unwrap().to_owned();
    let path = link.strip_prefix(&format!("http://{}", server.address)).unwrap();
    assert_eq!(server.get(path, &[]).status, 200);
    let odd = format!("/log-service/blob/download?accountID=A&prefix=A&X-Harness-Token={TOKEN}");
    let odd = server.get(&odd, &[]);
    assert_eq!(odd.status, 400);
    refused.push(odd);
    let (_, said) = server.stop("-INT");
    assert!(!said.contains("s3cr3t"), "{said}");
    for response in refused {
        assert!(!format!("{:?} {}", response.headers, response.text()).contains("s3cr3t"));
    }
}

#[test]
fn what_others_could_reach_needs_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let empty = empty.to_str().unwrap();
    for (arguments, words) in [
        (&[BUNDLE, "--listen", "0.0.0.0:0"][..], "other hosts could read the logs without a token"),
        (&[BUNDLE, "--listen", "[::]:0"], "without a token"),
        (&[BUNDLE, "--token-file", empty], "cannot read the token"),
        (&[BUNDLE, "--token-file", "/nonexistent"], "cannot read the token"),
        (&["-"], "cannot serve: standard input: it can be read only once"),
        (&["/nonexistent.zip"], "nonexistent"),
        (&[BUNDLE, "--listen", "localhost"], "--listen"),
    ] {
        let mut command = ripsaw();
        command.arg("serve").args(arguments).stdin(Stdio::piped());
        let said = command.output().unwrap();
        let stderr = String::from_utf8(said.stderr).unwrap();
        assert_eq!(said.status.code(), Some(2), "{arguments:?} {stderr}");
        assert!(stderr.contains(words) && said.stdout.is_empty(), "{arguments:?} {stderr}");
    }
}
