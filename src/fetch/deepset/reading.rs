//! Pages, read one after the other, and the file that is made of them.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::super::address::Address;
use super::super::context::Context;
use super::super::exchange::Call;
use super::super::state::{self, cannot};
use super::Deepset;
use super::known::{Known, hash};
use super::record::{Record, header};
use super::spool::Spool;
use crate::error::{Error, Result};

/// The most records in a page.
const PAGE: usize = 100;
/// Records may arrive late: those of so long before the newest that is there are asked for again.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// A page of the API.
#[derive(Deserialize)]
struct Page {
    data: Vec<Record>,
    #[serde(default)]
    has_more: bool,
    total: Option<u64>,
}

/// What was read of a pipeline.
pub(super) struct Reading<'a> {
    pub(super) context: &'a Context,
    pub(super) deepset: &'a Deepset,
    /// Of the item.
    pub(super) id: &'a str,
    pub(super) address: Address,
    pub(super) known: Option<Known>,
    /// Records that come after those of the file, and those that come before.
    pub(super) new: Spool,
    pub(super) old: Spool,
    /// Hashes of the ids of all records so far.
    pub(super) seen: HashSet<u128>,
    pub(super) newest: Option<Timestamp>,
    /// Ids of records of about the newest time, and of those without one.
    pub(super) recent: Vec<(Timestamp, String)>,
    pub(super) untimed: Vec<String>,
    /// More records than a page has were logged at this time, perhaps.
    pub(super) crowded: Option<Timestamp>,
    /// Records that the server should not have sent.
    pub(super) unfit: usize,
    /// When it began: no record is newer, whatever it says.
    pub(super) now: Timestamp,
}

/// What a page means for the next.
enum Next {
    After(Timestamp),
    End,
}

impl Reading<'_> {
    /// Reads pages until there are no more, or those that are in the file begin.
    pub(super) fn all(&mut self) -> Result<()> {
        let mut cursor: Option<Timestamp> = None;
        let mut total = None;
        loop {
            let page = self.page(cursor)?;
            total = total.or(page.total);
            match self.take(page, cursor)? {
                Next::After(time) => cursor = Some(time),
                Next::End => break,
            }
        }
        let is_whole = self.known.is_none() && self.deepset.wanted.since.is_none();
        let read = (self.new.len() + self.old.len()) as u64;
        if let Some(time) =
            self.crowded.filter(|_| !is_whole || total.is_none_or(|total| read < total))
        {
            let text = format!(
                "the cursor does not move: more than {PAGE} records may be logged at {time}"
            );
            return Err(self.error(&text));
        }
        if let Some(total) = total.filter(|total| is_whole && read < *total && self.unfit == 0) {
            let text = format!("read {read} of {total} records; the platform sent no more");
            self.context.client.notice(self.id, text);
        }
        Ok(())
    }

    fn page(&self, after: Option<Timestamp>) -> Result<Page> {
        let (client, limit) = (&self.context.client, PAGE.to_string());
        let mut query = vec![("limit", limit.as_str()), ("order", "DESC")];
        if let Some(filter) = &self.deepset.wanted.filter {
            query.push(("filter", filter));
        }
        let after = after.map(|time| format!("{time:.6}"));
        if let Some(after) = &after {
            query.push(("after", after));
        }
        let address = self.address.with(self.address.path(), &query);
        let call = client.with_token(Call::get(self.id, address.clone()));
        let reply = client.reply(&call, |_| false)?;
        if reply.status != 200 {
            return Err(client.refused(&address, &reply));
        }
        self.context.received.fetch_add(reply.body.len() as u64, Ordering::Relaxed);
        serde_json::from_slice(&reply.body)
            .map_err(|e| client.error(&address, format!("not a page of records: {e}")))
    }

    /// Takes what is new of a page.
    fn take(&mut self, page: Page, cursor: Option<Timestamp>) -> Result<Next> {
        let wanted = &self.deepset.wanted;
        let since = wanted.since.and_then(|since| Timestamp::from_millisecond(since).ok());
        let overlap = self.overlap();
        // A file is continued without a gap, whatever is wanted of it now.
        let end = overlap.or(since);
        let (mut oldest, mut is_over) = (cursor, false);
        let (count, mut new) = (page.data.len(), 0);
        for record in page.data {
            let time = record.logged_at();
            oldest = match (oldest, time) {
                (Some(oldest), Some(time)) => Some(oldest.min(time)),
                (oldest, time) => oldest.or(time),
            };
            is_over |= time.zip(end).is_some_and(|(time, end)| time < end);
            let id = record.id();
            if !self.seen.insert(hash(&id)) {
                continue;
            }
            new += 1;
            self.keep(&record, id, time, end)?;
        }
        if is_over || count == 0 || !page.has_more {
            return Ok(Next::End);
        }
        let Some(oldest) = oldest else {
            return Err(
                self.error("no record of a page has a time: there is no cursor for the next")
            );
        };
        // Just after the oldest: whether the cursor itself is left out does not matter then.
        let next = oldest.checked_add(SignedDuration::from_micros(1)).unwrap_or(oldest);
        if new == 0 && cursor.is_some_and(|cursor| next >= cursor) {
            // Beyond this time, then: whether there are others of it is seen by the total.
            if self.crowded == Some(oldest) {
                return Err(self.error(&format!(
                    "the cursor does not move: more than {PAGE} records were logged at {oldest}"
                )));
            }
            self.crowded = Some(oldest);
            return Ok(Next::After(oldest));
        }
        Ok(Next::After(next))
    }

    /// Where what is known ends, less the time in which records may be late.
    fn overlap(&self) -> Option<Timestamp> {
        self.known.as_ref()?.newest?.checked_sub(LATE).ok()
    }

    /// Keeps a record that is wanted and not in the file; `end`: earlier ones are not.
    fn keep(
        &mut self,
        record: &Record,
        id: String,
        time: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Result<()> {
        if self.deepset.filter.as_ref().is_some_and(|filter| !filter.matches(record)) {
            self.unfit += 1;
            return Ok(());
        }
        if time.zip(end).is_some_and(|(time, end)| time < end) {
            return Ok(());
        }
        let is_known = self.known.as_ref().is_some_and(|known| known.ids.contains(&hash(&id)));
        match time {
            Some(time) => {
                // A clock that is wrong must not make all that comes look old.
                self.newest = self.newest.max(Some(time.min(self.now)));
                let is_recent = |newest: Timestamp| newest.duration_since(time) <= LATE;
                if self.newest.is_some_and(is_recent) {
                    self.recent.push((time, id));
                }
            }
            None => self.untimed.push(id),
        }
        if is_known {
            return Ok(());
        }
        let text = match self.deepset.wanted.is_csv {
            true => record.csv(),
            false => format!("{}\n", record.line()),
        };
        let begin = self.known.as_ref().and_then(|known| known.oldest);
        let is_old = time.zip(begin).is_some_and(|(time, begin)| time < begin);
        let spool = if is_old { &mut self.old } else { &mut self.new };
        spool.push(&text).map_err(|e| cannot("write", Path::new("a temporary file"), e))
    }

    /// Writes down how far the pipeline was read.
    pub(super) fn note(&self, record: &mut state::Record, begin: Option<i64>) {
        let newest = self.newest;
        let is_recent =
            |time: &Timestamp| newest.is_some_and(|newest| newest.duration_since(*time) <= LATE);
        let recent = self.recent.iter().filter(|(time, _)| is_recent(time));
        let recent: Vec<Value> = recent.map(|(_, id)| id.as_str().into()).collect();
        let known = record.more.get("untimed").and_then(Value::as_array);
        let known = known.into_iter().flatten().filter_map(Value::as_str);
        let untimed: BTreeSet<&str> =
            self.untimed.iter().map(String::as_str).chain(known).collect();
        let untimed: Vec<Value> = untimed.into_iter().map(Value::from).collect();
        record.set("newest", newest.map(|newest| newest.to_string()));
        record.set("recent", recent);
        record.set("untimed", untimed);
        record.set("since", begin);
    }

    fn error(&self, cause: &str) -> Error {
        self.context.client.error(&self.address, cause.to_owned())
    }

    /// Writes the file: what is older than what is there of it, that, and what is new; each the oldest first.
    pub(super) fn write(self, there: Option<&Path>, part: &Path) -> std::io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(part)?);
        let mut there = there.map(File::open).transpose()?.map(BufReader::new);
        if self.deepset.wanted.is_csv {
            let mut own = String::new();
            if let Some(there) = &mut there {
                there.read_line(&mut own)?;
            }
            out.write_all(if own.is_empty() { header() } else { own }.as_bytes())?;
        }
        self.old.reversed(&mut out)?;
        if let Some(there) = &mut there {
            let mut ending = LastByte { out: &mut out, last: b'\n' };
            io::copy(there, &mut ending)?;
            // A user's editor may have left the last line without its end.
            if ending.last != b'\n' {
                out.write_all(b"\n")?;
            }
        }
        self.new.reversed(&mut out)?;
        out.flush()
    }
}

/// Passes bytes on, and remembers the last.
struct LastByte<W> {
    out: W,
    last: u8,
}

impl<W: io::Write> io::Write for LastByte<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        if let Some(last) = bytes[..written].last() {
            self.last = *last;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
