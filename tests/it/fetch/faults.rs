//! Servers and networks that fail: what can be had is had in the end, whole, or there is an error.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::server::{Answer, Fault, Request, Server};
use super::{Ran, fetch, folder, leftovers, logs, noise, states};

const ID: &str = "HG7ML7M8z78YcAPEB";

/// A run whose log is answered in some way; the number is that of the request for it.
fn run(log: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |request, before| match request.path.as_str() {
        "/v2/actor-runs/HG7ML7M8z78YcAPEB" => {
            Answer::json(200, &json!({"data": {"id": ID, "status": "SUCCEEDED"}}))
        }
        "/v2/logs/HG7ML7M8z78YcAPEB" => log(request, before),
        path => panic!("{path}"),
    })
}

/// Fetches the log of such a run; gives what is there afterwards.
fn outcome(server: &Server, arguments: &[&str]) -> (Ran, Option<Vec<u8>>) {
    let out = folder();
    let ran = fetch("apify", &server.url, &out.path("logs"), &[&[ID], arguments].concat());
    (ran, fs::read(out.path("logs").join("HG7ML7M8z78YcAPEB.log")).ok())
}

#[test]
fn what_passes_is_tried_again() {
    let text = noise(50_000);
    type Wrong = fn(Answer) -> Answer;
    type Turned = Box<dyn Fn(Answer) -> Answer + Send + Sync>;
    let status =
        |status: u16| move |answer: Answer| Answer { status, body: b"later".to_vec(), ..answer };
    let faults: Vec<(&str, Turned)> = vec![
        ("429", Box::new(status(429))),
        ("408", Box::new(status(408))),
        ("500", Box::new(status(500))),
        ("502", Box::new(status(502))),
        ("503", Box::new(status(503))),
        ("504", Box::new(status(504))),
        ("no answer", Box::new((|answer| answer.fault(Fault::Mute)) as Wrong)),
        ("no body", Box::new((|answer| answer.fault(Fault::Drop(0))) as Wrong)),
        ("half a body", Box::new((|answer| answer.fault(Fault::Drop(25_000))) as Wrong)),
        ("half in chunks", Box::new((|answer| answer.fault(Fault::Chunks(25_000))) as Wrong)),
        ("it hangs", Box::new((|answer| answer.fault(Fault::Hang(10_000))) as Wrong)),
    ];
    for (name, wrong) in faults {
        let body = text.clone();
        let server = run(move |_, before| {
            let right = Answer::new(200, body.clone());
            if before == 0 { wrong(right) } else { right }
        });
        let (ran, log) = outcome(&server, &["--timeout", "1s"]);
        assert_eq!((ran.code, log.as_ref()), (0, Some(&text)), "{name}: {}", ran.err);
        assert_eq!(server.count("/v2/logs/"), 2, "{name}");
    }
}

#[test]
fn what_does_not_pass_is_an_error_after_some_attempts() {
    for (name, fault, status, attempts) in [
        ("always 503", Fault::None, 503, 3),
        ("always broken", Fault::Drop(0), 200, 3),
        ("gone", Fault::None, 404, 1),
        ("bad request", Fault::None, 400, 1),
    ] {
        let server = run(move |_, _| Answer::new(status, "body").fault(fault));
        let (ran, log) = outcome(&server, &["--retries", "2"]);
        assert_eq!((ran.code, log), (2, None), "{name}");
        assert_eq!(server.count("/v2/logs/"), attempts, "{name}: {}", ran.err);
        assert!(ran.err.contains("cannot fetch: http://127.0.0.1:"), "{}", ran.err);
    }
}

#[test]
fn a_download_is_continued_where_it_broke_off() {
    let text = Arc::new(noise(3 << 20));
    let body = Arc::clone(&text);
    let server = run(move |request, before| {
        let answer = Answer::file(request, &body, "\"v1\"");
        // Each attempt brings a third.
        if before < 2 { answer.fault(Fault::Drop(1 << 20)) } else { answer }
    });
    let (ran, log) = outcome(&server, &[]);
    assert_eq!((ran.code, log.as_deref()), (0, Some(&text[..])));
    let ranges: Vec<String> = server
        .seen()
        .iter()
        .filter(|r| r.path.contains("/logs/"))
        .map(|r| r.header("range").to_owned())
        .collect();
    assert_eq!(ranges, ["", "bytes=1048576-", "bytes=2097152-"]);
    assert!(
        server
            .seen()
            .iter()
            .filter(|r| r.path.contains("/logs/"))
            .skip(1)
            .all(|r| r.header("if-range") == "\"v1\"")
    );
}

#[test]
fn a_download_is_continued_by_the_next_fetch() {
    let text = Arc::new(noise(3 << 20));
    let body = Arc::clone(&text);
    let server = run(move |request, before| {
        let answer = Answer::file(request, &body, "\"v1\"");
        if before < 1 { answer.fault(Fault::Drop(2 << 20)) } else { answer }
    });
    let out = folder();
    let out = out.path("logs");
    let ran = fetch("apify", &server.url, &out, &[ID, "--retries", "0"]);
    assert_eq!((ran.code, logs(&out).len(), leftovers(&out).len()), (2, 0, 1));
    assert_eq!(
        states(&out)[0]["partial"],
        json!({"validator": "\"v1\"", "total": 3 << 20, "is_final": true})
    );
    fetch("apify", &server.url, &out, &[ID]).ok();
    assert_eq!(fs::read(out.join("HG7ML7M8z78YcAPEB.log")).unwrap(), *text);
    assert_eq!(server.seen().last().unwrap().header("range"), "bytes=2097152-");
    assert!(leftovers(&out).is_empty());
    assert_eq!(states(&out)[0].get("partial"), None);
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let (old, new) = (noise(3 << 20), Arc::new([noise(3 << 20), noise(100)].concat()));
    let body = Arc::clone(&new);
    let server = run(move |request, before| match before {
        0 => Answer::file(request, &old, "\"old\"").fault(Fault::Drop(2 << 20)),
        _ => Answer::file(request, &body, "\"new\""),
    });
    let (ran, log) = outcome(&server, &[]);
    assert_eq!((ran.code, log.as_deref()), (0, Some(&new[..])));
}

#[test]
fn wrong_ranges_are_not_taken() {
    let text = Arc::new(noise(3 << 20));
    for wrong in ["bytes 0-10/3145728", "bytes 2097152-3145727/9999999", "bytes */3145728", ""] {
        for status in [206, 416] {
            let body = Arc::clone(&text);
            let server = run(move |request, before| match before {
                0 => Answer::file(request, &body, "\"v1\"").fault(Fault::Drop(2 << 20)),
                1 => Answer::new(status, &body[..1000])
                    .with("content-range", wrong)
                    .with("etag", "\"v1\""),
                _ => Answer::file(request, &body, "\"v1\""),
            });
            let (ran, log) = outcome(&server, &[]);
            assert_eq!((ran.code, log.as_deref()), (0, Some(&text[..])), "{wrong} {status}");
        }
    }
}

#[test]
fn without_a_strong_tag_a_download_begins_anew() {
    let text = Arc::new(noise(3 << 20));
    for headers in [vec![], vec![("etag", "W/\"weak\"")]] {
        let body = Arc::clone(&text);
        let server = run(move |request, before| {
            assert_eq!(request.header("range"), "");
            let answer = Answer::new(200, &body[..]);
            let answer =
                headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value));
            if before == 0 { answer.fault(Fault::Drop(2 << 20)) } else { answer }
        });
        let (ran, log) = outcome(&server, &[]);
        assert_eq!((ran.code, log.as_deref()), (0, Some(&text[..])));
    }
}

#[test]
fn the_server_says_how_long_to_wait() {
    let server = run(|_, before| match before {
        0 => Answer::new(429, "slow down").with("retry-after", "1"),
        1 => Answer::new(503, "").with("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
        _ => Answer::new(200, "log\n"),
    });
    let (ran, log) = outcome(&server, &["--json"]);
    assert_eq!((ran.code, log.as_deref()), (0, Some(&b"log\n"[..])));
    let waits = ran.events("waiting");
    assert_eq!(waits.len(), 2);
    assert!(waits[0]["seconds"].as_f64().unwrap() >= 1.0, "{waits:?}");
    assert_eq!(waits[0]["reason"], json!("status 429: slow down"));
    // Longer than anybody waits.
    let server = run(|_, _| Answer::new(429, "").with("retry-after", "86400"));
    let (ran, _) = outcome(&server, &["--wait", "1h"]);
    assert_eq!((ran.code, server.count("/v2/logs/")), (2, 1));
    assert!(ran.err.contains("asks to wait 86400 s") && ran.err.contains("--wait"), "{}", ran.err);
}

#[test]
fn a_trickle_is_as_good_as_nothing() {
    let text = noise(5000);
    let body = text.clone();
    let server = run(move |_, before| {
        let answer = Answer::new(200, body.clone());
        if before == 0 { answer.fault(Fault::Slow(1, Duration::from_millis(50))) } else { answer }
    });
    let (ran, log) = outcome(&server, &["--timeout", "1s", "--json"]);
    assert_eq!((ran.code, log), (0, Some(text)));
    assert_eq!(
        ran.events("waiting")[0]["reason"],
        json!("less than 1 KiB came in the time of --timeout")
    );
}

#[test]
fn a_range_of_another_file_is_not_taken() {
    // A server that does not heed If-Range.
    let (old, new) = (noise(3 << 20), Arc::new([&b"new"[..], &noise(3 << 20)[3..]].concat()));
    let body = Arc::clone(&new);
    let server = run(move |request, before| match before {
        0 => Answer::file(request, &old, "\"old\"").fault(Fault::Drop(2 << 20)),
        1 => Answer::new(206, &body[2 << 20..])
            .with("content-range", "bytes 2097152-3145727/3145728")
            .with("etag", "\"new\""),
        _ => Answer::file(request, &body, "\"new\""),
    });
    let (ran, log) = outcome(&server, &[]);
    assert_eq!((ran.code, log.as_deref()), (0, Some(&new[..])));
}

#[test]
fn an_answer_that_trickles_is_given_up() {
    let server = Server::start(|_, _| {
        Answer::json(200, &json!({"data": {"id": ID, "status": "x".repeat(100)}}))
            .fault(Fault::Slow(1, Duration::from_millis(300)))
    });
    let (ran, log) = outcome(&server, &["--timeout", "1s", "--retries", "0"]);
    assert_eq!((ran.code, log), (2, None));
    assert!(ran.err.contains("less than 1 KiB came in the time of --timeout"), "{}", ran.err);
}

#[test]
fn a_closed_pipe_ends_the_fetch() {
    let server = run(|_, _| Answer::new(200, "log\n"));
    let out = folder();
    let mut child = super::start("apify", &server.url, &out.path("logs"), &[ID, "--json"]);
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn names_from_the_server_are_never_paths() {
    let ids = ["..", "../../x", "a/b", "-rf", "CON", "%2e%2e", "aB", "Ab"];
    let server = Server::start(move |request, _| match request.path.contains("/logs/") {
        true => Answer::new(200, request.path.clone()),
        false => Answer::json(404, &json!({})),
    });
    let out = folder();
    let out = out.path("deep/logs");
    fetch("apify", &server.url, &out, &[&["--"], &ids[..]].concat()).ok();
    // One file each, in the directory itself, also where case does not count.
    let there = logs(&out);
    let lower: std::collections::HashSet<String> =
        there.iter().map(|name| name.to_lowercase()).collect();
    assert!(there.len() == ids.len() && lower.len() == there.len(), "{there:?}");
    assert_eq!(super::files(out.parent().unwrap()).len(), super::files(&out).len());
    assert!(there.iter().all(|name| name.ends_with(".log")), "{there:?}");
}

#[test]
fn only_one_fetch_writes_to_a_directory() {
    let server = run(|_, _| Answer::new(200, "log\n").fault(Fault::Hang(1)));
    let out = folder();
    let out = out.path("logs");
    let mut first = super::start("apify", &server.url, &out, &[ID]);
    while server.count("/v2/logs/") == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let ran = fetch("apify", &server.url, &out, &[ID]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("another fetch is writing there"), "{}", ran.err);
}
