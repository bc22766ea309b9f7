//! Counts and names in place of lines: `-c`, `-l`, `-L`, `-q` and `--count-by`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::super::terminal::printable;
use super::args::CountBy;
use super::hits::{Part, Printer};
use super::rows::Rows;

/// What is printed for each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PerEntry {
    /// `-q`: only the exit code counts.
    Nothing,
    /// `-c`: the number of matching rows, if there are any.
    Count,
    /// `-l`: the name, if a row matches.
    With,
    /// `-L`: the name, if no row matches.
    Without,
}

/// Prints at most a line per entry, when the entry ends.
pub(super) struct EntryPrinter<W> {
    pub(super) out: W,
    /// Selects the entries, and the form of the line.
    pub(super) what: PerEntry,
    /// Names of all entries, by index in the catalog.
    pub(super) names: Arc<[String]>,
    /// `-0`: NUL after the name instead of a colon or newline, since names may contain both.
    pub(super) nul: bool,
}

impl<W: Write> Printer for EntryPrinter<W> {
    /// Rows are counted by `Hits`; nothing is printed for them.
    fn rows(&mut self, _: &Part, _: &Rows, _: bool) -> io::Result<()> {
        Ok(())
    }

    /// Also called for entries without any row, which is what `-L` lists.
    fn end_entry(&mut self, entry: usize, hits: u64) -> io::Result<()> {
        let name = &self.names[entry];
        match (self.what, hits) {
            // As ripgrep, unlike grep: entries without a match are not listed with a 0.
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

/// Counts matching rows per value of a column; prints the largest counts first, hours in their order.
pub(super) struct CountPrinter<W> {
    pub(super) out: W,
    /// The column, which also decides the order.
    pub(super) by: CountBy,
    /// Matching rows per key so far.
    pub(super) counts: HashMap<Key, u64>,
    /// Escape control characters in names.
    pub(super) on_terminal: bool,
}

/// What is counted separately: a name after the names of what contains it, outermost first; `None` is null.
/// The steps `Test` of two stages are different keys.
type Key = Vec<Option<String>>;

impl CountBy {
    /// The columns that make up a key, outermost first.
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
    /// Counts the matches; they come on one thread, so no lock is needed.
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

    /// Prints `COUNT<TAB>NAME` lines: only now are the counts complete.
    fn finish(&mut self) -> io::Result<()> {
        let mut counts: Vec<_> = self.counts.drain().collect();
        counts.sort_by(|(a, of_a), (b, of_b)| match self.by {
            CountBy::Hour => a.cmp(b),
            // Equal counts by name: the order of a hash map differs from run to run.
            _ => of_b.cmp(of_a).then_with(|| a.cmp(b)),
        });
        for (key, count) in counts {
            let name = name(&key);
            let name = if self.on_terminal { printable(&name) } else { name.into() };
            writeln!(self.out, "{count}\t{name}")?;
        }
        Ok(())
    }
}

impl<W> CountPrinter<W> {
    /// A cell as a part of a key; of a time only date and hour: `2024-05-01T10:00Z`.
    fn part(&self, cell: Cow<'_, str>) -> String {
        match (self.by, cell.find(':')) {
            (CountBy::Hour, Some(minutes)) => format!("{}:00Z", &cell[..minutes]),
            _ => cell.into_owned(),
        }
    }
}

/// The parts of a key joined by `/`, without those that are null; `(none)` if the last one is null.
fn name(key: &Key) -> String {
    let Some((last, around)) = key.split_last() else { return String::new() };
    let last = last.as_deref().unwrap_or("(none)");
    let parts: Vec<&str> = around.iter().filter_map(Option::as_deref).chain([last]).collect();
    parts.join("/")
}
