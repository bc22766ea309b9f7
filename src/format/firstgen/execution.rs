//! `execution.json`: which log belongs to which step, and how the step ended.
//!
//! ```text
//! {"executionType":"Workflow","workflow":"deploy","executionGraph":[{"name":"Shell","status":"SUCCESS",
//!  "subCommands":[{"name":"Execute","executionLogFile":"Shell_Execute_<id>.log","status":"SUCCESS"}]}]}
//! ```
//!
//! The file is a tree of nodes. Each node may have sub-commands, and each of these names its log file.
//! Workflows and pipelines are described differently; both are read by the same walk.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::names;
use crate::error::{Error, Location};
use crate::format::Sample;
use crate::identity::{Identity, Outcome};
use crate::record::timestamp;
use crate::source::{Catalog, FormatId, MissingLog};

/// The file that describes an execution.
const EXECUTION: &str = "execution.json";

/// Bytes of a description that are read at most; a longer one is cut off there, and so not valid.
const LONGEST: usize = 256 << 20;

/// What a file of this name says, if it is not a log: the reason it is set aside.
fn role(name: &str) -> Option<&'static str> {
    match name {
        EXECUTION => Some("describes an execution"),
        "README.txt" => Some("lists the files of an export"),
        _ => None,
    }
}

/// The last part of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The role of a file that is not a log; its content must agree with its name, because a log of another
/// program may be called `README.txt`.
pub(super) fn beside_logs(sample: &Sample<'_>) -> Option<&'static str> {
    const KEYS: [&str; 5] =
        ["executionType", "executionGraph", "onDemandRollback", "application", "stages"];
    let name = name_of(sample.path);
    let role = role(name)?;
    let is_one = if name == EXECUTION {
        sample.json().is_some_and(|json| KEYS.iter().any(|key| json.has_keys([key])))
    } else {
        // The heading of the list of files, after a line of dashes.
        memchr::memmem::find(sample.text, b"\nExport Information").is_some()
            && sample.text.starts_with(&[b'-'; 50])
    };
    is_one.then_some(role)
}

/// Reads the executions, gives their logs the names and outcomes that they say, and sets aside all files
/// that are not logs. An unreadable description is one of the catalog's problems, and names are used.
pub(super) fn survey(catalog: &mut Catalog, own: FormatId) {
    let mut logs: HashMap<(usize, String), Log> = HashMap::new();
    let mut folders: HashMap<(usize, String), Identity> = HashMap::new();
    let executions: Vec<usize> = (0..catalog.entries.len())
        .filter(|&index| catalog.entries[index].format == Some(own))
        .filter(|&index| name_of(&catalog.entries[index].path) == EXECUTION)
        .collect();
    for index in executions {
        let text = catalog.head(index, LONGEST);
        let bundle = catalog.entries[index].bundle;
        let path = &catalog.entries[index].path;
        // Log files are named relative to the folder of their description.
        let folder = path.strip_suffix(EXECUTION).unwrap_or(path).to_owned();
        let execution: Value = match serde_json::from_slice(&text) {
            Ok(execution) => execution,
            Err(e) => {
                let location = Location::entry(catalog.bundles[bundle].name.clone(), path.clone());
                let error = Error::new(
                    "cannot read the description of an execution",
                    location,
                    e.to_string(),
                );
                catalog.problems.push(
                    error.with_hint("the columns of its logs are taken from file names instead"),
                );
                continue;
            }
        };
        for (name, log) in logs_of(&execution) {
            logs.entry((bundle, format!("{folder}{name}"))).or_insert(log);
        }
        folders.insert(
            (bundle, folder),
            Identity { pipeline: name(&execution), ..Identity::default() },
        );
    }
    for entry in catalog.entries.iter_mut().filter(|entry| entry.format == Some(own)) {
        if let Some(log) = logs.remove(&(entry.bundle, entry.path.clone())) {
            // These two are in names only.
            let Identity { account, execution, .. } = &*entry.identity;
            let (account, execution) = (account.clone(), execution.clone());
            entry.identity = Identity { account, execution, ..log.identity }.shared();
            entry.outcome = log.outcome;
            continue;
        }
        // From the outermost folder inwards, the root (an empty name) last.
        let ends = entry.path.match_indices('/').map(|(end, _)| end + 1).chain([0]);
        let folder = ends
            .filter_map(|end| folders.get(&(entry.bundle, entry.path[..end].to_owned())))
            .next();
        if let Some(folder) = folder {
            let identity = Arc::make_mut(&mut entry.identity);
            identity.pipeline = folder.pipeline.clone().or(identity.pipeline.take());
        }
    }
    // One that looks like another kind of log is there.
    if !logs.is_empty() {
        for entry in &catalog.entries {
            logs.remove(&(entry.bundle, entry.path.clone()));
        }
    }
    let mut missing: Vec<MissingLog> = logs
        .into_iter()
        .map(|((bundle, path), log)| MissingLog { bundle, path, step: log.identity.step })
        .collect();
    missing.sort_unstable_by(|a, b| (a.bundle, &a.path).cmp(&(b.bundle, &b.path)));
    catalog.missing.append(&mut missing);
    catalog.ignore_entries(|entry| {
        let role = role(name_of(&entry.path)).filter(|_| entry.format == Some(own))?;
        Some((own, role.to_owned()))
    });
}

/// What an execution says of one log.
pub(super) struct Log {
    identity: Identity,
    outcome: Outcome,
}

/// Where in an execution the walk is.
#[derive(Clone)]
struct Place<'a> {
    /// The name of the pipeline or workflow.
    pipeline: Option<String>,
    /// `None` above the stage.
    stage: Option<String>,
    /// In a workflow run by itself, the outermost node of type `PHASE` is the stage.
    phase_is_stage: bool,
    /// Names of the nodes between stage and step, from the outermost.
    groups: Vec<&'a str>,
    step: Option<String>,
}

/// The logs that an execution names, by their paths relative to its folder.
fn logs_of(execution: &Value) -> Vec<(String, Log)> {
    let mut logs = Vec::new();
    let place = Place {
        pipeline: name(execution),
        stage: None,
        phase_is_stage: execution.get("pipeline").is_none(),
        groups: Vec::new(),
        step: None,
    };
    graph(&execution["executionGraph"], &place, &mut logs);
    for stage in list(&execution["stages"]) {
        let stage_name = text(&stage["stageName"]).or_else(|| text(&stage["name"]));
        let place = Place { stage: stage_name, ..place.clone() };
        graph(&stage["workflowExecution"]["executionGraph"], &place, &mut logs);
        // An approval has logs but no graph; the times are the stage's.
        let approval = &stage["approvalData"];
        let place =
            Place { step: text(&approval["name"]).or_else(|| text(&stage["name"])), ..place };
        let status = text(&approval["status"]);
        sub_commands(approval, &stage["timing"], status.as_deref(), &place, &mut logs);
    }
    logs
}

/// The name of the pipeline, or else of the workflow.
fn name(execution: &Value) -> Option<String> {
    text(&execution["pipeline"]).or_else(|| text(&execution["workflow"]))
}

/// Adds the logs of nodes and of all nodes below them. The recursion is bounded: serde_json refuses JSON
/// deeper than 128.
fn graph<'a>(nodes: &'a Value, place: &Place<'a>, logs: &mut Vec<(String, Log)>) {
    for node in list(nodes) {
        let own = Place { step: text(&node["name"]), ..place.clone() };
        let status = text(&node["status"]);
        sub_commands(node, &node["timing"], status.as_deref(), &own, logs);
        // Earlier attempts of a retried step have logs, states and times of their own.
        for attempt in list(&node["executionHistory"]) {
            let status = text(&attempt["status"]);
            sub_commands(attempt, &attempt["timing"], status.as_deref(), &own, logs);
        }
        let mut inner = place.clone();
        if place.phase_is_stage && node["type"] == "PHASE" {
            inner.stage = text(&node["name"]);
            inner.phase_is_stage = false;
        } else {
            inner.groups.extend(node["name"].as_str());
        }
        for branch in list(&node["subGraph"]["elements"]) {
            graph(branch, &inner, logs);
        }
    }
}

/// Adds the logs of the sub-commands of a node. `status` is used for those without one of their own.
fn sub_commands(
    of: &Value,
    timing: &Value,
    status: Option<&str>,
    place: &Place<'_>,
    logs: &mut Vec<(String, Log)>,
) {
    for command in list(&of["subCommands"]) {
        let Some(file) = command["executionLogFile"].as_str() else { continue };
        let identity = Identity {
            pipeline: place.pipeline.clone(),
            stage: place.stage.clone(),
            step_group: names::text(&place.groups.join("/")),
            step: place.step.clone(),
            unit: text(&command["name"]),
            ..Identity::default()
        };
        let outcome = Outcome {
            status: text(&command["status"]).or_else(|| status.map(str::to_owned)),
            start: instant(&timing["startTime"]),
            end: instant(&timing["endTime"]),
        };
        logs.push((file.to_owned(), Log { identity, outcome }));
    }
}

/// The elements of an array; of anything else none.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A string that is not empty.
fn text(value: &Value) -> Option<String> {
    value.as_str().and_then(names::text)
}

/// A time as text, or as a number since 1970, in nanoseconds since then.
fn instant(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => timestamp::parse(text)?.nanos,
        Value::Number(number) => timestamp::parse_epoch(&number.to_string())?.0,
        _ => None,
    }
}
