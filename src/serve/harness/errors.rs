//! Errors in the words of the two services.

use hyper::StatusCode;
use hyper::header::ALLOW;
use serde_json::json;

use super::super::answer::Answer;
use super::super::request::{Credential, Request};

/// An error of the log service.
pub(super) fn of_logs(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &json!({ "error_msg": message }))
}

/// An error of the pipeline service.
pub(super) fn of_pipelines(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({
            "status": "ERROR",
            "code": code,
            "message": message,
            "correlationId": null,
            "detailedMessage": null,
            "responseMessages": [],
            "metadata": null,
        }),
    )
}

/// The log service's answer to a request without a token, or with a wrong one. It asks for the account first.
pub(super) fn refused_by_logs(request: &Request) -> Answer {
    let Some(account) = request.query.filled("accountID") else { return no_account() };
    let has_key = request.header("x-api-key").is_some_and(|key| !key.is_empty());
    let message = match request.credential {
        Credential::Missing => "no token in header".to_owned(),
        _ if has_key => "apikey in request not authorized for receiving tokens".to_owned(),
        _ => format!("operation not permitted for accountID: {account}"),
    };
    of_logs(StatusCode::BAD_REQUEST, &message)
}

/// The log service's answer to a request without an account.
pub(super) fn no_account() -> Answer {
    of_logs(StatusCode::BAD_REQUEST, "no account ID in query params")
}

/// The pipeline service's answer to a request without a token, or with a wrong one.
pub(super) fn refused_by_pipelines(is_missing: bool) -> Answer {
    let message = if is_missing { "Token is missing" } else { "Token is not valid" };
    of_pipelines(StatusCode::UNAUTHORIZED, "INVALID_TOKEN", message)
}

/// The answer to a method that a path does not have.
pub(super) fn method_not_allowed(request: &Request) -> Answer {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let (allowed, answer) = match request.path()[..] {
        ["pipeline", .., "summary"] => ("POST", pipelines_method()),
        ["pipeline", ..] => ("GET, HEAD", pipelines_method()),
        ["log-service", "blob", "link", "download"] => {
            ("POST", of_logs(status, "method not allowed"))
        }
        ["log-service", "blob", "download"] => {
            ("GET, HEAD, POST", of_logs(status, "method not allowed"))
        }
        ["log-service", ..] => ("GET, HEAD", of_logs(status, "method not allowed")),
        _ => ("GET, HEAD", storage(status, "MethodNotAllowed", "The method is not allowed.")),
    };
    answer.header(ALLOW, allowed)
}

fn pipelines_method() -> Answer {
    let message = "HTTP 405 Method Not Allowed";
    of_pipelines(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
}

/// The answer to a path that neither service has.
pub(super) fn no_route(request: &Request) -> Answer {
    match request.path()[..] {
        ["log-service", ..] => of_logs(StatusCode::NOT_FOUND, "not found"),
        ["pipeline", ..] => {
            let message = "HTTP 404 Not Found";
            of_pipelines(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", message)
        }
        _ => no_object(),
    }
}

/// The answer to a link that is unknown or has expired.
pub(super) fn no_object() -> Answer {
    storage(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
}

/// An error of the storage service, in its XML.
fn storage(status: StatusCode, code: &str, message: &str) -> Answer {
    let xml = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Answer::bytes(status, "application/xml; charset=UTF-8", xml)
}
