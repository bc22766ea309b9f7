//! What is printed beside the output.

use clap::{Args as ClapArgs, ValueEnum};

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Messages")]
pub(in crate::cli) struct ConsoleArgs {
    /// Show a progress bar on standard error
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) progress: When,
    /// Print no summary and no progress bar; grep prints no lines either, use its exit code
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,
    /// Print how many lines the fast parser handled, the time of each pass, and peak memory
    #[arg(long)]
    pub(in crate::cli) stats: bool,
    /// Ignore the options in the environment variable RIPSAW_OPTIONS
    #[arg(long)]
    pub(in crate::cli) no_config: bool,
    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: When,
}

/// What commands print that convert and search nothing.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Messages")]
pub(in crate::cli) struct MessageArgs {
    /// Show a progress bar on standard error
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) progress: When,
    /// Print no summary and no progress bar
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,
    /// Ignore the options in the environment variable RIPSAW_OPTIONS
    #[arg(long)]
    pub(in crate::cli) no_config: bool,
    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(in crate::cli) color: When,
}

// The same three words as in grep and ls; `auto` depends on whether there is a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum When {
    Auto,
    Always,
    Never,
}
