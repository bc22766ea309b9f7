//! The user's defaults: the options in the environment variable `RIPSAW_OPTIONS`.
//!
//! The command line is parsed alone first. Then each option of the variable that the command knows is put in
//! front of it, the last one first, unless clap then finds a contradiction: so the command line wins over
//! the variable, and of contradictory options in the variable the last one.

use std::env;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};
use ripsaw::error::{Error, Location, Result};
use ripsaw::source::hint::quoted;

use super::args::Args;
use super::hints::is_named;

/// The variable.
pub(super) const VARIABLE: &str = "RIPSAW_OPTIONS";

/// Options that only make sense for one run: patterns, outputs, and how the variable itself is read.
const REFUSED: [&str; 8] =
    ["output", "output-dir", "rejects", "report", "generate", "regexp", "patterns", "no-config"];

/// The options of the variable, as far as they apply.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    /// Used by this command.
    used: Vec<Words>,
    /// Of other commands, or overridden by the command line.
    unused: Vec<Words>,
}

/// An option and its value, if it takes one.
type Words = Vec<String>;

/// An option of the variable.
struct Given {
    words: Words,
    /// `--name` or `-n`.
    flag: String,
}

impl Defaults {
    /// The command line with the defaults put in front of the command's own options; `parsed` is the
    /// command line alone. Without the variable, or with `--no-config`, it stays as it is.
    ///
    /// # Errors
    /// The variable has something that is no option of any command, or an option that is refused in it.
    pub(super) fn apply(parsed: &ArgMatches, words: &[OsString]) -> Result<(Self, Vec<OsString>)> {
        let mut defaults = Self::default();
        let text = env::var_os(VARIABLE).unwrap_or_default();
        if text.is_empty() {
            return Ok((defaults, words.to_vec()));
        }
        let all = Args::command();
        // The command, or what it is a command of: `fetch harness`.
        let (mut name, mut own, mut command, mut depth) = ("", parsed, &all, 0);
        while let Some((below, matches)) = own.subcommand() {
            let Some(found) = command.find_subcommand(below) else { break };
            (name, own, command, depth) = (below, matches, found, depth + 1);
        }
        // `completions` and others have nothing to set, so a mistake in the variable is none of theirs.
        let is_set = command.get_arguments().any(|arg| arg.get_id() == "no_config");
        if !is_set || own.get_flag("no_config") {
            return Ok((defaults, words.to_vec()));
        }
        let text = text.into_string().map_err(|_| wrong("it is not UTF-8"))?;
        let split = shlex::split(&text).ok_or_else(|| wrong("a quote is not closed"))?;
        let given = options(&all, split)?;
        let mut line = words.to_vec();
        // After the program and the command.
        let start = line.len().min(1 + depth);
        for Given { words, flag } in given.into_iter().rev() {
            let known = command.get_arguments().find(|arg| is_named(arg, &flag));
            let is_new = |arg: &Arg| {
                own.value_source(arg.get_id().as_str()) != Some(ValueSource::CommandLine)
            };
            let mut longer = line.clone();
            longer.splice(start..start, words.iter().map(OsString::from));
            if known.is_some_and(is_new) && fits(&all, &longer, name, &words) {
                line = longer;
                defaults.used.insert(0, words);
            } else {
                defaults.unused.insert(0, words);
            }
        }
        Ok((defaults, line))
    }

    /// What `--explain` prints; `None` if the variable has no options.
    pub(super) fn explain(&self) -> Option<String> {
        let text = |all: &[Words]| all.iter().map(joined).collect::<Vec<_>>().join(" ");
        match (text(&self.used), text(&self.unused)) {
            (used, unused) if used.is_empty() && unused.is_empty() => None,
            (used, unused) if unused.is_empty() => Some(format!("{VARIABLE}: {used}")),
            (used, unused) if used.is_empty() => Some(format!("{VARIABLE}: not used: {unused}")),
            (used, unused) => Some(format!("{VARIABLE}: {used}; not used: {unused}")),
        }
    }

    /// Whether any option of the variable is used.
    pub(super) fn is_used(&self) -> bool {
        !self.used.is_empty()
    }

    /// A hint for a usage error that the variable caused.
    pub(super) fn hint_of(&self, error: &str) -> String {
        let of_option = self.hint_of_option(error);
        of_option.unwrap_or_else(|| format!("it is in {VARIABLE}; --no-config ignores that"))
    }

    /// A hint for an error whose text names an option that came from the variable.
    pub(super) fn hint_of_option(&self, error: &str) -> Option<String> {
        // What the output format does not have is reported without the dashes.
        let is_of_format = error.starts_with("cannot set ");
        let is_named = |words: &&Words| {
            let flag = words[0].split('=').next().unwrap_or_default();
            let mut named = error.split(|c: char| !c.is_alphanumeric() && c != '-');
            named.any(|word| word == flag || is_of_format && word == flag.trim_start_matches('-'))
        };
        let words = self.used.iter().find(is_named)?;
        Some(format!("{VARIABLE} has {}; --no-config ignores it", joined(words)))
    }
}

/// Whether the longer command line is none that is refused for a contradiction, or for what another command
/// or another output takes but not this one. Other errors are reported when the line is parsed at last.
fn fits(all: &Command, line: &[OsString], name: &str, words: &[String]) -> bool {
    let error = match all.clone().try_get_matches_from(line) {
        Ok(matches) => {
            return Args::from_arg_matches(&matches).is_ok_and(|args| args.command.fits());
        }
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument => false,
        ErrorKind::InvalidValue => !is_value_elsewhere(all, name, words),
        _ => true,
    }
}

/// Whether a value that the command refuses is one of those that another command lists for the option.
fn is_value_elsewhere(all: &Command, name: &str, words: &[String]) -> bool {
    let (flag, value) =
        words[0].split_once('=').unwrap_or((&words[0], words.last().map_or("", |w| w)));
    let others = commands(all).into_iter().filter(|command| command.get_name() != name);
    let mut named = others.flat_map(Command::get_arguments).filter(|arg| is_named(arg, flag));
    named.any(|arg| arg.get_possible_values().iter().any(|known| known.matches(value, false)))
}

/// All commands, and the commands of commands.
fn commands(all: &Command) -> Vec<&Command> {
    let below = all.get_subcommands();
    below.flat_map(|command| [vec![command], commands(command)].concat()).collect()
}

/// Takes the words apart into options with their values.
fn options(all: &Command, split: Vec<String>) -> Result<Vec<Given>> {
    let mut given = Vec::new();
    let mut rest = split.into_iter();
    while let Some(word) = rest.next() {
        let mut flags = Vec::new();
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            flags.push((format!("--{}", long.split('=').next().unwrap_or(long)), word.clone()));
        } else if word.len() > 1 && word.starts_with('-') && word != "--" {
            // `-iC3` is `-i` and `-C3`.
            for (at, letter) in word.char_indices().skip(1) {
                let flag = format!("-{letter}");
                let takes_rest = takes_value(all, &flag)?;
                let end = if takes_rest { word.len() } else { at + letter.len_utf8() };
                flags.push((flag, format!("-{}", &word[at..end])));
                if takes_rest {
                    break;
                }
            }
        } else {
            return Err(wrong(format!("{} is not an option", quoted(&word))));
        }
        for (flag, word) in flags {
            let is_whole = word == flag;
            let mut words = vec![word];
            if takes_value(all, &flag)? && is_whole {
                let value = rest.next().ok_or_else(|| wrong(format!("{flag} has no value")))?;
                words.push(value);
            }
            given.push(Given { words, flag });
        }
    }
    Ok(given)
}

/// Whether an option takes a value.
///
/// # Errors
/// No command has it, or it is refused in the variable.
fn takes_value(all: &Command, flag: &str) -> Result<bool> {
    let of_commands = commands(all).into_iter().flat_map(Command::get_arguments);
    let known: Vec<&Arg> = of_commands.filter(|arg| is_named(arg, flag)).collect();
    if known.is_empty() {
        return Err(wrong(format!("no command has the option {}", quoted(flag))));
    }
    // `-o` is an output in `convert`, so it is refused although it is something else in `grep`.
    if known.iter().any(|arg| arg.get_long().is_some_and(|long| REFUSED.contains(&long))) {
        return Err(wrong(format!("{flag} belongs on the command line")));
    }
    Ok(known.iter().any(|arg| arg.get_action().takes_values()))
}

/// An error of the variable.
fn wrong(cause: impl Into<String>) -> Error {
    Error::new(format!("cannot use {VARIABLE}"), Location::default(), cause.into())
        .with_hint("it takes options such as --smart-case --tz UTC; --no-config ignores it")
}

/// The words as typed in a shell.
fn joined(words: &Words) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}
