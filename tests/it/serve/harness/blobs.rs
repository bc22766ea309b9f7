//! Single logs.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};

use serde_json::{Value, json};
use zip::ZipArchive;

use super::super::Server;
use super::{ACCOUNT, BUNDLE, RUN, blob, encoded, fetched, text_of, texts, write_zip};

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
