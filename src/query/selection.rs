//! Which lines are wanted: a filter and a search together, from paths to rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;

use super::level_marks::LevelMarks;
use super::needles::Needles;
use super::time_marks::{Bounds, TimeMarks};
use super::{Filter, Matcher};
use crate::source::{Catalog, Entry};
use crate::table::{Texts, cell_text, expand_column, lines_schema};

/// A filter and a search; a row must pass both.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The filter.
    pub filter: Filter,
    /// The search in messages, if there is one.
    pub matcher: Option<Arc<Matcher>>,
    /// Columns of the table `lines`, by index, any of which may match (`grep --field`); empty: the
    /// row's [text](Texts).
    pub searched: Vec<usize>,
}

impl Selection {
    /// A copy for another thread: threads that share a regular expression wait for each other's use of
    /// its scratch memory.
    #[must_use]
    pub fn for_thread(&self) -> Self {
        let matcher = self.matcher.as_deref().cloned().map(Arc::new);
        Self { matcher, ..self.clone() }
    }

    /// Leaves out of the catalog the entries that cannot have a wanted row; returns how many.
    pub fn admit(&self, catalog: &mut Catalog) -> usize {
        let before = catalog.entries.len();
        let admits = |bundle: &str, entry: &Entry| self.filter.admits(bundle, entry);
        catalog.retain(admits);
        before - catalog.entries.len()
    }

    /// The same selection for these entries: tests stages on rows if rows of any may name them.
    #[must_use]
    pub fn with_stages_of(mut self, catalog: &Catalog) -> Self {
        self.filter.stages_in_rows = catalog.entries.iter().any(|entry| !entry.stages.is_empty());
        self
    }

    /// The columns of the table `lines` that it looks at, by index.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = self.filter.columns();
        match &self.matcher {
            Some(_) if self.searched.is_empty() => columns.extend(Texts::COLUMNS),
            Some(_) => columns.extend(&self.searched),
            None => {}
        }
        columns
    }

    /// Whether rows are left out.
    pub fn tests_rows(&self) -> bool {
        self.filter.tests_rows() || self.matcher.is_some()
    }

    /// What a raw line must contain to be decoded at all; `None` if every line must be.
    pub(crate) fn needles(&self) -> Option<&Needles> {
        // Of other columns a raw line does not show the text: a step comes from the path, a level of
        // `warning` is `WARN`.
        self.matcher.as_deref().filter(|_| self.searched.is_empty())?.needles()
    }

    /// The spellings of levels of which a raw line of JSON must have one; `None` if every line must be decoded.
    pub(crate) fn level_marks(&self) -> Option<LevelMarks> {
        let levels = self.filter.levels?;
        Some(LevelMarks::new(|level| levels.has(level)))
    }

    /// The times of which a raw line must have one; `None` if every line must be decoded.
    pub(crate) fn time_marks(&self) -> Option<TimeMarks> {
        let Filter { since, until, .. } = self.filter;
        let bounds = Bounds { since, until };
        since.or(until).map(|_| TimeMarks::new(bounds))
    }

    /// The rows of a batch of [`run_schema`](crate::table::run_schema) that are wanted.
    /// `texts` are those of its rows.
    pub fn rows(&self, batch: &RecordBatch, texts: &Texts<'_>) -> BooleanArray {
        let passing = self.filter.rows(batch);
        let Some(matcher) = &self.matcher else { return passing };
        if !self.searched.is_empty() {
            return self.any_field(batch, &passing, matcher);
        }
        // The filter first: a row that it excludes is not searched.
        let wanted = |row: usize| {
            passing.value(row) && texts.get(row).is_some_and(|text| matcher.is_match(text))
        };
        BooleanArray::new(BooleanBuffer::collect_bool(batch.num_rows(), wanted), None)
    }

    /// Rows of which any searched column matches; with an inverted search, those of which none does. A
    /// row without a value in any of them never matches.
    fn any_field(
        &self,
        batch: &RecordBatch,
        passing: &BooleanArray,
        matcher: &Matcher,
    ) -> BooleanArray {
        let expand = |&column: &usize| expand_column(batch.column(column));
        let columns: Vec<ArrayRef> =
            self.searched.iter().map(expand).collect::<Result<_, _>>().expect("the table's types");
        let matches = |row: usize| {
            let mut texts = columns.iter().filter_map(|column| cell_text(column, row)).peekable();
            let any = texts.peek().is_some();
            let mut found = texts.map(|text| matcher.is_match(&text));
            // Inverted, `is_match` is true of a text without a match: all texts must be like that.
            if matcher.is_inverted() { any && found.all(|lacks| lacks) } else { found.any(|is| is) }
        };
        let wanted = |row: usize| passing.value(row) && matches(row);
        BooleanArray::new(BooleanBuffer::collect_bool(batch.num_rows(), wanted), None)
    }

    /// The query plan as lines of text: how many entries are read and skipped, and what is tested on
    /// paths, raw lines and rows.
    pub fn explain(&self, entries: usize, skipped: usize) -> String {
        let (paths, rows) = self.filter.explain();
        let mut text = format!("entries: {} read, {skipped} skipped by path\n", entries);
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
            let schema = lines_schema();
            let names: Vec<&str> =
                self.searched.iter().map(|&column| schema.field(column).name().as_str()).collect();
            let names = if names.is_empty() { "message".into() } else { names.join(", ") };
            text.push_str(&format!("  row    the pattern in {names}\n"));
        }
        text
    }
}
