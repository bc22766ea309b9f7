//! Hints beside the errors of wrong command lines.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use ripsaw::sink::Format;

/// A file whose name ends as that of an output.
pub(super) fn is_named_as_table(input: &OsStr) -> bool {
    let extension = Path::new(input).extension().map(OsStr::to_string_lossy);
    extension.is_some_and(|extension| Format::of_extension(&extension).is_some())
}

/// What to do about a command line that cannot be used, where more can be said than what is wrong.
pub(super) fn of_usage(error: &clap::Error, words: &[OsString]) -> Option<String> {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    // The first word is the program, the second the command.
    if !missing.iter().any(|name| name.starts_with("--output")) || words.get(1)? != "convert" {
        return None;
    }
    let out = words.iter().skip(2).rfind(|word| is_named_as_table(word))?;
    Some(format!("write -o {}", out.to_string_lossy()))
}
