//! The arguments of `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint, value_parser};

use super::{IndexUseArgs, InputArgs, MessageArgs, ReadArgs};

/// Serve bundles under the APIs of their platforms: Harness, Apify, deepset
///
/// Clients of a platform that are pointed to the printed URL get the logs of INPUT, read from the
/// archives while they are sent. Any log can be asked for under every API. Ctrl-C stops it when the
/// answers that were begun are sent.
#[derive(Debug, ClapArgs)]
#[command(after_help = SERVE_EXAMPLES)]
pub(in crate::cli) struct ServeArgs {
    #[command(flatten)]
    pub(in crate::cli) inputs: InputArgs,
    #[command(flatten)]
    pub(in crate::cli) server: ServerArgs,
    #[command(flatten)]
    pub(in crate::cli) index: IndexUseArgs,
    #[command(flatten)]
    pub(in crate::cli) read: ReadArgs,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Server")]
pub(in crate::cli) struct ServerArgs {
    /// Listen on this address; port 0 is any free one. An address that other hosts reach needs
    /// --token-file
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8177")]
    pub(in crate::cli) listen: SocketAddr,
    /// Only answer requests with the token in FILE, as API key or bearer token
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) token_file: Option<PathBuf>,
    /// Also answer requests to this host name, such as logs.example.com; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) host: Vec<String>,
    /// Print the URL alone on standard output
    #[arg(long)]
    pub(in crate::cli) print_url: bool,
    /// Refuse Harness downloads of more than N logs, as the platform does
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = value_parser!(u32).range(1..))]
    pub(in crate::cli) max_files: u32,
    /// Seconds that a client may take to send a request, or to take a part of an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = value_parser!(u32).range(1..=86_400))]
    pub(in crate::cli) timeout: u32,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  ripsaw serve logs.zip
  ripsaw serve archive/ --listen 127.0.0.1:0 --print-url
  ripsaw serve archive/ --listen 0.0.0.0:8177 --token-file token.txt --host logs.example.com";
