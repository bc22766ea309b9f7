//! Harness FirstGen: exports of deployments, a zip archive each.
//!
//! An export is asked for by a GraphQL mutation, which counts toward 25 a day, and may have 1,000 deployments.
//! Its id is written down before anything else is asked. Sources: the vendor's page on exporting deployment
//! logs, and the service's public source of 2023.

mod archive;
mod export;
mod ranges;

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::address::{Address, encode};
use super::context::{Context, time_of_millis};
use super::event::Fetched;
use super::exchange::Call;
use super::item::{Item, Platform};
use super::name::file_name;
use super::state::Record;
use crate::error::{Error, Location, Result};
use archive::Export;
use export::{Answer, Asked};
use ranges::Range;

/// Which exports are wanted.
#[derive(Debug, Clone)]
pub enum Exports {
    /// One that was asked for already, by its request's id.
    Request(String),
    /// The deployments of an application that started in a range of times, in milliseconds since 1970.
    Deployments {
        /// The application's id.
        app: String,
        /// Inclusive.
        since: i64,
        /// Exclusive; `None`: now.
        until: Option<i64>,
    },
}

/// Where deployments are, and which are wanted.
#[derive(Debug)]
pub struct FirstGen {
    base: Address,
    account: String,
    wanted: Exports,
    /// Held while an export is asked for, so that those of a day are counted one by one.
    asking: Mutex<()>,
}

/// What an item is.
#[derive(Debug, Clone)]
pub(in crate::fetch) enum Part {
    /// An export that was asked for; the item has its id.
    Asked,
    /// Deployments that no export has yet.
    Open {
        /// The application.
        app: String,
        /// When they started.
        range: Range,
    },
}

/// The hosted installation.
pub const HOST: &str = "https://app.harness.io";

/// The platform's limits: exports of an account in a day, and deployments in an export.
const DAILY: usize = 25;
const LARGEST: u64 = 1000;
/// Milliseconds that a deployment may take, for a remark.
const LONG: i64 = 24 * 60 * 60 * 1000;

impl FirstGen {
    /// `base`: the installation; with a path if its services are below one other than `/gateway`.
    pub fn new(base: Address, account: String, wanted: Exports) -> Self {
        Self { base, account, wanted, asking: Mutex::default() }
    }

    /// Asks for the export of a range, unless there are none or too many deployments in it.
    fn ask(&self, context: &Context, app: &str, range: Range) -> Result<Asked> {
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let today = self.asked_of_late(context);
        let client = &context.client;
        if today >= DAILY && !context.force {
            let location = Location::bundle(&self.account);
            let cause = format!("{today} exports in 24 hours: the platform allows {DAILY}");
            let hint = "run the same command again later: exports are continued; --force asks all the same";
            return Err(Error::new("cannot export", location, cause).with_hint(hint));
        }
        let asked = export::ask(context, &self.base, &self.account, app, range)?;
        if let Asked::Queued(answer) = &asked {
            let count =
                answer.total.map_or(String::new(), |total| format!(", with {total} deployments"));
            let number = today + 1;
            let text = format!("export {number} of {DAILY} in 24 hours{count}");
            client.notice(&answer.request, text);
            // Those that run are in no export, and their time is covered now.
            if range.until > Timestamp::now().as_millisecond() - LONG {
                let text = "deployments that have not ended yet are not in it; --force exports their time again";
                client.notice(&answer.request, text);
            }
            self.remember(context, app, range, answer)?;
        }
        Ok(asked)
    }

    /// Exports of the account that were asked for in the last 24 hours from this output directory.
    fn asked_of_late(&self, context: &Context) -> usize {
        let since = Timestamp::now().as_second() - 24 * 60 * 60;
        let is_late = |time: &str| time.parse::<Timestamp>().is_ok_and(|at| at.as_second() > since);
        let counts = |record: &Record| {
            record.text("account") == Some(&self.account)
                && record.text("requested_at").is_some_and(is_late)
        };
        context.store.all().iter().filter(|record| counts(record)).count()
    }

    /// Writes an export's id down.
    fn remember(&self, context: &Context, app: &str, range: Range, answer: &Answer) -> Result<()> {
        let mut record = context.store.load(&answer.request);
        record.status = Some(answer.status.clone().unwrap_or_default());
        record.set("account", self.account.as_str());
        record.set("app", app);
        record.set("since", range.since);
        record.set("until", range.until);
        record.set("requested_at", super::context::now());
        for (name, link) in
            [("status_link", &answer.status_link), ("download_link", &answer.download_link)]
        {
            if let Some(link) = link {
                // Without its query, which has the account.
                record.set(name, link.split('?').next().unwrap_or_default());
            }
        }
        context.store.save(&record)
    }

    /// An address of an export: where its answer said, or where it usually is.
    fn link(&self, record: &Record, name: &str, kind: &str) -> Result<Address> {
        let usual = format!("/api/export-executions/{kind}/{}", encode(&record.id));
        let query = [("accountId", self.account.as_str())];
        let address = match record.text(name) {
            Some(link) => self.base.resolve(link).map_err(|why| {
                Error::new("cannot fetch", Location::bundle(&record.id), format!("its link: {why}"))
            })?,
            None => self.base.below(&usual, &[]),
        };
        let address = address.at_installation(&self.base);
        let path = address.path().to_owned();
        Ok(address.with(&path, &query))
    }

    /// Waits until an export is ready.
    fn wait(&self, context: &Context, record: &mut Record) -> Result<()> {
        let client = &context.client;
        let mut polls = context.polls();
        let address = self.link(record, "status_link", "status")?;
        loop {
            // Anyone may ask, so the key is not sent.
            let reply = client.reply(&Call::get(&record.id, address.clone()), |_| false)?;
            if reply.status == 404 && polls.is_first() {
                // Older services have the download alone, which says 202 until it is ready.
                return Ok(());
            }
            if reply.status != 200 {
                return Err(client.refused(&address, &reply));
            }
            let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let status = answer["status"].as_str().unwrap_or_default().to_owned();
            if record.status.as_ref() != Some(&status) {
                record.status = Some(status.clone());
                context.store.save(record)?;
            }
            match status.as_str() {
                "READY" => {
                    if let Some(link) = answer["downloadLink"].as_str() {
                        record.set("download_link", link.split('?').next().unwrap_or_default());
                    }
                    return Ok(());
                }
                "QUEUED" => {}
                "FAILED" | "EXPIRED" => {
                    let message = answer["errorMessage"].as_str().unwrap_or_default();
                    let why =
                        if message.is_empty() { String::new() } else { format!(": {message}") };
                    let cause = format!("the export is {status}{why}");
                    return Err(client.error(&address, cause).with_hint(
                        "--force asks for a new export, which counts toward the 25 a day",
                    ));
                }
                _ => return Err(client.error(&address, format!("unknown status {status:?}"))),
            }
            if polls.is_over() {
                let cause = format!("the export was not ready after {} s", context.wait.as_secs());
                return Err(client.error(&address, cause).with_hint(
                    "run the same command again later: the export is continued, not asked for again",
                ));
            }
            client.stop.sleep(polls.pause())?;
        }
    }

    /// The exports of a range of times: those that were asked for before, then what none of them has, in parts that
    /// are not too large, as far as the service says how many deployments there are.
    fn parts(
        &self,
        context: &Context,
        app: &str,
        (since, until): (i64, i64),
    ) -> Result<Vec<Item<Part>>> {
        let (mut items, mut open, mut from) = (Vec::new(), Vec::new(), since);
        for (record, range) in self.asked_before(context, app, Range { since, until }) {
            // All that it has is in the exports before it.
            if range.until <= from {
                continue;
            }
            open.push(Range { since: from, until: range.since });
            items.push(item(&record));
            from = range.until;
        }
        open.push(Range { since: from, until });
        open.retain(|range| range.since < range.until);
        // The earliest first.
        open.reverse();
        while let Some(range) = open.pop() {
            match export::count(context, &self.base, &self.account, app, range)? {
                Some(0) => continue,
                Some(count) if count > LARGEST => {
                    let (earlier, later) = self.split(context, range, count)?;
                    open.extend([later, earlier]);
                    continue;
                }
                _ => {}
            }
            let id = format!("{app} {range}");
            let started_at = time_of_millis(range.since);
            let detail = Part::Open { app: app.to_owned(), range };
            items.push(Item { id, status: None, started_at, detail });
        }
        Ok(items)
    }

    /// Asks for the export of a range and fetches it; in halves if it is too large.
    fn export(
        &self,
        context: &Context,
        app: &str,
        range: Range,
        fetched: &mut Vec<Fetched>,
    ) -> Result<()> {
        match self.ask(context, app, range)? {
            Asked::Queued(answer) => {
                fetched.push(self.get(context, &mut context.store.load(&answer.request))?);
            }
            Asked::Nothing => {}
            Asked::TooMany(count) => {
                let (earlier, later) = self.split(context, range, count)?;
                self.export(context, app, earlier, fetched)?;
                self.export(context, app, later, fetched)?;
            }
        }
        Ok(())
    }

    /// Waits for an export that was asked for, and fetches it.
    fn get(&self, context: &Context, record: &mut Record) -> Result<Fetched> {
        record.set("account", self.account.as_str());
        self.wait(context, record)?;
        let name = context.store.claim(&record.id, &file_name(&[&self.account, &record.id]), "zip");
        let address = self.link(record, "download_link", "download")?;
        let id = record.id.clone();
        let mut link = Export { id: &id, address, is_gone: Cell::new(false) };
        let fetched = super::archive::fetch(context, record, &name, &mut link);
        if link.is_gone.get() {
            // So that the next fetch asks for another.
            record.status = Some("EXPIRED".to_owned());
            context.store.save(record)?;
            return fetched.map_err(|error| {
                error.with_hint(
                    "the same command asks for a new export, which counts toward the 25 a day",
                )
            });
        }
        fetched
    }

    /// The halves of a range that has too many deployments.
    fn split(&self, context: &Context, range: Range, count: u64) -> Result<(Range, Range)> {
        let Some(halves) = range.halves() else {
            let cause = format!("{count} deployments started in one millisecond");
            return Err(Error::new("cannot export", Location::bundle(&self.account), cause));
        };
        let text = format!(
            "{count} deployments in {range}: more than {LARGEST}, so it is exported in parts"
        );
        context.client.notice("", text);
        Ok(halves)
    }

    /// The exports with some of a range that are ready, are there, or may become so; the earliest first, and of
    /// those the longest. They may have more: the range moves if it was given as `-7d`.
    fn asked_before(&self, context: &Context, app: &str, within: Range) -> Vec<(Record, Range)> {
        if context.force {
            return Vec::new();
        }
        let number = |record: &Record, name: &str| record.more.get(name).and_then(Value::as_i64);
        let fits = |record: &Record| {
            let range = Range { since: number(record, "since")?, until: number(record, "until")? };
            let is_within = range.since < within.until && range.until > within.since;
            let is_same =
                record.text("app") == Some(app) && record.text("account") == Some(&self.account);
            let is_lost = matches!(record.status.as_deref(), Some("FAILED" | "EXPIRED"))
                && context.kept(record).is_none();
            (is_within && is_same && !is_lost).then_some(range)
        };
        let records = context.store.all().into_iter();
        let mut known: Vec<(Record, Range)> =
            records.filter_map(|record| fits(&record).map(|range| (record, range))).collect();
        known.sort_by_key(|(_, range)| (range.since, std::cmp::Reverse(range.until)));
        known
    }
}

fn item(record: &Record) -> Item<Part> {
    Item {
        id: record.id.clone(),
        status: record.status.clone(),
        started_at: record.text("requested_at").map(str::to_owned),
        detail: Part::Asked,
    }
}

impl Platform for FirstGen {
    type Detail = Part;

    fn name(&self) -> &'static str {
        "firstgen"
    }

    fn list(&self, context: &Context) -> Result<Vec<Item<Part>>> {
        match &self.wanted {
            Exports::Request(id) => {
                let id = id.clone();
                Ok(vec![Item { id, status: None, started_at: None, detail: Part::Asked }])
            }
            Exports::Deployments { app, since, until } => {
                let until = until.unwrap_or_else(|| Timestamp::now().as_millisecond());
                self.parts(context, app, (*since, until))
            }
        }
    }

    fn fetch(
        &self,
        context: &Context,
        item: &Item<Part>,
        record: &mut Record,
    ) -> Result<Vec<Fetched>> {
        let mut fetched = Vec::new();
        match &item.detail {
            Part::Asked => fetched.push(self.get(context, record)?),
            Part::Open { app, range } => self.export(context, app, *range, &mut fetched)?,
        }
        Ok(fetched)
    }
}
