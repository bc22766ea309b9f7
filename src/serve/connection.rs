//! One connection: requests in, responses out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::answer::Answer;
use super::body::ReplyBody;
use super::io::Timed;
use super::reply::reply;
use super::request::Request;
use super::routes::Routes;

/// All headers of a request, in bytes.
const HEADERS: usize = 64 << 10;
/// The body of a request, in bytes.
const BODY: usize = 1 << 20;

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the headers of a request, and between requests.
    pub(super) headers: Duration,
    /// For the body of a request, and to take any part of an answer.
    pub(super) body: Duration,
}

/// Answers the requests of a connection until it ends, or `stop` has changed and the current answer is sent.
pub(super) async fn serve(
    socket: TcpStream,
    routes: Arc<Routes>,
    patience: Patience,
    mut stop: watch::Receiver<bool>,
) {
    // Small answers go out at once; it does not matter if that cannot be set.
    let _ = socket.set_nodelay(true);
    let service = service_fn(|request| respond(Arc::clone(&routes), request, patience));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_buf_size(HEADERS)
        // A client may close its side once it has asked.
        .half_close(true)
        .serve_connection(TokioIo::new(Timed::new(socket, patience.body)), service);
    let mut connection = std::pin::pin!(connection);
    // What is wrong with a connection is of no interest to anybody else.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// The response to one request.
async fn respond(
    routes: Arc<Routes>,
    request: hyper::Request<Incoming>,
    patience: Patience,
) -> io::Result<Response<ReplyBody>> {
    let (head, body) = request.into_parts();
    let of_headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    // hyper looks only when it has read more than its buffer holds.
    if of_headers.sum::<usize>() + head.uri.path().len() > HEADERS {
        return Ok(refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    if body.size_hint().lower() > BODY as u64 {
        return Ok(refuse(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let body = match timeout(patience.body, Limited::new(body, BODY).collect()).await {
        Err(_) => return Ok(refuse(StatusCode::REQUEST_TIMEOUT)),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return Ok(refuse(StatusCode::PAYLOAD_TOO_LARGE));
        }
        Ok(Err(_)) => return Ok(refuse(StatusCode::BAD_REQUEST)),
        Ok(Ok(body)) => body.to_bytes(),
    };
    let request = Request::of(head.method, head.uri, head.headers, body);
    let answered = spawn_blocking(move || {
        let (request, answer) = routes.answer(request);
        reply(&request, answer)
    });
    let (response, first) = answered.await.map_err(io::Error::other)?;
    Ok(response.map(|()| first.into_body()))
}

/// The response to a request that cannot be read: the connection ends with it.
fn refuse(status: StatusCode) -> Response<ReplyBody> {
    let reason = status.canonical_reason().unwrap_or_default();
    let answer = Answer::text(status, format!("{reason}\n"));
    let mut response = answer.into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response.map(ReplyBody::of_bytes)
}
