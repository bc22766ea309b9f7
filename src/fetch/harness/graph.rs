//! The graph of an execution: the keys of its steps' logs, and the executions that it started.

use std::collections::BTreeSet;

use serde_json::Value;

use super::run::Run;

/// What a key has between that of its step and the name of a command unit.
const UNIT: &str = "-commandUnit:";

/// What the graph says of the logs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Graph {
    /// Keys of logs and prefixes of several, those of retries and of each turn of a loop among them.
    pub(super) keys: BTreeSet<String>,
    /// Executions of child pipelines.
    pub(super) children: Vec<Run>,
}

impl Graph {
    /// From the answer to `GET /pipeline/api/pipelines/execution/v2/ID?renderFullBottomGraph=true`.
    pub(super) fn of(data: &Value) -> Self {
        let mut graph = Self::default();
        for map in ["executionGraph", "rollbackGraph"] {
            for node in members(&data[map]["nodeMap"]) {
                graph.add(node);
            }
        }
        for node in members(&data["pipelineExecutionSummary"]["layoutNodeMap"]) {
            graph.add(node);
        }
        // Its own graph, if there is one, has the steps of a child that runs in a stage.
        if data["childGraph"].is_object() {
            let Self { keys, children } = Self::of(&data["childGraph"]);
            graph.keys.extend(keys);
            graph.children.extend(children);
        }
        graph
    }

    fn add(&mut self, node: &Value) {
        self.add_key(&node["logBaseKey"]);
        for response in node["executableResponses"].as_array().into_iter().flatten() {
            // `task`, `taskChain`, `async`, `asyncChain`, `sync`, `child`, `children`: whichever there are.
            for executable in members(response) {
                self.add_executable(node, executable);
            }
        }
        let child = &node["stepDetails"]["childPipelineExecutionDetails"];
        let text = |name: &str| child[name].as_str().unwrap_or_default().to_owned();
        let id = text("planExecutionId");
        if !id.is_empty() && self.children.iter().all(|known| known.id != id) {
            let (org, project) = (text("orgId"), text("projectId"));
            self.children.push(Run { id, org, project, ..Run::default() });
        }
    }

    /// The keys of a task and, if these are not those of its command units, of the units as well.
    fn add_executable(&mut self, node: &Value, executable: &Value) {
        let list = |name: &str| executable[name].as_array().into_iter().flatten();
        for key in list("logKeys") {
            self.add_key(key);
        }
        let is_of_unit = |key: &Value| key.as_str().is_some_and(|key| key.contains(UNIT));
        let base = node["logBaseKey"].as_str().unwrap_or_default();
        if base.is_empty() || list("logKeys").any(is_of_unit) {
            return;
        }
        for unit in list("units").filter_map(Value::as_str) {
            self.add_key(&format!("{base}{UNIT}{unit}").into());
        }
    }

    fn add_key(&mut self, key: &Value) {
        if let Some(key) = key.as_str().filter(|key| !key.is_empty()) {
            self.keys.insert(key.trim_end_matches('/').to_owned());
        }
    }
}

/// The values of an object.
fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_object().into_iter().flat_map(|object| object.values())
}

/// Whether a key is that of a prefix's step or below it. Prefixes are compared as texts by the service, so that
/// `step1` brings `step10`, too.
pub(super) fn belongs(key: &str, prefix: &str) -> bool {
    let rest = key.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with(UNIT))
}

/// The prefixes one level below a prefix, of the keys that belong to it: `None` for keys that have no level
/// below.
pub(super) fn below<'a>(
    keys: &'a BTreeSet<String>,
    prefix: &str,
) -> Vec<(Option<&'a str>, &'a str)> {
    let mut levels: Vec<(Option<&str>, &str)> = Vec::new();
    for key in keys.iter().filter(|key| belongs(key, prefix)) {
        let rest = &key[prefix.len()..];
        let level = rest.strip_prefix('/').map(|rest| {
            // A unit's name may have a `/`, and is no level.
            let unit = rest.find(UNIT).unwrap_or(rest.len());
            let end = rest[..unit].find('/').unwrap_or(unit);
            &key[..prefix.len() + 1 + end]
        });
        let level = level.filter(|level| level.len() > prefix.len());
        if level.is_none() || levels.iter().all(|(known, _)| *known != level) {
            levels.push((level, key));
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_of_all_kinds_of_nodes() {
        let node = |key: &str, logs: Value| json!({"logBaseKey": key, "executableResponses": [{"async": {"logKeys": logs}}, {"taskChain": {"logKeys": ["r/b/s/retry"]}}]});
        let data = json!({
            "pipelineExecutionSummary": {"layoutNodeMap": {"x": {"nodeIdentifier": "b"}}},
            "executionGraph": {"nodeMap": {
                "1": node("r/b/s", json!(["r/b/s-commandUnit:Install / Upgrade", "r/b/s/"])),
                "2": {"logBaseKey": "", "stepDetails": {"childPipelineExecutionDetails": {"planExecutionId": "c", "orgId": "o", "projectId": "p"}}},
                "3": {"executableResponses": null, "stepDetails": {}},
                "4": {"logBaseKey": "r/k", "executableResponses": [{"task": {"logKeys": ["r/k"], "units": ["Fetch", "Install / Upgrade"]}}]},
            }},
        });
        let graph = Graph::of(&data);
        let keys: Vec<&str> = graph.keys.iter().map(String::as_str).collect();
        let all = ["r/k", "r/k-commandUnit:Fetch", "r/k-commandUnit:Install / Upgrade"];
        assert_eq!(keys[3..], all);
        assert_eq!(keys[..3], ["r/b/s", "r/b/s-commandUnit:Install / Upgrade", "r/b/s/retry"]);
        assert_eq!(
            graph.children,
            [Run { id: "c".into(), org: "o".into(), project: "p".into(), ..Run::default() }]
        );
    }

    #[test]
    fn a_prefix_has_its_own_keys_only() {
        assert!(belongs("r/step1", "r/step1") && belongs("r/step1/x", "r/step1"));
        assert!(belongs("r/step1-commandUnit:Go", "r/step1"));
        assert!(!belongs("r/step10", "r/step1") && !belongs("r/step1-2", "r/step1"));
    }

    #[test]
    fn levels_below_a_prefix() {
        let keys = ["r/a/s", "r/a/s-commandUnit:I / U", "r/a/s10", "r/a/g/t", "r/b", "r10/x"];
        let keys: BTreeSet<String> = keys.map(str::to_owned).into_iter().collect();
        let levels = |prefix: &str| -> Vec<Option<String>> {
            below(&keys, prefix).into_iter().map(|(level, _)| level.map(str::to_owned)).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(levels("r"), [some("r/a"), some("r/b")]);
        assert_eq!(levels("r/a"), [some("r/a/g"), some("r/a/s"), some("r/a/s10")]);
        assert_eq!(levels("r/a/s"), [None, None]);
    }
}
