//! Hints for wrong command lines.
//!
//! A typical mistake is `ripsaw convert logs.zip logs.parquet`, as with `cp`. Clap only reports that
//! `--output` is missing; the hint here says what to type.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use ripsaw::sink::FileFormat;
use ripsaw::source::hint::quoted;

use super::args::Args;
use super::foreign_flags;

/// Whether the name has the extension of an output format, such as `logs.parquet`. It may still be an input:
/// `.csv` and `.ndjson` files are logs as well.
pub(super) fn is_named_as_table(input: &OsStr) -> bool {
    let extension = Path::new(input).extension().map(OsStr::to_string_lossy);
    extension.is_some_and(|extension| FileFormat::of_extension(&extension).is_some())
}

/// A hint for a usage error; `words` is the whole command line. `None` if the error says it all.
pub(super) fn of_usage(error: &clap::Error, words: &[OsString]) -> Option<String> {
    match error.kind() {
        ErrorKind::MissingRequiredArgument => of_missing(error, words),
        ErrorKind::UnknownArgument => of_unknown(error, words),
        _ => None,
    }
}

/// A hint for an option that another command or another tool has.
fn of_unknown(error: &clap::Error, words: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let command = words.get(1)?.to_str()?;
    match (option.split('=').next()?, command) {
        ("-o" | "-O" | "--output" | "--to", "cat" | "ls") => {
            let table = if command == "ls" { " --table entries" } else { "" };
            Some(format!("ripsaw convert INPUT{table} -o FILE writes a table"))
        }
        ("--formats", _) => Some("ripsaw ls --formats INPUT shows the format of each file".into()),
        ("--json", "convert") => Some("ripsaw convert INPUT --to ndjson writes JSON".into()),
        (flag, command) => foreign_flags::hint_of(command, flag).map(str::to_owned),
    }
}

/// A hint for `convert` without an output.
fn of_missing(error: &clap::Error, words: &[OsString]) -> Option<String> {
    // Clap lists the missing arguments as in the usage: `--output <OUT>`.
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    // The first word is the program, the second the command.
    if !missing.iter().any(|name| name.starts_with("--output")) || words.get(1)? != "convert" {
        return None;
    }
    let operands = operands(words);
    let named = operands.into_iter().filter(|word| is_named_as_table(word)).collect::<Vec<_>>();
    // A file that exists is more likely an INPUT; suggesting it as the output would overwrite it.
    let is_new = |word: &&&OsString| fs::symlink_metadata(word).is_err();
    // The last one: outputs come last, as with `cp`.
    match named.iter().rfind(is_new) {
        Some(out) => Some(format!("use -o {}", quoted(&out.to_string_lossy()))),
        None if named.is_empty() => {
            let new = new_file(Path::new(""));
            Some(format!(
                "add -o with a new name, such as -o {new}, or --to ndjson for standard output"
            ))
        }
        None => Some(format!("add -o with a new name, such as -o {}", new_file(Path::new("")))),
    }
}

/// Takes out the usage of an option that is only spelled like a flag of another tool.
pub(super) fn drop_usage(error: &mut clap::Error, words: &[OsString]) {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return };
    let name = flag.split('=').next().unwrap_or_default();
    let command = words.get(1).and_then(|command| command.to_str()).unwrap_or_default();
    if error.kind() == ErrorKind::UnknownArgument && foreign_flags::hint_of(command, name).is_some()
    {
        error.remove(ContextKind::Usage);
    }
}

/// The words of `convert` that are neither options nor values of options. Clap has not got this far, so the
/// words are taken apart here.
fn operands(words: &[OsString]) -> Vec<&OsString> {
    let command = Args::command();
    let convert = command.find_subcommand("convert");
    // `--threads=4` has its value in the same word and is not found under that name, which is right.
    let takes_value = |name: &str| {
        let mut options = convert.into_iter().flat_map(clap::Command::get_arguments);
        let named = options.find(|option| is_named(option, name));
        named.is_some_and(|option| option.get_action().takes_values())
    };
    let mut operands = Vec::new();
    // Past the program and the command.
    let mut rest = words.iter().skip(2);
    while let Some(word) = rest.next() {
        match word.to_str() {
            // Everything after it is an operand, even if it begins with `-`.
            Some("--") => {
                operands.extend(rest);
                break;
            }
            // A single `-` is standard input.
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

/// Whether the option is written so: `--name` or `-n`.
pub(super) fn is_named(arg: &clap::Arg, flag: &str) -> bool {
    match flag.strip_prefix("--") {
        Some(long) => {
            arg.get_long() == Some(long)
                || arg.get_all_aliases().is_some_and(|all| all.contains(&long))
        }
        None => {
            let short = flag.chars().nth(1);
            arg.get_short() == short
                || short.is_some_and(|short| {
                    arg.get_all_short_aliases().is_some_and(|all| all.contains(&short))
                })
        }
    }
}

/// The path of a table in `folder` that does not exist yet, quoted for the shell: `logs.parquet`, or
/// `logs-2.parquet` and so on.
pub(super) fn new_file(folder: &Path) -> String {
    let names = ["logs.parquet".to_owned()].into_iter();
    let mut names = names.chain((2..).map(|number| format!("logs-{number}.parquet")));
    let name = names.find(|name| fs::symlink_metadata(folder.join(name)).is_err());
    quoted(&folder.join(name.unwrap_or_default()).to_string_lossy())
}
