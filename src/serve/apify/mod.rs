//! The API of Apify (version 2): logs by the ids of their runs and builds, and what clients ask before they ask for
//! a log.
//!
//! A log of the platform's is known by the id in its name; any other log of the archive is a run as well, with an
//! id of its own. Whether an id is of a run or of a build is not in a log's name, so it is either.

mod objects;
mod parameters;
mod plain;
mod runs;

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{ALLOW, CONTENT_DISPOSITION};
use serde_json::{Value, json};

use super::answer::{Answer, Source};
use super::archive::Archive;
use super::platform::Platform;
use super::request::{Credential, Request};
use objects::USER;
use parameters::{Parameters, flag};
use plain::Plain;
use runs::{Actor, Run, Runs, id_of};

/// The platform.
pub(super) struct Apify {
    archive: Arc<Archive>,
    runs: Runs,
}

/// Why a request is not answered, in the platform's words.
struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

/// What a request is answered, or why not.
type Result<T = Answer> = std::result::Result<T, Refusal>;

impl Apify {
    pub(super) fn new(archive: &Arc<Archive>) -> Self {
        Self { archive: Arc::clone(archive), runs: Runs::of(archive) }
    }

    /// The answer to a GET.
    fn get(&self, request: &Request) -> Result {
        match &request.path()[1..] {
            ["logs", id] => self.log(self.find(id, "Log")?, request),
            ["actor-runs"] => {
                self.list(self.runs.runs.iter().collect(), request, objects::run_in_list)
            }
            ["actor-builds"] => self.list(self.runs.runs.iter().collect(), request, objects::build),
            ["actor-runs", id] => Ok(self.run(self.find(id, "Actor run")?)),
            ["actor-runs", id, "log"] => self.log(self.find(id, "Log")?, request),
            ["actor-builds", id] => Ok(self.build(self.find(id, "Actor build")?)),
            ["actor-builds", id, "log"] => self.log(self.find(id, "Log")?, request),
            ["actors" | "acts"] => self.actors(request),
            ["actors" | "acts", actor, rest @ ..] => {
                let Some(actor) = self.runs.actor(actor) else {
                    return Err(not_found("Actor"));
                };
                self.of_actor(actor, rest, request)
            }
            ["users", id] if ["me", USER, &id_of(&[USER])].contains(id) => {
                Ok(data(&objects::user()))
            }
            ["users", _] => Err(not_found("User")),
            // Clients look for what a run may have written beside its log.
            ["datasets", ..] => Err(not_found("Dataset")),
            ["key-value-stores", ..] => Err(not_found("Key-value store")),
            ["request-queues", ..] => Err(not_found("Request queue")),
            _ => Err(refused(
                StatusCode::NOT_FOUND,
                "page-not-found",
                "There is no API endpoint at this URL",
            )),
        }
    }

    /// What is below an actor.
    fn of_actor(&self, actor: &Actor, rest: &[&str], request: &Request) -> Result {
        let runs = || actor.runs.iter().map(|&run| &self.runs.runs[run]);
        match rest {
            [] => Ok(data(&objects::actor(&self.runs, actor, &self.archive))),
            ["runs"] => self.list(runs().collect(), request, objects::run_in_list),
            ["builds"] => self.list(runs().collect(), request, objects::build),
            ["runs", "last", rest @ ..] => {
                let parameters = Parameters::of(request).map_err(|reason| invalid(&reason))?;
                let wanted = self.wanted(runs().collect(), &parameters);
                let last = wanted.last().ok_or_else(|| not_found("Actor run"))?;
                self.of_run(last, rest, request)
            }
            ["runs", id, rest @ ..] => self.of_run(self.find(id, "Actor run")?, rest, request),
            ["builds", id] => Ok(self.build(self.find(id, "Actor build")?)),
            ["builds", id, "log"] => self.log(self.find(id, "Log")?, request),
            _ => Err(not_found("Resource")),
        }
    }

    /// What is below a run.
    fn of_run(&self, run: &Run, rest: &[&str], request: &Request) -> Result {
        match rest {
            [] => Ok(self.run(run)),
            ["log"] => self.log(run, request),
            _ => Err(not_found("Resource")),
        }
    }

    /// The run or build of an id.
    fn find(&self, id: &str, what: &str) -> Result<&Run> {
        self.runs.run(id).ok_or_else(|| not_found(what))
    }

    fn run(&self, run: &Run) -> Answer {
        data(&objects::run(&self.runs, run, &self.archive))
    }

    fn build(&self, run: &Run) -> Answer {
        data(&objects::build(&self.runs, run, &self.archive))
    }

    /// The log of a run.
    fn log(&self, run: &Run, request: &Request) -> Result {
        let [is_raw, is_stream, is_download] = ["raw", "stream", "download"]
            .map(|name| flag(request, name).map_err(|reason| invalid(&reason)));
        let (is_raw, is_stream, is_download) = (is_raw?, is_stream?, is_download?);
        let text = self.archive.text(run.entry);
        let tag = format!("{} {is_raw}", self.archive.version(run.entry));
        let source: Box<dyn Source> = if is_raw { Box::new(text) } else { Box::new(Plain(text)) };
        let mut answer = Answer::source("text/plain; charset=utf-8", source).tagged(tag);
        if is_download {
            let disposition = format!("attachment; filename=\"{}.txt\"", run.id);
            answer = answer.header(CONTENT_DISPOSITION, &disposition);
        }
        // All of an archived run is there, so a stream ends with its last line.
        Ok(if is_stream { answer.as_it_is() } else { answer })
    }

    /// The runs that a list shows, the earliest first.
    fn wanted<'a>(&self, mut runs: Vec<&'a Run>, parameters: &Parameters) -> Vec<&'a Run> {
        let Parameters { statuses, since, until, .. } = parameters;
        runs.retain(|run| {
            let is_status = statuses.is_empty() || statuses.contains(&run.status);
            is_status
                && since.is_none_or(|since| run.started(&self.archive) >= since)
                && until.is_none_or(|until| run.started(&self.archive) <= until)
        });
        runs.sort_by_key(|run| run.started(&self.archive));
        runs
    }

    /// A list of runs or builds.
    fn list(
        &self,
        runs: Vec<&Run>,
        request: &Request,
        object: fn(&Runs, &Run, &Archive) -> Value,
    ) -> Result {
        let parameters = Parameters::of(request).map_err(|reason| invalid(&reason))?;
        let mut wanted = self.wanted(runs, &parameters);
        if parameters.is_descending {
            wanted.reverse();
        }
        let object = |run: &&Run| object(&self.runs, run, &self.archive);
        Ok(page(&wanted, &parameters, object))
    }

    /// The list of actors.
    fn actors(&self, request: &Request) -> Result {
        let parameters = Parameters::of(request).map_err(|reason| invalid(&reason))?;
        let mut actors: Vec<&Actor> = self.runs.actors.iter().collect();
        if parameters.is_descending {
            actors.reverse();
        }
        let object = |actor: &&Actor| objects::actor_in_list(&self.runs, actor, &self.archive);
        Ok(page(&actors, &parameters, object))
    }
}

impl Platform for Apify {
    fn owns(&self, path: &[&str]) -> bool {
        path.first() == Some(&"v2")
    }

    fn refuse(&self, request: &Request) -> Answer {
        let (kind, reason) = match request.credential {
            Credential::Missing => ("token-not-provided", "Authentication token was not provided"),
            _ => ("invalid-token", "Authentication token is not valid"),
        };
        refused(StatusCode::UNAUTHORIZED, kind, reason).answer()
    }

    fn answer(&self, request: &Request) -> Answer {
        if !request.is_get() {
            let reason = "This API endpoint can only be accessed with GET and HEAD";
            let status = StatusCode::METHOD_NOT_ALLOWED;
            let refusal = refused(status, "method-not-allowed", reason);
            return refusal.answer().header(ALLOW, "GET, HEAD");
        }
        self.get(request).unwrap_or_else(|refusal| refusal.answer())
    }
}

/// An object.
fn data(value: &Value) -> Answer {
    Answer::json(StatusCode::OK, &json!({ "data": value }))
}

/// A page of a list.
fn page<T>(all: &[T], parameters: &Parameters, object: impl Fn(&T) -> Value) -> Answer {
    let Parameters { offset, limit, is_descending, .. } = *parameters;
    let items: Vec<Value> = all.iter().skip(offset).take(limit).map(object).collect();
    data(&json!({
        "total": all.len(),
        "offset": offset,
        "limit": limit,
        "desc": is_descending,
        "count": items.len(),
        "items": items,
    }))
}

impl Refusal {
    /// The platform's answer to what it does not do.
    fn answer(&self) -> Answer {
        let Self { status, kind, message } = self;
        Answer::json(*status, &json!({ "error": { "type": kind, "message": message } }))
    }
}

fn refused(status: StatusCode, kind: &'static str, message: &str) -> Refusal {
    Refusal { status, kind, message: message.to_owned() }
}

fn invalid(reason: &str) -> Refusal {
    refused(StatusCode::BAD_REQUEST, "invalid-input", &format!("Invalid input: {reason}"))
}

fn not_found(what: &str) -> Refusal {
    refused(StatusCode::NOT_FOUND, "record-not-found", &format!("{what} was not found"))
}
