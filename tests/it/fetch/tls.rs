//! A server whose certificate only `--cacert` makes trusted.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{fetch, folder, logs};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/tls");

/// Answers each request with the same, over TLS; gives the port.
fn start(answer: &'static str) -> u16 {
    let chain = CertificateDer::pem_file_iter(format!("{DATA}/server.pem")).unwrap();
    let chain = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(format!("{DATA}/server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, socket.unwrap());
            thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                // A client that does not trust the certificate goes away.
                while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                    head.push(byte[0]);
                }
                let _ = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            });
        }
    });
    port
}

const LOG: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nlog\n";

#[test]
fn certificates_of_ones_own() {
    let port = start(LOG);
    let out = folder();
    let cacert = format!("{DATA}/ca.pem");
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{port}");
        let to = out.path(host);
        fetch("apify", &url, &to, &["HG7ML7M8z78YcAPEB", "--cacert", &cacert]).ok();
        assert_eq!(logs(&to), ["HG7ML7M8z78YcAPEB.log"]);
        // Without it nothing is sent, and nothing is tried again.
        let ran = fetch("apify", &url, &out.path("untrusted"), &["HG7ML7M8z78YcAPEB"]);
        assert_eq!((ran.code, logs(&out.path("untrusted")).len()), (2, 0));
        assert!(ran.err.contains("certificate") && ran.err.contains("--cacert"), "{}", ran.err);
        assert!(!ran.err.contains("again in"), "{}", ran.err);
    }
}

#[test]
fn files_that_are_no_certificates() {
    let out = folder();
    for (text, why) in [
        ("", "no certificate in PEM form"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "cannot read certificates"),
    ] {
        let file = out.file("bad.pem", text.as_bytes());
        let ran = fetch(
            "apify",
            "https://127.0.0.1:9",
            &out.path("logs"),
            &["x", "--cacert", file.to_str().unwrap()],
        );
        assert!(ran.code == 2 && ran.err.contains(why), "{}", ran.err);
    }
}
