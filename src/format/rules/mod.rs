//! Formats that are data: a regular expression whose groups fill columns, with its samples. Users write their own; those
//! of some build servers ship with the program. docs/own-formats.md is their reference.
//!
//! `definition` is how a format is written, `rule` its compiled form, `time` reads times in any form, `lines` decodes,
//! `samples` checks that a definition gives the rows that it promises.

mod definition;
mod lines;
mod rule;
mod samples;
mod time;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{LazyLock, PoisonError, RwLock};

use self::definition::Definition;
pub(super) use self::definition::TASK;
use super::{FORMATS, Format, text};
use crate::error::{Error, Location, Result};
use crate::identity::Identity;
use crate::source::FormatId;
use crate::table::Origin;

pub(super) use self::lines::{decoder, each_extra, framing};
pub(super) use self::rule::Rule;

/// The name of the format of a regular expression alone.
const REGEX: &str = "regex";

/// A format that is data.
#[derive(Clone, Copy)]
struct Own {
    format: &'static Format,
    rule: &'static Rule,
}

/// Those that ship, in the order in which they are tried.
static SHIPPED: LazyLock<Vec<Own>> = LazyLock::new(|| {
    let definitions = definition::read("shipped.toml", include_str!("shipped.toml"));
    // A test reads the file.
    definitions.unwrap_or_default().into_iter().map(Own::new).collect()
});

/// All of them: those that ship, then those that users have given, each once.
static ALL: LazyLock<RwLock<Vec<Own>>> = LazyLock::new(|| RwLock::new(SHIPPED.clone()));

/// The formats that ship. They are read when the first is asked for: most runs know their formats before.
pub(super) fn shipped() -> impl Iterator<Item = FormatId> {
    std::iter::once_with(|| 0..SHIPPED.len())
        .flatten()
        .map(|place| FormatId::at(FORMATS.len() + place))
}

/// The format at a place after those that are code. There is one: ids are made here alone.
fn own_at(id: FormatId) -> Option<Own> {
    let place = id.place().checked_sub(FORMATS.len())?;
    ALL.read().unwrap_or_else(PoisonError::into_inner).get(place).copied()
}

/// The format of an id that is none of those that are code.
pub(super) fn format_of(id: FormatId) -> Option<&'static Format> {
    own_at(id).map(|own| own.format)
}

/// The rule of a format, if it is data.
pub(super) fn rule_of(id: FormatId) -> Option<&'static Rule> {
    own_at(id).map(|own| own.rule)
}

/// Distinguishes a format that a user has given from others of its name; `None` of those that ship.
pub(super) fn digest_of(id: FormatId) -> Option<u64> {
    let place = id.place().checked_sub(FORMATS.len())?;
    rule_of(id).filter(|_| place >= SHIPPED.len()).map(Rule::digest)
}

/// The regular expression that alone is a format.
pub(super) fn regex_of(id: FormatId) -> Option<&'static str> {
    let definition = &rule_of(id)?.definition;
    (definition.name == REGEX).then_some(&definition.regex)
}

/// The format of a regular expression with named groups: what `--format-regex` reads all files as. The same one again is
/// the same format.
///
/// # Errors
/// Why it cannot be used.
pub fn of_regex(regex: &str) -> Result<FormatId> {
    let name = REGEX.to_owned();
    let definition = Definition { name, regex: regex.to_owned(), ..Definition::default() };
    register(vec![definition]).map(|ids| ids[0]).map_err(|(_, cause)| {
        // It has no other key.
        let cause = cause.trim_start_matches("regex: ");
        let error = Error::new("cannot use the regular expression", Location::default(), cause);
        error.with_hint("name its groups, as in '(?<timestamp>\\S+) (?<level>\\w+) (?<message>.*)'")
    })
}

/// The formats of a file, which `--formats-file` tries before all others. Each sample is read, and its rows are
/// compared. The same definition again is the same format.
///
/// # Errors
/// The operating system's; a definition that cannot be used, and why; a sample that has other rows.
pub fn of_file(path: &Path) -> Result<Vec<FormatId>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::io("cannot read formats", Location::bundle(&name), e))?;
    let definitions = definition::read(&name, &text)?;
    register(definitions).map_err(|(format, cause)| {
        Error::new(TASK, Location::bundle(&name), format!("format {format:?}: {cause}"))
    })
}

/// Makes formats of definitions.
///
/// # Errors
/// The name of the first that cannot be used, and why.
fn register(definitions: Vec<Definition>) -> Result<Vec<FormatId>, (String, String)> {
    for own in &definitions {
        let is_taken = FormatId::named(&own.name).is_some() && own.name != REGEX;
        let checked = match is_taken {
            true => Err("a format of ripsaw has this name".to_owned()),
            false => {
                let rule = Rule::new(own.clone());
                rule.check().and_then(|()| samples::check(&rule))
            }
        };
        checked.map_err(|cause| (own.name.clone(), cause))?;
    }
    let mut all = ALL.write().unwrap_or_else(PoisonError::into_inner);
    let ids = definitions.into_iter().map(|own| {
        let known = all.iter().position(|known| known.rule.definition == own);
        let place = known.unwrap_or_else(|| {
            all.push(Own::new(own));
            all.len() - 1
        });
        FormatId::at(FORMATS.len() + place)
    });
    Ok(ids.collect())
}

impl Own {
    /// What it needs is never freed: a program has few formats.
    fn new(definition: Definition) -> Self {
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let name = leak(definition.name.clone());
        let title = definition.title.clone().unwrap_or_else(|| "a format of your own".into());
        let detected_by = definition.detected_by.clone();
        let detected_by = detected_by.unwrap_or_else(|| "lines that its expression matches".into());
        let rule: &'static Rule = Box::leak(Box::new(Rule::new(definition)));
        let origin = Origin { name, spans_lines: false, own_lines: true, size_limits: &[] };
        let format = Format {
            name,
            title: leak(title),
            detected_by: leak(detected_by),
            columns: Box::leak(rule.columns().into_boxed_slice()),
            origin: Box::leak(Box::new(origin)),
            recognise: |_| None,
            identify: |_, _| Identity::default(),
            survey: rule.is_surveyed().then_some(lines::survey),
            stages: &[],
            // The rule takes the place of these.
            framing: text::FORMAT.framing,
            decoder: text::FORMAT.decoder,
        };
        Self { format: Box::leak(Box::new(format)), rule }
    }
}
