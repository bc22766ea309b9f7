//! `ripsaw bench --generate`: a bundle of generated text, for benchmarks and trials.
//!
//! The text comes from `ripsaw::synth`; this file writes it, as a zip or as the directory that extracting
//! the zip would give. Either appears whole or not at all.

use std::io::{self, BufWriter, IsTerminal as _, stdout};
use std::path::Path;

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::folder::Folder;
use ripsaw::synth::{Made, Recipe};

use super::exit::Exit;
use super::interrupt::Interrupt;
use super::place::Place;
use super::quantity;
use super::report;
use super::settings::Generate;

/// Writes the bundle, and reports its size on standard error.
pub(super) fn run(settings: &Generate) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    // A temporary file or directory must be removed after an interruption.
    if settings.tree || settings.out.is_file() {
        interrupt.hold();
    }
    // A pool of its own: `--threads` must hold, and the global pool has its size from elsewhere.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build();
    let pool = pool.map_err(|e| {
        Error::io("cannot start a thread", Location::default(), io::Error::other(e))
    })?;
    let write = || match (&settings.out, settings.tree) {
        (Place::Path(path), true) => write_tree(&settings.recipe, path, &interrupt),
        (Place::Stdout, true) => Err(settings
            .out
            .refuse_directory()
            .with_hint("name a directory with -o, or omit --tree")),
        (out, false) => write_zip(&settings.recipe, out, &interrupt),
    };
    // The generator reports an interruption as a failed write; the user should see the former.
    let made = pool.install(write).map_err(|error| match interrupt.is_requested() {
        true => Error::interrupted(),
        false => error,
    })?;
    if !settings.console.quiet {
        report::note(&format!(
            "{}: {} with {} of text in {}",
            report::printable(&settings.out.name()),
            quantity::count(made.lines, "line", "lines"),
            quantity::bytes(made.bytes),
            quantity::count(made.entries as u64, "entry", "entries"),
        ));
    }
    Ok(Exit::Done)
}

/// Writes a zip, also to a pipe, but not to a terminal.
fn write_zip(recipe: &Recipe, out: &Place, interrupt: &Interrupt) -> Result<Made> {
    if *out == Place::Stdout && stdout().is_terminal() {
        let hint = "name a file with -o, or pipe it somewhere";
        return Err(out.refuse("a terminal cannot show a zip").with_hint(hint));
    }
    let output = out.create()?;
    let writer = BufWriter::new(output.writer()?);
    let made = recipe.write_zip_while(writer, &|| !interrupt.is_requested());
    let made = made.map_err(|cause| output.error(cause))?;
    output.commit()?;
    Ok(made)
}

/// Writes a directory, as a whole or not at all.
///
/// # Errors
/// `path` exists already, and is not empty: directories are never replaced.
fn write_tree(recipe: &Recipe, path: &Path, interrupt: &Interrupt) -> Result<Made> {
    let folder = Folder::create(path)?;
    let go_on = || !interrupt.is_requested();
    let made = recipe.write_tree_while(folder.path(), &go_on);
    let made = made.map_err(|cause| folder.error(cause))?;
    folder.commit()?;
    Ok(made)
}
