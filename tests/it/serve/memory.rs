//! What large logs cost.

use std::io::{BufReader, Read as _, Write as _};

use super::{Response, Server};

/// Bytes of memory that are no pages of files.
fn held(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let held = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    held.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn a_large_log_is_never_in_memory() {
    const SIZE: usize = 200 << 20;
    let folder = tempfile::tempdir().unwrap();
    let steps = folder.path().join("acc/acc/pipeline/ci/7/-aT5bV0yQTuKxw8mE2-Jc1Q/build");
    std::fs::create_dir_all(&steps).unwrap();
    std::fs::write(steps.join("Run"), vec![b'x'; SIZE]).unwrap();
    let server = Server::start(&[folder.path()], &[]);
    let path =
        "/log-service/blob?accountID=acc&key=acc/pipeline/ci/7/-aT5bV0yQTuKxw8mE2-Jc1Q/build/Run";
    assert_eq!(server.ask("HEAD", path, &[], b"").status, 200);
    let idle = held(&server);
    let mut socket = server.connect();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
    let mut reader = BufReader::new(socket);
    let head = Response::read(&mut reader, "HEAD");
    assert_eq!(head.header("content-length"), Some(&*SIZE.to_string()));
    let (mut left, mut most, mut piece) = (SIZE, 0, vec![0; 8 << 20]);
    while left > 0 {
        let size = left.min(piece.len());
        reader.read_exact(&mut piece[..size]).unwrap();
        left -= size;
        most = most.max(held(&server));
    }
    assert!(most < idle + (16 << 20), "{idle} {most}");
}
