//! Counts and names in place of lines.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use ripsaw::query::Matcher;

use super::super::names::separator;
use super::super::terminal::printable;
use super::args::CountBy;
use super::hits::{Part, Printer};
use super::rows::Rows;

/// What is printed of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PerEntry {
    Nothing,
    Count,
    CountMatches,
    With,
    Without,
}

/// Prints a line for an entry.
pub(super) struct EntryPrinter<W> {
    pub(super) out: W,
    pub(super) what: PerEntry,
    pub(super) names: Arc<[String]>,
    /// Counts follow the names of their entries.
    pub(super) named: bool,
    pub(super) nul: bool,
    pub(super) matcher: Option<Arc<Matcher>>,
    /// Of the entry that is read, if they are counted.
    pub(super) matches: u64,
}

impl<W: Write> Printer for EntryPrinter<W> {
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        if let (PerEntry::CountMatches, Some(matcher)) = (self.what, &self.matcher) {
            let matches = |&row: &usize| matcher.matches(rows.message(row)).count() as u64;
            self.matches += part.hits.iter().map(matches).sum::<u64>();
        }
        Ok(())
    }

    fn end_entry(&mut self, entry: usize, hits: u64) -> io::Result<()> {
        let name = &self.names[entry];
        let matches = std::mem::take(&mut self.matches);
        // Lines that do not match have no matches, but are counted.
        let count = if matches > 0 { matches } else { hits };
        match (self.what, hits) {
            (PerEntry::Count | PerEntry::CountMatches, 1..) => match (self.named, self.nul) {
                (false, _) => writeln!(self.out, "{count}"),
                (true, true) => writeln!(self.out, "{name}\0{count}"),
                (true, false) => writeln!(self.out, "{name}:{count}"),
            },
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
    pub(super) counts: HashMap<Key, u64>,
    /// It is printed on a terminal.
    pub(super) on_terminal: bool,
}

/// What is counted apart: a name and the names of what it is in, outermost first.
type Key = Vec<Option<String>>;

impl CountBy {
    /// The columns of a key.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Level => &["level"],
            Self::Stage => &["stage"],
            Self::Group => &["stage", "step_group"],
            Self::Step => &["stage", "step_group", "step"],
            Self::Unit => &["stage", "step_group", "step", "unit"],
            Self::Hour => &["timestamp"],
        }
    }
}

impl<W: Write> Printer for CountPrinter<W> {
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        for &row in &part.hits {
            let cell = |name: &&str| rows.text(name, row).map(|cell| self.part(cell));
            let key = self.by.columns().iter().map(cell).collect();
            *self.counts.entry(key).or_default() += 1;
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
            let name = name(&key, if self.on_terminal { separator() } else { "/" });
            let name = if self.on_terminal { printable(&name) } else { name.into() };
            writeln!(self.out, "{count}\t{name}")?;
        }
        Ok(())
    }
}

impl<W> CountPrinter<W> {
    /// A cell as a part of a key.
    fn part(&self, cell: Cow<'_, str>) -> String {
        match (self.by, cell.find(':')) {
            (CountBy::Hour, Some(minutes)) => format!("{}:00Z", &cell[..minutes]),
            _ => cell.into_owned(),
        }
    }
}

/// What is there of a key; `(none)` for its last part where that is null.
fn name(key: &Key, separator: &str) -> String {
    let Some((last, around)) = key.split_last() else { return String::new() };
    let last = last.as_deref().unwrap_or("(none)");
    let parts: Vec<&str> = around.iter().filter_map(Option::as_deref).chain([last]).collect();
    parts.join(separator)
}
