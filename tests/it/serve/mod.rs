//! `ripsaw serve`: the program with a small client of its own.

mod access;
mod apify;
pub(crate) mod client;
mod firstgen;
mod harness;
mod http;
#[cfg(target_os = "linux")]
mod memory;
mod deepset;

pub(crate) use client::{Response, Server};
