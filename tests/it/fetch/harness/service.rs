//! The log service and the storage, as they answer and as they fail.

use super::*;

#[test]
fn the_older_log_service_wants_its_own_token() {
    let platform = Platform::new("Success", RESTS);
    let server = Server::start(move |request, _| {
        let is_log_service = request.path.starts_with("/gateway/log-service/");
        if request.path == "/gateway/log-service/token" {
            assert_eq!(request.parameter("accountID"), ACCOUNT);
            return Answer::new(200, "l0g-s3cr3t-token");
        }
        if is_log_service && request.header("x-harness-token") != "l0g-s3cr3t-token" {
            return Answer::json(400, &json!({"error_msg": "no token in header"}));
        }
        if is_log_service {
            assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        }
        platform.answer(request)
    });
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!((logs(&out.path("logs")), server.count("/token")), (vec![ZIP.to_owned()], 1));
}

/// Answers of the log service to the request for an archive, in turn.
fn answers(answers: Vec<Answer>) -> (Server, Arc<AtomicUsize>) {
    let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = Server::start(move |request, _| {
        if request.path.ends_with("/blob/download") {
            let number = count.fetch_add(1, Ordering::Relaxed);
            if let Some(answer) = answers.get(number) {
                return answer.clone();
            }
        }
        platform.answer(request)
    });
    (server, asked)
}

fn job(status: &str, message: &str) -> Answer {
    Answer::json(
        200,
        &json!({"link": "https://storage.example/logs.zip?sig=1", "status": status, "message": message}),
    )
}

#[test]
fn answers_of_the_log_service() {
    let out = folder();
    let mut number = 0;
    let mut case = |list: Vec<Answer>, arguments: &[&str]| {
        number += 1;
        let (server, asked) = answers(list);
        let out = out.path(&format!("{number}"));
        let ran = fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..], arguments].concat());
        (ran.code, ran.err, asked.load(Ordering::Relaxed), logs(&out).len())
    };
    // A link that is given while the job is queued is not ready, and a job that failed begins anew.
    let (code, err, asked, there) =
        case(vec![job("queued", ""), job("in_progress", ""), job("error", "boom")], &[]);
    assert_eq!((code, asked, there), (0, 4, 1), "{err}");
    let (code, err, asked, _) =
        case(vec![job("error", "boom"), job("error", "boom")], &["--retries", "1"]);
    assert_eq!((code, asked), (2, 2));
    assert!(err.contains("could not prepare the archive: boom"), "{err}");
    let unknown = case(vec![job("paused", "")], &[]);
    assert!(unknown.0 == 2 && unknown.1.contains("unknown status \"paused\""), "{}", unknown.1);
    let slow = case(vec![job("queued", ""); 50], &["--wait", "100ms"]);
    assert!(slow.0 == 2 && slow.1.contains("was not ready after"), "{}", slow.1);
    let none = case(vec![Answer::json(200, &json!({"status": "success", "link": ""}))], &[]);
    assert!(none.0 == 2 && none.1.contains("the link to the archive: there is none"), "{}", none.1);
    let page = case(vec![Answer::new(200, "<html>sign in</html>")], &[]);
    assert!(page.0 == 2 && page.1.contains("unexpected answer"), "{}", page.1);
    let gateway = case(
        vec![Answer::json(403, &json!({"error_msg": "Prefix Key Exceeds Maximum Download Limit"}))],
        &[],
    );
    assert_eq!((gateway.0, gateway.3), (0, 1), "{}", gateway.1);
    let refused = case(
        vec![Answer::json(400, &json!({"error_msg": "operation not permitted for prefix: x"}))],
        &[],
    );
    assert!(
        refused.0 == 2 && refused.1.contains("status 400: operation not permitted"),
        "{}",
        refused.1
    );
}

#[test]
fn a_link_that_expired_is_asked_for_again() {
    let expired = "<?xml version='1.0'?><Error><Code>ExpiredToken</Code></Error>";
    for status in [400, 403, 404, 410] {
        let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
        let server = Server::start(move |request, before| {
            match request.path.starts_with("/storage/") && before == 0 {
                true => Answer::new(status, expired),
                false => platform.answer(request),
            }
        });
        let out = folder();
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!((server.count("/storage/"), server.count("/blob/download")), (2, 2), "{status}");
    }
    // For ever: an error that has what the storage says, and not the signature.
    let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    let server = Server::start(move |request, _| match request.path.starts_with("/storage/") {
        true => Answer::new(403, expired),
        false => platform.answer(request),
    });
    let out = folder();
    let ran = fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat());
    assert!(
        ran.code == 2 && ran.err.contains("ExpiredToken") && !ran.err.contains("s1gn"),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_no_whole_archive_is_not_kept() {
    let good = Platform::new("Success", RESTS);
    let archive = good.zip_of("");
    let mut damaged = archive.clone();
    // In the data of the first log, after its header and name.
    let name = usize::from(u16::from_le_bytes([archive[26], archive[27]]));
    damaged[30 + name + 20] ^= 1;
    let cases: Vec<(&str, Answer, &str)> = vec![
        (
            "json",
            Answer::json(200, &json!({"status": "queued"})),
            "not the file that was asked for",
        ),
        (
            "xml",
            Answer::new(200, "<Error/>").with("content-type", "application/xml"),
            "not the file that was asked for",
        ),
        ("text", Answer::new(200, "please sign in"), "please sign in"),
        ("cut", Answer::new(200, &archive[..archive.len() / 2]), "central directory"),
        ("damaged", Answer::new(200, damaged), "what the server sent is damaged"),
        ("empty", Answer::new(200, ""), "central directory"),
    ];
    for (name, answer, why) in cases {
        let platform = Platform { queued: 0, ..good.clone() };
        let server = Server::start(move |request, _| match request.path.starts_with("/storage/") {
            true => answer.clone(),
            false => platform.answer(request),
        });
        let out = folder();
        let out = out.path("logs");
        let ran = fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat());
        assert_eq!((ran.code, logs(&out).len()), (2, 0), "{name}");
        assert!(ran.err.contains(why), "{name}: {}", ran.err);
        assert_ne!(
            states(&out).first().map(|state| state["file"].clone()),
            Some(json!(ZIP)),
            "{name}"
        );
    }
}

#[test]
fn what_servers_say_is_cleaned() {
    let message = format!("key {TOKEN}\nwrote /etc/passwd https://storage.example/x?sig=s1gn");
    let said = json!({"link": null, "status": "queued", "message": null});
    let platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    let server = Server::start(move |request, before| {
        let answer = platform.answer(request);
        if !request.path.ends_with("/blob/download") {
            return answer;
        }
        let mut job: Value = serde_json::from_slice(&answer.body).unwrap();
        job["message"] = json!(message);
        if before == 0 { Answer::json(200, &said) } else { Answer::json(200, &job) }
    });
    let out = folder();
    let ran =
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert!(
        ran.err.contains(
            "says of the archive: key *** wrote /etc/passwd https://storage.example/x?..."
        ),
        "{}",
        ran.err
    );
}

#[test]
fn a_link_may_expire_as_often_as_bytes_come() {
    let mut platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    platform.logs.insert(key(EXEC, "/Build/big"), crate::fetch::noise(8 << 20));
    let expected = platform.logs.clone();
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request, _| {
        let answer = platform.answer(request);
        if !request.path.starts_with("/storage/") {
            return answer;
        }
        // In turn a part of it, and an expired signature.
        match asked.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => answer.fault(crate::fetch::server::Fault::Drop(1 << 20)),
            _ => Answer::new(403, "<Error>ExpiredToken</Error>"),
        }
    });
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(keys(&out.path("logs").join(ZIP)), expected);
    assert!(server.count("/storage/") > 8, "{}", server.count("/storage/"));
}

#[test]
fn each_refresh_asks_for_a_new_archive() {
    let server = Platform { queued: 0, ..Platform::new("Success", RESTS) }.start();
    let out = folder();
    for _ in 0..3 {
        fetch(
            "harness",
            &server.url,
            &out.path("logs"),
            &[&[EXEC], &PLACE[..], &["--refresh"]].concat(),
        )
        .ok();
    }
    let asked =
        server.seen().into_iter().filter(|request| request.path.ends_with("/blob/download"));
    let prefixes: std::collections::BTreeSet<String> =
        asked.map(|r| r.parameter("prefix").to_owned()).collect();
    assert_eq!(prefixes.len(), 3, "{prefixes:?}");
}
