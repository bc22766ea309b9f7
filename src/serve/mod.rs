//! The platforms' APIs over an archive: what a platform answered when a run was new, from its bundle.
//!
//! `server` listens and `connection` speaks HTTP; both know nothing of logs. A `Request` is
//! decoded once, `access` checks host and token, and `routes` finds the platform that owns the path: one folder
//! a platform. A platform returns an `Answer` from a thread on which it may block; `reply`
//! makes HEAD, ranges, validators and gzip of it, the same for all platforms, and `body` reads large content in
//! chunks, so that memory does not depend on its size.

mod options;
mod uri;
mod request;
mod answer;
mod body;
mod states;
mod hash;
mod ids;
mod text;
mod archive;
mod access;
mod zip;
mod platform;
mod harness;
mod firstgen;
mod apify;
mod deepset;
mod routes;
mod range;
mod reply;
mod io;
mod connection;
mod server;

pub use options::ServeOptions;
pub use server::Server;
