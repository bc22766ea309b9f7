//! The API of deepset: the logs of a pipeline, in pages by time.
//!
//! `GET /api/v1/workspaces/W/pipelines/P/logs`, with `filter`, `limit`, `after` and `order`. Any workspace has all
//! pipelines. A record of the platform's is sent with its own members; a row of any other format
//! becomes a record.

mod best;
mod clock;
mod csv;
mod json;
mod parameters;
mod pipeline;
mod reading;
mod record;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{ACCEPT, ALLOW, VARY, WWW_AUTHENTICATE};
use serde_json::json;

use super::answer::Answer;
use super::archive::Archive;
use super::platform::Platform;
use super::request::{Credential, Request};
use crate::format::DEEPSET_MEMBERS;
use crate::query::MemberFilter;
use parameters::Parameters;
use pipeline::Pipeline;
use reading::Page;

/// The platform.
pub(super) struct Deepset {
    archive: Arc<Archive>,
    pipelines: BTreeMap<String, Pipeline>,
}

impl Deepset {
    pub(super) fn new(archive: &Arc<Archive>) -> Self {
        Self { archive: Arc::clone(archive), pipelines: pipeline::pipelines(archive) }
    }

    /// The answer to a request for the logs of a pipeline.
    fn logs(&self, workspace: &str, pipeline: &str, request: &Request) -> Answer {
        let parameters = match Parameters::of(request) {
            Ok(parameters) => parameters,
            Err(faults) => {
                let detail = json!({ "detail": faults });
                return Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &detail);
            }
        };
        // The name of a file that was fetched has both.
        let both = self.pipelines.get(&format!("{workspace}-{pipeline}"));
        let Some(pipeline) = both.or_else(|| self.pipelines.get(pipeline)) else {
            return refused(StatusCode::NOT_FOUND, &format!("there is no pipeline {pipeline:?}"));
        };
        let filter = parameters.filter.as_deref();
        let filter =
            match filter.map(|text| MemberFilter::parse(text, &DEEPSET_MEMBERS)).transpose() {
                Ok(filter) => filter,
                Err(mistake) => {
                    return refused(StatusCode::BAD_REQUEST, &format!("invalid filter: {mistake}"));
                }
            };
        match reading::page(&self.archive, pipeline, &parameters, filter.as_ref()) {
            Ok(page) if wants_csv(request) => {
                let csv = csv::page(&page.records);
                Answer::bytes(StatusCode::OK, "text/csv; charset=utf-8", csv)
            }
            Ok(page) => Answer::bytes(StatusCode::OK, "application/json", json_of(&page)),
            Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
        .header(VARY, "accept")
    }
}

impl Platform for Deepset {
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path, ["api", "v1", ..])
    }

    fn refuse(&self, request: &Request) -> Answer {
        let reason = match request.credential {
            Credential::Missing => "the request has no token",
            _ => "the token is wrong",
        };
        refused(StatusCode::UNAUTHORIZED, reason).header(WWW_AUTHENTICATE, "Bearer")
    }

    fn answer(&self, request: &Request) -> Answer {
        match &request.path()[..] {
            ["api", "v1", "workspaces", workspace, "pipelines", pipeline, "logs"]
                if request.is_get() =>
            {
                self.logs(workspace, pipeline, request)
            }
            ["api", "v1", "workspaces", _, "pipelines", _, "logs"] => {
                let detail = json!({ "detail": "Method Not Allowed" });
                Answer::json(StatusCode::METHOD_NOT_ALLOWED, &detail).header(ALLOW, "GET, HEAD")
            }
            _ => Answer::json(StatusCode::NOT_FOUND, &json!({ "detail": "Not Found" })),
        }
    }
}

/// The platform's answer to what it does not do.
fn refused(status: StatusCode, reason: &str) -> Answer {
    Answer::json(status, &json!({ "errors": [reason] }))
}

/// A page as JSON.
fn json_of(page: &Page) -> String {
    let mut out = String::from("{\"data\":[");
    for (at, record) in page.records.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        record.write_json(&mut out);
    }
    out.push_str(&format!("],\"has_more\":{},\"total\":{}}}", page.has_more, page.total));
    out
}

/// Whether CSV is preferred to JSON, which it is by its own name only.
fn wants_csv(request: &Request) -> bool {
    let quality = |wanted: &[&str]| {
        let ranges = request.header(ACCEPT).unwrap_or("*/*").split(',');
        let of = ranges.filter_map(|range| {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let name = name.trim().to_ascii_lowercase();
            let quality = parameters.split(';').find_map(|part| part.trim().strip_prefix("q="));
            let quality = quality.map_or(Some(1.0), |text| text.trim().parse::<f64>().ok());
            quality.filter(|_| wanted.contains(&&*name))
        });
        of.fold(0.0, f64::max)
    };
    let csv = quality(&["text/csv"]);
    csv > 0.0 && csv >= quality(&["application/json", "application/*", "*/*"])
}
