//! The command line: arguments → settings → one file per command.
//!
//! `args` holds what clap parses, `settings` turns it into plain values and refuses what makes no sense,
//! and `convert`, `grep`, `ls`, `formats`, `bench` and `completions` act on them. `run` drives the
//! pipeline for all of them, and everything on standard error goes through `report`. The rest of the library
//! does not depend on anything in here, and all of it is named `ripsaw::` as in any other program.

mod cells;
mod exit;
mod identity;
mod place;
mod terminal;
mod usage;
mod foreign_flags;
mod hints;
mod filter;
mod version;
mod args;
mod defaults;
mod settings;
mod quantity;
mod report;
mod interrupt;
mod pager;
mod progress;
mod rejects;
mod key_names;
mod problems;
mod receipt;
mod unmatched;
mod day;
mod run;
mod convert;
mod dataset;
mod compact;
mod extract;
mod grep;
mod ls;
mod formats;
mod index;
#[cfg(feature = "fetch")]
mod fetch;
mod schema;
mod layout;
mod names;
mod machine;
mod passes;
mod figures;
mod bench;
#[cfg(feature = "serve")]
mod serve;
mod generate;
mod completions;
mod manual;

use std::ffi::OsString;
use std::path::Path;
use std::process;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};
use ripsaw::error::{Error, Result};

use args::{Args, Command};
use defaults::Defaults;
use exit::Exit;
use place::Place;

/// Runs a command line, of which the first word is the command's own name: `main` of the program, and of the
/// Python package's. Returns the exit code. Usage errors and `--help` end the process here, because clap decides
/// their exit code.
pub fn run(words: &[OsString]) -> u8 {
    run_command(words) as u8
}

/// Refuses an output that is an input or lies inside one: for other programs that convert.
///
/// # Errors
/// As it says.
pub fn check_output(path: &Path, inputs: &[OsString]) -> Result<()> {
    Place::from(path.to_owned()).check(inputs)
}

/// Refuses a directory for a data set that is an input or lies inside one: for other programs that convert.
///
/// # Errors
/// As it says.
pub fn check_output_folder(path: &Path, inputs: &[OsString]) -> Result<()> {
    settings::check_folder(path, inputs)
}

/// Parses the arguments, runs the command, and reports an error.
fn run_command(words: &[OsString]) -> Exit {
    keep_quiet_of_damage();
    ripsaw::source::end_at_cut_files(Exit::Failed as u8);
    allow_many_files();
    let (alone, args) = parse(words).unwrap_or_else(|mut error| {
        hints::drop_usage(&mut error, words);
        leave(&error, hints::of_usage(&error, words).as_deref())
    });
    let (defaults, words) = match Defaults::apply(&alone, words) {
        Ok(applied) => applied,
        Err(error) => return fail(&error),
    };
    // The command line alone was right, so an error is one of the variable's options.
    let args = match defaults.is_used() {
        true => parse(&words).map_or_else(
            |error| leave(&error, Some(&defaults.hint_of(&error.to_string()))),
            |(_, args)| args,
        ),
        false => args,
    };
    if let Some(text) = defaults.explain().filter(|_| args.command.explains()) {
        report::note(&text);
    }
    // If the reader of a pipe goes away, lines of text have been useful so far; half a file has not.
    let closed = if args.command.writes_file() { Exit::Failed } else { Exit::Done };
    match dispatch(args.command) {
        Ok(exit) => exit,
        Err(error) if error.is_broken_pipe() => closed,
        Err(error) => {
            let exit = fail(&error);
            if let Some(hint) = defaults.hint_of_option(&error.to_string()) {
                report::hint(&hint);
            }
            exit
        }
    }
}

/// Opens as many files as the system allows at most: with `--mmap never` each archive is one. Without that, as many as
/// it allows at first.
fn allow_many_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Prints nothing of a panic that a decoder of another crate answers damaged data with: it is reported as an
/// error of the input.
fn keep_quiet_of_damage() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !ripsaw::source::is_decoding() {
            print(panic);
        }
    }));
}

/// Parses a command line.
fn parse(words: &[OsString]) -> std::result::Result<(ArgMatches, Args), clap::Error> {
    let matches = Args::command().try_get_matches_from(words)?;
    let args = Args::from_arg_matches(&matches)?;
    Ok((matches, args))
}

/// Prints a usage error, or the help or version, and ends the process: with 0 after help and version, with 2
/// after an error.
fn leave(error: &clap::Error, hint: Option<&str>) -> ! {
    report::usage(error, hint);
    process::exit(error.exit_code())
}

/// Prints an error.
fn fail(error: &Error) -> Exit {
    report::error(error);
    if error.is_interrupted() { Exit::Interrupted } else { Exit::Failed }
}

/// Resolves the arguments of the command and runs it.
fn dispatch(command: Command) -> Result<Exit> {
    match command {
        Command::Convert(args) if settings::is_data_set(&args) => {
            dataset::run(settings::DataSetRun::resolve(*args)?)
        }
        Command::Convert(args) => convert::run(&settings::Convert::resolve(*args)?),
        Command::Grep(args) => match grep::Grep::resolve(*args)? {
            grep::Grep::Print(search) => grep::run(&search),
            grep::Grep::Table(settings) => convert::run(&settings),
        },
        Command::Cat(args) => grep::run(&grep::Search::of_cat(*args)?),
        Command::Ls(args) => {
            let settings = settings::Ls::resolve(*args)?;
            if settings.formats { formats::of_inputs(&settings) } else { ls::run(&settings) }
        }
        Command::Index(args) => index::run(*args),
        Command::Compact(args) => compact::run(args),
        Command::Extract(args) => extract::run(*args),
        #[cfg(feature = "fetch")]
        Command::Fetch(args) => fetch::run(*args),
        Command::Schema(args) => schema::run(*args),
        Command::Formats(args) => formats::run(args.json),
        Command::Bench(args) => match settings::Bench::resolve(*args)? {
            settings::Bench::Measure(settings) => bench::run(&settings),
            settings::Bench::Generate(settings) => generate::run(&settings),
        },
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(*args),
        Command::Completions(args) => completions::run(args.shell),
        Command::Man(args) => manual::run(&args),
    }
}
