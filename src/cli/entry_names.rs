//! Names of entries in the table of `ripsaw ls`: in columns of their own, or in one.

use ripsaw::identity::Identity;
use ripsaw::source::Entry;

use super::layout::{Column, Kind, width_of};
use super::names::{fitted, separator, step_in_stage, step_name};
use super::quantity;
use super::terminal::printable;

/// Whether the path has a stage or a step: those of other files, such as a README, do not.
pub(super) fn is_placed(identity: &Identity) -> bool {
    identity.stage.is_some() || identity.step.is_some()
}

/// The stage of an entry.
pub(super) fn stage_of(entry: &Entry) -> Option<&str> {
    entry.identity.stage.as_deref()
}

/// Stage, step and, if any entry has one, unit; the path if no entry has a stage or a step. Groups and step are
/// joined by `separator`. `all`: how many entries there are, listed or not. `is_narrow`: all in one column.
pub(super) fn names_in_columns(
    entries: &[&Entry],
    all: usize,
    separator: &str,
    is_narrow: bool,
) -> Vec<Column> {
    let column = |title, kind, cells| Column { title, kind, cells, colour: None };
    let mut listed = quantity::count(entries.len() as u64, "entry", "entries");
    if entries.len() < all {
        listed = format!("{listed} of {}", quantity::thousands(all as u64));
    }
    let path = |entry: &&Entry| printable(&entry.path).into_owned();
    let is_any = |test: fn(&Identity) -> bool| entries.iter().any(|entry| test(&entry.identity));
    let total = [format!("total of {listed}")];
    if !is_any(is_placed) {
        let paths = entries.iter().map(path).chain(total).collect();
        return vec![column("FILE", Kind::Main, paths)];
    }
    if is_narrow {
        let names = entries.iter().map(|entry| name_within(entry, true, usize::MAX));
        return vec![column("STEP", Kind::Main, names.chain(total).collect())];
    }
    let text = |part: &Option<String>| printable(part.as_deref().unwrap_or_default()).into_owned();
    let stages = entries.iter().map(|entry| text(&entry.identity.stage)).chain(["total".into()]);
    // An entry without a place among others that have one still needs a name: its path.
    let step = |entry: &&Entry| match is_placed(&entry.identity) {
        true => step_in_stage(&entry.identity, separator).unwrap_or_default(),
        false => path(entry),
    };
    let steps = entries.iter().map(step).chain([listed]);
    let mut columns = vec![
        column("STAGE", Kind::Name, stages.collect()),
        column("STEP", Kind::Name, steps.collect()),
    ];
    if is_any(|identity| identity.unit.is_some()) {
        let units = entries.iter().map(|entry| text(&entry.identity.unit)).chain([String::new()]);
        columns.push(column("UNIT", Kind::Name, units.collect()));
    }
    columns
}

/// The name of an entry in at most `room` columns of the screen: without its groups, then without its stage,
/// if they do not fit; then with its middle cut out. `is_below_stage`: a heading has the stage already.
pub(super) fn name_within(entry: &Entry, is_below_stage: bool, room: usize) -> String {
    let Identity { stage, step_group, step, unit, .. } = &entry.identity;
    if !is_placed(&entry.identity) {
        return fitted(&printable(&entry.path), room);
    }
    let is_below = is_below_stage && stage.is_some();
    let indent = if is_below { "  " } else { "" };
    let room = room.saturating_sub(indent.len());
    let above = if is_below { &None } else { stage };
    let name = |stage: &Option<String>, step_group: &Option<String>| {
        let (stage, step_group) = (stage.clone(), step_group.clone());
        let (step, unit) = (step.clone(), unit.clone());
        step_name(&Identity { stage, step_group, step, unit, ..Identity::default() }, separator())
    };
    let names = [name(above, step_group), name(above, &None), name(&None, &None)];
    let mut names = names.into_iter().flatten().peekable();
    // A log of a whole stage has no other name.
    let mut shortest = names
        .peek()
        .cloned()
        .unwrap_or_else(|| printable(stage_of(entry).unwrap_or_default()).into_owned());
    for name in names {
        shortest = name;
        if width_of(&shortest) <= room {
            break;
        }
    }
    format!("{indent}{}", fitted(&shortest, room))
}

/// Pipeline, run and execution, if they are the same for all entries that have a stage or a step.
pub(super) fn heading<'a>(
    mut identities: impl Iterator<Item = &'a Identity> + Clone,
) -> Option<Vec<String>> {
    let first = identities.clone().find(|identity| is_placed(identity))?;
    let of =
        |identity: &Identity| (identity.pipeline.clone(), identity.run, identity.execution.clone());
    if !identities.all(|identity| !is_placed(identity) || of(identity) == of(first)) {
        return None;
    }
    let parts = [
        first.pipeline.as_ref().map(|name| format!("pipeline {}", printable(name))),
        first.run.map(|run| format!("run {run}")),
        first.execution.as_ref().map(|id| format!("execution {}", printable(id))),
    ];
    Some(parts.into_iter().flatten().collect())
}
