//! The API of Harness.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::json;

use super::answer::Answer;
use super::archive::Archive;
use super::platform::Platform;
use super::request::Request;

/// The platform.
pub(super) struct Harness {
    #[expect(dead_code, reason = "its routes are to come")]
    archive: Arc<Archive>,
}

impl Harness {
    pub(super) fn new(archive: &Arc<Archive>) -> Self {
        Self { archive: Arc::clone(archive) }
    }
}

impl Platform for Harness {
    fn owns(&self, path: &[&str]) -> bool {
        matches!(path.first(), Some(&"log-service" | &"pipeline" | &"storage"))
    }

    fn refuse(&self, _request: &Request) -> Answer {
        Answer::json(StatusCode::UNAUTHORIZED, &json!({}))
    }

    fn answer(&self, _request: &Request) -> Answer {
        Answer::json(StatusCode::NOT_FOUND, &json!({}))
    }
}
