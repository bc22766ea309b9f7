//! What all platforms have in common: HTTP itself, and clients that do not behave.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use super::harness::{BUNDLE, RUN, blob, link_of, text_of};
use super::{Response, Server};

/// Part of the range, status, and the bytes.
type Case = (&'static str, u16, std::ops::Range<usize>);

#[test]
fn parts_of_texts_and_zips_are_those_of_the_whole() {
    let server = Server::start(&[BUNDLE], &[]);
    let text = text_of("Build/Checks/Unit_Tests");
    let zip = std::fs::read(BUNDLE).unwrap();
    let link = link_of(&server, RUN);
    for (path, whole) in [(blob("Build/Checks/Unit_Tests"), text), (link, zip)] {
        let length = whole.len();
        let full = server.get(&path, &[]);
        assert_eq!((full.status, full.body == whole), (200, true));
        assert_eq!(full.header("accept-ranges"), Some("bytes"));
        let tag = full.header("etag").unwrap().to_owned();
        let head = server.ask("HEAD", &path, &[], b"");
        assert_eq!(head.header("content-length"), Some(&*length.to_string()));
        assert_eq!((head.header("etag"), head.status), (Some(&*tag), 200));
        let cases: [Case; 9] = [
            ("bytes=0-0", 206, 0..1),
            ("bytes=100-199", 206, 100..200),
            ("bytes=1-", 206, 1..length),
            ("bytes=-1", 206, length - 1..length),
            ("bytes=-99999999", 206, 0..length),
            ("bytes=10-99999999", 206, 10..length),
            ("bytes=0-1,5-6", 200, 0..length),
            ("lines=0-1", 200, 0..length),
            ("bytes=7-3", 200, 0..length),
        ];
        for (range, status, bytes) in cases {
            let part = server.get(&path, &[("Range", range)]);
            assert_eq!(part.status, status, "{range}");
            assert!(part.body == whole[bytes.clone()], "{range}");
            let said = format!("bytes {}-{}/{length}", bytes.start, bytes.end - 1);
            let said = (status == 206).then_some(said);
            assert_eq!(part.header("content-range"), said.as_deref(), "{range}");
            assert_eq!(part.header("etag"), Some(&*tag));
            // As long as it is the same; of another the whole is sent.
            let same = server.get(&path, &[("Range", range), ("If-Range", &tag)]);
            assert_eq!((same.status, same.body), (status, part.body), "{range}");
            let other = server.get(&path, &[("Range", range), ("If-Range", "\"other\"")]);
            assert!(other.status == 200 && other.body == whole, "{range}");
        }
        for range in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
            let none = server.get(&path, &[("Range", &range)]);
            assert_eq!((none.status, none.body.len()), (416, 0), "{range}");
            assert_eq!(none.header("content-range"), Some(&*format!("bytes */{length}")));
        }
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let known = server.get(&path, &[("If-None-Match", &known)]);
            assert_eq!((known.status, known.body.len()), (304, 0));
            assert_eq!(known.header("etag"), Some(&*tag));
        }
        assert_eq!(server.get(&path, &[("If-None-Match", "\"x\"")]).status, 200);
    }
}

#[test]
fn gzip_where_it_is_asked_for() {
    let server = Server::start(&[BUNDLE], &[]);
    let (path, text) = (blob("Build/Checks/Unit_Tests"), text_of("Build/Checks/Unit_Tests"));
    let plain = server.get(&path, &[]);
    assert_eq!(plain.header("vary"), Some("accept-encoding"));
    for (accepted, is_gzip) in [
        ("gzip", true),
        ("br, GZIP;q=0.5", true),
        ("*", true),
        ("identity", false),
        ("gzip;q=0", false),
        ("gzip;q=0, *", false),
        ("", false),
    ] {
        let said = server.get(&path, &[("Accept-Encoding", accepted)]);
        let body = if is_gzip { inflated(&said.body) } else { said.body.clone() };
        assert!(said.status == 200 && body == text, "{accepted}");
        assert_eq!(said.header("content-encoding"), is_gzip.then_some("gzip"), "{accepted}");
        assert_eq!(said.header("etag") != plain.header("etag"), is_gzip, "{accepted}");
        // The same in gzip is known by its own tag.
        let tag = said.header("etag").unwrap();
        let headers = [("Accept-Encoding", accepted), ("If-None-Match", tag)];
        assert_eq!(server.get(&path, &headers).status, 304, "{accepted}");
    }
    // Never a range, nor a zip.
    let part = server.get(&path, &[("Accept-Encoding", "gzip"), ("Range", "bytes=0-9")]);
    assert_eq!((part.status, part.header("content-encoding")), (206, None));
    let zip = server.get(&link_of(&server, RUN), &[("Accept-Encoding", "gzip")]);
    assert!(zip.header("content-encoding").is_none() && zip.body == std::fs::read(BUNDLE).unwrap());
}

fn inflated(gzip: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut text).unwrap();
    text
}

/// Sends bytes and returns all that comes back until the connection ends.
fn all_after(server: &Server, bytes: &[u8]) -> String {
    let mut socket = server.connect();
    // The server may close before it has all.
    let _ = socket.write_all(bytes);
    let mut said = Vec::new();
    let _ = socket.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn requests_have_limits() {
    let server = Server::start(&[BUNDLE], &[]);
    let host = format!("Host: {}\r\n", server.address);
    let long = "x".repeat(100 << 10);
    let many: String = (0..300).map(|number| format!("h{number}: x\r\n")).collect();
    for (request, statuses) in [
        (format!("GET / HTTP/1.1\r\n{host}a: {long}\r\n\r\n"), &["431"][..]),
        (format!("GET /{long} HTTP/1.1\r\n{host}\r\n"), &["414", "431"]),
        (format!("GET / HTTP/1.1\r\n{host}{many}\r\n"), &["431"]),
        ("GET / HTTP/9.9\r\n\r\n".to_owned(), &["400"]),
        ("\u{0}\u{1}\r\n\r\n".to_owned(), &["400"]),
        (format!("POST /v2/x HTTP/1.1\r\n{host}Content-Length: 9999999\r\n\r\n"), &["413"]),
        (
            format!("POST /v2/x HTTP/1.1\r\n{host}Content-Length: 99999999999999999999\r\n\r\n"),
            &["400"],
        ),
        (
            format!(
                "POST /v2/x HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n200000\r\n{}",
                "x".repeat(2 << 20)
            ),
            &["413"],
        ),
    ] {
        let said = all_after(&server, request.as_bytes());
        let status = said.get(9..12).unwrap_or("");
        assert!(statuses.contains(&status), "{:.40} {said:?}", request);
    }
    assert_eq!(server.get(&blob("Build/liteEngineTask"), &[]).status, 200);
}

#[test]
fn slow_clients_are_cut_off() {
    let server = Server::start(&[BUNDLE], &["--timeout", "1"]);
    let host = format!("Host: {}\r\n", server.address);
    // Half a head, half a body, and nothing at all: each ends by itself.
    for request in [
        format!("GET / HTTP/1.1\r\n{host}a: "),
        format!("POST /v2/logs/x HTTP/1.1\r\n{host}Content-Length: 10\r\n\r\nabc"),
        String::new(),
    ] {
        let said = all_after(&server, request.as_bytes());
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    // One that has been answered, and asks nothing more.
    let mut socket = server.connect();
    let path = blob("Build/liteEngineTask");
    write!(socket, "GET {path} HTTP/1.1\r\n{host}\r\n").unwrap();
    let mut reader = BufReader::new(socket);
    assert_eq!(Response::read(&mut reader, "GET").status, 200);
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn many_clients_are_answered_at_once() {
    let server = Server::start(&[BUNDLE], &[]);
    let text = text_of("Build/liteEngineTask");
    let path = blob("Build/liteEngineTask");
    let mut sockets: Vec<TcpStream> = (0..500).map(|_| server.connect()).collect();
    for socket in &mut sockets {
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
    }
    // All are open, and the last is answered before the first is read.
    for socket in sockets.into_iter().rev() {
        let said = Response::read(&mut BufReader::new(socket), "GET");
        assert!(said.status == 200 && said.body == text);
    }
}

#[test]
fn connections_are_kept_pipelined_and_half_closed() {
    let server = Server::start(&[BUNDLE], &[]);
    let steps = ["Build/liteEngineTask", "Build/harness-git-clone", "Build/Checks/Unit_Tests"];
    let requests: String = steps
        .iter()
        .map(|step| format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", blob(step), server.address))
        .collect();
    let mut socket = server.connect();
    socket.write_all(requests.as_bytes()).unwrap();
    socket.shutdown(Shutdown::Write).unwrap();
    let mut reader = BufReader::new(socket);
    for step in steps {
        let said = Response::read(&mut reader, "GET");
        assert!(said.status == 200 && said.body == text_of(step), "{step}");
    }
    assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap(), 0);
    // Clients that go away in the middle leave the server as it was.
    for _ in 0..20 {
        let mut socket = server.connect();
        let path = blob("Build/Checks/Unit_Tests");
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
        socket.read_exact(&mut [0; 10]).unwrap();
    }
    assert_eq!(server.get(&blob(steps[0]), &[]).status, 200);
}

#[cfg(unix)]
#[test]
fn it_stops_when_it_is_told() {
    for signal in ["-INT", "-TERM"] {
        let server = Server::start(&[BUNDLE], &[]);
        // A connection that waits for nothing is closed.
        let mut idle = server.connect();
        let path = blob("Build/liteEngineTask");
        write!(idle, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
        let mut reader = BufReader::new(idle);
        assert_eq!(Response::read(&mut reader, "GET").status, 200);
        let address = server.address.clone();
        let (code, said) = server.stop(signal);
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(said, format!("ripsaw: serving 22 logs at http://{address}\n"));
        assert!(TcpStream::connect(&address).is_err());
    }
}

#[cfg(unix)]
#[test]
fn an_answer_that_was_begun_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let steps = folder.path().join("acc/acc/pipeline/ci/7/-aT5bV0yQTuKxw8mE2-Jc1Q/build");
    std::fs::create_dir_all(&steps).unwrap();
    // More than the system holds between a server and a client.
    let text = vec![b'x'; 32 << 20];
    std::fs::write(steps.join("Run"), &text).unwrap();
    let server = Server::start(&[folder.path()], &[]);
    let key = "acc/pipeline/ci/7/-aT5bV0yQTuKxw8mE2-Jc1Q/build/Run";
    let mut socket = server.connect();
    let host = server.address.clone();
    write!(
        socket,
        "GET /log-service/blob?accountID=acc&key={key} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    )
    .unwrap();
    socket.read_exact(&mut [0; 1]).unwrap();
    let ended = std::thread::spawn(move || server.stop("-INT"));
    let mut said = Vec::new();
    socket.read_to_end(&mut said).unwrap();
    let (head, body) = said.split_at(said.len() - text.len());
    assert!(head.ends_with(b"\r\n\r\n") && body == text);
    let (code, _) = ended.join().unwrap();
    assert_eq!(code, Some(0));
}
