//! `ripsaw serve`: the program with a small client of its own.

mod apify;
pub(crate) mod client;
mod firstgen;
mod harness;
mod http;
mod deepset;

pub(crate) use client::{Response, Server};
