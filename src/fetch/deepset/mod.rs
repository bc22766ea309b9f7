//! deepset: the logs of pipelines, page by page.
//!
//! Pages come newest first; the cursor is a time, and records of one time may be on both sides of a page's end.
//! So pages overlap, and a record that came before is left out by its id. Source: the vendor's API reference.

mod known;
mod reading;
mod record;
mod spool;

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::address::{Address, encode};
use super::context::Context;
use super::event::Fetched;
use super::item::{Item, Platform};
use super::name::{file_name, with_hash};
use super::state::{self, cannot};
use crate::error::{Error, Location, Result};
use crate::format::DEEPSET_MEMBERS;
use crate::query::MemberFilter;
use known::Known;
use reading::Reading;
use spool::Spool;

/// Which records are wanted, and how they are written.
#[derive(Debug, Clone)]
pub struct PipelineLogs {
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
    wanted: PipelineLogs,
    filter: Option<MemberFilter>,
}

/// The API.
pub const HOST: &str = "https://api.cloud.deepset.ai";

impl Deepset {
    /// # Errors
    /// A filter that is wrong.
    pub fn new(base: Address, wanted: PipelineLogs) -> Result<Self> {
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
        let spool = || Spool::new().map_err(|e| cannot("write", Path::new("a temporary file"), e));
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
            now: Timestamp::now(),
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
        reading.write(there.as_deref(), &part).map_err(|e| cannot("write", &part, e))?;
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
