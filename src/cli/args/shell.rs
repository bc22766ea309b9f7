//! The arguments of `ripsaw completions` and `ripsaw man`; as in all of `args`, doc comments are the text of
//! `--help`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};
use clap_complete::Shell;

/// Print a completion script for your shell
#[derive(Debug, ClapArgs)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(in crate::cli) struct CompletionsArgs {
    /// Your shell
    pub(in crate::cli) shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ripsaw completions bash > ~/.local/share/bash-completion/completions/ripsaw
  ripsaw completions zsh > ~/.zfunc/_ripsaw        (a folder in your fpath)
  ripsaw completions fish > ~/.config/fish/completions/ripsaw.fish
  ripsaw completions powershell >> $PROFILE";

/// Print a manual page, or write all of them to a folder
#[derive(Debug, ClapArgs)]
#[command(after_help = MAN_EXAMPLES)]
pub(in crate::cli) struct ManArgs {
    /// The command; without one, the page of ripsaw itself
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub(in crate::cli) command: Option<String>,
    /// Write the pages of ripsaw and of all commands to DIR: ripsaw.1, ripsaw-convert.1 ...
    #[arg(short, long = "output", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: Option<PathBuf>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  ripsaw man grep | man -l -
  ripsaw man -o ~/.local/share/man/man1";
