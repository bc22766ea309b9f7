//! Steps as people read them: `Build › Tests › Compile`.
//!
//! Programs get what the tables have: `/` between the parts.

use std::env;
use std::ffi::OsString;
use std::sync::LazyLock;

use ripsaw::identity::Identity;

use super::layout::{shorten, width_of};
use super::terminal::printable;

/// What separates stage, groups, step and unit. A terminal that may not have `›` gets `>`.
pub(super) fn separator() -> &'static str {
    static SEPARATOR: LazyLock<&str> =
        LazyLock::new(|| if is_unicode(|name| env::var_os(name)) { " › " } else { " > " });
    *SEPARATOR
}

/// Whether the terminal is expected to show more than ASCII, by its kind and the locale as POSIX reads
/// it: the first of three variables that is not empty.
fn is_unicode(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    if variable("TERM").is_some_and(|term| term == "dumb") {
        return false;
    }
    let locales = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| variable(name));
    let mut locales = locales.map(|locale| locale.to_string_lossy().to_ascii_uppercase());
    match locales.find(|locale| !locale.is_empty()) {
        Some(locale) => locale.contains("UTF-8") || locale.contains("UTF8"),
        // Windows has no locale of this kind, and its terminals show Unicode.
        None => cfg!(windows),
    }
}

/// The groups of a column `step_group`, each by itself.
fn groups(column: Option<&str>) -> impl Iterator<Item = &str> {
    column.into_iter().flat_map(|groups| groups.split('/'))
}

/// Stage, groups, step and unit of an entry; `None` if it has none of them.
pub(super) fn step_name(identity: &Identity, separator: &str) -> Option<String> {
    name_of(parts_of(identity), separator)
}

/// Stage, groups, step and unit.
pub(super) type Parts<'a> = [Option<&'a str>; 4];

/// The parts of an entry's name.
pub(super) fn parts_of(identity: &Identity) -> Parts<'_> {
    let Identity { stage, step_group, step, unit, .. } = identity;
    [stage, step_group, step, unit].map(Option::as_deref)
}

/// As [`step_name`], of these parts.
pub(super) fn name_of(
    [stage, step_group, step, unit]: Parts<'_>,
    separator: &str,
) -> Option<String> {
    let parts = stage.into_iter().chain(groups(step_group));
    joined(parts.chain(step).chain(unit), separator)
}

/// Groups and step of an entry; `None` if it has neither.
pub(super) fn step_in_stage(identity: &Identity, separator: &str) -> Option<String> {
    let parts = groups(identity.step_group.as_deref()).chain(identity.step.as_deref());
    joined(parts, separator)
}

/// Parts with a separator between them, control characters escaped; `None` if there are none.
fn joined<'a>(parts: impl Iterator<Item = &'a str>, separator: &str) -> Option<String> {
    let parts: Vec<_> = parts.map(printable).collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

/// The name of an entry in at most `room` columns, as much of it as fits: without its groups, without its
/// stage, without its unit; then with the middle of the step cut out.
pub(super) fn step_name_within(
    identity: &Identity,
    separator: &str,
    room: usize,
) -> Option<String> {
    let [stage, groups, step, unit] = parts_of(identity);
    let mut names = [
        [stage, groups, step, unit],
        [stage, None, step, unit],
        [None, None, step, unit],
        [stage, None, step, None],
        [None, None, step, None],
        [None, None, None, unit],
    ]
    .into_iter()
    .filter_map(|parts| name_of(parts, separator));
    let fits = |name: &String| width_of(name) <= room;
    let shortest = step.or(unit).or(stage).or(groups)?;
    Some(names.find(fits).unwrap_or_else(|| fitted(&printable(shortest), room)))
}

/// A name of at most `room` columns, its middle cut out if it is longer.
pub(super) fn fitted(name: &str, room: usize) -> String {
    let short = shorten(name, room);
    if short != name && separator().is_ascii() { short.replace('…', "~") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_without_unicode_are_known_by_their_environment() {
        for (variables, expected) in [
            (&[("LANG", "en_US.UTF-8")][..], true),
            (&[("LANG", "de_DE.utf8")], true),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "C"), ("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8")], true),
            (&[("LANG", "en_US.ISO-8859-1")], false),
            (&[("LANG", "en_US.UTF-8"), ("TERM", "dumb")], false),
            (&[], cfg!(windows)),
        ] {
            let variable = |wanted: &str| {
                let found = variables.iter().find(|(name, _)| *name == wanted);
                found.map(|(_, value)| OsString::from(value))
            };
            assert_eq!(is_unicode(variable), expected, "{variables:?}");
        }
    }

    #[test]
    fn nested_groups_are_parts_of_their_own() {
        let identity = Identity {
            stage: Some("Build".into()),
            step_group: Some("Outer/Inner".into()),
            step: Some("Compile".into()),
            unit: Some("Install / Upgrade".into()),
            ..Identity::default()
        };
        let name = step_name(&identity, " › ");
        assert_eq!(name.unwrap(), "Build › Outer › Inner › Compile › Install / Upgrade");
        assert_eq!(step_in_stage(&identity, " > ").unwrap(), "Outer > Inner > Compile");
        assert_eq!(step_name(&Identity::default(), " › "), None);
        for (room, expected) in [
            (60, "Build › Outer › Inner › Compile › Install / Upgrade"),
            (40, "Build › Compile › Install / Upgrade"),
            (30, "Compile › Install / Upgrade"),
            (20, "Build › Compile"),
            (10, "Compile"),
        ] {
            assert_eq!(step_name_within(&identity, " › ", room).unwrap(), expected);
        }
        assert!(step_name_within(&identity, " › ", 6).unwrap().starts_with("Com"));
    }
}
