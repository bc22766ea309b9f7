//! The command line: arguments → settings → one file per command.
//!
//! `args` holds what clap parses, `settings` turns it into plain values and refuses what makes no sense,
//! and `convert`, `grep`, `ls`, `formats`, `bench` and `completions` act on them. `run` drives the
//! pipeline for all of them, and everything on standard error goes through `report`. The library does
//! not depend on anything in here.

mod exit;
mod identity;
mod place;
mod terminal;
mod usage;
mod hints;
mod filter;
mod args;
mod settings;
mod quantity;
mod report;
mod interrupt;
mod pager;
mod progress;
mod rejects;
mod receipt;
mod unmatched;
mod day;
mod run;
mod convert;
mod grep;
mod ls;
mod formats;
mod layout;
mod listing;
mod machine;
mod passes;
mod figures;
mod bench;
mod generate;
mod completions;

use std::env;
use std::ffi::OsString;
use std::process;

use clap::Parser as _;
use ripsaw::error::Result;

use args::{Args, Command};
use exit::Exit;

/// Parses the arguments, runs the command, and reports an error. Usage errors and `--help` end the process
/// here, because clap decides their exit code.
pub(crate) fn run() -> Exit {
    let words: Vec<OsString> = env::args_os().collect();
    let args = Args::try_parse_from(&words).unwrap_or_else(|error| {
        report::usage(&error, hints::of_usage(&error, &words).as_deref());
        // Help and version end with 0, a wrong argument with 2.
        process::exit(error.exit_code())
    });
    // If the reader of a pipe goes away, lines of text have been useful so far; half a file has not.
    let closed = if args.command.writes_file() { Exit::Failed } else { Exit::Done };
    match dispatch(args.command) {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => closed,
        Err(error) => {
            report::error(&error);
            if error.is_interrupted() { Exit::Interrupted } else { Exit::Failed }
        }
    }
}

/// Resolves the arguments of the command and runs it.
fn dispatch(command: Command) -> Result<Exit> {
    match command {
        Command::Convert(args) => convert::run(&settings::Convert::resolve(*args)?),
        Command::Grep(args) => match grep::Grep::resolve(*args)? {
            grep::Grep::Print(search) => grep::run(&search),
            grep::Grep::Table(settings) => convert::run(&settings),
        },
        Command::Cat(args) => grep::run(&grep::Search::of_cat(*args)?),
        Command::Ls(args) => {
            let settings = settings::Ls::resolve(args)?;
            if settings.formats { formats::of_inputs(&settings) } else { ls::run(&settings) }
        }
        Command::Formats(args) => formats::run(args.json),
        Command::Bench(args) => match settings::Bench::resolve(args)? {
            settings::Bench::Measure(settings) => bench::run(&settings),
            settings::Bench::Generate(settings) => generate::run(&settings),
        },
        Command::Completions(args) => completions::run(args.shell),
    }
}
