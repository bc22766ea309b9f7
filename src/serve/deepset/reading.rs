//! Reads the records of a page.
//!
//! The first request for a filter reads all entries of the pipeline: the answer has the number of all records
//! that pass. This also shows the times of each entry, by which later requests read only the entries whose records
//! may be on the page.

use std::collections::HashSet;

use super::best::Best;
use super::clock::Clock;
use super::parameters::{Order, Parameters};
use super::pipeline::{Known, Pipeline, Span};
use super::record::{Key, Record};
use super::rows::{COLUMNS, Entry, Line, Rows};
use crate::error::Result;
use crate::index::Extreme;
use crate::query::{Filter, MemberFilter};
use crate::scan::Scan;
use crate::serve::archive::Archive;

/// Bytes as stored that are read on one thread.
const SMALL: u64 = 1 << 20;

/// A page of records.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) records: Vec<Record>,
    /// There are more after it.
    pub(super) has_more: bool,
    /// The records of all pages.
    pub(super) total: u64,
}

/// Reads a page.
///
/// # Errors
/// A thread that cannot be started.
pub(super) fn page(
    archive: &Archive,
    pipeline: &Pipeline,
    parameters: &Parameters,
    filter: Option<&MemberFilter>,
) -> Result<Page> {
    let text = parameters.filter.as_deref().unwrap_or_default();
    let mut reader = Reader {
        entries: &pipeline.entries,
        // One more shows whether there are more.
        best: Best::new(parameters.order, parameters.limit + 1),
        parameters,
        filter,
        total: 0,
    };
    let mut known = pipeline.known();
    let total = match known.total(text) {
        Some(total) => {
            let mut spans = known.spans.clone();
            drop(known);
            reader.read_some(archive, &mut spans)?;
            total
        }
        None => {
            reader.read_all(archive, &mut known)?;
            known.set_total(text, reader.total);
            reader.total
        }
    };
    let mut records = reader.best.finish();
    let has_more = records.len() > parameters.limit;
    records.truncate(parameters.limit);
    Ok(Page { records, has_more, total })
}

/// Takes rows, in the order of the entries.
struct Reader<'a> {
    entries: &'a [Entry],
    best: Best,
    parameters: &'a Parameters,
    filter: Option<&'a MemberFilter>,
    /// Records that pass the filter, on whatever page.
    total: u64,
}

/// Where the reader is among the rows.
#[derive(Default)]
struct Position {
    clock: Clock,
    /// The codes of the last row's entry, which change with it.
    code: Option<[i32; 2]>,
    /// Its place among the places that are read; `None`: it is not one of them.
    at: Option<usize>,
    /// The place that an entry after it may have.
    next: usize,
    line: Line,
    /// Rows of the entry so far.
    rows: u64,
}

impl Reader<'_> {
    /// Reads all entries, and notes what they show.
    fn read_all(&mut self, archive: &Archive, known: &mut Known) -> Result<()> {
        let mut spans = vec![None; self.entries.len()];
        let all: Vec<usize> = (0..self.entries.len()).collect();
        self.read(archive.scan().clone(), &all, &mut spans)?;
        known.spans = spans;
        Ok(())
    }

    /// Reads the entries that may have records of the page, those whose records come first before others.
    fn read_some(&mut self, archive: &Archive, spans: &mut [Option<Span>]) -> Result<()> {
        let Parameters { order, after, .. } = *self.parameters;
        let mut open: Vec<(usize, Span)> = Vec::new();
        for (place, span) in spans.iter().enumerate() {
            let Some(span) = span.filter(Span::has_records) else { continue };
            let [_, last] = order.ends(span.times);
            if after.is_none_or(|after| order.rank(last) > order.rank(after)) {
                open.push((place, span));
            }
        }
        open.sort_by_key(|(_, span)| order.rank(order.ends(span.times)[0]));
        let (mut open, mut size) = (&open[..], 1);
        while let Some((_, first)) = open.first()
            && self.best.takes_time(order.ends(first.times)[0])
        {
            let (now, later) = open.split_at(size.min(open.len()));
            let mut places: Vec<usize> = now.iter().map(|(place, _)| *place).collect();
            places.sort_unstable();
            let mut scan = archive.scan().clone();
            if now.iter().all(|(_, span)| span.is_exact) {
                scan = self.narrow(scan);
            }
            self.read(scan, &places, spans)?;
            open = later;
            size *= 2;
        }
        Ok(())
    }

    /// Leaves out rows by what an index knows of their times, which must be those of the records.
    fn narrow(&self, mut scan: Scan) -> Scan {
        let Parameters { order, after, limit, .. } = *self.parameters;
        let nanos = |micros: Option<i64>| micros?.checked_mul(1_000);
        let mut filter = Filter::default();
        match order {
            Order::Ascending => filter.since = nanos(after.and_then(|after| after.checked_add(1))),
            Order::Descending => filter.until = nanos(after),
        }
        if filter.since.or(filter.until).is_some() {
            scan = scan.filter(filter);
        }
        if self.filter.is_some() {
            return scan;
        }
        // One more, as in `page`.
        let most = limit as u64 + 1;
        scan.extreme(match order {
            Order::Ascending => Extreme::Earliest(most),
            Order::Descending => Extreme::Latest(most),
        })
    }

    /// Reads the entries of these places, in their order.
    fn read(&mut self, mut scan: Scan, places: &[usize], spans: &mut [Option<Span>]) -> Result<()> {
        let numbers: HashSet<usize> =
            places.iter().map(|&place| self.entries[place].number).collect();
        scan.retain(|_, entry| numbers.contains(&entry.number));
        let bytes: u64 = scan.entries().iter().map(|entry| entry.stored_bytes).sum();
        if bytes < SMALL {
            scan = scan.threads(1);
        }
        let mut position = Position::default();
        for batch in scan.keeping_escapes().columns(COLUMNS).batches()? {
            self.take(&Rows::of(batch?), places, spans, &mut position);
        }
        Ok(())
    }

    /// Takes the rows of a batch.
    fn take(
        &mut self,
        rows: &Rows,
        places: &[usize],
        spans: &mut [Option<Span>],
        position: &mut Position,
    ) {
        let mut keys: Vec<(Key, (usize, Line))> = Vec::new();
        for at in 0..rows.len() {
            position.go_to(rows, at, places, self.entries, spans);
            let Some(&place) = position.at.and_then(|at| places.get(at)) else { continue };
            let entry = &self.entries[place];
            // A client that reads times cuts them to microseconds, and its cursor must not pass the rest.
            let nanos = rows.nanos(at);
            let own = nanos.map(|nanos| nanos.div_euclid(1_000));
            let is_exact = nanos.is_some_and(|nanos| nanos % 1_000 == 0);
            let micros = position.clock.time(own, entry.is_own);
            let row = rows.row(at, micros, position.line, entry);
            if !row.is_record() {
                continue;
            }
            if let Some(span) = &mut spans[place] {
                span.note(micros, is_exact && row.has_id());
            }
            if self.filter.is_some_and(|filter| !filter.matches(&row)) {
                continue;
            }
            self.total += 1;
            let key = (micros, place, position.rows);
            if self.is_after(micros) && self.best.takes(key) {
                keys.push((key, (at, position.line)));
            }
        }
        self.best.choose(&mut keys);
        for (key, (at, line)) in keys {
            let row = rows.row(at, key.0, line, &self.entries[key.1]);
            self.best.push(Record::of(&row, key));
        }
    }

    /// Whether a time is that of this page or a later one.
    fn is_after(&self, micros: i64) -> bool {
        let Parameters { order, after, .. } = *self.parameters;
        after.is_none_or(|after| order.rank(micros) > order.rank(after))
    }
}

impl Position {
    /// Goes on to a row, perhaps of another entry.
    fn go_to(
        &mut self,
        rows: &Rows,
        at: usize,
        places: &[usize],
        entries: &[Entry],
        spans: &mut [Option<Span>],
    ) {
        let (code, line) = (rows.entry_code(at), rows.line(at));
        let is_other = self.code != Some(code);
        // Entries of an archive may share a name; then their lines start again.
        if is_other || line < self.line.number {
            let [bundle, path] = rows.entry_name(at);
            let found = places.iter().skip(self.next).position(|&place| {
                let entry = &entries[place];
                entry.path == path && entry.bundle == bundle
            });
            if is_other || found.is_some() {
                self.code = Some(code);
                self.at = found.map(|found| self.next + found);
                self.next = self.at.map_or(self.next, |at| at + 1);
                self.begin(self.at.map(|at| &mut spans[places[at]]));
            }
        }
        self.rows += 1;
        self.line.before = if line == self.line.number { self.line.before + 1 } else { 0 };
        self.line.number = line;
    }

    /// Begins an entry, at the time of the clock at which it began when it was read before.
    fn begin(&mut self, span: Option<&mut Option<Span>>) {
        self.clock.begin();
        (self.rows, self.line) = (0, Line::default());
        match span {
            Some(Some(span)) => self.clock.epoch = span.epoch,
            Some(span) => *span = Some(Span::beginning(self.clock.epoch)),
            None => {}
        }
    }
}
