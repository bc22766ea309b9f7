//! The index: what is in each block of a log, so that a query reads only the blocks that it may want.
//!
//! An index is a file beside the log (`logs.zip.ripsaw`), or one for all loose files of a directory
//! (`DIR/.ripsaw/index`). It never changes the log and never an answer: a block is what the pipeline decodes
//! as one, so reading it alone gives the rows that it gives among all others, and a block is left out only if
//! what is known of it rules every row of it out.
//!
//! Of each block an index has its place and what its decoding needs of the text before, what was counted of it
//! (rows by level, the earliest and latest time), and a signature of its texts. Of entries that are
//! deflated and large it has places where they can be entered.
//!
//! **When it is valid.** The file is the same: of a zip archive by its size and the hash of its
//! central directory, which has the check sums of all entries, so that a copy of both stays valid; of any other by
//! size, times and number in the file system. The options that change rows are the same, and so is the revision of
//! the decoders. An entry must be named, listed and cut as it was. What is not valid is not used, with one
//! notice. What is written behind these, such as other bytes in an archive with an unchanged directory, is not
//! seen; `--no-index` is the way to be sure.
//!
//! `layout` has the bytes, `write` and `file` write and read them, `build` makes them from rows while `record`
//! runs the pipeline, `stamp` and `unit` say whether they fit, and `question` and `plan` use them.

mod layout;
mod signature;
mod grams;
mod file;
mod sound;
mod counts;
mod write;
mod stamp;
mod unit;
mod build;
mod record;
mod question;
mod plan;

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Location};
use crate::format::Formats;
use crate::parallel;
use crate::pipeline::Options;
use crate::query::Selection;
use crate::source::{Blocks, Catalog, MapPolicy};
pub use build::Written;
use file::{IndexFile, Key, Unusable};
use layout::WHOLE;
pub use plan::Pruned;
pub(crate) use plan::{Planned, add_unread};
use question::Question;
pub(crate) use question::Wanted;
pub use question::{BlockCounts, Counting, Extreme};
pub(crate) use record::{Building, build, missing, run};
pub(crate) use stamp::{change_of, fingerprint};
pub(crate) use unit::Files;
use unit::{Unfit, Unit, units};

/// An entry that an index has.
#[derive(Debug, Clone)]
struct Indexed {
    index: Arc<IndexFile>,
    /// The place of its record.
    entry: usize,
}

/// The indexes of a catalog.
#[derive(Debug, Clone)]
pub(crate) struct Indexes {
    /// By [number](crate::source::Entry::number).
    entries: Arc<[Option<Indexed>]>,
}

impl Indexes {
    /// The key of rows that are made with these options.
    pub(crate) fn key(catalog: &Catalog, options: &Options, formats: &Formats) -> Key {
        stamp::key_of(catalog, options, formats)
    }

    /// Sets the formats of the entries that indexes have, which are not detected then. `catalog`: as it was listed.
    /// Returns the files that were opened.
    pub(crate) fn tell_formats(
        catalog: &mut Catalog,
        key: Key,
        folder: Option<&Path>,
        threads: usize,
    ) -> Files {
        let units = units(catalog, folder);
        let mut files = Files::default();
        files.open(&units, key, catalog.options().map != MapPolicy::Never, threads);
        let formats = |unit: &Unit| files.of(unit).ok()?.formats(catalog, unit);
        let known = parallel::map(&units, threads, units.len(), formats);
        for (unit, formats) in units.iter().zip(known) {
            let entries = unit.entries.iter().zip(formats.into_iter().flatten());
            entries.for_each(|(&entry, recognised)| catalog.set_known(entry, recognised));
        }
        files
    }

    /// Opens the indexes that fit a catalog, all of whose entries are there, on up to `threads` threads; the
    /// others are among `notices`. `files`: those that are open already.
    pub(crate) fn open(
        catalog: &Catalog,
        key: Key,
        folder: Option<&Path>,
        threads: usize,
        mut files: Files,
        notices: &mut Vec<Error>,
    ) -> Option<Self> {
        let units = units(catalog, folder);
        files.open(&units, key, catalog.options().map != MapPolicy::Never, threads);
        let records = |unit: &Unit| Some(files.of(unit).ok()?.records(catalog, unit, key));
        let found = parallel::map(&units, threads, units.len(), records);
        let mut entries: Vec<Option<Indexed>> = vec![None; catalog.entries.len()];
        let mut unused = Vec::new();
        let mut reported = HashSet::new();
        for (unit, found) in units.iter().zip(&found) {
            match (files.of(unit), found) {
                (Ok(file), Some(Ok(first))) => {
                    for (record, &entry) in (*first..).zip(&unit.entries) {
                        let own = Indexed { index: Arc::clone(&file.index), entry: record };
                        // One that was not read whole may have other rows the next time.
                        let is_whole = own.record().flags.get() & WHOLE != 0;
                        entries[entry] = is_whole.then_some(own);
                    }
                }
                (Err(why), _) if reported.insert(&unit.index) => {
                    unused.extend(why.reason().map(|reason| (&*unit.index, reason)));
                }
                (_, Some(Err(Unfit::Zone))) => {
                    unused.push((&unit.index, "it was made with another --tz"));
                }
                // A directory grows: what is new is read.
                (_, Some(Err(Unfit::Changed))) if unit.path.is_empty() => {
                    unused.push((&unit.index, "the log has changed since"));
                }
                _ => {}
            }
        }
        add_notices(unused, notices);
        let is_used = |found: &Option<Result<usize, Unfit>>| matches!(found, Some(Ok(_)));
        found.iter().any(is_used).then(|| Self { entries: entries.into() })
    }

    /// The same, but for entries of these numbers.
    pub(crate) fn without(&self, is_out: impl Fn(usize) -> bool) -> Self {
        let entries = self.entries.iter().enumerate();
        let kept =
            |(number, own): (usize, &Option<Indexed>)| own.clone().filter(|_| !is_out(number));
        Self { entries: entries.map(kept).collect() }
    }

    /// Where the text of an entry can be divided into parts of about `target` bytes, each of whole blocks; `None` if
    /// it has no index, or must be read from its beginning.
    pub(crate) fn parts(&self, number: usize, target: u64) -> Option<Vec<(Range<u64>, i64)>> {
        plan::parts(self.entries.get(number)?.as_ref()?, target)
    }

    /// The blocks of a part of an entry; `None` if the index has changed since.
    pub(crate) fn blocks(&self, number: usize, part: &Range<u64>) -> Option<Blocks> {
        plan::blocks_within(self.entries.get(number)?.as_ref()?, part)
    }

    /// What a query reads. `wanted`: what of selected rows, if counts of blocks say which those are; `None`: all, or
    /// with `counts_only` nothing but their counts.
    pub(crate) fn plan(
        &self,
        catalog: &Arc<Catalog>,
        selection: Option<&Selection>,
        wanted: Option<&Wanted>,
        counts_only: bool,
    ) -> Planned {
        let special = wanted.and_then(|wanted| Question::wanting(selection, wanted));
        let question = special.unwrap_or_else(|| Question::new(selection, counts_only));
        plan::plan(catalog, &self.entries, &question)
    }

    /// What is read to count selected rows; `None` if counts of blocks do not say which those are.
    pub(crate) fn count(
        &self,
        catalog: &Arc<Catalog>,
        selection: Option<&Selection>,
        counting: Counting,
    ) -> Option<Planned> {
        let question = Question::counting(selection, counting)?;
        Some(plan::plan(catalog, &self.entries, &question))
    }
}

/// Adds notices of indexes that are not used, one for each reason.
fn add_notices(unused: Vec<(&Path, &'static str)>, notices: &mut Vec<Error>) {
    let mut reasons: Vec<(&str, &Path, usize)> = Vec::new();
    for (path, why) in unused {
        match reasons.iter_mut().find(|(reason, ..)| *reason == why) {
            // A log that was given twice is one.
            Some((_, first, more)) => *more += usize::from(*first != path),
            None => reasons.push((why, path, 0)),
        }
    }
    notices.extend(reasons.into_iter().map(|(why, first, more)| {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let location = Location::bundle(format!("{}{more}", first.to_string_lossy()));
        let error = Error::new("the index is not used", location, why);
        error.with_hint("ripsaw index makes it anew")
    }));
}

impl Unusable {
    /// Why an index is not used; `None`: there is none.
    fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Missing => return None,
            Self::Unreadable => "it cannot be read",
            Self::Damaged => "it is damaged",
            Self::Version => "it was written by another version",
            Self::Options => "it was made with other options",
        })
    }
}
