//! The graph of an execution: the pipeline, its stages, their groups and steps, as its log keys have them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::super::archive::Archive;
use super::super::hash::stable_id;
use super::executions::{Execution, Executions, Log};
use super::times::first_time;

/// What a part of a key that names a command unit begins with.
const COMMAND_UNIT: &str = "-commandUnit:";

/// A stage, a group or a step.
#[derive(Debug)]
pub(super) struct Node {
    /// Always the same for the same log key.
    pub(super) id: String,
    /// The last part of its path.
    pub(super) identifier: String,
    /// When its first log began, in milliseconds since 1970, if that was looked up.
    pub(super) start: Option<i64>,
    kind: Kind,
    /// Its path in the pipeline's YAML.
    fqn: String,
    /// What the keys of its logs begin with.
    base: String,
    /// The keys of its own logs, and the command units that they are of.
    keys: Vec<String>,
    units: Vec<String>,
    /// Indices of the nodes in it.
    children: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pipeline,
    Stage,
    Group,
    Step,
}

/// The nodes of an execution; the first is the pipeline.
#[derive(Debug)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    by_path: HashMap<Vec<String>, usize>,
}

impl Graph {
    /// Builds the graph. `archive`: look up when the nodes began.
    pub(super) fn of(
        executions: &Executions,
        execution: &Execution,
        archive: Option<&Archive>,
    ) -> Self {
        let base = match execution.is_simplified {
            true => execution.base.clone(),
            false => format!("{}/level0:pipeline", execution.base),
        };
        let root = Node {
            id: stable_id(&["node", &execution.account, &execution.base]),
            identifier: execution.pipeline().to_owned(),
            start: None,
            kind: Kind::Pipeline,
            fqn: "pipeline".to_owned(),
            base,
            keys: Vec::new(),
            units: Vec::new(),
            children: Vec::new(),
        };
        let mut graph = Self { nodes: vec![root], by_path: HashMap::new() };
        for log in execution.logs.iter().map(|log| &executions.logs[*log]) {
            let start = archive.and_then(|archive| first_time(archive, log.entry));
            graph.add(execution, log, start);
        }
        graph
    }

    /// Adds a log to its step, or to its stage if it is of no step.
    fn add(&mut self, execution: &Execution, log: &Log, start: Option<i64>) {
        let identity = &log.identity;
        let key = &log.name[execution.account.len() + 1..];
        let (base, unit) = match key.split_once(COMMAND_UNIT) {
            Some((base, unit)) => (base, Some(unit.to_owned())),
            None => (key, identity.unit.clone()),
        };
        let mut path = Vec::new();
        path.extend(identity.stage.iter().map(|stage| (Kind::Stage, stage.as_str())));
        let groups = identity.step_group.iter().flat_map(|groups| groups.split('/'));
        path.extend(groups.map(|group| (Kind::Group, group)));
        path.extend(identity.step.iter().map(|step| (Kind::Step, step.as_str())));
        let mut node = 0;
        self.begin(node, start);
        for depth in 1..=path.len() {
            node = self.child(node, &path[..depth], execution, base);
            self.begin(node, start);
        }
        let node = &mut self.nodes[node];
        node.keys.push(key.to_owned());
        node.units.extend(unit);
    }

    /// Notes that a node had begun at a time.
    fn begin(&mut self, node: usize, start: Option<i64>) {
        let own = &mut self.nodes[node].start;
        *own = [*own, start].into_iter().flatten().min();
    }

    /// The node of a path, made if there is none yet. `base`: the key of a log below it.
    fn child(
        &mut self,
        parent: usize,
        path: &[(Kind, &str)],
        execution: &Execution,
        base: &str,
    ) -> usize {
        let names: Vec<String> = path.iter().map(|(_, name)| (*name).to_owned()).collect();
        if let Some(known) = self.by_path.get(&names) {
            return *known;
        }
        let (kind, identifier) = path[path.len() - 1];
        let above = &self.nodes[parent];
        // The key up to this part of it: another one for each, as it is looked for after the one above.
        let base = match kind {
            Kind::Step => base,
            _ => up_to(base, above.base.len().min(base.len()), identifier),
        };
        let fqn = match kind {
            Kind::Stage => format!("{}.stages.{identifier}", above.fqn),
            _ if above.kind == Kind::Stage => {
                format!("{}.spec.execution.steps.{identifier}", above.fqn)
            }
            _ => format!("{}.steps.{identifier}", above.fqn),
        };
        let node = Node {
            id: stable_id(&["node", &execution.account, &execution.base, &fqn]),
            identifier: identifier.to_owned(),
            start: None,
            kind,
            fqn,
            base: base.to_owned(),
            keys: Vec::new(),
            units: Vec::new(),
            children: Vec::new(),
        };
        self.nodes.push(node);
        let index = self.nodes.len() - 1;
        self.nodes[parent].children.push(index);
        self.by_path.insert(names, index);
        index
    }

    /// The stages, in the order of their keys.
    pub(super) fn stages(&self) -> Vec<&Node> {
        let children = self.nodes[0].children.iter().map(|child| &self.nodes[*child]);
        children.filter(|node| node.kind == Kind::Stage).collect()
    }

    /// The graph as the pipeline service has it.
    pub(super) fn json(&self, status: &str) -> Value {
        let (mut nodes, mut adjacent) = (Map::new(), Map::new());
        for node in &self.nodes {
            nodes.insert(node.id.clone(), node.json(status));
            let children: Vec<&str> =
                node.children.iter().map(|child| self.nodes[*child].id.as_str()).collect();
            adjacent.insert(node.id.clone(), json!({ "children": children, "nextIds": [] }));
        }
        json!({
            "rootNodeId": self.nodes[0].id,
            "nodeMap": nodes,
            "nodeAdjacencyListMap": adjacent,
        })
    }
}

impl Node {
    fn json(&self, status: &str) -> Value {
        let kind = match self.kind {
            Kind::Pipeline => "PIPELINE_SECTION",
            Kind::Stage => "CUSTOM_STAGE",
            Kind::Group => "STEP_GROUP",
            Kind::Step => "ShellScript",
        };
        let responses = match self.keys.is_empty() {
            true => json!([]),
            false => json!([{ "async": { "logKeys": self.keys, "units": self.units } }]),
        };
        json!({
            "uuid": self.id,
            "setupId": self.id,
            "name": self.identifier,
            "identifier": self.identifier,
            "baseFqn": self.fqn,
            "stepType": kind,
            "status": status,
            "startTs": self.start,
            "endTs": self.start,
            "logBaseKey": self.base,
            "executableResponses": responses,
            "unitProgresses": [],
            "stepDetails": {},
            "failureInfo": {},
        })
    }
}

/// A key up to a part of it, the first after `from` bytes that is an identifier or has it as the value of its level.
fn up_to<'a>(key: &'a str, from: usize, identifier: &str) -> &'a str {
    let mut end = 0;
    for part in key.split('/') {
        end += part.len();
        let value = part.split_once(':').map_or(part, |(_, value)| value);
        if end > from && (part == identifier || value == identifier) {
            return &key[..end];
        }
        end += 1;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::up_to;

    #[test]
    fn keys_are_cut_after_a_part() {
        let key = "A/pipeline/P/7/-E/P/P/x";
        assert_eq!(up_to(key, "A/pipeline/P/7/-E".len(), "P"), "A/pipeline/P/7/-E/P");
        assert_eq!(up_to(key, "A/pipeline/P/7/-E/P".len(), "P"), "A/pipeline/P/7/-E/P/P");
        let key = "accountId:A/runSequence:7/level0:pipeline/level1:stages/level2:S/level3:spec";
        let cut = "accountId:A/runSequence:7/level0:pipeline/level1:stages/level2:S";
        assert_eq!(up_to(key, 20, "S"), cut);
        assert_eq!(up_to(key, 20, "none"), key);
    }
}
