//! The program under test, where the caller's environment has no say.

use std::process::Command;

/// The variables that change what is printed: ripsaw's own, those of its colours (`CI` among them)
/// and those of the locale; and those that change what is fetched.
const VARIABLES: [&str; 23] = [
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "PAGER",
    "RIPSAW_OPTIONS",
    "RIPSAW_PAGER",
    "TERM",
    "APIFY_TOKEN",
    "DEEPSET_API_KEY",
    "HARNESS_API_KEY",
    "ALL_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

pub(crate) fn ripsaw() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ripsaw"));
    without_variables(&mut command);
    command
}

/// For programs that run ripsaw.
pub(crate) fn without_variables(command: &mut Command) {
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.env("TZ", "UTC");
}
