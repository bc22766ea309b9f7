//! What an `execution.json` says of the logs that it names.

use ripsaw::identity::Identity;
use serde_json::Value;

/// A log's file, identity, status, start and end.
pub type Named = (String, Identity, Option<String>, Option<String>, Option<String>);

pub fn firstgen_execution(json: &Value) -> Vec<Named> {
    let mut walk = Walk { pipeline: name(json, "workflow"), stage: None, named: Vec::new() };
    if json["executionType"] == "Pipeline" {
        walk.pipeline = name(json, "pipeline");
        for stage in list(&json["stages"]) {
            walk.stage = name(stage, "stageName").or_else(|| name(stage, "name"));
            let approval = &stage["approvalData"];
            let identity = Identity {
                stage: walk.stage.clone(),
                step: name(approval, "name"),
                ..Identity::default()
            };
            walk.sub_commands(approval, &identity, &stage["timing"]);
            walk.graph(&stage["workflowExecution"]["executionGraph"], &[], true);
        }
    } else {
        walk.graph(&json["executionGraph"], &[], false);
    }
    walk.named
}

fn name(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

struct Walk {
    pipeline: Option<String>,
    stage: Option<String>,
    named: Vec<Named>,
}

impl Walk {
    /// `above` are the nodes around these, from the outermost.
    fn graph(&mut self, nodes: &Value, above: &[&Value], in_pipeline: bool) {
        for node in list(nodes) {
            let phase = above.iter().position(|node| node["type"] == "PHASE");
            let phase = phase.filter(|_| !in_pipeline);
            let mut groups = Vec::new();
            for (at, node) in above.iter().enumerate() {
                if phase != Some(at) {
                    groups.extend(name(node, "name"));
                }
            }
            let stage = match phase {
                Some(at) => name(above[at], "name"),
                None => self.stage.clone(),
            };
            let group = (!groups.is_empty()).then(|| groups.join("/"));
            let identity = Identity {
                stage,
                step_group: group,
                step: name(node, "name"),
                ..Identity::default()
            };
            self.sub_commands(node, &identity, &node["timing"]);
            for attempt in list(&node["executionHistory"]) {
                self.sub_commands(attempt, &identity, &attempt["timing"]);
            }
            let above: Vec<&Value> = above.iter().copied().chain([node]).collect();
            for branch in list(&node["subGraph"]["elements"]) {
                self.graph(branch, &above, in_pipeline);
            }
        }
    }

    fn sub_commands(&mut self, of: &Value, identity: &Identity, timing: &Value) {
        for command in list(&of["subCommands"]) {
            let Some(file) = name(command, "executionLogFile") else { continue };
            let identity = Identity {
                pipeline: self.pipeline.clone(),
                unit: name(command, "name"),
                ..identity.clone()
            };
            let (start, end) = (name(timing, "startTime"), name(timing, "endTime"));
            self.named.push((file, identity, name(command, "status"), start, end));
        }
    }
}
