//! Harness NextGen log keys. ACC is the account, PIPE the pipeline, EXEC the plan execution id.
//!
//! ```text
//! simplified  ACC/ACC/pipeline/PIPE/RUN/-EXEC/STAGE/[GROUP/]*STEP[-commandUnit:UNIT]
//! standard    ACC/accountId:ACC/orgId:../projectId:../pipelineId:PIPE/runSequence:RUN/level0:pipeline/
//!             level1:stages/level2:STAGE/level3:spec/level4:execution/level5:steps/..[-commandUnit:UNIT]
//! legacy      accountId:ACC/orgId:../projectId:../pipelineExecutionId:EXEC/stageId:../stepRuntimeId:..
//! ```
//!
//! Folders before the key are skipped, so that an extracted or re-rooted tree reads the same.

use super::Identity;

const COMMAND_UNIT: &str = "-commandUnit:";

/// The fields of the standard and legacy layouts, besides `level0:`, `level1:` and so on.
const FIELDS: &[&str] = &[
    "accountId",
    "orgId",
    "projectId",
    "pipelineId",
    "runSequence",
    "pipelineExecutionId",
    "stageId",
    "stepRuntimeId",
];

/// Values of levels that only repeat the tree of the pipeline's YAML. The simplified layout leaves them out.
const STRUCTURE: &[&str] = &["pipeline", "stages", "spec", "execution", "steps"];

/// Logs beside the log of a stage: of an addon, of the engine, of a service dependency.
const SUB_LOGS: &[&str] = &["addon:", "engine:", "serviceId:"];

/// The pseudo group of a rollback. The standard layout repeats it: `rollbackSteps/rollbackSteps/undoRolling`.
const ROLLBACK: &str = "rollbackSteps";

/// A key taken apart: the fields it names, and its levels, from which stage, groups and step follow.
struct Key<'a> {
    identity: Identity,
    /// From the stage down. An empty id is a level that was dropped: it keeps those around it apart, as two
    /// adjacent levels may be a loop.
    levels: Vec<&'a str>,
    /// Whether two levels `x/x_1` and nothing else are a looped stage, and not a stage and its step.
    lone_pair_loops: bool,
}

/// Reads a Harness NextGen key; `None` if the path has none. A command unit may contain `/`, so it is cut off
/// before any splitting.
pub(super) fn identify(path: &str) -> Option<Identity> {
    let (base, unit) = path.split_once(COMMAND_UNIT).unwrap_or((path, ""));
    let components: Vec<&str> = base.split('/').filter(|component| !component.is_empty()).collect();
    let Key { mut identity, levels, lone_pair_loops } =
        standard(&components).or_else(|| simplified(&components))?;
    // The layouts have set it to what follows the key, such as `addon:20004`.
    identity.unit = text(unit).or(identity.unit);

    let (segments, postfixes) = collapse_loops(&levels, lone_pair_loops);
    identity.iteration = text(&postfixes.join("/"));
    place(&segments, &mut identity);
    Some(identity)
}

/// The standard and the legacy layout, found by the first `field:value` component.
fn standard<'a>(components: &[&'a str]) -> Option<Key<'a>> {
    let first =
        // By a field and not by a level: `level5:backup` may be a folder of the user above the key.
        components.iter().position(|c| field(c).is_some_and(|(key, _)| FIELDS.contains(&key)))?;
    let mut identity = Identity::default();
    let mut levels = Vec::new();
    let mut end = first;
    for (index, component) in components.iter().enumerate().skip(first) {
        // Other components within the key are skipped; those after it are its unit.
        let Some((key, value)) = field(component) else { continue };
        end = index + 1;
        match key {
            "accountId" => identity.account = text(value),
            "orgId" => identity.org = text(value),
            "projectId" => identity.project = text(value),
            "pipelineId" => identity.pipeline = text(value),
            "runSequence" => identity.run = value.parse().ok(),
            "pipelineExecutionId" => identity.execution = text(value),
            "stageId" => identity.stage = text(value),
            "stepRuntimeId" => identity.step = text(value),
            // Only `level0:` and so on are left.
            _ if STRUCTURE.contains(&value) => levels.push(""),
            _ => levels.push(value),
        }
    }
    drop_forks(&mut levels);
    identity.unit = text(&components[end..].join("/"));
    Some(Key { identity, levels, lone_pair_loops: true })
}

/// Drops forks, `parallelIDparallel`. A fork is above its branches, so the last level is not one, whatever it
/// is called: `parallel_and_not_parallel` is a step.
fn drop_forks(levels: &mut [&str]) {
    if let Some((_, above)) = levels.split_last_mut() {
        above.iter_mut().filter(|id| fork_id(id).is_some()).for_each(|id| *id = "");
    }
}

/// Splits a component of the standard layout, `field:value` or `level3:value`; `None` for any other.
fn field(component: &str) -> Option<(&str, &str)> {
    let (key, value) = component.split_once(':')?;
    let known = FIELDS.contains(&key) || key.strip_prefix("level").is_some_and(is_digits);
    known.then_some((key, value))
}

/// The simplified layout, found by `pipeline/PIPE/RUN/-EXEC`, or by `RUN/-EXEC` in a tree that
/// begins below `pipeline`.
fn simplified<'a>(components: &[&'a str]) -> Option<Key<'a>> {
    let runs = 0..components.len().saturating_sub(1);
    // The word `pipeline` is the safer sign, so the whole path is searched for it first.
    let run = runs.clone().find(|&run| is_anchored_run(components, run));
    let anchored = run.is_some();
    let run = run.or_else(|| {
        runs.clone().find(|&run| is_digits(components[run]) && is_execution(components[run + 1]))
    })?;

    let before = |count: usize| run.checked_sub(count).map(|index| components[index]);
    let mut identity = Identity {
        // Without `pipeline` the parts before RUN may be the user's own folders: no account then, and a
        // pipeline only if it can have that name.
        account: before(3).filter(|_| anchored).map(str::to_owned),
        pipeline: before(1).filter(|id| anchored || is_identifier(id)).map(str::to_owned),
        run: components[run].parse().ok(),
        execution: components[run + 1].strip_prefix('-').and_then(text),
        ..Identity::default()
    };
    // These keys usually leave forks out. Where there is one, its id of 22 characters distinguishes it from a
    // group that is called `parallel...`.
    let is_fork = |id: &str| fork_id(id).is_some_and(|id| id.len() == 22 && is_base64url(id));
    let mut levels: Vec<&str> =
        components[run + 2..].iter().copied().filter(|id| !is_fork(id)).collect();
    let sub_log = levels.pop_if(|id| SUB_LOGS.iter().any(|prefix| id.starts_with(prefix)));
    identity.unit = sub_log.and_then(text);
    Some(Key { identity, levels, lone_pair_loops: sub_log.is_some() })
}

/// Whether the component at `run` is the RUN of `pipeline/PIPE/RUN/-EXEC`. Either RUN or EXEC must look like
/// itself: a long EXEC, or digits before a component that begins with `-`.
fn is_anchored_run(components: &[&str], run: usize) -> bool {
    let execution = components[run + 1];
    run >= 2
        && components[run - 2] == "pipeline"
        && (is_execution(execution)
            || is_digits(components[run]) && execution.len() > 1 && execution.starts_with('-'))
}

/// Drops the wrapper of each loop and returns the ids left, and the postfixes of the iterations.
///
/// A loop is a level `x` followed by its iteration `x_0`, `x_0_2` or `x_stable_v0`. In the standard
/// layout nothing else is adjacent in that way. The simplified layout has no levels between, so a
/// stage `build` with a step `build_1` looks the same; there the rule is:
/// - a loop is assumed wherever something is left for the step: `build/build_1/Run` is a stage's
///   loop, `build/Run/Run_1` a step's;
/// - `build/build_1` alone is a stage and its step (a stage has no log of its own but sub-logs);
/// - of `x/x_1/x_1_0` the last pair is the loop: a step's own id rarely has its stage's iteration in it.
///
/// For `build/build_1/Run` the ids are `build_1` and `Run`, and the postfixes `1`.
fn collapse_loops<'a>(levels: &[&'a str], lone_pair_loops: bool) -> (Vec<&'a str>, Vec<&'a str>) {
    let mut segments = Vec::new();
    let mut postfixes = Vec::new();
    let loops = levels.len() != 2 || lone_pair_loops;
    let mut rest = levels;
    // From the last level up, which is what the last rule above needs.
    while let Some((&id, above)) = rest.split_last() {
        rest = above;
        if id.is_empty() {
            continue;
        }
        segments.push(id);
        if loops
            && let Some((wrapper, above)) = above.split_last()
            && let Some(postfix) = loop_postfix(wrapper, id)
        {
            postfixes.push(postfix);
            rest = above;
        }
    }
    segments.reverse();
    postfixes.reverse();
    (segments, postfixes)
}

/// The postfix of `id` as an iteration of `wrapper`: `0_2` of `Run_0_2` and `Run`; `None` if it is not one.
fn loop_postfix<'a>(wrapper: &str, id: &'a str) -> Option<&'a str> {
    let postfix = id.strip_prefix(wrapper)?.strip_prefix('_')?;
    (!wrapper.is_empty() && !postfix.is_empty()).then_some(postfix)
}

/// The first segment is the stage, the last the step, the ones between are the groups.
fn place(segments: &[&str], identity: &mut Identity) {
    let Some((stage, below)) = segments.split_first() else { return };
    let mut groups = below.to_vec();
    // Only these: two groups of the same name, one in the other, are two.
    groups.dedup_by(|a, b| a == b && *a == ROLLBACK);
    identity.stage = text(stage);
    // A key that ends with the pseudo group is the log of the rollback, not of a step.
    identity.step = groups.pop_if(|id| *id != ROLLBACK).and_then(text);
    identity.step_group = text(&groups.join("/"));
}

/// The id in the name of a fork, `parallel` + id + `parallel`.
fn fork_id(level: &str) -> Option<&str> {
    level.strip_prefix("parallel")?.strip_suffix("parallel")
}

/// Whether a component is `-` and a plan execution id, 22 base64url characters or more.
fn is_execution(component: &str) -> bool {
    component.strip_prefix('-').is_some_and(|id| id.len() >= 22 && is_base64url(id))
}

fn is_base64url(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether a pipeline can have this name. Harness refuses `-` today, but older pipelines have it.
fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// An empty part of a key is an absent one.
fn text(part: &str) -> Option<String> {
    (!part.is_empty()).then(|| part.to_owned())
}
