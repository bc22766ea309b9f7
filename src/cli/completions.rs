//! `ripsaw completions`: the script is generated from the arguments, so it cannot go out of date.
//!
//! clap_complete knows values only if clap lists them. Columns, levels and codecs are free text for clap, as
//! they may be joined (`WARN+`, `timestamp,step`), so they are listed here, for the scripts alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;
use ripsaw::error::Result;
use ripsaw::record::level::Level;
use ripsaw::table::lines_schema;

use super::args::Args;
use super::exit::Exit;
use super::report;

/// Prints the completion script of a shell to standard output.
pub(super) fn run(shell: Shell) -> Result<Exit> {
    // Into memory first: `generate` panics if a write fails, as with `ripsaw completions bash | head -1`.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "ripsaw", &mut script);
    let script = mended(shell, String::from_utf8_lossy(&script).into_owned());
    let mut out = stdout();
    out.write_all(script.as_bytes()).and_then(|()| out.flush()).map_err(report::cannot_print)?;
    Ok(Exit::Done)
}

/// The arguments with the values that a script offers.
fn command() -> Command {
    Args::command().mut_subcommands(|command| {
        command.mut_args(|arg| match values_of(&arg) {
            values if values.is_empty() => arg,
            values => arg.value_parser(PossibleValuesParser::new(values)),
        })
    })
}

/// The values of an option that clap takes as text; empty if any text may be right.
fn values_of(arg: &Arg) -> Vec<&'static str> {
    let list: &[String] = match arg.get_long() {
        Some("columns" | "field") => &COLUMNS,
        Some("level") => &LEVELS,
        Some("compression") => return vec!["zstd", "zstd:3", "zstd:9", "snappy", "lz4", "none"],
        // Of `man`.
        None if arg.get_id() == "command" => &COMMANDS,
        _ => &[],
    };
    list.iter().map(String::as_str).collect()
}

/// Names of the commands.
static COMMANDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all = Args::command();
    all.get_subcommands().map(|command| command.get_name().to_owned()).collect()
});

/// Columns of the table `lines`.
static COLUMNS: LazyLock<Vec<String>> =
    LazyLock::new(|| lines_schema().fields().iter().map(|field| field.name().clone()).collect());

/// Levels, and each with all above it.
static LEVELS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = Level::ALL.into_iter().map(Level::name);
    names.flat_map(|name| [name.to_owned(), format!("{name}+")]).collect()
});

/// The script with what clap_complete's lacks: values in lists, and paths: in zsh after the first INPUT, in bash
/// before anything is typed.
fn mended(shell: Shell, mut script: String) -> String {
    if shell == Shell::Bash {
        script = with_paths(&script);
    }
    if shell == Shell::Fish {
        push_operands(&mut script);
    }
    if shell == Shell::Zsh {
        // With two colours the words before the current one are gone, and no option is completed any more.
        script = script
            .replace("'*::paths -- ", "'*:paths -- ")
            .replace("'*::words -- ", "'*:words -- ");
    }
    for list in lists() {
        let words = list.join(" ");
        match shell {
            Shell::Zsh => {
                let each = format!(":_sequence compadd - {words}'");
                script = script.replace(&format!(":({words})'"), &each);
            }
            Shell::Bash => {
                // What is before the last comma stays.
                let before = "$([[ ${cur} == *,* ]] && echo \"${cur%,*},\")";
                let each = format!("compgen -P \"{before}\" -W \"{words}\" -- \"${{cur##*,}}\"");
                script = script.replace(&format!("compgen -W \"{words}\" -- \"${{cur}}\""), &each);
            }
            Shell::Fish => {
                let all: Vec<String> = list.iter().map(|word| format!("{word}\\t''")).collect();
                let each =
                    format!("-a \"(__fish_complete_list , 'printf \\\"%s\\\\\\\\n\\\" {words}')\"");
                script = script.replace(&format!("-a \"{}\"", all.join("\n")), &each);
            }
            _ => {}
        }
    }
    script
}

/// The values of each option that takes a list of them.
fn lists() -> BTreeSet<Vec<String>> {
    let command = command();
    let all = command.get_subcommands().flat_map(Command::get_arguments);
    // Levels are separated by their own parser.
    let lists =
        all.filter(|arg| arg.get_value_delimiter().is_some() || arg.get_long() == Some("level"));
    let names = |arg: &Arg| -> Vec<String> {
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
    };
    lists.map(names).filter(|names| !names.is_empty()).collect()
}

/// Appends the values of operands, such as the shells of `completions`, to the script for fish.
fn push_operands(script: &mut String) {
    for command in command().get_subcommands() {
        for values in command.get_positionals().map(Arg::get_possible_values) {
            let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            if !values.is_empty() {
                let (name, values) = (command.get_name(), values.join(" "));
                let line =
                    format!("-n \"__fish_ripsaw_using_subcommand {name}\" -f -a \"{values}\"");
                let _ = writeln!(script, "complete -c ripsaw {line}");
            }
        }
    }
}

/// The script for bash, in which commands that take paths offer options only after a dash.
fn with_paths(script: &str) -> String {
    let takes_paths = |name: &str| ["convert", "grep", "cat", "ls", "bench"].contains(&name);
    let blocks = script.split("        ripsaw__subcmd__").map(|block| {
        match block.split_once(')') {
            // Nothing to offer means names of files, as the script asks of bash.
            Some((name, _)) if takes_paths(name) => {
                block.replace(" == -* || ${COMP_CWORD} -eq 2 ]]", " == -* ]]").replace(
                    "esac\n            COMPREPLY=( $(compgen -W \"${opts}\" -- \"${cur}\") )\n",
                    "esac\n",
                )
            }
            _ => block.to_owned(),
        }
    });
    blocks.collect::<Vec<_>>().join("        ripsaw__subcmd__")
}
