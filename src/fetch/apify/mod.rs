//! Apify: the logs of runs and builds, a text file each.
//!
//! Source: the vendor's API reference, version 2.

mod list;
mod log;

use serde_json::Value;

use super::address::{Address, encode};
use super::client::Client;
use super::context::Context;
use super::download::{download, forget};
use super::event::Fetched;
use super::exchange::{Call, Reply};
use super::item::{Item, Platform};
use super::name::file_name;
use super::state::Record;
use crate::error::{Error, Location, Result};
use list::{Described, List};
use log::Log;

/// Which logs are wanted.
#[derive(Debug, Clone)]
pub enum Logs {
    /// Those of these runs and builds, by their ids or the addresses of their pages.
    Logs(Vec<String>),
    /// Those of an actor's runs.
    Runs {
        /// Its id, or its user's name and its own.
        actor: String,
        /// Only so many, the newest.
        last: Option<usize>,
        /// Only those that started at this time or later, in milliseconds since 1970.
        since: Option<i64>,
        /// Only those with these statuses; any if empty.
        status: Vec<String>,
    },
}

/// Where the API is, and what is wanted of it.
#[derive(Debug)]
pub struct Apify {
    base: Address,
    wanted: Logs,
    /// With escape sequences.
    is_raw: bool,
    /// Until the runs end, as they go.
    is_followed: bool,
}

/// The API.
pub const HOST: &str = "https://api.apify.com";

/// The most characters that the platform keeps of a log.
const LARGEST: u64 = 10_485_760;

impl Apify {
    /// `is_raw`: logs with escape sequences; `is_followed`: as they go, until the runs end.
    pub fn new(base: Address, wanted: Logs, is_raw: bool, is_followed: bool) -> Self {
        Self { base, wanted, is_raw, is_followed }
    }

    /// What the API knows of a run or build; `None` if it does not say.
    fn describe(&self, client: &Client, id: &str) -> Result<Option<Described>> {
        for kind in ["actor-runs", "actor-builds"] {
            let address = self.base.below(&format!("/v2/{kind}/{}", encode(id)), &[]);
            let reply =
                client.reply(&client.with_token(Call::get(id, address.clone())), |_| false)?;
            match reply.status {
                200 => {
                    let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
                    return Ok(Described::of(&answer["data"]));
                }
                // A log may be public while its run is not.
                401 | 403 | 404 => {}
                _ => return Err(client.refused(&address, &reply)),
            }
        }
        Ok(None)
    }

    /// The request for a log.
    fn log<'a>(&'a self, id: &'a str, is_followed: bool, is_final: bool) -> Log<'a> {
        let mut query = Vec::new();
        if self.is_raw {
            query.push(("raw", "1"));
        }
        if is_followed {
            query.push(("stream", "1"));
        }
        let address = self.base.below(&format!("/v2/logs/{}", encode(id)), &query);
        Log { id, address, is_followed, is_final }
    }
}

/// The error of an answer that should have been JSON.
fn unexpected(client: &Client, address: &Address, reply: &Reply) -> Error {
    client.error(address, format!("unexpected answer: {}", client.said(reply)))
}

/// The id in the address of a run's page, such as `https://console.apify.com/actors/ACTOR/runs/ID#log`, or
/// of its log.
fn id_of(text: &str) -> Result<String, String> {
    if !text.contains("://") {
        return Ok(text.to_owned());
    }
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let id = ["logs", "actor-runs", "actor-builds", "runs", "builds"].iter().find_map(|name| {
        let at = parts.iter().rposition(|part| part == name)?;
        parts.get(at + 1).filter(|id| !id.is_empty() && **id != "last")
    });
    id.map(|id| (*id).to_owned()).ok_or_else(|| "the address has no run, build or log".into())
}

impl Platform for Apify {
    type Detail = Option<Described>;

    fn name(&self) -> &'static str {
        "apify"
    }

    fn list(&self, context: &Context) -> Result<Vec<Item<Self::Detail>>> {
        match &self.wanted {
            Logs::Logs(texts) => {
                let item = |text: &String| {
                    let id = id_of(text).map_err(|why| {
                        Error::new(
                            "cannot fetch",
                            Location::bundle(text.split('?').next().unwrap_or_default()),
                            why,
                        )
                    })?;
                    Ok(Item { id, status: None, started_at: None, detail: None })
                };
                texts.iter().map(item).collect()
            }
            Logs::Runs { actor, last, since, status } => {
                let list = List { base: &self.base, actor, last: *last, since: *since, status };
                list.all(&context.client)
            }
        }
    }

    fn suits(&self, record: &Record) -> bool {
        record.more.get("raw").and_then(Value::as_bool).unwrap_or(false) == self.is_raw
    }

    fn fetch(
        &self,
        context: &Context,
        item: &Item<Self::Detail>,
        record: &mut Record,
    ) -> Result<Vec<Fetched>> {
        let client = &context.client;
        // Before its log: if the run has ended now, the log is complete.
        let mut described = item.detail.clone();
        if described.as_ref().is_none_or(|known| !known.has_ended()) {
            described = self.describe(client, &item.id)?.or(described);
        }
        let mut has_ended = described.as_ref().is_some_and(Described::has_ended);
        let name = context.store.claim(&item.id, &file_name(&[&item.id]), "log");
        let part = context.store.part_of(&item.id);
        // With and without escape sequences there are other bytes.
        if !self.suits(record) {
            forget(context, record, &part)?;
        }
        record.set("raw", self.is_raw);
        if self.is_followed && !has_ended {
            forget(context, record, &part)?;
            let is_over = || {
                described = self.describe(client, &item.id)?;
                has_ended = described.as_ref().is_some_and(Described::has_ended);
                // Of a run that is not described nothing more can be known.
                Ok(has_ended || described.is_none())
            };
            log::follow(context, &self.log(&item.id, true, false), &part, is_over)?;
        } else {
            let is_final = described.as_ref().is_some_and(Described::is_settled);
            download(context, record, &part, &mut self.log(&item.id, false, is_final))?;
        }
        let is_final =
            described.as_ref().is_some_and(Described::is_settled) || self.is_followed && has_ended;
        if let Some(described) = described {
            record.status = Some(described.status.clone());
            record.started_at.clone_from(&described.started_at);
            record.ended_at.clone_from(&described.ended_at);
            record.more.extend(described.facts());
        }
        if !has_ended {
            let status = record.status.clone().unwrap_or_else(|| "an unknown status".into());
            client.notice(&item.id, format!("the run has not ended ({status}); its log so far"));
        }
        let is_shorter =
            |data: std::fs::Metadata| Some(data.len()) < record.bytes && self.suits(record);
        if part.metadata().is_ok_and(is_shorter) {
            client.notice(&item.id, "the log is shorter than what was there of it");
        }
        let outcome = context.finish(record, &part, &name, is_final)?;
        if outcome.bytes >= LARGEST {
            client
                .notice(&item.id, "the log has the platform's limit of 10 MiB; it is probably cut");
        }
        Ok(vec![outcome])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_addresses() {
        let id = "HG7ML7M8z78YcAPEB";
        for text in [
            id,
            "https://console.apify.com/actors/moJRLRc85AitArpNN/runs/HG7ML7M8z78YcAPEB#log",
            "https://console.apify.com/view/runs/HG7ML7M8z78YcAPEB",
            "https://api.apify.com/v2/logs/HG7ML7M8z78YcAPEB?stream=1",
            "https://api.apify.com/v2/actor-builds/HG7ML7M8z78YcAPEB/log",
        ] {
            assert_eq!(id_of(text).unwrap(), id, "{text}");
        }
        assert!(id_of("https://console.apify.com/actors").is_err());
    }
}
