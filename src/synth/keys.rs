//! Entry names: the log keys of a made-up run, in either layout, and what each entry's writer is.
//!
//! A run has stages of three kinds in turn (builds, deployments, provisioning), and as many as it takes
//! for the number of entries. They have what makes keys hard to read: loops, parallel stages, step
//! groups, command units with a `/` in their names, logs beside the steps, rollbacks.
//!
//! In the simplified layout, after `ACCOUNT/ACCOUNT/pipeline/PIPELINE/418/-EXECUTION/`:
//!
//! ```text
//! Build_canvas_15/Build_canvas_15_0/Compile                    the first iteration of a looped stage
//! Build_builder_18/Unit_Tests/Unit_Tests_stable_v0             an iteration of a looped step
//! Build_builder_18/Checks/Smoke                                a step in a step group
//! Build_builder_18/addon:20004                                 a log beside the steps
//! Deploy_cart_to_qa_1/service-commandUnit:Service Step         a section of a deployment
//! Deploy_cart_to_qa_1/Coordinated_Deployment/HelmDeploy-commandUnit:Install / Upgrade
//! ```
//!
//! In the standard layout the same stages have all their levels, such as
//! `level1:stages/level2:Build_builder_18/level3:spec`, and some entries have a key of a kind that is older.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;

use super::Layout;
use super::text::pick;
use super::words::{PLACES, WORDS};

/// An account's id: 16 bytes in base64url.
const ACCOUNT: &str = "Qm4vXw_7TbO2-kZsLr9cAg";
/// The identifier of the one pipeline of a bundle.
const PIPELINE: &str = "Ship_Storefront";
/// Base64url, whose `-` and `_` make ids look like other parts of a key.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The program that wrote an entry; they differ in levels, counters, newlines, times and `args`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    /// Java: levels of an enumeration, `pos` 0, one colour per line, milliseconds in UTC.
    Delegate,
    /// Go on a build machine: `info`, a counter, a newline at the end, nanoseconds in any zone.
    Runner,
    /// Go in a build pod: like the runner's, and a JSON line's fields become `args`.
    Addon,
    /// Discovery agents: an empty level, a counter with repeats, the pod in `args`.
    Agent,
}

/// What an entry holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) writer: Writer,
    /// Names of topics of templates, never empty; the entry goes through them again and again.
    pub(super) topics: &'static [&'static str],
    /// Its share of the bytes against the others', before chance is applied: 2 for twice as many as 1.
    pub(super) weight: f64,
}

/// A step of the made-up pipelines.
struct Step {
    /// The last segment of its key.
    id: &'static str,
    /// Its command units, each an entry of its own; none in builds, where the step itself is the entry.
    units: &'static [&'static str],
    /// As for [`Kind`].
    topics: &'static [&'static str],
    weight: f64,
}

/// A [`Step`] in a row of a table.
const fn step(
    id: &'static str,
    units: &'static [&'static str],
    topics: &'static [&'static str],
    weight: f64,
) -> Step {
    Step { id, units, topics, weight }
}

/// The topics of the step that clones the sources.
const CLONE: &[&str] = &["git"];
/// The one command unit of scripts, approvals and notifications.
const EXECUTE: &[&str] = &["Execute"];
/// The command units of a rollout.
const K8S: &[&str] =
    &["Fetch Files", "Initialize", "Prepare", "Apply", "Wait for Steady State", "Wrap Up"];
/// The command units of a Helm deployment. One has a `/`, which looks like a directory's, and "For" in the
/// last but one is capitalised, unlike a rollout's.
const HELM: &[&str] = &[
    "Fetch Files",
    "Initialize",
    "Prepare",
    "Install / Upgrade",
    "Wait For Steady State",
    "Wrap Up",
];

/// The steps of a build; each build leaves out some.
const BUILD_STEPS: &[Step] = &[
    step("harness-git-clone", &[], CLONE, 0.3),
    step("Install_Packages", &[], &["npm", "apt"], 1.0),
    step("Compile", &[], &["cargo"], 1.5),
    step("Unit_Tests", &[], &["gotest", "pytest"], 2.0),
    step("Package", &[], &["maven"], 1.5),
    step("Integration_Tests", &[], &["pytest", "service"], 2.5),
    step("Build_and_Push", &[], &["docker", "npm"], 1.0),
    step("Windows_Build", &[], &["windows"], 1.0),
    step("Smoke", &[], &["service"], 2.0),
];

/// The steps of a deployment.
const DEPLOY_STEPS: &[Step] = &[
    step("Rollout_Deployment", K8S, &["kubernetes", "delegate"], 0.5),
    step("Health_Check", EXECUTE, &["script"], 0.3),
    step("HelmDeploy", HELM, &["helm", "kubernetes"], 0.5),
    step("ShellScript_1", EXECUTE, &["script", "service"], 1.0),
    step("Canary_Deployment", K8S, &["kubernetes"], 0.5),
    step("Notify", EXECUTE, &["delegate"], 0.1),
];

/// The steps of a stage that provisions infrastructure.
const PROVISION_STEPS: &[Step] = &[
    step("TerraformPlan_1", &["Init", "Select Workspace", "Plan"], &["terraform"], 0.6),
    step("TerraformApply_1", &["Init", "Select Workspace", "Apply"], &["terraform"], 0.8),
    step("Approval_1", EXECUTE, &["delegate"], 0.1),
];

/// Makes `count` entry names, in the bytewise order in which an object store lists them. No name comes twice,
/// and none is a directory of another, so that a bundle can be extracted.
pub(super) fn keys(rng: &mut Rng, layout: Layout, count: usize) -> Vec<(String, Kind)> {
    let mut maker = Maker { execution: id(rng), rng, layout, stage: 0, made: Vec::new() };
    while maker.made.len() < count {
        maker.stage();
    }
    // Before sorting: what is cut is the end of the last stage, not the names that sort last.
    maker.made.truncate(count);
    maker.made.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect()
}

/// Makes the entries of one stage after the other.
struct Maker<'a> {
    rng: &'a mut Rng,
    layout: Layout,
    /// The id of the plan execution, in keys of the simplified layout.
    execution: String,
    /// Stages made so far.
    stage: usize,
    /// In the order of the pipeline.
    made: Vec<(String, Kind)>,
}

impl Maker<'_> {
    /// One more stage: a build, a deployment or a provisioning, in turn; every fourth is looped, every fifth
    /// parallel to others. The numbers have no common factor with three, so that each kind gets everything.
    fn stage(&mut self) {
        let number = self.stage;
        self.stage += 1;
        let place = pick(self.rng, PLACES).replace('-', "_");
        let word = pick(self.rng, WORDS);
        let flavour = number % 3;
        // With its number, so that no two stages have the same name.
        let stage = match flavour {
            0 => format!("Build_{word}_{number}"),
            1 => format!("Deploy_{word}_to_{place}_{number}"),
            _ => format!("Provision_{place}_{number}"),
        };
        if self.layout == Layout::Standard && number % 4 == 1 {
            self.legacy();
        }
        let mut path = vec!["pipeline".to_owned(), "stages".to_owned()];
        if number % 5 == 2 {
            path.push(format!("parallel{}parallel", id(self.rng)));
        }
        for path in self.looped(path, stage, number % 4 == 3) {
            match flavour {
                0 => self.build(&path, number.is_multiple_of(2)),
                1 => self.deploy(&path),
                _ => self.provision(&path),
            }
        }
    }

    /// `path` with `level` under it, or, in a loop, with the level's wrapper and each iteration:
    /// `Build/Build_0`, `Build/Build_1`, and so on.
    fn looped(&mut self, path: Vec<String>, level: String, in_loop: bool) -> Vec<Vec<String>> {
        let under = |more: &[&str]| {
            path.iter().map(String::as_str).chain(more.iter().copied()).map(str::to_owned).collect()
        };
        if !in_loop {
            return vec![under(&[&level])];
        }
        // A repeat, a matrix by index, a matrix by value.
        let postfixes: &[&str] = pick(
            self.rng,
            &[&["0", "1", "2"] as &[&str], &["0_0", "0_1", "1_0"], &["stable_v0", "edge_v1"]],
        );
        postfixes.iter().map(|postfix| under(&[&level, &format!("{level}_{postfix}")])).collect()
    }

    /// The entries of a build, on a machine or in a pod of Kubernetes, which has logs of its own.
    fn build(&mut self, stage: &[String], in_pod: bool) {
        let writer = if in_pod { Writer::Addon } else { Writer::Runner };
        let steps = extended(stage, &["spec", "execution", "steps"]);
        self.push(
            &extended(&steps, &["liteEngineTask"]),
            "",
            Writer::Delegate,
            &["delegate"],
            0.05,
        );
        if in_pod {
            self.push(stage, "/addon:20004", Writer::Addon, &["service", "gotest"], 0.2);
            self.push(stage, "/engine:main", Writer::Addon, &["script"], 0.2);
            self.push(stage, "/serviceId:postgres", Writer::Agent, &["agent"], 0.2);
        }
        // The clone, and three of four other steps.
        let from = self.rng.u32(0..4) as usize;
        let group = if self.rng.bool() { Some("Checks") } else { None };
        for (n, step) in BUILD_STEPS.iter().enumerate().filter(|(n, _)| *n == 0 || n % 4 != from) {
            // Tests and what follows may be in a step group.
            let parent = match group {
                Some(group) if n >= 3 => extended(&steps, &[group, "steps"]),
                _ => steps.clone(),
            };
            for path in self.looped(parent, step.id.to_owned(), n == 3) {
                self.push(&path, "", writer, step.topics, step.weight);
            }
        }
    }

    /// The entries of a deployment: infrastructure and service, a step group or its iterations, and a
    /// rollback in about half of them.
    fn deploy(&mut self, stage: &[String]) {
        let spec = extended(stage, &["spec"]);
        self.push(
            &extended(&spec, &["infrastructure"]),
            "Execute",
            Writer::Delegate,
            &["delegate"],
            0.05,
        );
        self.push(
            &extended(&spec, &["service"]),
            "Service Step",
            Writer::Delegate,
            &["delegate"],
            0.05,
        );
        let steps = extended(&spec, &["execution", "steps"]);
        let grouped = self.looped(
            extended(&steps, &[]),
            "Coordinated_Deployment".to_owned(),
            self.stage.is_multiple_of(2),
        );
        for (n, group) in grouped.iter().enumerate() {
            let group = extended(group, &["steps"]);
            // Every iteration leaves out one step more than the one before.
            self.units(&group, DEPLOY_STEPS.get(n % DEPLOY_STEPS.len()..).unwrap_or_default());
        }
        if self.rng.bool() {
            let rollback = extended(&spec, &["execution", "rollbackSteps"]);
            self.units(
                &rollback,
                &[step("Rollback_1", &["Rollback", "Wrap Up"], &["kubernetes"], 0.2)],
            );
        }
    }

    /// The entries of Terraform, in steps and in the definition of an infrastructure, deep below its stage.
    fn provision(&mut self, stage: &[String]) {
        let spec = extended(stage, &["spec"]);
        let nested = extended(
            &spec,
            &["infrastructure", "infrastructureDefinition", "provisioner", "steps"],
        );
        self.units(&nested, &[step("Plan", &["Plan"], &["terraform"], 0.3)]);
        self.units(&extended(&spec, &["execution", "steps"]), PROVISION_STEPS);
    }

    /// An entry for each command unit of the steps, which the delegate runs.
    fn units(&mut self, parent: &[String], steps: &[Step]) {
        for step in steps {
            let path = extended(parent, &[step.id]);
            for unit in step.units {
                self.push(&path, unit, Writer::Delegate, step.topics, step.weight);
            }
        }
    }

    /// An entry with a key of the years before levels: ids of execution, stage and step runtime. It is in the
    /// standard layout only.
    fn legacy(&mut self) {
        let (execution, runtime) = (id(self.rng), id(self.rng));
        let name = format!(
            "{ACCOUNT}/accountId:{ACCOUNT}/orgId:Retail/projectId:storefront/pipelineExecutionId:{execution}\
             /stageId:stage_{}/stepRuntimeId:{runtime}-commandUnit:Execute",
            self.stage
        );
        self.made.push((name, Kind { writer: Writer::Delegate, topics: &["script"], weight: 0.3 }));
    }

    /// Adds the log of `path`, which has all levels of the pipeline. `section` is a command unit, or with a
    /// `/` in front a log beside the steps; empty for the log of the step itself.
    fn push(
        &mut self,
        path: &[String],
        section: &str,
        writer: Writer,
        topics: &'static [&'static str],
        weight: f64,
    ) {
        let mut name = match self.layout {
            Layout::Simplified => self.simplified(path),
            Layout::Standard => self.standard(path),
        };
        if !section.is_empty() && !section.starts_with('/') {
            name.push_str("-commandUnit:");
        }
        name.push_str(section);
        self.made.push((name, Kind { writer, topics, weight }));
    }

    /// The key without the levels that are the same in every pipeline:
    /// `ACC/ACC/pipeline/PIPELINE/418/-EXECUTION/STAGE/STEP`.
    fn simplified(&self, path: &[String]) -> String {
        let mut name = format!("{ACCOUNT}/{ACCOUNT}/pipeline/{PIPELINE}/418/-{}", self.execution);
        for level in path {
            // Whole levels: a stage called `steps_2` stays.
            let fixed =
                matches!(level.as_str(), "pipeline" | "stages" | "spec" | "execution" | "steps");
            if !fixed && !level.starts_with("parallel") {
                let _ = write!(name, "/{level}");
            }
        }
        name
    }

    /// The key with all levels and their numbers: `.../level0:pipeline/level1:stages/level2:STAGE/...`.
    fn standard(&self, path: &[String]) -> String {
        let mut name = format!(
            "{ACCOUNT}/accountId:{ACCOUNT}/orgId:Retail/projectId:storefront/pipelineId:{PIPELINE}/runSequence:418"
        );
        for (n, level) in path.iter().enumerate() {
            let _ = write!(name, "/level{n}:{level}");
        }
        name
    }
}

/// `path` with more levels under it.
fn extended(path: &[String], more: &[&str]) -> Vec<String> {
    path.iter().cloned().chain(more.iter().map(|&level| level.to_owned())).collect()
}

/// A base64url id of 22 characters, as execution ids are.
fn id(rng: &mut Rng) -> String {
    (0..22).map(|_| char::from(ALPHABET[rng.u32(0..64) as usize])).collect()
}
