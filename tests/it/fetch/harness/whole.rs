//! Executions by id, by address and by pipeline.

use super::*;

#[test]
fn an_execution_by_id_and_by_address() {
    let platform = Platform::new("Success", RESTS);
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    let out = out.path("logs");
    let ran = fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat()).ok();
    assert!(ran.err.contains(&format!("wrote {}", out.join(ZIP).display())), "{}", ran.err);
    assert_eq!(keys(&out.join(ZIP)), expected);
    let state = &states(&out)[0];
    for (name, value) in [
        ("account", ACCOUNT),
        ("project", "Shop"),
        ("pipeline", "Release"),
        ("status", "Success"),
        ("file", ZIP),
    ] {
        assert_eq!(state[name], json!(value));
    }
    assert_eq!((&state["run"], &state["ended_at"]), (&json!(12), &json!("2026-03-08T20:01:40Z")));
    assert!(leftovers(&out).is_empty());
    // It has ended, so nothing is asked for again.
    let requests = server.seen().len();
    fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(server.seen().len(), requests);
    // By the address of its page, which has all that is needed.
    let page = format!(
        "{}/ng/account/{ACCOUNT}/module/cd/orgs/default/projects/Shop/pipelines/Release/executions/{EXEC}/pipeline",
        server.url
    );
    let folder = folder();
    let other = folder.path("other");
    let mut command = crate::program::ripsaw();
    command
        .env("HARNESS_API_KEY", TOKEN)
        .args(["fetch", "harness", &page, "--rate", "0", "-o"])
        .arg(&other);
    assert!(command.output().unwrap().status.success());
    assert_eq!(keys(&other.join(ZIP)), expected);
}

#[test]
fn installations_without_a_gateway_and_with_a_path() {
    for (prefix, path) in [("", ""), ("/gateway", "/gateway"), ("/harness", "/harness")] {
        let server = Platform { prefix, ..Platform::new("Failed", RESTS) }.start();
        let out = folder();
        let url = format!("{}{path}", server.url);
        fetch("harness", &url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!(logs(&out.path("logs")), [ZIP], "{prefix}");
    }
}

#[test]
fn links_to_the_hosted_installation_are_asked_of_this_one() {
    let storage = "https://app.harness.io".to_owned();
    let server = Platform { storage, ..Platform::new("Success", RESTS) }.start();
    let out = folder();
    fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(server.count("/storage/"), 1);
}

#[test]
fn standard_keys_where_the_service_has_those() {
    let standard = "accountId:aCC0unt_1/orgId:default/projectId:Shop/pipelineId:Release/runSequence:12/level0:pipeline/level1:stages/level2:Build/level3:spec/level4:x";
    for simplified in [json!(false), Value::Null] {
        let mut platform = Platform::new("Success", &[]);
        platform.logs.insert(standard.to_owned(), line("x"));
        platform.runs.get_mut(EXEC).unwrap()["shouldUseSimplifiedKey"] = simplified;
        let server = platform.start();
        let out = folder();
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!(keys(&out.path("logs").join(ZIP)).into_keys().collect::<Vec<_>>(), [standard]);
    }
}

#[test]
fn executions_of_a_pipeline() {
    let mut platform = Platform::new("Success", &[]);
    platform.runs.clear();
    platform.queued = 0;
    for number in 0..230 {
        let id = format!("exec{number:03}");
        let status = if number % 10 == 0 { "Failed" } else { "Success" };
        let mut run =
            summary(&id, if number % 2 == 0 { "Release" } else { "Other" }, number, status);
        run["startTs"] = json!(1_773_000_000_000_i64 + number * 3_600_000);
        platform.logs.insert(format!("{ACCOUNT}/pipeline/Release/{number}/-{id}/a/b"), line(&id));
        platform.runs.insert(id, run);
    }
    let server = platform.start();
    let fetched = |arguments: &[&str]| {
        let out = folder();
        let all = [&["--pipeline", "Release"], &PLACE[..], arguments].concat();
        let ran = fetch("harness", &server.url, &out.path("logs"), &all);
        (ran.code, logs(&out.path("logs")))
    };
    let names = |of: &dyn Fn(usize) -> bool| -> Vec<String> {
        let mut names: Vec<String> = (0..230)
            .filter(|number| number % 2 == 0 && of(*number))
            .map(|number| format!("Release-{number}-exec{number:03}.zip"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(fetched(&["--jobs", "8"]), (0, names(&|_| true)));
    assert_eq!(fetched(&["--last", "5"]), (0, names(&|n| n > 218)));
    assert_eq!(fetched(&["--status", "failed"]), (0, names(&|n| n % 10 == 0)));
    // 1773000000000 is 2026-03-08T20:00:00Z.
    assert_eq!(
        fetched(&["--since", "2026-03-17T10:00:00Z", "--status", "Failed,Aborted"]),
        (0, names(&|n| n >= 206 && n % 10 == 0))
    );
    assert_eq!(fetched(&["--status", "Expired"]), (1, vec![]));
}

#[test]
fn a_log_at_the_platforms_limit_is_said_to_be_cut() {
    let mut platform = Platform { queued: 0, ..Platform::new("Success", RESTS) };
    platform.logs.insert(key(EXEC, "/Build/long"), vec![b'\n'; 5 << 20]);
    let server = platform.start();
    let out = folder();
    let ran =
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    let said = "/Build/long: 5242880 bytes, the platform's limit; it is probably cut";
    assert!(ran.err.contains(said), "{}", ran.err);
    assert_eq!(ran.err.matches("probably cut").count(), 1);
}

#[test]
fn an_execution_without_logs_is_nothing() {
    let server = Platform::new("Aborted", &[]).start();
    let out = folder();
    let ran = fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat());
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("the log service has no logs of the execution"), "{}", ran.err);
}

#[test]
fn arguments_that_do_not_fit() {
    let out = folder();
    let server = Server::start(|_, _| panic!("asked"));
    let other = format!("{}/ng/account/B/orgs/o/projects/p/pipelines/i/executions/e", server.url);
    let page = format!("{}/ng/account/A/orgs/o/projects/p/pipelines/i/executions/e", server.url);
    for (arguments, why) in [
        (vec![EXEC], "--project is needed"),
        (vec![], "required arguments were not provided"),
        (vec![EXEC, "--pipeline", "x"], "cannot be used with"),
        (vec![page.as_str(), other.as_str()], "several projects"),
        (vec!["https://app.harness.io/ng/account/A"], "has no organisation"),
        (
            vec![
                "https://harness.example/ng/account/A/orgs/o/projects/p/executions/e?token=s3cr3t",
            ],
            "not Harness's own",
        ),
        (vec![EXEC, "--project", "p", "--last", "3"], "do not go with ids"),
        (vec!["", "--project", "p"], "an id is empty"),
        (vec!["--pipeline", "x", "--project", "p", "--since", "soonish"], "--since: invalid time"),
        (vec![EXEC, "--project", "p", "--jobs", "0"], "--jobs"),
        (vec![EXEC, "--project", "p", "--timeout", "0s"], "more than 0"),
        (vec![EXEC, "--project", "p", "--cacert", "/nonexistent.pem"], "cannot read certificates"),
    ] {
        let ran = fetch("harness", &server.url, &out.path("logs"), &arguments);
        assert!(ran.code == 2 && ran.err.contains(why), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn many_at_once_find_the_gateway_and_the_token() {
    // Services at the top, and a log service that wants its own token; all of it shows only in answers.
    let mut platform = Platform { prefix: "", queued: 0, ..Platform::new("Success", &[]) };
    platform.runs.clear();
    for number in 0..24 {
        let id = format!("exec{number:02}");
        platform.logs.insert(format!("{ACCOUNT}/pipeline/Release/{number}/-{id}/a"), line(&id));
        platform.runs.insert(id.clone(), summary(&id, "Release", number, "Success"));
    }
    let ids: Vec<String> = platform.runs.keys().cloned().collect();
    let server = Server::start(move |request, _| {
        // Answers take their time, so that many requests are on the way.
        std::thread::sleep(std::time::Duration::from_millis(20));
        if request.path == "/log-service/token" {
            return Answer::new(200, "l0g-s3cr3t-token");
        }
        let is_log_service = request.path.starts_with("/log-service/");
        match is_log_service && request.header("x-harness-token") != "l0g-s3cr3t-token" {
            true => Answer::json(400, &json!({"error_msg": "no token in header"})),
            false => platform.answer(request),
        }
    });
    let out = folder();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    fetch(
        "harness",
        &server.url,
        &out.path("logs"),
        &[&ids, &PLACE[..], &["--jobs", "8"]].concat(),
    )
    .ok();
    assert_eq!((logs(&out.path("logs")).len(), server.count("/token")), (24, 1));
}
