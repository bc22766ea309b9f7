//! What a log is called in the columns of its rows, once it is converted.

use crate::identity::Identity;

/// Bytes of a row that ripsaw wrote at most, if the lines that rows are made of may have `max_line`: JSON escapes
/// some bytes with six, and has the names of the log beside the line.
pub(crate) fn longest_row(max_line: usize) -> usize {
    max_line.saturating_mul(8).saturating_add(1 << 20)
}

/// A log as converted rows name it, in their columns `bundle`, `file` and those of the identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Log {
    /// The name of its bundle.
    pub(crate) bundle: String,
    /// Its path in the bundle.
    pub(crate) file: String,
    /// What is known of it.
    pub(crate) identity: Identity,
}

impl Log {
    /// The texts of the identity that are not null, each with its column.
    pub(crate) fn identity_texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        Identity::TEXTS
            .into_iter()
            .zip(self.identity.texts())
            .filter_map(|(name, text)| Some((name, text?)))
    }

    /// Sets the value of a column, by its name; other names have no effect.
    pub(crate) fn set(&mut self, column: &str, value: Option<&str>) {
        let own = value.map(str::to_owned);
        let identity = &mut self.identity;
        match column {
            "bundle" => self.bundle = own.unwrap_or_default(),
            "file" => self.file = own.unwrap_or_default(),
            "account" => identity.account = own,
            "org" => identity.org = own,
            "project" => identity.project = own,
            "pipeline" => identity.pipeline = own,
            "run" => identity.run = own.and_then(|run| run.parse().ok()),
            "execution" => identity.execution = own,
            "stage" => identity.stage = own,
            "step_group" => identity.step_group = own,
            "step" => identity.step = own,
            "unit" => identity.unit = own,
            "iteration" => identity.iteration = own,
            _ => {}
        }
    }
}
