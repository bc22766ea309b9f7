//! Hints beside the errors of wrong command lines.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use ripsaw::sink::FileFormat;
use ripsaw::source::hint::quoted;

use super::args::Args;

/// A file whose name ends as that of an output.
pub(super) fn is_named_as_table(input: &OsStr) -> bool {
    let extension = Path::new(input).extension().map(OsStr::to_string_lossy);
    extension.is_some_and(|extension| FileFormat::of_extension(&extension).is_some())
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
    let operands = operands(words);
    let named = operands.into_iter().filter(|word| is_named_as_table(word)).collect::<Vec<_>>();
    // What is there is more likely an INPUT, and is not to be replaced.
    let is_new = |word: &&&OsString| fs::symlink_metadata(word).is_err();
    match named.iter().rfind(is_new) {
        Some(out) => Some(format!("use -o {}", quoted(&out.to_string_lossy()))),
        None if named.is_empty() => None,
        None => Some(format!("add -o with a new name, such as -o {}", new_file(Path::new("")))),
    }
}

/// The words of `convert` that are neither options nor their values.
fn operands(words: &[OsString]) -> Vec<&OsString> {
    let command = Args::command();
    let convert = command.find_subcommand("convert");
    let takes_value = |name: &str| {
        let is_named = |arg: &&clap::Arg| match name.strip_prefix("--") {
            Some(long) => arg.get_long() == Some(long),
            None => arg.get_short().is_some_and(|short| name == format!("-{short}")),
        };
        let mut options = convert.into_iter().flat_map(clap::Command::get_arguments);
        options.find(is_named).is_some_and(|option| option.get_action().takes_values())
    };
    let mut operands = Vec::new();
    let mut rest = words.iter().skip(2);
    while let Some(word) = rest.next() {
        match word.to_str() {
            Some("--") => {
                operands.extend(rest);
                break;
            }
            Some(name) if name.len() > 1 && name.starts_with('-') => {
                if takes_value(name) {
                    rest.next();
                }
            }
            _ => operands.push(word),
        }
    }
    operands
}

/// The path of a table in a folder that is not there yet.
pub(super) fn new_file(folder: &Path) -> String {
    let names = ["logs.parquet".to_owned()].into_iter();
    let mut names = names.chain((2..).map(|number| format!("logs-{number}.parquet")));
    let name = names.find(|name| fs::symlink_metadata(folder.join(name)).is_err());
    quoted(&folder.join(name.unwrap_or_default()).to_string_lossy())
}
