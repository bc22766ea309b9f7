//! Lists of runs, in pages by offset.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::super::address::{Address, encode};
use super::super::client::Client;
use super::super::context::time_of_millis;
use super::super::exchange::Call;
use super::super::item::Item;
use super::unexpected;
use crate::error::Result;

/// What the API says of a run or build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fetch) struct Described {
    id: String,
    actor: String,
    pub(super) status: String,
    pub(super) started_at: Option<String>,
    pub(super) ended_at: Option<String>,
}

impl Described {
    pub(super) fn of(data: &Value) -> Option<Self> {
        let text = |name: &str| data[name].as_str().map(str::to_owned);
        Some(Self {
            id: text("id")?,
            actor: text("actId").unwrap_or_default(),
            status: text("status").unwrap_or_default(),
            started_at: text("startedAt"),
            ended_at: text("finishedAt"),
        })
    }

    /// Whether it has ended so long ago that its last lines have come.
    pub(super) fn is_settled(&self) -> bool {
        const SETTLED: i64 = 20;
        let ended = self.ended_at.as_deref().and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let since = ended.map(|ended| jiff::Timestamp::now().as_second() - ended.as_second());
        self.has_ended() && since.is_none_or(|since| !(0..SETTLED).contains(&since))
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "SUCCEEDED" | "FAILED" | "TIMED-OUT" | "ABORTED")
    }

    /// What the state has of it in addition to its status.
    pub(super) fn facts(&self) -> Map<String, Value> {
        [("actor".to_owned(), self.actor.as_str().into())].into_iter().collect()
    }
}

/// What is wanted of the runs of an actor.
pub(super) struct List<'a> {
    pub(super) base: &'a Address,
    pub(super) actor: &'a str,
    pub(super) last: Option<usize>,
    pub(super) since: Option<i64>,
    pub(super) status: &'a [String],
}

/// The most runs in a page.
const PAGE: usize = 1000;

impl List<'_> {
    /// The runs: the newest first if there is a number of them. Otherwise the oldest first: then runs that
    /// are added meanwhile come at the end, and no page shifts.
    pub(super) fn all(&self, client: &Client) -> Result<Vec<Item<Option<Described>>>> {
        let actor = encode(&self.actor.replace('/', "~"));
        let path = format!("/v2/actors/{actor}/runs");
        // Whether the API takes the time itself for later is not known: what is too early is left out below.
        let since = self.since.and_then(|since| time_of_millis(since - 1));
        let status = self.status.join(",").to_ascii_uppercase();
        let (mut items, mut seen, mut offset) = (Vec::new(), HashSet::new(), 0);
        loop {
            // A page that repeats the end of the one before may have nothing new, so pages are not made smaller
            // than they can be, but for small numbers.
            let limit =
                self.last.map_or(PAGE, |last| (last - items.len()).clamp(100, PAGE)).to_string();
            let at = offset.to_string();
            let mut query = vec![("offset", at.as_str()), ("limit", &limit)];
            query.push(("desc", if self.last.is_some() { "1" } else { "0" }));
            if !status.is_empty() {
                query.push(("status", &status));
            }
            if let Some(since) = &since {
                query.push(("startedAfter", since));
            }
            let address = self.base.below(&path, &query);
            let reply =
                client.reply(&client.with_token(Call::get("", address.clone())), |_| false)?;
            if reply.status != 200 {
                return Err(client.refused(&address, &reply));
            }
            let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let Some(runs) = answer["data"]["items"].as_array() else {
                return Err(unexpected(client, &address, &reply));
            };
            offset += runs.len();
            let before = seen.len();
            for run in runs.iter().filter_map(Described::of) {
                if self.wants(&run) && seen.insert(run.id.clone()) {
                    items.push(item(run));
                }
                if self.last == Some(items.len()) {
                    return Ok(items);
                }
            }
            let total = answer["data"]["total"].as_u64().unwrap_or(u64::MAX);
            // A service that does not know offsets gives the first page again and again.
            let has_new = seen.len() > before
                || !runs.iter().filter_map(Described::of).any(|run| self.wants(&run));
            if runs.is_empty() || !has_new || offset as u64 >= total {
                return Ok(items);
            }
        }
    }

    /// Whether a run is wanted: the API may not know all of the parameters.
    fn wants(&self, run: &Described) -> bool {
        let started =
            run.started_at.as_deref().and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let is_late = |since| started.is_none_or(|started| started.as_millisecond() >= since);
        self.since.is_none_or(is_late)
            && (self.status.is_empty()
                || self.status.iter().any(|status| status.eq_ignore_ascii_case(&run.status)))
    }
}

fn item(run: Described) -> Item<Option<Described>> {
    Item {
        id: run.id.clone(),
        status: Some(run.status.clone()),
        started_at: run.started_at.clone(),
        detail: Some(run),
    }
}
