//! `ripsaw serve`: the platforms' APIs over the inputs.

use std::fs;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::time::Duration;

use ripsaw::error::{Error, Location, Result};
use ripsaw::serve::{ServeOptions, Server};

use super::args::{ServeArgs, ServerArgs};
use super::exit::Exit;
use super::interrupt::Interrupt;
use super::quantity;
use super::report;
use super::settings::{messages, reading};

/// Serves until a signal comes.
pub(super) fn run(args: ServeArgs) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    let console = messages(&args.messages);
    let options = options(&args.server)?;
    let mut reading = reading(args.inputs.paths, args.read)?;
    reading.options.index = args.index.policy();
    // One broken bundle among many is no reason not to serve the others.
    reading.options.skip_unreadable = true;
    let scan = reading.open()?;
    scan.catalog().problems.iter().for_each(report::error);
    if scan.entries().is_empty() && !scan.catalog().problems.is_empty() {
        return Ok(Exit::Failed);
    }
    let server = Server::bind(scan, options)?;
    interrupt.hold();
    announce(&server, args.server.print_url, console.quiet)?;
    let is_done = server.run(|| interrupt.is_signalled())?;
    if !is_done && !console.quiet {
        report::note("answers that were not sent yet were cut off");
    }
    // It has no other end than a signal, so one that cost nobody an answer is a good one.
    Ok(if is_done { Exit::Done } else { Exit::Interrupted })
}

/// Says where it listens.
fn announce(server: &Server, prints_url: bool, is_quiet: bool) -> Result<()> {
    if prints_url {
        let mut stdout = stdout().lock();
        let written = writeln!(stdout, "{}", server.url()).and_then(|()| stdout.flush());
        written.map_err(report::cannot_print)?;
    }
    if !is_quiet {
        let logs = quantity::count(server.logs() as u64, "log", "logs");
        report::note(&format!("serving {logs} at {}", server.url()));
    }
    Ok(())
}

/// The arguments as plain values.
fn options(args: &ServerArgs) -> Result<ServeOptions> {
    Ok(ServeOptions {
        listen: args.listen,
        token: args.token_file.as_deref().map(token).transpose()?,
        hosts: args.host.clone(),
        max_files: args.max_files as usize,
        timeout: Duration::from_secs(args.timeout.into()),
    })
}

/// The token in a file: its text without blanks and line ends around it.
fn token(path: &Path) -> Result<String> {
    let location = || Location::bundle(path.display().to_string());
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| Error::io("cannot read the token", location(), error))?;
    match text.trim() {
        "" => Err(Error::new("cannot read the token", location(), "the file is empty")),
        token => Ok(token.to_owned()),
    }
}
