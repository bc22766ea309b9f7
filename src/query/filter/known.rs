//! Rows of which only some is known: what an entry's path says of all of its lines before any is read, and the
//! level of lines that an index has counted.

use std::borrow::Cow;

use crate::identity::Identity;
use crate::query::odata::{Name, Row, Value};
use crate::record::level::Level;
use crate::record::zone::Zone;
use crate::table::{Column, lines_schema};

/// What is known of an entry before it is read. Its path gives some columns; all others are still open,
/// and an expression that depends on one of them does not exclude the entry.
pub(super) struct Known<'a> {
    /// The name of its bundle.
    pub(super) bundle: &'a str,
    pub(super) path: &'a str,
    pub(super) identity: &'a Identity,
    /// The stages that rows may name themselves; empty if the path alone has the stage.
    pub(super) stages: &'a [&'a str],
    /// The zone of times without an offset, in texts that are compared with times.
    pub(super) zone: &'a Zone,
}

impl Known<'_> {
    /// The value of a column as text; `None` if the path does not have it, or paths never do.
    pub(super) fn text(&self, column: &str) -> Option<Cow<'_, str>> {
        let Identity { account, org, project, pipeline, run, .. } = self.identity;
        let Identity { execution, stage, step_group, step, unit, iteration, .. } = self.identity;
        match column {
            "bundle" => Some(self.bundle.into()),
            "file" => Some(self.path.into()),
            "run" => run.map(|run| run.to_string().into()),
            _ => {
                let column = match column {
                    "account" => account,
                    "org" => org,
                    "project" => project,
                    "pipeline" => pipeline,
                    "execution" => execution,
                    "stage" => stage,
                    "step_group" => step_group,
                    "step" => step,
                    "unit" => unit,
                    "iteration" => iteration,
                    _ => return None,
                };
                column.as_deref().map(Cow::Borrowed)
            }
        }
    }
}

impl Row for Known<'_> {
    fn value(&self, name: &Name) -> Option<Value<'_>> {
        // Levels, args and extra differ from line to line.
        let Name::Column(index) = name else { return None };
        let schema = lines_schema();
        match schema.field(*index).name().as_str() {
            // `None` is not null, but a value that only the rows have.
            "line" => None,
            "stage" if !self.stages.is_empty() => None,
            // From `timestamp` on, the columns of the table differ from line to line.
            _ if *index >= Column::Timestamp.index() => None,
            // A number here, not text as for globs: `run ge 10` compares numbers.
            "run" => Some(self.identity.run.map_or(Value::Null, Value::Int)),
            column => Some(self.text(column).map_or(Value::Null, Value::Text)),
        }
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}

/// A row of which only the level is known.
pub(super) struct OfLevel<'a> {
    /// `None`: it has none.
    pub(super) level: Option<Level>,
    pub(super) zone: &'a Zone,
}

impl Row for OfLevel<'_> {
    fn value(&self, name: &Name) -> Option<Value<'_>> {
        let value = match name {
            Name::Severity => self.level.map(|level| Value::Int(level as i64)),
            Name::Column(index) if *index == Column::Level.index() => {
                self.level.map(|level| Value::Text(level.name().into()))
            }
            _ => return None,
        };
        Some(value.unwrap_or(Value::Null))
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}
