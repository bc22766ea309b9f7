//! Formats as users write them: a regular expression, or a file of TOML.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::time::Form;
use crate::error::{Error, Location, Result};
use crate::record::level::Level;

/// A file of definitions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    format: Vec<toml::Spanned<Definition>>,
}

/// A format in words. docs/own-formats.md says what each key means.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) detected_by: Option<String>,
    pub(super) detect: Option<String>,
    #[serde(default)]
    pub(super) share: Share,
    pub(super) regex: String,
    pub(super) time: Option<String>,
    pub(super) date: Option<String>,
    #[serde(default)]
    pub(super) levels: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) continuation: Continuation,
    #[serde(default, rename = "sample")]
    pub(super) samples: Vec<SampleText>,
}

/// How many lines must be of the format for a file to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Share {
    /// The first, or half of them.
    #[default]
    Half,
    /// One.
    Any,
}

/// What a line is that the regular expression does not match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Continuation {
    /// More of the record before: it has its time, level, stage and step.
    #[default]
    Record,
    /// Text of the stage and step of the record before.
    Step,
    /// Text.
    None,
}

/// A text and its rows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleText {
    /// The name of its file, which may have the day.
    #[serde(default)]
    pub(super) file: String,
    pub(super) text: String,
    pub(super) rows: Vec<SampleRow>,
}

/// What a row of a sample must have; what is not listed must be null.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleRow {
    pub(super) line: i64,
    pub(super) timestamp: Option<String>,
    pub(super) level: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) step: Option<String>,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) extra: BTreeMap<String, toml::Value>,
}

/// What cannot be done with a definition that is wrong.
pub(in crate::format) const TASK: &str = "cannot use formats";

/// Reads a file of definitions; `name` is how the user named it.
///
/// # Errors
/// TOML that is none, unknown keys, and definitions that cannot be used.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<Definition>> {
    let line_at = |offset: usize| 1 + text[..offset].matches('\n').count() as i64;
    let at = |offset: Option<usize>| Location {
        line: offset.map(line_at),
        offset: offset.map(|offset| offset as u64),
        ..Location::bundle(name)
    };
    let file: File = toml::from_str(text).map_err(|e| {
        let cause = e.message().trim_end().replace('\n', ", ");
        Error::new(TASK, at(e.span().map(|span| span.start)), cause)
    })?;
    if file.format.is_empty() {
        let error = Error::new(TASK, at(None), "it has no [[format]]");
        return Err(error.with_hint("docs/own-formats.md shows one"));
    }
    let mut names: Vec<&str> = Vec::new();
    for format in &file.format {
        let own = format.get_ref();
        let check = own.check().and_then(|()| match names.contains(&own.name.as_str()) {
            true => Err("another format of the file has the same name".to_owned()),
            false => Ok(()),
        });
        check.map_err(|cause| {
            Error::new(
                TASK,
                at(Some(format.span().start)),
                format!("format {:?}: {cause}", own.name),
            )
        })?;
        names.push(&own.name);
    }
    Ok(file.format.into_iter().map(toml::Spanned::into_inner).collect())
}

impl Definition {
    /// Why it cannot be used, as far as that shows without compiling it.
    fn check(&self) -> Result<(), String> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if self.name.is_empty() || !self.name.chars().all(is_plain) {
            return Err("a name has lower-case letters, digits, - and _".to_owned());
        }
        let is_level = |(_, level): &(&String, &String)| Level::parse(level).is_some();
        if let Some((word, level)) = self.levels.iter().find(|pair| !is_level(pair)) {
            return Err(format!("levels: {word:?} is to be {level:?}, which is no level"));
        }
        if let Some(form) = &self.time {
            Form::new(form).map_err(|cause| format!("time: {cause}"))?;
        }
        Ok(())
    }
}
