//! The API of Harness NextGen: its log service, and the parts of its pipeline service that name executions.

mod key;
mod times;
mod executions;
mod content;
mod events;
mod downloads;
mod errors;
mod logs;
mod summary;
mod graph;
mod pipelines;

use std::sync::Arc;

use hyper::Method;

use super::answer::Answer;
use super::archive::Archive;
use super::platform::Platform;
use super::request::{Credential, Request};
use downloads::Downloads;
use executions::Executions;
use logs::LogService;
use pipelines::Pipelines;

/// The platform.
pub(super) struct Harness {
    logs: LogService,
    pipelines: Pipelines,
}

impl Harness {
    pub(super) fn new(archive: &Arc<Archive>) -> Self {
        let executions = Arc::new(Executions::of(archive));
        let downloads = Downloads::new(archive, &executions);
        Self {
            logs: LogService::new(archive, &executions, downloads),
            pipelines: Pipelines::new(archive, &executions),
        }
    }
}

impl Platform for Harness {
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path.first(), Some(&"log-service" | &"pipeline" | &"storage"))
    }

    fn is_public(&self, request: &Request) -> bool {
        // The link itself is the secret, as one to a storage service is.
        matches!(request.path()[..], ["storage", ..])
    }

    fn refuse(&self, request: &Request) -> Answer {
        match request.path()[..] {
            ["log-service", ..] => errors::refused_by_logs(request),
            _ => errors::refused_by_pipelines(request.credential == Credential::Missing),
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let is_get = request.is_get();
        let is_post = request.method == Method::POST;
        match request.path()[..] {
            ["log-service", "token"] if is_get => self.logs.token(request),
            ["log-service", "blob"] if is_get => self.logs.blob(request),
            ["log-service", "blob", "exists"] if is_get => self.logs.exists(request),
            ["log-service", "blob", "link", "download"] if is_post => self.logs.link(request),
            // The platform has registered GET as well.
            ["log-service", "blob", "download"] if is_post || is_get => self.logs.download(request),
            ["log-service", "stream"] if is_get => self.logs.stream(request),
            ["storage", "harness-download", id, _] if is_get => self.logs.storage(id),
            ["pipeline", "api", "pipelines", "execution", "summary"] if is_post => {
                self.pipelines.summary(request)
            }
            ["pipeline", "api", "pipelines", "execution", "v2", id] if is_get => {
                self.pipelines.execution(request, id)
            }
            ["log-service", "token" | "stream"]
            | ["log-service", "blob"]
            | ["log-service", "blob", "exists" | "download"]
            | ["log-service", "blob", "link", "download"]
            | ["storage", "harness-download", _, _]
            | ["pipeline", "api", "pipelines", "execution", "summary"]
            | ["pipeline", "api", "pipelines", "execution", "v2", _] => {
                errors::method_not_allowed(request)
            }
            _ => errors::no_route(request),
        }
    }
}
