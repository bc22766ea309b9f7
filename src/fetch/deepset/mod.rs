//! deepset: the logs of pipelines, page by page.
//!
//! Pages come newest first; the cursor is a time, and records of one time may be on both sides of a page's end.
//! So pages overlap, and a record that came before is left out by its id. Source: the vendor's API reference.

mod record;
mod spool;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use twox_hash::XxHash3_128;

use super::address::{Address, encode};
use super::client::Call;
use super::context::Context;
use super::event::Fetched;
use super::item::{Item, Platform};
use super::name::{file_name, with_hash};
use super::state;
use crate::error::{Error, Location, Result};
use crate::format::DEEPSET_MEMBERS;
use crate::query::MemberFilter;
use crate::scan::{Scan, ScanOptions};
use crate::source::FormatId;
use record::{Record, header};
use spool::Spool;

/// Which records are wanted, and how they are written.
#[derive(Debug, Clone)]
pub struct Records {
    /// Workspaces and names of pipelines.
    pub pipelines: Vec<(String, String)>,
    /// Only records that pass this OData filter.
    pub filter: Option<String>,
    /// Only records of this time or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// As CSV instead of JSON.
    pub is_csv: bool,
}

/// Where the API is, and what is wanted of it.
#[derive(Debug)]
pub struct Deepset {
    base: Address,
    wanted: Records,
    filter: Option<MemberFilter>,
}

/// The API.
pub const HOST: &str = "https://api.cloud.deepset.ai";

/// The most records in a page.
const PAGE: usize = 100;
/// Records may arrive late: those of so long before the newest that is there are asked for again.
const LATE: SignedDuration = SignedDuration::from_secs(60);

impl Deepset {
    /// # Errors
    /// A filter that is wrong.
    pub fn new(base: Address, wanted: Records) -> Result<Self> {
        let parse = |text: &String| {
            MemberFilter::parse(text, &DEEPSET_MEMBERS).map_err(|mistake| {
                Error::new("invalid --filter", Location::default(), mistake.to_string())
            })
        };
        let filter = wanted.filter.as_ref().map(parse).transpose()?;
        Ok(Self { base, wanted, filter })
    }

    /// What the state of a pipeline's records is found by.
    fn id(&self, workspace: &str, pipeline: &str) -> String {
        let id = format!("{workspace}/{pipeline}");
        let id = if self.wanted.is_csv { format!("{id} as CSV") } else { id };
        match &self.wanted.filter {
            Some(filter) => format!("{id} where {filter}"),
            None => id,
        }
    }
}

/// A page of the API.
#[derive(Deserialize)]
struct Page {
    data: Vec<Record>,
    #[serde(default)]
    has_more: bool,
    total: Option<u64>,
}

/// What the file has that is there of a pipeline.
#[derive(Default)]
struct Known {
    /// Up to here all is there, if that is known: pages need not be read beyond it.
    newest: Option<Timestamp>,
    /// The time of its first record.
    oldest: Option<Timestamp>,
    /// Hashes of the ids of records that may come again.
    ids: HashSet<u128>,
}

impl Known {
    /// From the state, which has the ids of the newest records and of those without a time.
    fn of_state(record: &state::Record) -> Option<Self> {
        let newest = record.text("newest")?.parse().ok()?;
        let ids =
            ["recent", "untimed"].iter().filter_map(|name| record.more.get(*name)?.as_array());
        let ids = ids.flatten().filter_map(Value::as_str).map(hash).collect();
        Some(Self { newest: Some(newest), oldest: None, ids })
    }

    /// From the file itself, if it is not the one of the state: it may have been written by a fetch that was
    /// killed before its state was, or changed by the user.
    fn of_file(path: &Path, is_whole: bool) -> Result<Self> {
        let options = ScanOptions { format: FormatId::named("deepset"), ..ScanOptions::default() };
        let scan = Scan::open_with([path], options)?.columns(["timestamp", "message", "extra"]);
        let mut known = Self::default();
        for row in scan.records()? {
            let row = row?;
            let nanos = row.timestamp();
            let time = nanos.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok());
            known.newest = known.newest.max(time);
            known.oldest = match (known.oldest, time) {
                (Some(oldest), Some(time)) => Some(oldest.min(time)),
                (oldest, time) => oldest.or(time),
            };
            let extra = row.text("extra").unwrap_or_default();
            let extra: Value = serde_json::from_str(&extra).unwrap_or_default();
            known.ids.insert(hash(&id_of(&extra["log_id"])));
        }
        known.newest = known.newest.filter(|_| is_whole).map(|newest| newest.min(Timestamp::now()));
        Ok(known)
    }
}

/// What an id is remembered by.
fn hash(id: &str) -> u128 {
    XxHash3_128::oneshot(id.as_bytes())
}

/// An id as text; empty if there is none.
fn id_of(id: &Value) -> String {
    match id {
        Value::Null => String::new(),
        Value::String(id) => id.clone(),
        other => other.to_string(),
    }
}

/// What was read of a pipeline.
struct Reading<'a> {
    context: &'a Context,
    deepset: &'a Deepset,
    /// Of the item.
    id: &'a str,
    address: Address,
    known: Option<Known>,
    /// Records that come after those of the file, and those that come before.
    new: Spool,
    old: Spool,
    /// Hashes of the ids of all records so far.
    seen: HashSet<u128>,
    newest: Option<Timestamp>,
    /// Ids of records of about the newest time, and of those without one.
    recent: Vec<(Timestamp, String)>,
    untimed: Vec<String>,
    /// More records than a page has were logged at this time, perhaps.
    crowded: Option<Timestamp>,
    /// Records that the server should not have sent.
    unfit: usize,
}

/// What a page means for the next.
enum Next {
    After(Timestamp),
    End,
}

impl Reading<'_> {
    /// Reads pages until there are no more, or what is known begins.
    fn all(&mut self) -> Result<()> {
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
        let mut call = Call::get(self.id, address.clone());
        if let Some(key) = client.secrets.first() {
            call = call.secret("authorization", key.header("Bearer "));
        }
        let reply = client.reply(&call, |_| false)?;
        if reply.status != 200 {
            return Err(client.refused(&address, &reply));
        }
        self.context
            .received
            .fetch_add(reply.body.len() as u64, std::sync::atomic::Ordering::Relaxed);
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
                self.newest = self.newest.max(Some(time));
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
        spool.push(&text).map_err(|e| cannot_write(Path::new("a temporary file"), e))
    }

    /// Writes down how far the pipeline was read.
    fn note(&self, record: &mut state::Record, begin: Option<i64>) {
        // A clock that is wrong must not make all that comes look old.
        let newest = self.newest.map(|newest| newest.min(Timestamp::now()));
        let is_recent =
            |time: &Timestamp| newest.is_some_and(|newest| newest.duration_since(*time) <= LATE);
        let recent = self.recent.iter().filter(|(time, _)| is_recent(time));
        let recent: Vec<Value> = recent.map(|(_, id)| id.as_str().into()).collect();
        let known =
            record.more.get("untimed").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut untimed: Vec<Value> = self.untimed.iter().map(|id| id.as_str().into()).collect();
        untimed.extend(known);
        record.set("newest", newest.map(|newest| newest.to_string()));
        record.set("recent", recent);
        record.set("untimed", untimed);
        record.set("since", begin);
    }

    fn error(&self, cause: &str) -> Error {
        self.context.client.error(&self.address, cause.to_owned())
    }

    /// Writes the file: what is older than what is there of it, that, and what is new; each the oldest first.
    fn write(self, there: Option<&Path>, part: &Path) -> std::io::Result<()> {
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

fn cannot_write(path: &Path, e: io::Error) -> Error {
    Error::io("cannot write", Location::bundle(path.display().to_string()), e)
}

impl Platform for Deepset {
    type Detail = (String, String);

    fn name(&self) -> &'static str {
        "deepset"
    }

    fn list(&self, _: &Context) -> Result<Vec<Item<Self::Detail>>> {
        let item = |(workspace, pipeline): &(String, String)| Item {
            id: self.id(workspace, pipeline),
            status: None,
            started_at: None,
            detail: (workspace.clone(), pipeline.clone()),
        };
        Ok(self.wanted.pipelines.iter().map(item).collect())
    }

    fn fetch(
        &self,
        context: &Context,
        item: &Item<Self::Detail>,
        record: &mut state::Record,
    ) -> Result<Vec<Fetched>> {
        let (workspace, pipeline) = &item.detail;
        let path =
            format!("/api/v1/workspaces/{}/pipelines/{}/logs", encode(workspace), encode(pipeline));
        let stem = file_name(&[workspace, pipeline]);
        let stem = if self.wanted.filter.is_some() { with_hash(&stem, &item.id) } else { stem };
        let extension = if self.wanted.is_csv { "csv" } else { "ndjson" };
        let name = context.store.claim(&item.id, &stem, extension);
        let there = Some(context.store.path(&name)).filter(|path| path.is_file());
        let (known, begin) = self.known(context, record, there.as_deref())?;
        let spool = || Spool::new().map_err(|e| cannot_write(Path::new("a temporary file"), e));
        let mut reading = Reading {
            context,
            deepset: self,
            id: &item.id,
            address: self.base.below(&path, &[]),
            new: spool()?,
            old: spool()?,
            seen: HashSet::new(),
            newest: known.as_ref().and_then(|known| known.newest),
            recent: Vec::new(),
            untimed: Vec::new(),
            crowded: None,
            unfit: 0,
            known,
        };
        reading.all()?;
        if reading.unfit > 0 {
            let text = format!("left out {} records that do not pass --filter", reading.unfit);
            context.client.notice(&item.id, text);
        }
        if reading.new.len() + reading.old.len() == 0 {
            let kept = there.map(|path| Fetched {
                id: item.id.clone(),
                bytes: path.metadata().map_or(0, |data| data.len()),
                path,
                status: None,
                is_kept: true,
                is_finished: false,
            });
            return Ok(kept.into_iter().collect());
        }
        reading.note(record, begin);
        let part = context.store.part_of(&item.id);
        reading.write(there.as_deref(), &part).map_err(|e| cannot_write(&part, e))?;
        Ok(vec![context.finish(record, &part, &name, false)?])
    }
}

impl Deepset {
    /// What is there of a pipeline, and the time with which its file begins; `None`: with its first record.
    fn known(
        &self,
        context: &Context,
        record: &state::Record,
        there: Option<&Path>,
    ) -> Result<(Option<Known>, Option<i64>)> {
        let Some(path) = there else { return Ok((None, self.wanted.since)) };
        let own = record.more.get("since").and_then(Value::as_i64);
        let has_state = Known::of_state(record);
        // A file that begins later than is wanted now lacks what is before it.
        let begins = own.is_none_or(|begin| self.wanted.since >= Some(begin));
        let is_whole = has_state.is_some() && begins && !context.force && !context.refresh;
        let is_as_written = context.store.file_of(record).is_some();
        let begin = if is_whole { own } else { self.wanted.since.min(own) };
        let begin = if has_state.is_some() { begin } else { self.wanted.since };
        match has_state.filter(|_| is_whole && is_as_written) {
            Some(known) => Ok((Some(known), begin)),
            // Records that the platform has forgotten are kept.
            None => Ok((Some(Known::of_file(path, is_whole)?), begin)),
        }
    }
}
