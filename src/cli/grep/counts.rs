//! Counts and names in place of lines.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::args::CountBy;
use super::hits::{Part, Printer};
use super::rows::Rows;

/// What is printed of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PerEntry {
    Nothing,
    Count,
    With,
    Without,
}

/// Prints a line for an entry.
pub(super) struct EntryPrinter<W> {
    pub(super) out: W,
    pub(super) what: PerEntry,
    pub(super) names: Arc<[String]>,
    pub(super) nul: bool,
}

impl<W: Write> Printer for EntryPrinter<W> {
    fn rows(&mut self, _: &Part, _: &Rows, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn end_entry(&mut self, entry: usize, hits: u64) -> io::Result<()> {
        let name = &self.names[entry];
        match (self.what, hits) {
            (PerEntry::Count, 1..) if self.nul => writeln!(self.out, "{name}\0{hits}"),
            (PerEntry::Count, 1..) => writeln!(self.out, "{name}:{hits}"),
            (PerEntry::With, 1..) | (PerEntry::Without, 0) => {
                write!(self.out, "{name}{}", if self.nul { '\0' } else { '\n' })
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Counts what matches by a column, most first; hours in their order.
pub(super) struct CountPrinter<W> {
    pub(super) out: W,
    pub(super) by: CountBy,
    pub(super) counts: HashMap<Option<String>, u64>,
}

impl<W: Write> Printer for CountPrinter<W> {
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        for &row in &part.hits {
            let key = match self.by {
                CountBy::Level => rows.text("level", row),
                CountBy::Stage => rows.text("stage", row),
                CountBy::Step => rows.text("step", row),
                CountBy::Hour => rows.text("timestamp", row).map(|time| {
                    time.find(':')
                        .map_or_else(String::new, |at| format!("{}:00Z", &time[..at]))
                        .into()
                }),
            };
            *self.counts.entry(key.map(Cow::into_owned)).or_default() += 1;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut counts: Vec<_> = self.counts.drain().collect();
        counts.sort_by(|(a, of_a), (b, of_b)| match self.by {
            CountBy::Hour => a.cmp(b),
            _ => of_b.cmp(of_a).then_with(|| a.cmp(b)),
        });
        for (key, count) in counts {
            writeln!(self.out, "{count}\t{}", key.as_deref().unwrap_or("(none)"))?;
        }
        Ok(())
    }
}
