//! deepset: the logs of pipelines, page by page.
//!
//! Pages come newest first; the cursor is a time, and records of one time may be on both sides of a page's end.
//! So pages overlap, and a record that came before is left out by its id. Source: the vendor's API reference.

mod record;
mod spool;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use twox_hash::XxHash3_128;

use super::address::{Address, encode};
use super::client::Call;
use super::context::Context;
use super::event::Outcome;
use super::item::{Item, Platform};
use super::name::{file_name, with_hash};
use super::state;
use crate::error::{Error, Location, Result};
use crate::format::DEEPSET_MEMBERS;
use crate::query::MemberFilter;
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

/// How far a pipeline was read by earlier fetches.
struct Known {
    /// The time of the newest record.
    newest: Timestamp,
    /// The ids of records of about that time.
    recent: HashSet<String>,
    /// Where the file begins; `None`: with the pipeline's first record.
    since: Option<i64>,
}

impl Known {
    fn of(record: &state::Record) -> Option<Self> {
        let newest = record.text("newest")?.parse().ok()?;
        let recent = record.more.get("recent")?.as_array()?.iter();
        let recent = recent.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        Some(Self { newest, recent, since: record.more.get("since").and_then(Value::as_i64) })
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
    spool: Spool,
    /// Hashes of the ids of all records so far.
    seen: HashSet<u128>,
    newest: Option<Timestamp>,
    /// Ids of records of about the newest time.
    recent: Vec<(Timestamp, String)>,
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
        let read = self.spool.len() as u64;
        if let Some(total) = total.filter(|total| is_whole && read < *total && self.unfit == 0) {
            let text = format!("read {read} of {total} records: the platform gave no others");
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
        let overlap = self.known.as_ref().and_then(|known| known.newest.checked_sub(LATE).ok());
        let (mut oldest, mut is_over) = (cursor, false);
        let (count, mut new) = (page.data.len(), 0);
        for record in page.data {
            let time = record.logged_at();
            oldest = match (oldest, time) {
                (Some(oldest), Some(time)) => Some(oldest.min(time)),
                (oldest, time) => oldest.or(time),
            };
            is_over |= time.is_some_and(|time| overlap.max(since).is_some_and(|end| time < end));
            let id = record.id();
            if !self.seen.insert(XxHash3_128::oneshot(id.as_bytes())) {
                continue;
            }
            new += 1;
            self.keep(&record, id, time, since)?;
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
            let text = format!(
                "the cursor does not move: more than {count} records were logged at {oldest}"
            );
            return Err(self.error(&text));
        }
        Ok(Next::After(next))
    }

    /// Keeps a record that is wanted and not in the file.
    fn keep(
        &mut self,
        record: &Record,
        id: String,
        time: Option<Timestamp>,
        since: Option<Timestamp>,
    ) -> Result<()> {
        if self.deepset.filter.as_ref().is_some_and(|filter| !filter.matches(record)) {
            self.unfit += 1;
            return Ok(());
        }
        if time.zip(since).is_some_and(|(time, since)| time < since) {
            return Ok(());
        }
        if let Some(time) = time {
            self.newest = self.newest.max(Some(time));
            let is_recent = |newest: Timestamp| newest.duration_since(time) <= LATE;
            if self.newest.is_some_and(is_recent) {
                self.recent.push((time, id.clone()));
            }
        }
        if self.known.as_ref().is_some_and(|known| known.recent.contains(&id)) {
            return Ok(());
        }
        // What is older than the overlap is in the file.
        let overlap = self.known.as_ref().and_then(|known| known.newest.checked_sub(LATE).ok());
        if time.zip(overlap).is_some_and(|(time, overlap)| time < overlap) {
            return Ok(());
        }
        let text = match self.deepset.wanted.is_csv {
            true => record.csv(),
            false => format!("{}\n", record.line()),
        };
        self.spool
            .push(&text)
            .map_err(|e| Error::io("cannot write", Location::bundle("a temporary file"), e))
    }

    fn error(&self, cause: &str) -> Error {
        self.context.client.error(&self.address, cause.to_owned())
    }

    /// Writes the file: what is there of it, then what is new, the oldest first.
    fn write(self, old: Option<&Path>, part: &Path) -> std::io::Result<()> {
        match old {
            Some(old) => drop(fs::copy(old, part)?),
            None => {
                let header = if self.deepset.wanted.is_csv { header() } else { String::new() };
                fs::write(part, header)?;
            }
        }
        let mut out = BufWriter::with_capacity(1 << 20, File::options().append(true).open(part)?);
        self.spool.reversed(&mut out)?;
        out.flush()
    }
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
    ) -> Result<Option<Outcome>> {
        let (workspace, pipeline) = &item.detail;
        let path =
            format!("/api/v1/workspaces/{}/pipelines/{}/logs", encode(workspace), encode(pipeline));
        let file = context.store.file_of(record);
        // A file that begins later than is wanted now is read anew.
        let begins =
            |known: &Known| known.since.is_none_or(|start| self.wanted.since >= Some(start));
        let known = Known::of(record)
            .filter(|known| file.is_some() && !context.force && !context.refresh && begins(known));
        let begin = known.as_ref().map_or(self.wanted.since, |known| known.since);
        let spool = Spool::new()
            .map_err(|e| Error::io("cannot create", Location::bundle("a temporary file"), e))?;
        let mut reading = Reading {
            context,
            deepset: self,
            id: &item.id,
            address: self.base.below(&path, &[]),
            spool,
            seen: HashSet::new(),
            newest: known.as_ref().map(|known| known.newest),
            recent: Vec::new(),
            unfit: 0,
            known,
        };
        reading.all()?;
        if reading.unfit > 0 {
            let text = format!(
                "the server sent {} records that do not pass --filter; left out",
                reading.unfit
            );
            context.client.notice(&item.id, text);
        }
        let old = file.filter(|_| reading.known.is_some());
        if reading.spool.len() == 0 {
            return Ok(old.map(|path| Outcome {
                id: item.id.clone(),
                path,
                bytes: record.bytes.unwrap_or_default(),
                status: None,
                is_kept: true,
                is_finished: false,
            }));
        }
        let newest = reading.newest;
        let recent = reading.recent.iter();
        let recent = recent
            .filter(|(time, _)| newest.is_some_and(|newest| newest.duration_since(*time) <= LATE));
        let recent: Vec<Value> = recent.map(|(_, id)| id.as_str().into()).collect();
        record.set("newest", newest.map(|newest| newest.to_string()));
        record.set("recent", recent);
        record.set("since", begin);
        let stem = file_name(&[workspace, pipeline]);
        let stem = if self.wanted.filter.is_some() { with_hash(&stem, &item.id) } else { stem };
        let extension = if self.wanted.is_csv { "csv" } else { "ndjson" };
        let name = context.store.claim(&item.id, &stem, extension);
        let part = context.store.part_of(&item.id);
        reading.write(old.as_deref(), &part).map_err(|e| {
            Error::io("cannot write", Location::bundle(part.display().to_string()), e)
        })?;
        context.finish(record, &part, &name).map(Some)
    }
}
