//! `ripsaw bench --generate`: a bundle of made-up text, for benchmarks and trials.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, stdout};
use std::path::Path;

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::output::temporary_prefix;
use ripsaw::synth::{Made, Recipe};

use super::exit::Exit;
use super::interrupt::Interrupt;
use super::place::Place;
use super::quantity;
use super::report;
use super::settings::Generate;

/// Writes a zip or a directory that appears whole or not at all.
pub(super) fn run(settings: &Generate) -> Result<Exit> {
    let interrupt = Interrupt::catch()?;
    if settings.tree || settings.out.is_file() {
        interrupt.hold();
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(settings.threads).build();
    let pool = pool.map_err(|e| {
        Error::io("cannot start a thread", Location::default(), io::Error::other(e))
    })?;
    let write = || match (&settings.out, settings.tree) {
        (Place::Path(path), true) => write_tree(&settings.recipe, path, &interrupt),
        (Place::Stdout, true) => Err(settings
            .out
            .refuse("a directory cannot be written to it")
            .with_hint("name a directory with -o, or omit --tree")),
        (out, false) => write_zip(&settings.recipe, out, &interrupt),
    };
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

/// Writes a directory beside its place and gives it its name when it is whole.
fn write_tree(recipe: &Recipe, path: &Path, interrupt: &Interrupt) -> Result<Made> {
    let name = path.to_string_lossy();
    let cannot = |cause| Error::io("cannot write", Location::bundle(&*name), cause);
    if fs::symlink_metadata(path).is_ok() {
        return Err(cannot(io::Error::other("it already exists")).with_hint("name a new directory"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let partial = partial_folder(folder, path).map_err(|cause| {
        cannot(cause).with_hint(format!("{} must be a writable folder", folder.display()))
    })?;
    let go_on = || !interrupt.is_requested();
    let made = recipe.write_tree_while(partial.path(), &go_on).map_err(cannot)?;
    fs::rename(partial.path(), path).map_err(cannot)?;
    // It has its name: nothing is left to remove.
    let _ = partial.keep();
    Ok(made)
}

fn partial_folder(folder: &Path, path: &Path) -> io::Result<tempfile::TempDir> {
    let prefix = temporary_prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What any new folder gets; the umask takes its part.
        builder.permissions(fs::Permissions::from_mode(0o777));
    }
    builder.tempdir_in(folder)
}
