//! An entry as a row: what its path says of all of its lines before any is read.

use std::borrow::Cow;

use crate::identity::Identity;
use crate::query::odata::{Name, Row, Value};
use crate::record::zone::Zone;
use crate::table::{Column, lines_schema};

/// What is known of an entry that is not read.
pub(super) struct Known<'a> {
    pub(super) bundle: &'a str,
    pub(super) path: &'a str,
    pub(super) identity: &'a Identity,
    /// Rows may be of one of these.
    pub(super) stages: &'a [&'a str],
    pub(super) zone: &'a Zone,
}

impl Known<'_> {
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
        let Name::Column(index) = name else { return None };
        let schema = lines_schema();
        match schema.field(*index).name().as_str() {
            "line" => None,
            "stage" if !self.stages.is_empty() => None,
            // From the time on, columns differ from line to line.
            _ if *index >= Column::Timestamp.index() => None,
            "run" => Some(self.identity.run.map_or(Value::Null, Value::Int)),
            column => Some(self.text(column).map_or(Value::Null, Value::Text)),
        }
    }

    fn zone(&self) -> &Zone {
        self.zone
    }
}
