//! Prints rows in the order of the input.

use std::io::{self, Write};
use std::sync::Arc;

use super::context::Context;
use super::files::Files;
use super::form::Form;
use super::hits::{Part, Printed, Printer};
use super::json::{AT_ONCE, JsonRows};
use super::page::Page;
use super::rows::Rows;

/// What is printed of a row.
pub(super) enum Body {
    Text(Arc<Form>),
    /// An object of JSON.
    Json(JsonRows),
}

/// Prints rows that match, and those beside them.
pub(super) struct LinePrinter<W> {
    /// Where rows are printed.
    pub(super) page: Page<W>,
    /// How a row is written.
    pub(super) body: Body,
    /// Which rows beside matches are printed.
    pub(super) context: Context,
    /// The files of the entries.
    pub(super) files: Files,
    /// Each file has one heading; else each of its entries.
    pub(super) heads_files: bool,
    /// The entry of the last rows.
    pub(super) entry: usize,
}

impl<W: Write> LinePrinter<W> {
    /// What has the same heading.
    fn group_of(&self, entry: usize) -> i64 {
        let entry = if self.heads_files { self.files.of_entry(entry) } else { entry };
        self.page.group_of(entry, 0)
    }

    /// Prints the rows of a part that match.
    fn print_hits(&mut self, part: &Part, rows: &Rows) -> io::Result<()> {
        let group = self.group_of(part.entry);
        if let Some(Printed { text, ends }) = &part.printed {
            return self.page.add_rows(group, text, &ends[..part.hits.len()]);
        }
        match &self.body {
            Body::Text(form) => {
                for &row in &part.hits {
                    self.page.add(group, false, |out| {
                        form.write(part.entry, rows, row, ':', out);
                        Ok(())
                    })?;
                }
            }
            Body::Json(json) => {
                for hits in part.hits.chunks(AT_ONCE) {
                    let text = json.lines(rows.batch, hits)?;
                    for line in text.split_inclusive('\n') {
                        self.page.add(group, false, |out| out.write_all(line.as_bytes()))?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl<W: Write> Printer for LinePrinter<W> {
    /// Prints the rows of a part that match, and those beside them.
    fn rows(&mut self, part: &Part, rows: &Rows, done: bool) -> io::Result<()> {
        let (false, Body::Text(form)) = (self.context.is_none(), &self.body) else {
            self.print_hits(part, rows)?;
            return self.page.write_all();
        };
        // A filter has left out the entries between.
        if part.entry != self.entry && !self.files.adjoins(part.entry) {
            self.context.break_off();
        }
        self.entry = part.entry;
        let group = self.group_of(part.entry);
        let mut hits = part.hits.iter().copied().peekable();
        for row in part.rows.clone() {
            let is_hit = hits.next_if_eq(&row).is_some();
            let done = done && hits.peek().is_none();
            let mark = if is_hit { ':' } else { '-' };
            self.context.add(&mut self.page, group, is_hit, done, |out| {
                form.write(part.entry, rows, row, mark, out);
                Ok(())
            })?;
        }
        self.page.write_all()
    }

    /// Context stays within a file.
    fn end_file(&mut self, _: usize, _: u64) -> io::Result<()> {
        self.context.break_off();
        Ok(())
    }

    fn wants_more(&self) -> bool {
        self.context.wants_more()
    }

    /// With `--head`: enough rows were printed.
    fn is_full(&self) -> bool {
        self.page.is_full()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.page.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.page.finish()
    }
}
