//! Runs, builds, actors and users as JSON. What the archive does not know is empty: a run has no storages, but
//! clients insist on their ids.

use serde_json::{Value, json};

use super::runs::{Actor, Run, Runs, id_of};
use crate::record::timestamp::write_rfc3339_micros;
use crate::serve::archive::Archive;

/// The user that everything belongs to.
pub(super) const USER: &str = "archive";

/// Milliseconds since 1970 as the platform writes times.
fn time(millis: i64) -> String {
    let (seconds, fraction) = (millis.div_euclid(1_000), millis.rem_euclid(1_000));
    let mut text = Vec::new();
    write_rfc3339_micros(seconds.saturating_mul(1_000_000), &mut text);
    let text = String::from_utf8(text).unwrap_or_default();
    format!("{}.{fraction:03}Z", text.trim_end_matches('Z'))
}

/// What lists have of a run.
pub(super) fn run_in_list(runs: &Runs, run: &Run, archive: &Archive) -> Value {
    let Run { id, status, .. } = run;
    json!({
        "id": id,
        "actId": runs.actors[run.actor].id,
        "userId": id_of(&[USER]),
        "status": status,
        "startedAt": time(run.started(archive)),
        "finishedAt": time(run.finished(archive)),
        "buildId": id_of(&["build", id]),
        "buildNumber": "0.0.1",
        "meta": { "origin": "API" },
        "usageTotalUsd": 0,
        "defaultKeyValueStoreId": id_of(&["store", id]),
        "defaultDatasetId": id_of(&["dataset", id]),
        "defaultRequestQueueId": id_of(&["queue", id]),
    })
}

/// A run.
pub(super) fn run(runs: &Runs, run: &Run, archive: &Archive) -> Value {
    let mut value = run_in_list(runs, run, archive);
    let seconds = (run.finished(archive) - run.started(archive)) as f64 / 1_000.0;
    value["stats"] = json!({ "runTimeSecs": seconds, "computeUnits": 0 });
    value["options"] =
        json!({ "build": "latest", "timeoutSecs": 0, "memoryMbytes": 128, "diskMbytes": 0 });
    value["exitCode"] = if run.status == "SUCCEEDED" { json!(0) } else { Value::Null };
    value
}

/// A build.
pub(super) fn build(runs: &Runs, run: &Run, archive: &Archive) -> Value {
    let seconds = (run.finished(archive) - run.started(archive)) as f64 / 1_000.0;
    json!({
        "id": run.id,
        "actId": runs.actors[run.actor].id,
        "userId": id_of(&[USER]),
        "status": run.status,
        "startedAt": time(run.started(archive)),
        "finishedAt": time(run.finished(archive)),
        "buildNumber": "0.0.1",
        "meta": { "origin": "API" },
        "stats": { "runTimeSecs": seconds, "computeUnits": 0 },
        "usageTotalUsd": 0,
    })
}

/// What lists have of an actor; it began with its first run and ended with its last.
pub(super) fn actor_in_list(runs: &Runs, actor: &Actor, archive: &Archive) -> Value {
    let times = || actor.runs.iter().map(|&run| runs.runs[run].started(archive));
    let last = time(times().max().unwrap_or(0));
    json!({
        "id": actor.id,
        "name": actor.name,
        "username": USER,
        "title": actor.name,
        "createdAt": time(times().min().unwrap_or(0)),
        "modifiedAt": last,
        "stats": { "totalRuns": actor.runs.len(), "totalBuilds": 0, "lastRunStartedAt": last },
    })
}

/// An actor.
pub(super) fn actor(runs: &Runs, actor: &Actor, archive: &Archive) -> Value {
    let mut value = actor_in_list(runs, actor, archive);
    value["userId"] = json!(id_of(&[USER]));
    value["isPublic"] = json!(false);
    value["versions"] = json!([]);
    value["taggedBuilds"] = json!({});
    value["defaultRunOptions"] =
        json!({ "build": "latest", "timeoutSecs": 0, "memoryMbytes": 128 });
    value
}

/// The user.
pub(super) fn user() -> Value {
    json!({ "id": id_of(&[USER]), "username": USER, "profile": { "name": USER } })
}
