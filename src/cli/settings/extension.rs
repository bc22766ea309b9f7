//! The output format that a file extension selects, and hints for names that select none.

use std::path::Path;

use ripsaw::error::{Error, Location, Result};
use ripsaw::sink::{FILE_FORMATS, FileFormat};

use super::super::hints::new_file;

/// The format for the extension of `out`.
///
/// # Errors
/// `-`, a directory, or a name with no or an unknown extension; the hint lists what is possible.
pub(super) fn format_of(out: &Path) -> Result<&'static FileFormat> {
    let fail = |cause: String| {
        Error::new("unknown output format", Location::bundle(out.to_string_lossy()), cause)
    };
    if out.as_os_str() == "-" {
        let error = fail("standard output has no file extension".into());
        let names: Vec<&str> = FILE_FORMATS.iter().map(|format| format.name).collect();
        return Err(error.with_hint(format!("add --to {}", names.join("|"))));
    }
    // Directories are refused here because `-o logs/` would otherwise be reported as lacking an
    // extension.
    if out.is_dir() {
        return Err(Error::new(
            "cannot write",
            Location::bundle(out.to_string_lossy()),
            "it is a directory",
        )
        .with_hint(format!("name a file in it, such as {}", new_file(out))));
    }
    let known: Vec<String> = extensions().map(|extension| format!(".{extension}")).collect();
    let known = known.join(", ");
    let Some(extension) = out.extension() else {
        let error = fail("the name has no extension".into());
        let hint = format!(
            "use one of {known}, or name the format with --to; with / at its end it is a data set"
        );
        return Err(error.with_hint(hint));
    };
    let extension = extension.to_string_lossy();
    FileFormat::of_extension(&extension).ok_or_else(|| {
        let meant = nearest(&extension).map(|near| format!("did you mean .{near}? "));
        let hint = format!(
            "{}use one of {known}, or name the format with --to",
            meant.unwrap_or_default()
        );
        fail(format!("unknown extension .{extension}")).with_hint(hint)
    })
}

/// Extensions of compressed files, which no output is.
const COMPRESSED: [&str; 6] = ["gz", "zst", "bz2", "xz", "lz4", "zip"];

/// The warning if a file that is written in `format` has the extension of something else: programs that go by
/// extensions would not read it.
pub(super) fn misleading(out: &Path, format: &FileFormat) -> Option<Error> {
    let extension = out.extension()?.to_string_lossy();
    let is_it = |known: &str| known.eq_ignore_ascii_case(&extension);
    if format.extensions.iter().any(|known| is_it(known)) {
        return None;
    }
    let (cause, hint) = match FileFormat::of_extension(&extension) {
        Some(other) => {
            let name = out.with_extension(format.extensions[0]);
            let hint = format!("name it {}, or leave out --to", name.display());
            (format!("the file is {}, not {}", format.title, other.title), hint)
        }
        None if COMPRESSED.into_iter().any(is_it) => {
            let stem = out.with_extension("");
            let name = if stem.extension().is_some() {
                stem
            } else {
                out.with_extension(format.extensions[0])
            };
            let hint = format!("name it {}", name.display());
            ("the file is not compressed".into(), hint)
        }
        None => return None,
    };
    let location = Location::bundle(out.to_string_lossy());
    Some(Error::new("misleading name", location, cause).with_hint(hint))
}

/// The extensions of all formats without the dot, such as `parquet`.
fn extensions() -> impl Iterator<Item = &'static str> {
    FILE_FORMATS.iter().flat_map(|format| format.extensions.iter().copied())
}

/// The known extension that is spelled most like this one: `parqet` gives `parquet`, `xlsx` gives `None`.
fn nearest(extension: &str) -> Option<&'static str> {
    let extension = extension.to_ascii_lowercase();
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&extension, known);
    let near = extensions().map(|known| (likeness(known), known));
    // 1.0 is equal. 0.6 is low enough for `.cvs`, which is 0.67 like `.csv`.
    let near = near.filter(|(likeness, _)| *likeness > 0.6);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}
