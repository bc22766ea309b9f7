//! Prints rows in the order of the input.

use std::io::{self, Write};
use std::sync::Arc;

use super::context::Context;
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
}

impl<W: Write> LinePrinter<W> {
    /// Prints the rows of a part that match.
    fn print_hits(&mut self, part: &Part, rows: &Rows) -> io::Result<()> {
        let group = self.page.group_of(part.entry, 0);
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
        let group = self.page.group_of(part.entry, 0);
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

    /// Context stays within an entry.
    fn end_entry(&mut self, _: usize, _: u64) -> io::Result<()> {
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
