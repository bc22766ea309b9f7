//! Harness NextGen: the logs of executions, one zip archive each, as the log service prepares them.
//!
//! Sources: the vendor's pages on downloading execution logs, and the service's public source of 2023.

mod blob;
mod graph;
mod merge;
mod routes;
mod run;
mod split;

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::address::{Address, encode};
use super::archive;
use super::context::Context;
use super::download::forget;
use super::event::Fetched;
use super::exchange::Reply;
use super::item::{Item, Platform};
use super::name::file_name;
use super::state::Record;
use crate::error::{Error, Location, Result};
use crate::format::FORMATS;
use crate::source::{self, Stored};
use blob::{Archive, Prepared, prepare};
use routes::Routes;
pub use run::Page;
use run::Run;
use split::Split;

/// Which executions are wanted.
#[derive(Debug, Clone)]
pub enum Executions {
    /// Those with these ids (`planExecutionId`).
    Executions(Vec<String>),
    /// Those of a pipeline.
    Pipeline {
        /// Its identifier.
        pipeline: String,
        /// Only so many, the newest.
        last: Option<usize>,
        /// Only those that started at this time or later, in milliseconds since 1970.
        since: Option<i64>,
        /// Only those that ended so; any if empty.
        status: Vec<String>,
    },
}

/// Where executions are, and which are wanted.
#[derive(Debug)]
pub struct Harness {
    routes: Routes,
    org: String,
    project: String,
    wanted: Executions,
}

/// The hosted installation.
pub const HOST: &str = "https://app.harness.io";

impl Harness {
    /// `base`: the installation; with a path if its services are below one other than `/gateway`.
    pub fn new(
        base: Address,
        (account, org, project): (String, String, String),
        wanted: Executions,
    ) -> Self {
        Self { routes: Routes::new(base, account), org, project, wanted }
    }

    fn item(&self, run: &Run) -> Item<Run> {
        Item {
            id: run.id.clone(),
            status: Some(run.status.clone()).filter(|status| !status.is_empty()),
            started_at: run.started_at(),
            detail: run.clone(),
        }
    }

    /// The executions of a pipeline, newest first.
    fn list(
        &self,
        context: &Context,
        pipeline: &str,
        (last, since, wanted): (Option<usize>, Option<i64>, &[String]),
    ) -> Result<Vec<Item<Run>>> {
        const PAGE: usize = 100;
        let client = &context.client;
        let (mut items, mut seen) = (Vec::new(), HashSet::new());
        for page in 0_u64.. {
            let (number, size) = (page.to_string(), PAGE.to_string());
            let mut query = self.routes.scope(&self.org, &self.project);
            query.extend([
                ("pipelineIdentifier", pipeline),
                ("page", &number),
                ("size", &size),
                ("sort", "startTs,DESC"),
            ]);
            query.extend(wanted.iter().map(|status| ("status", status.as_str())));
            let path = ("/pipeline/api/pipelines/execution/summary", &query[..]);
            let body = br#"{"filterType":"PipelineExecution"}"#;
            let (address, reply) = self.routes.ask(client, "", path, Some(body), |_| false)?;
            let data = data_of(context, &address, &reply)?;
            let Some(runs) = data["content"].as_array() else {
                return Err(client.error(&address, "the answer has no list of executions".into()));
            };
            let (before, mut is_early) = (seen.len(), since.is_some());
            for run in runs.iter().filter_map(Run::of) {
                // While runs are added, a page repeats the end of the one before.
                if !seen.insert(run.id.clone()) {
                    continue;
                }
                if since.is_some_and(|since| run.started > 0 && run.started < since) {
                    continue;
                }
                is_early = false;
                let is_wanted = wanted.is_empty()
                    || wanted.iter().any(|status| status.eq_ignore_ascii_case(&run.status));
                if is_wanted {
                    items.push(self.item(&run));
                }
                if last == Some(items.len()) {
                    return Ok(items);
                }
            }
            let pages = data["totalPages"].as_u64().map(|pages| page + 1 >= pages);
            let is_last = data["last"].as_bool().or(pages).unwrap_or(false);
            // A service that does not know pages gives the first again and again.
            // The newest come first, so that after a page of early ones there are others alone.
            if is_last || is_early || seen.len() == before {
                break;
            }
        }
        Ok(items)
    }

    /// What is known of an execution, asking for it if need be.
    fn complete(&self, context: &Context, run: &Run) -> Result<Run> {
        if !run.pipeline.is_empty() && !run.status.is_empty() {
            return Ok(run.clone());
        }
        let data = ask_graph(context, &self.routes, &run.id, run, false)?;
        let own = Run::of(&data["pipelineExecutionSummary"]);
        own.map(|own| own.or(run)).ok_or_else(|| {
            let location = Location::bundle(&run.id);
            Error::new("cannot fetch", location, "the answer has no summary of the execution")
        })
    }

    /// Fetches the archive of a whole execution.
    fn whole(
        &self,
        context: &Context,
        run: &Run,
        record: &mut Record,
        name: &str,
    ) -> Result<Whole> {
        let refreshes = record.more.get("refreshes").and_then(Value::as_u64).unwrap_or(0);
        if context.refresh {
            record.set("refreshes", refreshes + 1);
        }
        for prefix in run.prefixes(&self.routes.account) {
            let asked =
                if context.refresh { respelled(&prefix, refreshes) } else { prefix.clone() };
            let address = match prepare(context, &self.routes, &run.id, &asked)? {
                Prepared::Ready(address) => address,
                Prepared::TooMany => return Ok(Whole::TooLarge(prefix)),
                Prepared::Nothing => continue,
            };
            let (routes, id) = (&self.routes, run.id.as_str());
            let mut link = Archive { context, routes, id, prefix: &asked, address };
            return archive::fetch(context, record, name, &mut link).map(Whole::There);
        }
        Ok(Whole::Nothing)
    }

    /// Collects the logs of an execution in its part.
    fn split(&self, context: &Context, run: &Run, too_large: Option<&str>) -> Result<()> {
        let mut split = Split::new(context, &self.routes, &run.id, run.has_ended())?;
        split.run(run, too_large, 0)?;
        split.finish(&context.store.part_of(&run.id))
    }

    /// Waits until a run that has just ended has all its logs: the service would remember an archive without.
    fn settle(&self, context: &Context, run: &Run) -> Result<()> {
        let since = Timestamp::now().as_millisecond() - run.ended;
        if run.ended > 0 && (0..SETTLED).contains(&since) {
            context.client.notice(&run.id, "it has just ended: waiting for its last logs");
            context.client.stop.sleep(Duration::from_millis((SETTLED - since).unsigned_abs()))?;
        }
        Ok(())
    }
}

/// Another spelling of a prefix: the service remembers an archive by the very text of it, for days. Prefixes are
/// compared as texts, and no other execution's id begins in the same way.
fn respelled(prefix: &str, refreshes: u64) -> String {
    match refreshes % 8 {
        0 => format!("{prefix}/"),
        cut => prefix.chars().take(prefix.chars().count() - cut as usize).collect(),
    }
}

/// Milliseconds after the end of an execution in which logs may still come.
const SETTLED: i64 = 20_000;

/// The outcome for an execution as a whole.
enum Whole {
    There(Fetched),
    /// There are more logs below this prefix than the service puts into an archive.
    TooLarge(String),
    Nothing,
}

impl Platform for Harness {
    type Detail = Run;

    fn name(&self) -> &'static str {
        "harness"
    }

    fn list(&self, context: &Context) -> Result<Vec<Item<Run>>> {
        match &self.wanted {
            Executions::Executions(ids) => {
                let run = |id: &String| Run {
                    id: id.clone(),
                    org: self.org.clone(),
                    project: self.project.clone(),
                    ..Run::default()
                };
                Ok(ids.iter().map(|id| self.item(&run(id))).collect())
            }
            Executions::Pipeline { pipeline, last, since, status } => {
                self.list(context, pipeline, (*last, *since, status))
            }
        }
    }

    fn fetch(
        &self,
        context: &Context,
        item: &Item<Run>,
        record: &mut Record,
    ) -> Result<Vec<Fetched>> {
        let run = self.complete(context, &item.detail)?;
        record.status = Some(run.status.clone());
        record.started_at = run.started_at();
        record.ended_at = run.ended_at();
        record.more.extend(run.facts(&self.routes.account));
        let has_ended = run.has_ended();
        if !has_ended && !context.allow_running {
            if matches!(self.wanted, Executions::Pipeline { .. }) {
                let text = format!("left out: it has not ended (status {})", run.status);
                context.client.notice(&run.id, text);
                return Ok(Vec::new());
            }
            let location = Location::bundle(&run.id);
            let cause = format!("the execution has not ended (status {})", run.status);
            let hint = "fetch it when it has, or use --allow-running for the logs so far";
            return Err(Error::new("cannot fetch", location, cause).with_hint(hint));
        }
        let part = context.store.part_of(&run.id);
        let stem = file_name(&[&run.pipeline, &run.sequence.to_string(), &run.id]);
        let name = context.store.claim(&run.id, &stem, "zip");
        // An archive of a running execution would be remembered, and be given out after its end.
        let mut too_large = None;
        if has_ended {
            self.settle(context, &run)?;
            match self.whole(context, &run, record, &name)? {
                Whole::There(outcome) => {
                    Split::clean(context, &run.id);
                    say_what_is_cut(context, &outcome);
                    return Ok(vec![outcome]);
                }
                Whole::TooLarge(prefix) => too_large = Some(prefix),
                Whole::Nothing => {
                    context.client.notice(&run.id, "the log service has no logs of the execution");
                    return Ok(Vec::new());
                }
            }
        }
        forget(context, record, &part)?;
        self.split(context, &run, too_large.as_deref())?;
        let outcome = context.finish(record, &part, &name, has_ended)?;
        Split::clean(context, &run.id);
        say_what_is_cut(context, &outcome);
        Ok(vec![outcome])
    }
}

/// Says which logs have a size at which the platform cuts them, or that there are none.
fn say_what_is_cut(context: &Context, outcome: &Fetched) {
    let harness = FORMATS.iter().find(|format| format.name == "harness");
    let members = source::members(&outcome.path).unwrap_or_default();
    if members.is_empty() {
        context.client.notice(&outcome.id, "the archive has no logs");
    }
    let is_cut = |member: &&Stored| {
        let bytes = i64::try_from(member.entry.text).unwrap_or(i64::MAX);
        harness.is_some_and(|harness| harness.origin.is_at_limit(bytes))
    };
    for member in members.iter().filter(is_cut) {
        let Stored { entry, .. } = member;
        let text = format!(
            "{}: {} bytes, the platform's limit; it is probably cut",
            entry.name, entry.text
        );
        context.client.notice(&outcome.id, text);
    }
}

/// Asks for the graph of an execution, or without its steps for its summary.
fn ask_graph(
    context: &Context,
    routes: &Routes,
    id: &str,
    run: &Run,
    has_steps: bool,
) -> Result<Value> {
    let mut query = routes.scope(&run.org, &run.project);
    if has_steps {
        query.push(("renderFullBottomGraph", "true"));
    }
    let path = format!("/pipeline/api/pipelines/execution/v2/{}", encode(&run.id));
    let (address, reply) = routes.ask(&context.client, id, (&path, &query), None, |_| false)?;
    data_of(context, &address, &reply)
}

/// The `data` of an answer of the pipeline service.
fn data_of(context: &Context, address: &Address, reply: &Reply) -> Result<Value> {
    if reply.status != 200 {
        return Err(context.client.refused(address, reply));
    }
    let Ok(mut answer) = serde_json::from_slice::<Value>(&reply.body) else {
        let is_page = reply.body.trim_ascii_start().starts_with(b"<");
        let what = if is_page { "a web page, perhaps one to sign in" } else { "not JSON" };
        return Err(context.client.error(address, format!("the answer is {what}")));
    };
    if answer["status"] == "ERROR" || answer["status"] == "FAILURE" {
        return Err(context.client.refused(address, reply));
    }
    Ok(answer["data"].take())
}
