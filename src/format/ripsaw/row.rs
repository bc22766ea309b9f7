//! A row as the NDJSON writer spells it.
//!
//! A line counts as a row only if it has ripsaw's columns, each of its type, and its keys after them: an object of
//! another program with a `bundle`, a `file` and a `line` must not be mistaken for one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::keys;
use crate::format::deepset;
use crate::identity::Identity;
use crate::record::{Record, timestamp};
use crate::source::{ColumnSet, Log};
use crate::table::lines_schema;

/// A text, borrowed unless it has escapes.
#[derive(Deserialize, PartialEq)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A row of the table `lines`: its columns and no others, each of its type or null. Columns may be absent
/// (`--omit-nulls`), but for the first three.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row<'a> {
    #[serde(borrow)]
    bundle: Text<'a>,
    file: Text<'a>,
    /// The line in the log that the row was made from.
    pub(super) line: i64,
    account: Option<Text<'a>>,
    org: Option<Text<'a>>,
    project: Option<Text<'a>>,
    pipeline: Option<Text<'a>>,
    run: Option<i64>,
    execution: Option<Text<'a>>,
    stage: Option<Text<'a>>,
    step_group: Option<Text<'a>>,
    step: Option<Text<'a>>,
    unit: Option<Text<'a>>,
    iteration: Option<Text<'a>>,
    /// Written as RFC 3339 text.
    timestamp: Option<Instant>,
    zone: Option<Text<'a>>,
    level: Option<Text<'a>>,
    /// Follows from `level`; read only to be checked.
    #[serde(rename = "level_number")]
    _level_number: Option<i8>,
    /// The level as the log has it; `level` is one of the six.
    level_text: Option<Text<'a>>,
    pos: Option<i64>,
    message: Option<Text<'a>>,
    args: Option<Args<'a>>,
    /// Kept byte for byte.
    extra: Option<&'a RawValue>,
    parse_error: Option<Text<'a>>,
    /// The keys of the record that are columns in the file of the row.
    keys: Option<&'a RawValue>,
    /// The same as text, and `extra` as text, if they have line ends.
    keys_text: Option<Text<'a>>,
    extra_text: Option<Text<'a>>,
    /// The stage, in a log whose rows name it themselves.
    row_stage: Option<Text<'a>>,
}

impl<'a> Row<'a> {
    /// Reads the row that a line is; if it has keys as members, as NDJSON has, with its columns: the keys are put
    /// together in `apart`. The error says why the line is not a row.
    pub(super) fn parse(
        line: &'a str,
        apart: &'a mut String,
    ) -> Result<(Self, Option<ColumnSet>), String> {
        let reason = match Self::of_columns(line) {
            Ok(row) => return Ok((row, None)),
            Err(reason) => reason,
        };
        let columns = keys::put_apart(line, apart).ok_or(reason)?;
        Ok((Self::of_columns(apart)?, Some(columns)))
    }

    /// Reads a row that has only columns.
    fn of_columns(line: &'a str) -> Result<Self, String> {
        let row: Self = serde_json::from_str(line).map_err(|error| explain(&error))?;
        // A raw value may be of any type; the columns have only objects here.
        let is_object = |json: Option<&str>| json.is_none_or(|json| json.starts_with('{'));
        match (is_object(row.extra()), is_object(row.keys())) {
            (false, _) => Err("not a row that ripsaw wrote: extra is not an object".into()),
            (_, false) => Err("not a row that ripsaw wrote: its keys are not an object".into()),
            _ => Ok(row),
        }
    }

    /// Why the line of the log could not be parsed, for the row of such a line.
    pub(super) fn error(&self) -> Option<&str> {
        text(&self.parse_error)
    }

    /// Whether it is a row of this log. Compared for every row, so nothing is copied.
    pub(super) fn is_of(&self, log: &Log) -> bool {
        let Log { bundle, file, identity } = log;
        self.file.0 == *file
            && self.bundle.0 == *bundle
            && self.run == identity.run
            && self.texts() == identity.texts()
    }

    /// The log that it is a row of, with all names copied.
    pub(super) fn log(&self) -> Log {
        let own = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.0.clone().into_owned());
        let identity = Identity {
            account: own(&self.account),
            org: own(&self.org),
            project: own(&self.project),
            pipeline: own(&self.pipeline),
            run: self.run,
            execution: own(&self.execution),
            stage: own(&self.stage),
            step_group: own(&self.step_group),
            step: own(&self.step),
            unit: own(&self.unit),
            iteration: own(&self.iteration),
        };
        let (bundle, file) = (self.bundle.0.clone(), self.file.0.clone());
        Log { bundle: bundle.into_owned(), file: file.into_owned(), identity }
    }

    /// The keys that have columns in the file of the row, as an object.
    pub(super) fn keys(&self) -> Option<&str> {
        self.keys.map(RawValue::get).or(text(&self.keys_text))
    }

    /// The fields without a column, as they were written.
    fn extra(&self) -> Option<&str> {
        self.extra.map(RawValue::get).or(text(&self.extra_text))
    }

    /// The identity columns in the order of [`Identity::texts`].
    fn texts(&self) -> [Option<&str>; 10] {
        [
            &self.account,
            &self.org,
            &self.project,
            &self.pipeline,
            &self.execution,
            &self.stage,
            &self.step_group,
            &self.step,
            &self.unit,
            &self.iteration,
        ]
        .map(text)
    }

    /// The row's other columns as a record. The level is taken from `level_text`, which is as the log has it;
    /// without that, from `level`.
    pub(super) fn record(&self) -> Record<'_> {
        let args = self.args.as_ref();
        let args =
            args.map(|args| args.0.iter().map(|(key, value)| (&*key.0, &*value.0)).collect());
        Record {
            level: text(&self.level_text).or(text(&self.level)),
            pos: self.pos,
            timestamp: self.timestamp.as_ref().map(|instant| instant.0),
            zone: text(&self.zone),
            // The time is final: `--tz` must not change it.
            is_epoch: true,
            message: text(&self.message),
            args,
            // The stage belongs to the log, not to the row, but in logs of some formats.
            stage: text(&self.row_stage)
                .and_then(|stage| deepset::ORIGINS.iter().find(|own| **own == stage).copied()),
            extra: self.extra(),
        }
    }
}

/// A column's text, if it is not null.
fn text<'t>(text: &'t Option<Text<'_>>) -> Option<&'t str> {
    text.as_ref().map(|text| &*text.0)
}

/// Why a line is not a row, without serde's list of all columns and with the byte, from 1.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let reason = reason.split_once(", expected one of").map_or(reason, |(reason, _)| reason);
    format!("not a row that ripsaw wrote: {reason} at byte {}", error.column())
}

/// Nanoseconds since 1970, read from a time with its offset that is exact to the nanosecond, or from their
/// number, as files of columns have it.
struct Instant(i64);

/// How a time is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spelling<'a> {
    Nanos(i64),
    #[serde(borrow)]
    Text(Text<'a>),
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Spelling::deserialize(deserializer)? {
            Spelling::Nanos(nanos) => return Ok(Self(nanos)),
            Spelling::Text(Text(text)) => text,
        };
        let time = timestamp::parse(&text).filter(|time| time.exact && time.zone.is_some());
        let nanos = time.and_then(|time| time.nanos);
        nanos.map(Self).ok_or_else(|| serde::de::Error::custom("timestamp is not a valid time"))
    }
}

/// The members of `args` in their order, which a map would not keep.
struct Args<'a>(Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Args<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ArgsVisitor).map(|Args(args)| Self(args))
    }
}

/// Reads an object whose values are strings.
struct ArgsVisitor;

impl<'de> Visitor<'de> for ArgsVisitor {
    type Value = Args<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    /// Refuses a key that comes twice: the writer never writes one.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut args: Vec<(Text<'de>, Text<'de>)> = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            // Comparing all pairs is quadratic, so objects with very many members are not checked further.
            if args.len() < 64 && args.iter().any(|(other, _)| *other == key) {
                return Err(serde::de::Error::custom("duplicate key in args"));
            }
            args.push((key, value));
        }
        Ok(Args(args))
    }
}

/// Columns that objects of other programs hardly have: one of them shows that other keys are those of records.
const TELLING: [&str; 5] = ["step_group", "level_number", "level_text", "extra", "parse_error"];

/// Whether a line, complete or not, begins as a row does: with a bundle, a file and a line, then columns, then
/// keys, as far as it goes.
pub(super) fn begins_row(line: &[u8]) -> bool {
    let mut seen = Seen::default();
    let mut reader = serde_json::Deserializer::from_slice(line);
    // A line that is cut fails where it ends.
    let _ = reader.deserialize_map(SeenVisitor(&mut seen));
    let is_known = !seen.has_keys || seen.is_telling;
    seen.first_columns == 3 && is_known && !seen.is_foreign
}

/// What was seen of an object before its end, or before it turned out not to be JSON.
#[derive(Default)]
struct Seen {
    /// How many of the first columns are there, in their order and of their types.
    first_columns: usize,
    /// It has a key that is not a column.
    has_keys: bool,
    /// It has one of the columns [`TELLING`].
    is_telling: bool,
    /// It has a column after a key.
    is_foreign: bool,
}

/// Writes to [`Seen`] as it goes: a line that is cut off gives no value.
struct SeenVisitor<'s>(&'s mut Seen);

impl<'de> Visitor<'de> for SeenVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    /// Stops without an error at the first of the three columns that is not in its place.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(seen) = self;
        for name in ["bundle", "file", "line"] {
            // Another key first: not a row, and no error either.
            if map.next_key::<Text<'_>>()?.is_none_or(|Text(key)| key != name) {
                return Ok(());
            }
            match name {
                "line" => drop(map.next_value::<i64>()?),
                _ => drop(map.next_value::<Text<'_>>()?),
            }
            seen.first_columns += 1;
        }
        let columns = lines_schema();
        while let Some(Text(key)) = map.next_key::<Text<'_>>()? {
            let is_column = columns.column_with_name(&key).is_some();
            seen.is_telling |= TELLING.contains(&&*key);
            seen.is_foreign |= is_column && seen.has_keys;
            seen.has_keys |= !is_column;
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
