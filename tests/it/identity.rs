//! Entry paths to identity columns: hand-written cases, and keys composed from known parts.

use proptest::prelude::*;
use ripsaw::identity::{Identity, identify};

const CASES: &str = include_str!("../data/identity.txt");

/// Reads the cases: paragraphs of `name: value`, `path` first, `#` lines ignored.
fn cases() -> Vec<(&'static str, Identity)> {
    let mut cases: Vec<(&str, Identity)> = Vec::new();
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once(": ").expect("name: value");
        if name == "path" {
            cases.push((value, Identity::default()));
            continue;
        }
        let (_, identity) = cases.last_mut().expect("a path first");
        if name == "run" {
            assert_eq!(identity.run.replace(value.parse().unwrap()), None, "{line}");
        } else {
            assert_eq!(column(identity, name).replace(value.to_owned()), None, "{line}");
        }
    }
    cases
}

fn column<'a>(identity: &'a mut Identity, name: &str) -> &'a mut Option<String> {
    match name {
        "account" => &mut identity.account,
        "org" => &mut identity.org,
        "project" => &mut identity.project,
        "pipeline" => &mut identity.pipeline,
        "execution" => &mut identity.execution,
        "stage" => &mut identity.stage,
        "group" => &mut identity.step_group,
        "step" => &mut identity.step,
        "unit" => &mut identity.unit,
        "iteration" => &mut identity.iteration,
        _ => panic!("no column {name}"),
    }
}

#[test]
fn every_shape_of_key_gives_the_columns_written_by_hand() {
    let cases = cases();
    assert_eq!(cases.len(), CASES.matches("\npath: ").count());
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(path, expected)| identify(path) != *expected)
        .map(|(path, expected)| {
            format!("{path}\n  expected {expected:?}\n  got      {:?}", identify(path))
        })
        .collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// An id and, when it loops, the postfix of its iteration.
#[derive(Debug, Clone)]
struct Node {
    id: String,
    postfix: Option<String>,
    /// The fork it stands in; only the standard layout shows it.
    fork: Option<String>,
}

impl Node {
    fn segment(&self) -> String {
        match &self.postfix {
            Some(postfix) => format!("{}_{postfix}", self.id),
            None => self.id.clone(),
        }
    }

    fn levels(&self, forks: bool) -> Vec<String> {
        let fork = self.fork.iter().filter(|_| forks).map(|id| format!("parallel{id}parallel"));
        let wrapper = self.postfix.iter().map(|_| self.id.clone());
        fork.chain(wrapper).chain([self.segment()]).collect()
    }
}

#[derive(Debug, Clone)]
enum Tail {
    Nothing,
    Unit(String),
    SubLog(String),
}

/// What a run consists of, from which the key of one log is composed.
#[derive(Debug, Clone)]
struct Parts {
    folders: Vec<String>,
    accounts_before: usize,
    account: String,
    execution: String,
    pipeline: String,
    run: i64,
    stage: Node,
    rollbacks: usize,
    groups: Vec<Node>,
    step: Option<Node>,
    tail: Tail,
}

impl Parts {
    fn standard(&self) -> (String, Identity) {
        let mut levels = vec!["pipeline".to_owned(), "stages".to_owned()];
        levels.extend(self.stage.levels(true));
        if let Some(step) = &self.step {
            levels.extend(["spec", "execution"].map(str::to_owned));
            if self.rollbacks == 0 {
                levels.push("steps".to_owned());
            }
            levels.extend(vec!["rollbackSteps".to_owned(); self.rollbacks]);
            for group in &self.groups {
                levels.extend(group.levels(true));
                levels.push("steps".to_owned());
            }
            levels.extend(step.levels(true));
        }
        let mut key = vec![self.account.clone(); self.accounts_before];
        key.push(format!("accountId:{}/orgId:o/projectId:p", self.account));
        key.push(format!("pipelineId:{}/runSequence:{}", self.pipeline, self.run));
        key.extend(levels.iter().enumerate().map(|(index, id)| format!("level{index}:{id}")));
        let identity = Identity {
            account: Some(self.account.clone()),
            org: Some("o".to_owned()),
            project: Some("p".to_owned()),
            ..self.identity()
        };
        (self.path(key), identity)
    }

    fn simplified(&self) -> (String, Identity) {
        let mut key = vec![self.account.clone(); self.accounts_before];
        key.push(format!("pipeline/{}/{}/-{}", self.pipeline, self.run, self.execution));
        key.extend(self.stage.levels(false));
        if let Some(step) = &self.step {
            key.extend(vec!["rollbackSteps".to_owned(); self.rollbacks]);
            key.extend(self.groups.iter().flat_map(|group| group.levels(false)));
            key.extend(step.levels(false));
        }
        // Without an account of its own, the key takes the folder before it for one.
        let account = match self.accounts_before {
            0 => self.folders.last().cloned(),
            _ => Some(self.account.clone()),
        };
        let execution = Some(self.execution.clone());
        (self.path(key), Identity { account, execution, ..self.identity() })
    }

    fn legacy(&self) -> (String, Identity) {
        let mut key = vec![self.account.clone(); self.accounts_before];
        key.push(format!("accountId:{}/orgId:o/projectId:p", self.account));
        key.push(format!("pipelineExecutionId:{}/stageId:{}", self.execution, self.stage.id));
        key.extend(self.step.iter().map(|step| format!("stepRuntimeId:{}", step.id)));
        let identity = Identity {
            account: Some(self.account.clone()),
            org: Some("o".to_owned()),
            project: Some("p".to_owned()),
            execution: Some(self.execution.clone()),
            stage: Some(self.stage.id.clone()),
            step: self.step.as_ref().map(|step| step.id.clone()),
            unit: self.unit(),
            ..Identity::default()
        };
        (self.path(key), identity)
    }

    fn path(&self, key: Vec<String>) -> String {
        let path = [self.folders.clone(), key].concat().join("/");
        match &self.tail {
            Tail::Nothing => path,
            Tail::Unit(unit) => path + "-commandUnit:" + unit,
            Tail::SubLog(log) => path + "/" + log,
        }
    }

    fn unit(&self) -> Option<String> {
        match &self.tail {
            Tail::Nothing => None,
            Tail::Unit(text) | Tail::SubLog(text) => Some(text.clone()),
        }
    }

    /// The columns that the standard and the simplified layout share.
    fn identity(&self) -> Identity {
        let below = self.step.is_some();
        let mut groups: Vec<String> = self.groups.iter().map(Node::segment).collect();
        if self.rollbacks > 0 {
            groups.insert(0, "rollbackSteps".to_owned());
        }
        let nodes = [&self.stage].into_iter();
        let nodes = nodes.chain(self.groups.iter().filter(|_| below)).chain(&self.step);
        let postfixes: Vec<String> = nodes.filter_map(|node| node.postfix.clone()).collect();
        Identity {
            pipeline: Some(self.pipeline.clone()),
            run: Some(self.run),
            stage: Some(self.stage.segment()),
            step_group: (below && !groups.is_empty()).then(|| groups.join("/")),
            step: self.step.as_ref().map(Node::segment),
            unit: self.unit(),
            iteration: (!postfixes.is_empty()).then(|| postfixes.join("/")),
            ..Identity::default()
        }
    }
}

/// Ids of one kind begin with one letter, so that no two are a loop by chance.
fn node(initial: char) -> impl Strategy<Value = Node> {
    let id = "[a-zA-Z0-9_$]{0,8}".prop_map(move |rest| format!("{initial}{rest}"));
    let postfix = proptest::option::of("[0-9]|[0-9]_[0-9]|stable_v0|[a-z0-9]{1,4}_[a-z]{1,3}");
    let fork = proptest::option::of("[a-zA-Z0-9_-]{22}");
    (id, postfix, fork).prop_map(|(id, postfix, fork)| Node { id, postfix, fork })
}

fn tail() -> impl Strategy<Value = Tail> {
    prop_oneof![
        Just(Tail::Nothing),
        "\\PC{1,20}|[ -~]{1,20}|Install / Upgrade|a/-commandUnit:b".prop_map(Tail::Unit),
        "addon:[0-9]{5}|engine:main|serviceId:[a-z]{1,6}".prop_map(Tail::SubLog),
    ]
}

fn parts() -> impl Strategy<Value = Parts> {
    let place = (
        proptest::collection::vec("downloads|logs [(]2[)]|17|pipeline|-x|[a-z]{1,5}", 0..3),
        0..3_usize,
        "[a-zA-Z0-9_-]{22}",
        "[a-zA-Z0-9_-]{22}",
        "[a-zA-Z_][a-zA-Z0-9_$]{0,8}|pipeline",
        0..=i64::MAX,
    );
    let nodes = (
        node('a'),
        0..4_usize,
        (node('b'), node('c'), 0..3_usize),
        proptest::option::weighted(0.8, node('d')),
    );
    (place, nodes, tail()).prop_map(|(place, nodes, tail)| {
        let (folders, accounts_before, account, execution, pipeline, run) = place;
        let (stage, rollbacks, (outer, inner, depth), step) = nodes;
        let groups = [outer, inner].into_iter().take(depth).collect();
        Parts {
            folders,
            accounts_before,
            account,
            execution,
            pipeline,
            run,
            stage,
            rollbacks,
            groups,
            step,
            tail,
        }
    })
}

/// Pieces of keys in any order, to reach deep into the layouts.
fn scrambled_key() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "pipeline|[0-9]{1,20}|-[a-zA-Z0-9_-]{22}|-|x|x_0|x_0_1|rollbackSteps",
        "accountId:|orgId:o|pipelineId:p|runSequence:[0-9x]{1,20}|stageId:s|stepRuntimeId:",
        "level[0-9]?:(pipeline|steps|x|x_0|parallelparallel|parallel|rollbackSteps)?",
        "addon:|engine:main|-commandUnit:|x-commandUnit:u|parallel[a-z]{22}parallel|\\PC{0,3}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.join("/"))
}

/// No value is made up, and none is an empty string.
fn assert_sound(path: &str) {
    let mut identity = identify(path);
    for name in ["account", "org", "project", "pipeline", "execution", "stage", "step"] {
        if let Some(value) = column(&mut identity, name) {
            assert!(!value.is_empty() && path.contains(value.as_str()), "{name} of {path}");
        }
    }
    for name in ["group", "unit", "iteration"] {
        if let Some(value) = column(&mut identity, name) {
            assert!(
                !value.is_empty() && value.split('/').all(|part| path.contains(part)),
                "{path}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_standard_key_gives_its_parts_back(parts in parts()) {
        let (path, expected) = parts.standard();
        prop_assert_eq!(identify(&path), expected, "{}", path);
    }

    #[test]
    fn a_simplified_key_gives_its_parts_back(mut parts in parts()) {
        // The one shape that reads otherwise: a looped stage with nothing below it.
        if parts.step.is_none() && !matches!(parts.tail, Tail::SubLog(_)) {
            parts.stage.postfix = None;
        }
        let (path, expected) = parts.simplified();
        prop_assert_eq!(identify(&path), expected, "{}", path);
    }

    #[test]
    fn a_legacy_key_gives_its_parts_back(parts in parts()) {
        let (path, expected) = parts.legacy();
        prop_assert_eq!(identify(&path), expected, "{}", path);
    }

    #[test]
    fn any_text_is_read_without_a_panic(path in any::<String>()) {
        assert_sound(&path);
    }

    #[test]
    fn scrambled_keys_are_read_without_a_panic(path in scrambled_key()) {
        assert_sound(&path);
    }
}
