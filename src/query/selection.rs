//! What is wanted of the lines that are read.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, StringArray};
use arrow::buffer::BooleanBuffer;

use super::needles::Needles;
use super::{Filter, Matcher};
use crate::identity::identify_in;
use crate::source::{Catalog, Entry};

/// A filter and a search; a row must pass both.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The filter.
    pub filter: Filter,
    /// The search in messages, if there is one.
    pub matcher: Option<Arc<Matcher>>,
}

impl Selection {
    /// Leaves out of the catalog what cannot have a row; returns how many entries those are.
    pub fn plan(&self, catalog: &mut Catalog) -> usize {
        let before = catalog.entries.len();
        let admits = |bundle: &str, entry: &Entry| {
            self.filter.admits(bundle, &entry.path, &identify_in(bundle, &entry.path))
        };
        catalog.retain(admits);
        before - catalog.entries.len()
    }

    /// Whether rows are left out.
    pub fn tests_rows(&self) -> bool {
        self.filter.tests_rows() || self.matcher.is_some()
    }

    /// What a raw line must have to be decoded at all.
    pub(crate) fn needles(&self) -> Option<&Needles> {
        self.matcher.as_deref()?.needles()
    }

    /// The rows of a batch of [`run_schema`](crate::batch::run_schema) that are wanted.
    pub fn rows(&self, batch: &RecordBatch) -> BooleanArray {
        let passing = self.filter.rows(batch);
        let Some(matcher) = &self.matcher else { return passing };
        let messages: &StringArray =
            batch.column_by_name("message").expect("a column of the table").as_string();
        let wanted = |row: usize| {
            passing.value(row) && messages.is_valid(row) && matcher.is_match(messages.value(row))
        };
        BooleanArray::new(BooleanBuffer::collect_bool(batch.num_rows(), wanted), None)
    }

    /// The plan in lines of text.
    pub fn explain(&self, entries: usize, skipped: usize) -> String {
        let (paths, rows) = self.filter.explain();
        let mut text = format!("entries: {} read, {skipped} ruled out by their paths\n", entries);
        for test in paths {
            text.push_str(&format!("  path   {test}\n"));
        }
        if let Some(needles) = self.needles() {
            let texts: Vec<String> =
                needles.texts().iter().map(|text| format!("{text:?}")).collect();
            text.push_str(&format!("  raw    only lines with {}\n", texts.join(" or ")));
        }
        for test in rows {
            text.push_str(&format!("  row    {test}\n"));
        }
        if self.matcher.is_some() {
            text.push_str("  row    the pattern in the decoded message\n");
        }
        text
    }
}
