//! Names of entries in the table of `ripsaw ls`: in columns of their own, or in one.

use ripsaw::identity::Identity;
use ripsaw::source::Entry;

use super::super::layout::{Column, Kind, width_of};
use super::super::names::{fitted, name_of, parts_of, separator, step_in_stage};
use super::super::quantity;
use super::super::terminal::printable;

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
    let all_entries = quantity::count(all as u64, "entry", "entries");
    let (listed, total) = if entries.len() < all {
        let some = quantity::thousands(entries.len() as u64);
        // Short, so that the names decide how wide the column is.
        let all = quantity::thousands(all as u64);
        (format!("{some} of {all_entries}"), [format!("total of {some} of {all}")])
    } else {
        (all_entries.clone(), [format!("total of {all_entries}")])
    };
    let path = |entry: &&Entry| printable(&entry.path).into_owned();
    let is_any = |test: fn(&Identity) -> bool| entries.iter().any(|entry| test(&entry.identity));
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
    let [stage, step_group, step, unit] = parts_of(&entry.identity);
    if !is_placed(&entry.identity) {
        return fitted(&printable(&entry.path), room);
    }
    let is_below = is_below_stage && stage.is_some();
    let indent = if is_below { "  " } else { "" };
    let room = room.saturating_sub(indent.len());
    let above = stage.filter(|_| !is_below);
    let name = |stage, step_group| name_of([stage, step_group, step, unit], separator());
    let names = [name(above, step_group), name(above, None), name(None, None)];
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
    let parts = step.zip(unit);
    let both = parts.filter(|_| width_of(&shortest) > room);
    let short = both.and_then(|(step, unit)| both_within(&printable(step), &printable(unit), room));
    format!("{indent}{}", short.unwrap_or_else(|| fitted(&shortest, room)))
}

/// Step and unit with the longer of them shortened; `None` if there is too little room for that.
fn both_within(step: &str, unit: &str, room: usize) -> Option<String> {
    /// Less of a name cannot be recognised.
    const LEAST: usize = 6;
    let separator = separator();
    let room = room.checked_sub(width_of(separator))?;
    let (long, short) = (width_of(step).max(width_of(unit)), width_of(step).min(width_of(unit)));
    let rest = room.checked_sub(short).filter(|rest| *rest >= LEAST.min(long))?;
    let within =
        |name: &str| if width_of(name) == long { fitted(name, rest) } else { name.to_owned() };
    // Of two that are as long only the step is shortened.
    let unit = if long == short { unit.to_owned() } else { within(unit) };
    Some(format!("{}{separator}{unit}", within(step)))
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
