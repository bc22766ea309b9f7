//! The filters of every command: the arguments, and what they mean.

use clap::Args as ClapArgs;
use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Filter, Levels, Names, Where, now_in, parse_instant};

#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArgs {
    /// Stages by name: a glob such as 'Build*', or '!Deploy' for all others. Repeat it for more
    #[arg(long, value_name = "GLOB")]
    stage: Vec<String>,
    /// Step groups, those within others joined by /
    #[arg(long, value_name = "GLOB")]
    group: Vec<String>,
    /// Steps
    #[arg(long, value_name = "GLOB")]
    step: Vec<String>,
    /// Command units
    #[arg(long, value_name = "GLOB")]
    unit: Vec<String>,
    /// Pipelines
    #[arg(long, value_name = "GLOB")]
    pipeline: Vec<String>,
    /// Run numbers
    #[arg(long, value_name = "GLOB")]
    run: Vec<String>,
    /// Entries by their path in the bundle
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// WARN+ for that and above, or a list such as ERROR,FATAL
    #[arg(long, value_name = "LEVELS", value_parser = Levels::parse)]
    level: Option<Levels>,
    /// From then on: 2024-05-01, 2024-05-01T10:00:00Z, 10:15 (today), yesterday, -3h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
    /// Before then
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Zone of times without an offset, such as Europe/Berlin [default: the system's]
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// An OData filter over every column, args/KEY and extra/KEY, such as "level ge 'WARN' and
    /// contains(message, 'timeout')"
    #[arg(long = "where", value_name = "EXPR", value_parser = Where::parse)]
    wheres: Vec<Where>,
    /// Say what is ruled out by paths, by raw lines and by rows
    #[arg(long)]
    pub(super) explain: bool,
}

impl FilterArgs {
    /// The filter, with times counted from now.
    pub(super) fn resolve(&self) -> Result<Filter> {
        let columns = [
            ("stage", &self.stage),
            ("group", &self.group),
            ("step", &self.step),
            ("unit", &self.unit),
            ("pipeline", &self.pipeline),
            ("run", &self.run),
            ("file", &self.file),
        ];
        let mut names = Vec::new();
        for (column, globs) in columns.into_iter().filter(|(_, globs)| !globs.is_empty()) {
            names.push((column, Names::parse(globs).map_err(|e| wrong(column, e))?));
        }
        let now = now_in(self.tz.as_deref()).map_err(|e| wrong("tz", e))?;
        let instant = |option: &'static str, text: &Option<String>| {
            let parsed = text.as_deref().map(|text| parse_instant(text, &now));
            parsed.transpose().map_err(|e| wrong(option, e))
        };
        Ok(Filter {
            names,
            levels: self.level,
            since: instant("since", &self.since)?,
            until: instant("until", &self.until)?,
            wheres: self.wheres.clone(),
            stages_in_rows: false,
        })
    }
}

fn wrong(option: &str, cause: String) -> Error {
    Error::new(format!("cannot use --{option}"), Location::default(), cause)
}
