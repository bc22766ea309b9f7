//! Executions with more logs than an archive may have.

use super::*;

/// Fetches the execution, and checks that its archive has all logs of the platform; gives what was printed.
fn all_are_fetched(platform: Platform) -> crate::fetch::Ran {
    let expected = platform.logs.clone();
    let server = platform.start();
    let out = folder();
    let ran =
        fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat()).ok();
    assert_eq!(keys(&out.path("logs").join(ZIP)), expected);
    ran
}

#[test]
fn above_the_limit_an_execution_is_split_into_one_archive() {
    let whole = Platform::new("Success", RESTS);
    let expected = whole.logs.clone();
    for limit in 1..=7 {
        let server = Platform { limit, ..whole.clone() }.start();
        let out = folder();
        let out = out.path("logs");
        fetch("harness", &server.url, &out, &[&[EXEC], &PLACE[..]].concat()).ok();
        assert_eq!(logs(&out), [ZIP]);
        assert_eq!(keys(&out.join(ZIP)), expected, "{limit}");
        assert!(leftovers(&out).is_empty(), "{:?}", leftovers(&out));
        // The graph is asked for only if it is needed, and the limit is not taken for a passing error.
        let graphs =
            server.seen().iter().filter(|r| r.parameter("renderFullBottomGraph") == "true").count();
        assert_eq!(graphs, usize::from(limit < 7), "{limit}");
        let too_many =
            server.seen().iter().filter(|r| r.parameter("prefix") == key(EXEC, "")).count();
        assert_eq!(too_many, if limit < 7 { 1 } else { 2 }, "{limit}");
    }
}

#[test]
fn child_pipelines_of_a_split_execution_are_in_its_archive() {
    let mut platform = Platform::new("Success", RESTS);
    let child = summary("child0", "Sub", 3, "Success");
    let child_key = format!("{ACCOUNT}/pipeline/Sub/3/-child0/Test/unit");
    platform.logs.insert(child_key.clone(), line("child"));
    platform.graphs.insert("child0".into(), graph(&child, &[json!({"logBaseKey": child_key})]));
    platform.runs.insert("child0".into(), child);
    let node = json!({"stepDetails": {"childPipelineExecutionDetails": {"planExecutionId": "child0", "orgId": "default", "projectId": "Shop"}}});
    platform.graphs.get_mut(EXEC).unwrap()["executionGraph"]["nodeMap"]["child"] = node;
    platform.limit = 3;
    all_are_fetched(platform);
}

#[test]
fn a_stage_beside_one_of_a_longer_name_is_whole() {
    // The archive of `b1` has the logs of `b10`, too, and is too large for that alone.
    let rests = ["/b1/s", "/b1/s/unnamed", "/b10/a", "/b10/b", "/b10/c"];
    let mut platform = Platform { limit: 3, ..Platform::new("Success", &rests) };
    let nodes: Vec<Value> = ["/b1/s", "/b10/a", "/b10/b", "/b10/c"]
        .iter()
        .map(|rest| json!({"logBaseKey": key(EXEC, rest)}))
        .collect();
    platform.graphs.insert(EXEC.into(), graph(&platform.runs[EXEC], &nodes));
    all_are_fetched(platform);
}

#[test]
fn a_child_pipeline_that_may_not_be_seen_is_reported() {
    let mut platform = Platform { limit: 3, ..Platform::new("Success", RESTS) };
    let node = json!({"stepDetails": {"childPipelineExecutionDetails": {"planExecutionId": "gone", "orgId": "o", "projectId": "p"}}});
    platform.graphs.get_mut(EXEC).unwrap()["executionGraph"]["nodeMap"]["child"] = node;
    let ran = all_are_fetched(platform);
    assert!(ran.err.contains("without the logs of the child pipeline gone"), "{}", ran.err);
}

#[test]
fn logs_that_no_graph_names_are_missed_aloud() {
    let mut platform = Platform { limit: 1, ..Platform::new("Success", &["/a/s", "/a/t"]) };
    platform.graphs.insert(EXEC.into(), graph(&platform.runs[EXEC], &[]));
    let server = platform.start();
    let out = folder();
    let ran = fetch("harness", &server.url, &out.path("logs"), &[&[EXEC], &PLACE[..]].concat());
    assert!(ran.code == 2 && ran.err.contains("and the graph names none"), "{}", ran.err);
}
