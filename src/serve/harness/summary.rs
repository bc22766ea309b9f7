//! An execution as the pipeline service summarises it, with the members that clients rely on.

use serde_json::{Map, Value, json};

use super::super::archive::Archive;
use super::executions::{Execution, Executions};
use super::graph::{Graph, Node};

/// The organisation and project of executions whose keys do not name them, if the client names none either.
const DEFAULT: &str = "default";

/// What a client named, for what keys do not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) org: Option<&'a str>,
    pub(super) project: Option<&'a str>,
}

impl Asked<'_> {
    fn org<'a>(&'a self, execution: &'a Execution) -> &'a str {
        execution.identity.org.as_deref().or(self.org).unwrap_or(DEFAULT)
    }

    fn project<'a>(&'a self, execution: &'a Execution) -> &'a str {
        execution.identity.project.as_deref().or(self.project).unwrap_or(DEFAULT)
    }
}

/// An execution in a list, or above its graph.
pub(super) fn summary(
    archive: &Archive,
    executions: &Executions,
    execution: &Execution,
    graph: &Graph,
    asked: Asked<'_>,
) -> Value {
    let times = execution.times(archive, &executions.logs);
    let status = execution.status(archive);
    let stages = graph.stages();
    let is_successful = status == "Success";
    json!({
        "pipelineIdentifier": execution.pipeline(),
        "orgIdentifier": asked.org(execution),
        "projectIdentifier": asked.project(execution),
        "planExecutionId": execution.id,
        "name": execution.pipeline(),
        "status": status,
        "tags": [],
        "labels": [],
        "executionTriggerInfo": trigger(),
        "moduleInfo": {},
        "layoutNodeMap": layout(&stages, status),
        "modules": ["cd"],
        "startingNodeId": stages.first().map_or("", |stage| stage.id.as_str()),
        "startTs": times.start,
        "endTs": times.end,
        "createdAt": times.start,
        "canRetry": false,
        "runSequence": execution.run(),
        "successfulStagesCount": if is_successful { stages.len() } else { 0 },
        "runningStagesCount": 0,
        "failedStagesCount": 0,
        "totalStagesCount": stages.len(),
        "executionMode": "NORMAL",
        "shouldUseSimplifiedKey": execution.is_simplified,
        "stagesExecution": false,
    })
}

/// The answer's part that names the execution.
pub(super) fn metadata(execution: &Execution, asked: Asked<'_>) -> Value {
    json!({
        "accountId": execution.account,
        "pipelineIdentifier": execution.pipeline(),
        "orgIdentifier": asked.org(execution),
        "projectIdentifier": asked.project(execution),
        "planExecutionId": execution.id,
    })
}

/// Who started it: nobody knows any more.
fn trigger() -> Value {
    json!({
        "triggerType": "MANUAL",
        "isRerun": false,
        "triggeredBy": {
            "uuid": "",
            "identifier": "",
            "extraInfo": {},
            "triggerIdentifier": "",
            "triggerName": "",
        },
    })
}

/// The stages, one after the other.
fn layout(stages: &[&Node], status: &str) -> Value {
    let mut layout = Map::new();
    for (index, stage) in stages.iter().enumerate() {
        let next: Vec<&str> = stages.get(index + 1).iter().map(|next| next.id.as_str()).collect();
        let node = json!({
            "nodeType": "Custom",
            "nodeGroup": "STAGE",
            "nodeIdentifier": stage.identifier,
            "name": stage.identifier,
            "nodeUuid": stage.id,
            "nodeExecutionId": stage.id,
            "status": status,
            "module": "cd",
            "startTs": stage.start,
            "endTs": stage.start,
            "edgeLayoutList": { "currentNodeChildren": [], "nextIds": next },
        });
        layout.insert(stage.id.clone(), node);
    }
    Value::Object(layout)
}
