//! The log service: single logs by key, and zips of all logs below a prefix.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use hyper::header::CACHE_CONTROL;
use jiff::Timestamp;
use serde_json::json;

use super::super::answer::{Answer, Source};
use super::super::archive::Archive;
use super::super::body::Reader;
use super::super::request::Request;
use super::content;
use super::downloads::{Download, Downloads, Progress};
use super::errors::{no_account, no_object, of_logs};
use super::events::Events;
use super::executions::{Executions, Log};

/// How long the link to one log is good for, as it is said.
const LINK: Duration = Duration::from_secs(60 * 60);
/// The service.
pub(super) struct LogService {
    archive: Arc<Archive>,
    executions: Arc<Executions>,
    downloads: Downloads,
}

impl LogService {
    pub(super) fn new(
        archive: &Arc<Archive>,
        executions: &Arc<Executions>,
        downloads: Downloads,
    ) -> Self {
        let (archive, executions) = (Arc::clone(archive), Arc::clone(executions));
        Self { archive, executions, downloads }
    }

    /// `GET token`: what `X-Harness-Token` takes instead of the key.
    pub(super) fn token(&self, request: &Request) -> Answer {
        if request.query.filled("accountID").is_none() {
            return no_account();
        }
        Answer::text(StatusCode::OK, self.archive.log_token()).header(CACHE_CONTROL, "no-store")
    }

    /// `GET blob`: the text of one log.
    pub(super) fn blob(&self, request: &Request) -> Answer {
        match self.log(request) {
            Ok(log) => {
                Answer::source("text/plain; charset=utf-8", content::source(&self.archive, log))
                    .tagged(self.archive.version(log.entry))
            }
            Err(answer) => answer,
        }
    }

    /// `GET blob/exists`.
    pub(super) fn exists(&self, request: &Request) -> Answer {
        match name(request) {
            Ok(name) => {
                let exists = self.executions.log(&name).is_some();
                Answer::text(StatusCode::OK, if exists { "true" } else { "false" })
            }
            Err(answer) => answer,
        }
    }

    /// `POST blob/link/download`: a link to one log.
    pub(super) fn link(&self, request: &Request) -> Answer {
        let log = match self.log(request) {
            Ok(log) => log,
            Err(answer) => return answer,
        };
        // One log is a download like that of many; its link needs no key either.
        let index = self.executions.logs.partition_point(|other| other.name < log.name);
        let prefix = format!("{}\0", log.name);
        let download = self
            .downloads
            .known(&prefix)
            .unwrap_or_else(|| self.downloads.start(&prefix, index..index + 1));
        let link = self.link_of(request, &download);
        let expires = u64::try_from(LINK.as_nanos()).unwrap_or(u64::MAX);
        Answer::json(StatusCode::OK, &json!({ "link": link, "expires": expires }))
    }

    /// `GET stream`: the lines of a log as events.
    pub(super) fn stream(&self, request: &Request) -> Answer {
        match self.log(request) {
            Ok(log) => {
                let source = EventSource(content::source(&self.archive, log));
                Answer::source("text/event-stream", Box::new(source))
                    .header(CACHE_CONTROL, "no-cache")
                    .as_it_is()
            }
            Err(answer) => answer,
        }
    }

    /// `POST blob/download`: begins a download, or says how far it is.
    pub(super) fn download(&self, request: &Request) -> Answer {
        let Some(account) = request.query.filled("accountID") else { return no_account() };
        let Some(prefix) = request.query.filled("prefix") else {
            return of_logs(StatusCode::NOT_FOUND, "parameter prefix is required.");
        };
        if !is_permitted(prefix) {
            let message = format!("operation not permitted for prefix: {}", shown(request));
            return of_logs(StatusCode::BAD_REQUEST, &message);
        }
        let name = format!("{account}/{prefix}");
        if let Some(download) = self.downloads.known(&name) {
            return self.progress(request, &download, false);
        }
        let logs = self.executions.below(&name);
        if logs.is_empty() {
            return of_logs(StatusCode::NOT_FOUND, "cannot list files for prefix");
        }
        if logs.len() > self.archive.options().max_files {
            let message = "Prefix Key Exceeds Maximum Download Limit";
            return of_logs(StatusCode::INTERNAL_SERVER_ERROR, message);
        }
        let download = self.downloads.start(&name, logs);
        self.progress(request, &download, true)
    }

    /// The object that a link is to.
    pub(super) fn storage(&self, id: &str) -> Answer {
        self.downloads
            .by_id(id)
            .map_or_else(no_object, |zip| zip.answer("application/zip", "logs.zip"))
    }

    /// How far a download is.
    fn progress(&self, request: &Request, download: &Download, is_new: bool) -> Answer {
        let (status, message) = match &download.progress {
            _ if is_new => ("queued", None),
            Progress::Working => ("in_progress", None),
            Progress::Done(_) => ("success", None),
            Progress::Failed => ("error", Some("pipeline log zipping failed")),
        };
        let mut answer = json!({
            "link": self.link_of(request, download),
            "status": status,
            "expires": time(download.expires),
        });
        if let Some(message) = message {
            answer["message"] = message.into();
        }
        Answer::json(StatusCode::OK, &answer)
    }

    fn link_of(&self, request: &Request, download: &Download) -> String {
        format!("{}/storage/harness-download/{}/logs.zip", request.origin, download.id)
    }

    /// The log that a request names.
    fn log(&self, request: &Request) -> Result<&Log, Answer> {
        let name = name(request)?;
        self.executions.log(&name).ok_or_else(|| {
            of_logs(StatusCode::NOT_FOUND, "NoSuchKey: The specified key does not exist.")
        })
    }
}

/// The lines of a log as content.
struct EventSource(Box<dyn Source>);

impl Source for EventSource {
    fn length(&self) -> Option<u64> {
        None
    }

    fn open(self: Box<Self>, _from: u64) -> std::io::Result<Reader> {
        Ok(Box::new(Events::of(self.0.open(0)?)))
    }
}

/// Account and key of a request.
fn name(request: &Request) -> Result<String, Answer> {
    let account = request.query.filled("accountID").ok_or_else(no_account)?;
    let key = request.query.filled("key");
    let key = key.ok_or_else(|| of_logs(StatusCode::BAD_REQUEST, "no key exists in the URL"))?;
    Ok(format!("{account}/{key}"))
}

/// Whether a prefix is of one execution: `ACC/pipeline/PIPELINE/RUN`, or one that names a run or an execution.
fn is_permitted(prefix: &str) -> bool {
    let mut parts = prefix.split('/').filter(|part| !part.is_empty());
    let is_simplified = parts.nth(1) == Some("pipeline") && parts.count() >= 2;
    is_simplified || prefix.contains("runSequence:") || prefix.contains("pipelineExecutionId:")
}

/// The URL of a request without tokens in its query.
fn shown(request: &Request) -> String {
    let pairs = request.uri.query().unwrap_or("").split('&');
    let shown = pairs.filter(|pair| {
        let name = pair.split('=').next().unwrap_or("");
        !name.to_ascii_lowercase().contains("token")
    });
    let query = shown.collect::<Vec<_>>().join("&");
    format!("{}?{query}", request.uri.path())
}

/// A time in RFC 3339.
fn time(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| format!("{time:.0}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_permitted;

    #[test]
    fn prefixes_name_a_run() {
        for (prefix, is_so) in [
            ("A/pipeline/P/12/-E", true),
            ("A/pipeline/P/12/", true),
            ("A/pipeline/P/12", true),
            ("A/pipeline/P", false),
            ("A/pipeline", false),
            ("A", false),
            ("", false),
            ("accountId:A/orgId:O/projectId:P/pipelineId:I/runSequence:3/level0:pipeline", true),
            ("accountId:A/orgId:O/projectId:P/pipelineExecutionId:E", true),
            ("accountId:A/orgId:O", false),
        ] {
            assert_eq!(is_permitted(prefix), is_so, "{prefix}");
        }
    }
}
