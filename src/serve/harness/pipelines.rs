//! The pipeline service: a list of executions, and one with its graph.

use std::cmp::Reverse;
use std::sync::Arc;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::archive::Archive;
use super::super::request::Request;
use super::errors::of_pipelines;
use super::executions::{Execution, Executions};
use super::graph::Graph;
use super::summary::{Asked, metadata, summary};

/// Executions on a page, by default and at most.
const PAGE: usize = 10;
const LARGEST_PAGE: usize = 100;

/// The service.
pub(super) struct Pipelines {
    archive: Arc<Archive>,
    executions: Arc<Executions>,
}

/// The body of a request for a list; what is not looked at is ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    time_range: Option<TimeRange>,
}

/// Milliseconds since 1970.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimeRange {
    start_time: Option<i64>,
    end_time: Option<i64>,
}

impl Pipelines {
    pub(super) fn new(archive: &Arc<Archive>, executions: &Arc<Executions>) -> Self {
        Self { archive: Arc::clone(archive), executions: Arc::clone(executions) }
    }

    /// `POST execution/summary`: the executions of a pipeline, or of all, the latest first.
    pub(super) fn summary(&self, request: &Request) -> Answer {
        let Some(account) = request.query.filled("accountIdentifier") else { return no_account() };
        let filter = match request.body.is_empty() {
            true => Filter::default(),
            false => match serde_json::from_slice(&request.body) {
                Ok(filter) => filter,
                Err(_) => return invalid("Unable to process JSON"),
            },
        };
        let (page, size) = match (number(request, "page", 0), number(request, "size", PAGE)) {
            (Some(page), Some(size)) => (page, size.clamp(1, LARGEST_PAGE)),
            _ => return invalid("page and size must be numbers"),
        };
        let mut found: Vec<&Execution> = self.executions.all.iter().collect();
        found.retain(|execution| {
            execution.account == account && self.is_wanted(execution, request, &filter)
        });
        found.sort_by_cached_key(|execution| Reverse(self.start(execution)));
        if is_ascending(request) {
            found.reverse();
        }
        let total = found.len();
        let of_page = found.into_iter().skip(page.saturating_mul(size)).take(size);
        let content: Vec<Value> = of_page
            .map(|execution| {
                let graph = Graph::of(&self.executions, execution, None);
                summary(&self.archive, &self.executions, execution, &graph, asked(request))
            })
            .collect();
        let pages = total.div_ceil(size);
        success(&json!({
            "totalElements": total,
            "totalPages": pages,
            "size": size,
            "number": page,
            "numberOfElements": content.len(),
            "first": page == 0,
            "last": page + 1 >= pages,
            "empty": content.is_empty(),
            "content": content,
        }))
    }

    /// `GET execution/v2/ID`: one execution, with its graph.
    pub(super) fn execution(&self, request: &Request, id: &str) -> Answer {
        let Some(account) = request.query.filled("accountIdentifier") else { return no_account() };
        let found = self.executions.by_id(id).filter(|found| found.account == account);
        let Some(execution) = found else {
            let message = format!("Plan Execution Summary does not exist for the given id: {id}");
            return of_pipelines(StatusCode::NOT_FOUND, "ENTITY_NOT_FOUND", &message);
        };
        let asked = asked(request);
        let graph = Graph::of(&self.executions, execution, Some(&self.archive));
        let graph_json = graph.json(execution.status(&self.archive));
        success(&json!({
            "pipelineExecutionSummary":
                summary(&self.archive, &self.executions, execution, &graph, asked),
            "executionGraph": graph_json,
            "executionMetadata": metadata(execution, asked),
            "representationStrategy": "camelCase",
        }))
    }

    /// Whether an execution passes the filters of a list. Organisation and project are compared if its keys have
    /// them.
    fn is_wanted(&self, execution: &Execution, request: &Request, filter: &Filter) -> bool {
        let identity = &execution.identity;
        let is = |own: Option<&str>, name: &str| {
            let asked = request.query.filled(name);
            own.is_none() || asked.is_none() || asked == own
        };
        let status = execution.status(&self.archive);
        let named = request.query.all("status").flat_map(|status| status.split(','));
        let statuses: Vec<&str> = named
            .filter(|status| !status.is_empty())
            .chain(filter.status.iter().map(String::as_str))
            .collect();
        let is_in_time = || {
            let Some(range) = &filter.time_range else { return true };
            let start = self.start(execution);
            range.start_time.is_none_or(|from| start >= from)
                && range.end_time.is_none_or(|until| start <= until)
        };
        is(Some(execution.pipeline()), "pipelineIdentifier")
            && is(identity.org.as_deref(), "orgIdentifier")
            && is(identity.project.as_deref(), "projectIdentifier")
            && (statuses.is_empty() || statuses.iter().any(|own| own.eq_ignore_ascii_case(status)))
            && is_in_time()
    }

    fn start(&self, execution: &Execution) -> i64 {
        execution.times(&self.archive, &self.executions.logs).start
    }
}

/// Whether the oldest are asked for first.
fn is_ascending(request: &Request) -> bool {
    request.query.first("sort").is_some_and(|sort| sort.to_ascii_lowercase().ends_with("asc"))
}

fn asked(request: &Request) -> Asked<'_> {
    Asked {
        org: request.query.filled("orgIdentifier"),
        project: request.query.filled("projectIdentifier"),
    }
}

/// A number of the query; `None`: it is none.
fn number(request: &Request, name: &str, default: usize) -> Option<usize> {
    request.query.filled(name).map_or(Some(default), |text| text.parse().ok())
}

fn success(data: &Value) -> Answer {
    let answer = json!({
        "status": "SUCCESS",
        "data": data,
        "metaData": null,
        "correlationId": null,
    });
    Answer::json(StatusCode::OK, &answer)
}

fn no_account() -> Answer {
    invalid("Invalid request: accountIdentifier must not be null")
}

fn invalid(message: &str) -> Answer {
    of_pipelines(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
}
