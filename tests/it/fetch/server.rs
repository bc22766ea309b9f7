//! A server that answers as a test says, and as badly.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a client asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As sent, without the query.
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: HashMap<String, String>,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

/// How an answer goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does not.
    None,
    /// The connection is closed after so many bytes of the body.
    Drop(usize),
    /// After so many bytes of the body nothing comes any more.
    Hang(usize),
    /// So many bytes of the body at a time, with a pause after each.
    Slow(usize, Duration),
    /// The connection is closed without an answer.
    Mute,
    /// In chunks, without a length; closed after so many bytes, without the last chunk.
    Chunks(usize),
}

/// What a client is answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) fault: Fault,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), fault: Fault::None }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, body.to_string()).with("content-type", "application/json")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn fault(self, fault: Fault) -> Self {
        Self { fault, ..self }
    }

    /// A file with a tag, or the range of it that was asked for.
    pub(crate) fn file(request: &Request, bytes: &[u8], tag: &str) -> Self {
        let range =
            request.header("range").strip_prefix("bytes=").and_then(|r| r.strip_suffix('-'));
        let from = range.and_then(|from| from.parse::<usize>().ok());
        let is_same = request.header("if-range") == tag;
        let answer = match from.filter(|_| is_same) {
            Some(from) if from >= bytes.len() => {
                Self::new(416, "").with("content-range", &format!("bytes */{}", bytes.len()))
            }
            Some(from) => Self::new(206, &bytes[from..]).with(
                "content-range",
                &format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()),
            ),
            None => Self::new(200, bytes),
        };
        answer.with("etag", tag).with("accept-ranges", "bytes")
    }
}

type Handler = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A server on a port of its own, which ends with the test's process.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
    /// Bytes of slow bodies that were sent.
    sent: Arc<AtomicU64>,
}

impl Server {
    /// The handler is given a request, and how many came before it with the same method and path.
    pub(crate) fn start(
        handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let sent = Arc::<AtomicU64>::default();
        let (handler, requests): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&seen));
        let counter = Arc::clone(&sent);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (handler, requests) = (Arc::clone(&handler), Arc::clone(&requests));
                let sent = Arc::clone(&counter);
                // A client that goes away is the client's business.
                thread::spawn(move || drop(serve(&stream.unwrap(), &*handler, &requests, &sent)));
            }
        });
        Self { url, seen, sent }
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// Bytes of slow bodies that were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How many requests had a path that contains a text.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.seen().iter().filter(|request| request.path.contains(part)).count()
    }
}

fn serve(
    stream: &TcpStream,
    handler: &Handler,
    seen: &Mutex<Vec<Request>>,
    sent: &AtomicU64,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        let before = {
            let mut seen = seen.lock().unwrap();
            let is_same =
                |other: &&Request| (&other.method, &other.path) == (&request.method, &request.path);
            let before = seen.iter().filter(is_same).count();
            seen.push(request.clone());
            before
        };
        let answer = handler(&request, before);
        let is_over = answer.fault != Fault::None;
        write(stream, answer, sent)?;
        if is_over {
            stream.shutdown(Shutdown::Both)?;
            return Ok(());
        }
    }
    Ok(())
}

fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length: &String| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    // Through a proxy the whole address is asked for.
    let target = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]).to_owned(),
        None => target,
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = query.map(|(name, value)| (name.to_owned(), decode(value))).collect();
    Ok(Some(Request { method, path: path.to_owned(), query, headers, body }))
}

fn write(mut stream: &TcpStream, answer: Answer, sent: &AtomicU64) -> io::Result<()> {
    let Answer { status, headers, body, fault } = answer;
    if fault == Fault::Mute {
        return Ok(());
    }
    let mut head = format!("HTTP/1.1 {status} Status\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Fault::Chunks(most) = fault {
        write!(stream, "{head}transfer-encoding: chunked\r\n\r\n")?;
        for chunk in body[..most.min(body.len())].chunks(1000) {
            write!(stream, "{:x}\r\n", chunk.len())?;
            stream.write_all(chunk)?;
            write!(stream, "\r\n")?;
        }
        return if most > body.len() { write!(stream, "0\r\n\r\n") } else { Ok(()) };
    }
    write!(stream, "{head}content-length: {}\r\n\r\n", body.len())?;
    match fault {
        Fault::Drop(most) => stream.write_all(&body[..most.min(body.len())]),
        Fault::Hang(most) => {
            stream.write_all(&body[..most.min(body.len())])?;
            // Until the client gives up.
            stream.read_to_end(&mut Vec::new()).map(|_| ())
        }
        Fault::Slow(bytes, pause) => body.chunks(bytes).try_for_each(|chunk| {
            thread::sleep(pause);
            sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            stream.write_all(chunk)
        }),
        _ => stream.write_all(&body),
    }
}

/// Undoes percent-encoding.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'%' {
            decoded.push(u8::from_str_radix(&text[at + 1..at + 3], 16).unwrap());
            at += 3;
        } else {
            decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    String::from_utf8(decoded).unwrap()
}
