//! How the text of a streamed entry arrives: all at once as it is read, or bit by bit.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;

use super::Catalog;
use super::live::Live;
use super::outset::{Outset, Told};
use super::portion::Portion;
use super::readers::Stream;
use super::stream::Known;

/// The text of an entry, front to back.
pub(super) struct Arrival {
    stream: Stream,
    /// Where it comes from, if that is something to wait for.
    live: Option<Arc<Live>>,
    /// Where the format is told line by line, and may still change.
    outset: Option<Outset>,
}

/// How a read ended.
pub(super) enum Outcome {
    /// With as much as was wanted.
    Full,
    /// The writer pauses.
    Pause,
    /// At the end of the stream.
    End,
    /// It cannot be read further; what came before is there.
    Failed(io::Error),
}

impl Arrival {
    /// A text that is there.
    pub(super) fn of(stream: Stream) -> Self {
        Self { stream, live: None, outset: None }
    }

    /// A text that comes from a live source as it is; `known`: of its format.
    pub(super) fn of_live(stream: Stream, live: Arc<Live>, known: Known) -> Self {
        let outset = (known == Known::Nothing).then(Outset::default);
        Self { stream, live: Some(live), outset }
    }

    /// Whether more of it may take long to come.
    pub(super) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Reads until there are `want` bytes from `start` on, or a live source pauses; `waits`: not before
    /// something more has come.
    pub(super) fn read(
        &mut self,
        portion: &mut Portion,
        start: usize,
        want: usize,
        waits: bool,
    ) -> Outcome {
        let missing = want.saturating_sub(portion.used() - start);
        let Some(live) = &self.live else {
            return match portion.read(&mut self.stream, missing) {
                (_, Err(error)) => Outcome::Failed(error),
                (read, Ok(())) if read < missing => Outcome::End,
                _ => Outcome::Full,
            };
        };
        let mut since = (portion.used() > start && !waits).then(Instant::now);
        loop {
            let have = portion.used() - start;
            if have >= want {
                return Outcome::Full;
            }
            if since.is_some_and(|since| live.pauses(since)) {
                return Outcome::Pause;
            }
            match portion.read_some(&mut self.stream, want - have) {
                Ok(0) => return Outcome::End,
                Ok(_) => since = since.or_else(|| Some(Instant::now())),
                Err(error) => return Outcome::Failed(error),
            }
        }
    }

    /// Reads what comes, into memory that nothing is kept in.
    pub(super) fn skip(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }

    /// What is known of the format of a text, given with where it begins in the entry; `None`: all of it
    /// is of one format.
    pub(super) fn tell(
        &mut self,
        catalog: &Catalog,
        entry: usize,
        (text, at): (&[u8], u64),
        is_end: bool,
    ) -> Option<Told> {
        let outset = self.outset.as_mut()?;
        let entry = &catalog.entries[entry];
        let bundle = catalog.bundle_of(entry);
        let told = outset.tell(text, at as usize, is_end, |head, is_all| {
            catalog.recogniser.by_lines(bundle, &entry.path, head, is_all)
        });
        if outset.is_done() && matches!(told, Told::Format(..)) {
            self.outset = None;
        }
        Some(told)
    }
}
