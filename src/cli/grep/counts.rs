//! Counts and names in place of lines: `-c`, `-l`, `-L` and `-q`.

use std::io::{self, Write};
use std::sync::Arc;

use ripsaw::query::Matcher;

use super::hits::{Part, Printer};
use super::rows::Rows;

/// What is printed for each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PerEntry {
    /// `-q`: only the exit code counts.
    Nothing,
    /// `-c`: the number of matching rows, if there are any.
    Count,
    /// `--count-matches`: the number of matches, if there are any.
    CountMatches,
    /// `-l`: the name, if a row matches.
    With,
    /// `-L`: the name, if no row matches.
    Without,
}

/// Prints at most a line per file, when it ends.
pub(super) struct EntryPrinter<W> {
    pub(super) out: W,
    /// Selects the entries, and the form of the line.
    pub(super) what: PerEntry,
    /// Names of the files of all entries, by index in the catalog.
    pub(super) names: Arc<[String]>,
    /// Print the name before the count; `-I` leaves it out.
    pub(super) named: bool,
    /// `-0`: NUL after the name instead of a colon or newline, since names may contain both.
    pub(super) nul: bool,
    pub(super) matcher: Option<Arc<Matcher>>,
    /// Of the file that is read, if they are counted.
    pub(super) matches: u64,
}

impl<W: Write> Printer for EntryPrinter<W> {
    /// Rows are counted by `Hits`, matches in them here; nothing is printed.
    fn rows(&mut self, part: &Part, rows: &Rows, _: bool) -> io::Result<()> {
        if let (PerEntry::CountMatches, Some(matcher)) = (self.what, &self.matcher) {
            let matches = |&row: &usize| matcher.matches(rows.message(row)).count() as u64;
            self.matches += part.hits.iter().map(matches).sum::<u64>();
        }
        Ok(())
    }

    /// Also called for files without any row, which is what `-L` lists.
    fn end_file(&mut self, entry: usize, hits: u64) -> io::Result<()> {
        let name = &self.names[entry];
        let matches = std::mem::take(&mut self.matches);
        // Lines that do not match have no matches, but are counted.
        let count = if matches > 0 { matches } else { hits };
        match (self.what, hits) {
            // As ripgrep, unlike grep: entries without a match are not listed with a 0.
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
