//! Fetches that end early: by a signal, or by nothing that could be caught.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::server::{Answer, Fault, Server};
use super::{Ran, fetch, folder, leftovers, logs, noise, start};

const IDS: [&str; 4] =
    ["RUNRUNRUNRUNRUN01", "RUNRUNRUNRUNRUN02", "RUNRUNRUNRUNRUN03", "RUNRUNRUNRUNRUN04"];

/// Runs with logs of some megabytes, which come slowly.
fn slow(pause: Duration) -> (Server, Vec<Arc<Vec<u8>>>) {
    let texts: Vec<Arc<Vec<u8>>> =
        (0..IDS.len()).map(|number| Arc::new(noise((4 << 20) + 1000 * number))).collect();
    let bodies = texts.clone();
    let server = Server::start(move |request, _| {
        let id = request.path.rsplit('/').next().unwrap();
        let number = IDS.iter().position(|known| *known == id).unwrap();
        if request.path.contains("/actor-runs/") {
            return Answer::json(200, &json!({"data": {"id": id, "status": "SUCCEEDED"}}));
        }
        let tag = format!("\"{number}\"");
        Answer::file(request, &bodies[number], &tag).fault(Fault::Slow(64 << 10, pause))
    });
    (server, texts)
}

#[test]
fn a_fetch_that_is_killed_50_times_ends_equal() {
    let (server, texts) = slow(Duration::from_millis(2));
    let out = folder();
    let out = out.path("logs");
    let mut random = fastrand::Rng::with_seed(17);
    for _ in 0..50 {
        let mut child = start("apify", &server.url, &out, &IDS);
        // At some byte, however fast the machine is, or before the first.
        let until = server.sent() + random.u64(0..12 << 20);
        while server.sent() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever has its name is whole.
        for name in logs(&out) {
            let number = IDS.iter().position(|id| name == format!("{id}.log")).unwrap();
            assert!(fs::read(out.join(&name)).unwrap() == *texts[number], "{name}");
        }
    }
    fetch("apify", &server.url, &out, &IDS).ok();
    for (id, text) in IDS.iter().zip(&texts) {
        assert!(fs::read(out.join(format!("{id}.log"))).unwrap() == **text, "{id}");
    }
    assert_eq!(logs(&out).len(), IDS.len());
    assert!(leftovers(&out).is_empty(), "{:?}", leftovers(&out));
    // What was there was continued, not fetched again.
    assert!(server.seen().iter().any(|request| request.header("range").starts_with("bytes=")));
}

#[test]
fn ctrl_c_ends_a_fetch_that_a_server_keeps_waiting() {
    let server = Server::start(|request, _| match request.path.contains("/actor-runs/") {
        true => Answer::json(200, &json!({"data": {"id": IDS[0], "status": "SUCCEEDED"}})),
        false => Answer::new(200, "some of it\n").fault(Fault::Hang(5)),
    });
    let out = folder();
    let out = out.path("logs");
    let child = start("apify", &server.url, &out, &[IDS[0], "--timeout", "10m"]);
    while server.count("/logs/") == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let begun = Instant::now();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, logs(&out).len()), (130, 0), "{}", ran.err);
    // Long before the time-out.
    assert!(begun.elapsed() < Duration::from_secs(120));
}
