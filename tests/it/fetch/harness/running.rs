//! Executions that have not ended.

use super::*;

#[test]
fn a_running_execution_is_refused_unless_it_is_allowed() {
    let mut platform = Platform::new("Running", RESTS);
    // The log of a step that runs is not stored yet.
    let missing = key(EXEC, "/Deploy/step2/retry");
    platform.logs.remove(&missing);
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    let out = out.path("logs");
    let arguments = [&[EXEC], &PLACE[..]].concat();
    let ran = fetch("harness", &server.url, &out, &arguments);
    assert_eq!((ran.code, logs(&out).len()), (2, 0));
    assert!(
        ran.err.contains("has not ended (status Running)") && ran.err.contains("--allow-running"),
        "{}",
        ran.err
    );
    // Its archive is never asked for: the service would give it out for days.
    let allowed = [&arguments[..], &["--allow-running"]].concat();
    for _ in 0..2 {
        let ran = fetch("harness", &server.url, &out, &allowed).ok();
        assert!(ran.err.contains("1 of the keys in its graph have no log yet"), "{}", ran.err);
        assert_eq!(keys(&out.join(ZIP)), expected);
        assert_eq!(states(&out)[0]["finished"], json!(false));
        assert_eq!(server.count("/blob/download"), 0);
    }
    assert!(leftovers(&out).is_empty(), "{:?}", leftovers(&out));
}

#[test]
fn what_was_there_of_a_running_execution_is_never_taken_for_its_end() {
    let has_ended = Arc::new(AtomicUsize::new(0));
    let (running, ended) = (Platform::new("Running", RESTS), Platform::new("Success", RESTS));
    let (mut half, whole) = (running.clone(), Platform { limit: 2, queued: 0, ..ended });
    half.logs.values_mut().for_each(|log| log.truncate(10));
    let expected = whole.logs.clone();
    let now = Arc::clone(&has_ended);
    let server = Server::start(move |request, _| {
        if now.load(Ordering::Relaxed) > 0 {
            return whole.answer(request);
        }
        // The last log cannot be had: the pieces stay.
        match request.parameter("key").ends_with("/retry") && request.path.ends_with("/blob") {
            true => Answer::new(500, ""),
            false => half.answer(request),
        }
    });
    let out = folder();
    let out = out.path("logs");
    let arguments = [&[EXEC], &PLACE[..], &["--allow-running", "--retries", "0"]].concat();
    assert_eq!(fetch("harness", &server.url, &out, &arguments).code, 2);
    has_ended.store(1, Ordering::Relaxed);
    fetch("harness", &server.url, &out, &arguments).ok();
    assert_eq!(keys(&out.join(ZIP)), expected);
}

#[test]
fn an_archive_of_a_running_execution_is_not_final_before_the_next_is_there() {
    let has_ended = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&has_ended);
    let big = crate::fetch::noise(3 << 20);
    let with_big = |mut platform: Platform| {
        platform.logs.insert(key(EXEC, "/Build/big"), big.clone());
        Platform { queued: 0, ..platform }
    };
    let (running, ended) =
        (with_big(Platform::new("Running", RESTS)), with_big(Platform::new("Success", RESTS)));
    let server = Server::start(move |request, before| {
        let has_ended = now.load(Ordering::Relaxed);
        let platform = if has_ended > 0 { &ended } else { &running };
        let answer = platform.answer(request);
        // The first download breaks off after its state was written.
        match request.path.starts_with("/storage/") && before == 0 {
            true => answer.fault(crate::fetch::server::Fault::Drop(2 << 20)),
            false => answer,
        }
    });
    let out = folder();
    let out = out.path("logs");
    let arguments = [&[EXEC], &PLACE[..], &["--allow-running", "--retries", "0"]].concat();
    fetch("harness", &server.url, &out, &arguments).ok();
    has_ended.store(1, Ordering::Relaxed);
    assert_eq!(fetch("harness", &server.url, &out, &arguments).code, 2);
    assert_eq!(states(&out)[0]["finished"], json!(false));
    fetch("harness", &server.url, &out, &arguments).ok();
    assert_eq!(states(&out)[0]["finished"], json!(true));
    assert_eq!(server.count("/storage/"), 2);
}

#[test]
fn running_executions_of_a_pipeline_are_left_out() {
    let mut platform = Platform { queued: 0, ..Platform::new("Running", RESTS) };
    platform.runs.insert("done0".into(), summary("done0", "Release", 13, "Failed"));
    platform.logs.insert(format!("{ACCOUNT}/pipeline/Release/13/-done0/a"), line("a"));
    let server = platform.start();
    let out = folder();
    let ran = fetch(
        "harness",
        &server.url,
        &out.path("logs"),
        &[&["--pipeline", "Release"], &PLACE[..]].concat(),
    )
    .ok();
    assert!(ran.err.contains("left out: it has not ended (status Running)"), "{}", ran.err);
    assert_eq!(logs(&out.path("logs")), ["Release-13-done0.zip"]);
}
