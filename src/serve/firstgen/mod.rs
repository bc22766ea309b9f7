//! The API of Harness FirstGen, as far as exports of deployments need it.
//!
//! As on the platform an export is asked for by GraphQL, is queued, and is then fetched by a link that needs no key.

mod graphql;
mod deployments;
mod exports;

use std::sync::Arc;

use hyper::header::ALLOW;
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::archive::Archive;
use super::platform::Platform;
use super::request::{Credential, Request};
use deployments::Deployments;
use exports::Exports;
use graphql::Asked;

/// The platform.
pub(super) struct FirstGen {
    deployments: Deployments,
    exports: Exports,
}

/// A request in GraphQL.
#[derive(Debug, Deserialize)]
struct GraphQl {
    query: String,
    #[serde(default)]
    variables: Value,
}

impl FirstGen {
    pub(super) fn new(archive: &Arc<Archive>) -> Self {
        Self { deployments: Deployments::of(archive), exports: Exports::default() }
    }

    /// Answers a request in GraphQL: an export, or how many deployments there are.
    fn graphql(&self, request: &Request, account: &str) -> Answer {
        let Ok(GraphQl { query, variables }) = serde_json::from_slice(&request.body) else {
            return error(StatusCode::BAD_REQUEST, "INVALID_REQUEST", "Invalid request: no query");
        };
        let asked = match Asked::of(&query, &variables) {
            Ok(asked) => asked,
            Err(message) => return graphql::failed(None, &message),
        };
        let found = self.deployments.found(account, &asked.filters);
        if asked.is_export {
            return self.exports.ask(request, account, &asked, &self.deployments, &found);
        }
        let total = found.len();
        let data = json!({ "executions": { "pageInfo": { "total": total }, "nodes": [] } });
        Answer::json(StatusCode::OK, &json!({ "data": data }))
    }
}

impl Platform for FirstGen {
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path, ["api", "graphql" | "export-executions", ..])
    }

    fn is_public(&self, request: &Request) -> bool {
        // As on the platform: who knows the id of a request may have its logs.
        matches!(request.path()[..], ["api", "export-executions", ..])
    }

    fn refuse(&self, request: &Request) -> Answer {
        let message = match request.credential {
            Credential::Missing => "Token is missing",
            _ => "Token is not valid",
        };
        error(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", message)
    }

    fn answer(&self, request: &Request) -> Answer {
        let Some(account) = request.query.filled("accountId") else {
            let message = "Invalid request: accountId must not be null";
            return error(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message);
        };
        let is_get = request.is_get();
        match request.path()[..] {
            ["api", "graphql"] if request.method == Method::POST => self.graphql(request, account),
            ["api", "export-executions", "status", id] if is_get => {
                self.exports.status(request, account, id)
            }
            ["api", "export-executions", "download", id] if is_get => {
                self.exports.download(request, account, id)
            }
            ["api", "graphql"] => method_not_allowed("POST"),
            ["api", "export-executions", "status" | "download", _] => {
                method_not_allowed("GET, HEAD")
            }
            _ => error(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "HTTP 404 Not Found"),
        }
    }
}

fn method_not_allowed(allowed: &str) -> Answer {
    let message = "HTTP 405 Method Not Allowed";
    error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message).header(ALLOW, allowed)
}

/// An error in the platform's shape.
fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    let response = json!({
        "code": code,
        "level": "ERROR",
        "message": message,
        "exception": null,
        "failureTypes": [],
    });
    let answer = json!({ "metaData": null, "resource": null, "responseMessages": [response] });
    Answer::json(status, &answer)
}
