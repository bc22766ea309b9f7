//! The filters of every command: the arguments, and what they mean.

use clap::Args as ClapArgs;
use jiff::Zoned;
use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Filter, Levels, Names, Where, is_time_of_day, now_in, parse_instant};
use ripsaw::record::zone::Zone;

#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArgs {
    /// Only stages that match GLOB, such as 'Build*', or all but those ('!Deploy'); can be repeated
    #[arg(long, value_name = "GLOB")]
    stage: Vec<String>,
    /// Only these step groups; nested groups are joined by /
    #[arg(long, visible_alias = "group", value_name = "GLOB")]
    step_group: Vec<String>,
    /// Only these steps, by name or as 'ripsaw ls' prints them: GROUP/STEP
    #[arg(long, value_name = "GLOB")]
    step: Vec<String>,
    /// Only these command units
    #[arg(long, value_name = "GLOB")]
    unit: Vec<String>,
    /// Only these pipelines
    #[arg(long, value_name = "GLOB")]
    pipeline: Vec<String>,
    /// Only these run numbers
    #[arg(long, value_name = "GLOB")]
    run: Vec<String>,
    /// Only entries with these paths in the bundle
    #[arg(long, value_name = "GLOB")]
    file: Vec<String>,
    /// Only these levels: WARN+ (WARN and above), or a list such as ERROR,FATAL
    #[arg(long, value_name = "LEVELS", value_parser = Levels::parse)]
    level: Option<Levels>,
    /// Only lines at or after TIME: 2024-05-01, 2024-05-01T10:00:00Z, 10:15 (on the day of the
    /// bundle), yesterday, -3h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
    /// Only lines before TIME
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Time zone for times without an offset, such as Europe/Berlin or +02:00 [default: the system's
    /// in arguments, UTC in logs]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    tz: Option<String>,
    /// Only lines that pass an OData filter on any column, args/KEY or extra/KEY, such as "level ge 'WARN' and
    /// contains(message, 'timeout')"
    #[arg(long = "where", value_name = "EXPR", value_parser = Where::parse)]
    wheres: Vec<Where>,
    /// Print the query plan: what is skipped by path, raw line and row
    #[arg(long)]
    pub(super) explain: bool,
}

/// The filters, resolved.
#[derive(Debug, Clone, Default)]
pub(super) struct Filters {
    pub(super) filter: Filter,
    /// The globs as they were given, by column.
    pub(super) globs: Vec<(&'static str, Vec<String>)>,
    /// Of times without an offset in logs.
    pub(super) log_zone: Zone,
    pub(super) times_of_day: Option<TimesOfDay>,
}

/// Times that wait for the day of the bundle; the others of the two are in the filter.
#[derive(Debug, Clone)]
pub(super) struct TimesOfDay {
    since: Option<String>,
    until: Option<String>,
    pub(super) now: Zoned,
}

impl FilterArgs {
    /// The filter, with times counted from now.
    pub(super) fn resolve(&self) -> Result<Filters> {
        let columns = [
            ("stage", &self.stage),
            ("step_group", &self.step_group),
            ("step", &self.step),
            ("unit", &self.unit),
            ("pipeline", &self.pipeline),
            ("run", &self.run),
            ("file", &self.file),
        ];
        let given = columns.into_iter().filter(|(_, globs)| !globs.is_empty());
        let globs: Vec<_> = given.map(|(column, globs)| (column, globs.clone())).collect();
        let mut names = Vec::new();
        for (column, globs) in &globs {
            names.push((*column, Names::parse(globs).map_err(|e| wrong(column, e))?));
        }
        // The system's zone is looked up where a time is given: that reads a data base.
        let has_times = self.since.is_some() || self.until.is_some() || !self.wheres.is_empty();
        let zone = self.tz.as_deref().or((!has_times).then_some("UTC"));
        let now = now_in(zone).map_err(|e| wrong("tz", e))?;
        let zone = Zone::from(now.time_zone().clone());
        let again = |filter: &Where| Where::parse_in(filter.text(), &zone);
        let wheres: Result<Vec<Where>, _> = self.wheres.iter().map(again).collect();
        let log_zone = self.tz.as_ref().map_or_else(Zone::default, |_| zone.clone());
        let of_day = |text: &Option<String>| text.clone().filter(|text| is_time_of_day(text));
        let (since, until) = (of_day(&self.since), of_day(&self.until));
        let waits = since.is_some() || until.is_some();
        let filter = Filter {
            names,
            levels: self.level,
            // Those of a day as on this one, until the bundle's is known.
            since: instant("since", &self.since, &now)?,
            until: instant("until", &self.until, &now)?,
            wheres: wheres.map_err(|e| wrong("where", e.to_string()))?,
            zone: log_zone.clone(),
            stages_in_rows: false,
        };
        let times_of_day = waits.then_some(TimesOfDay { since, until, now });
        Ok(Filters { filter, globs, log_zone, times_of_day })
    }
}

impl TimesOfDay {
    /// Puts the times of this day into a filter.
    pub(super) fn set(&self, day: &Zoned, filter: &mut Filter) -> Result<()> {
        filter.since = instant("since", &self.since, day)?.or(filter.since);
        filter.until = instant("until", &self.until, day)?.or(filter.until);
        Ok(())
    }

    /// An error of these times.
    pub(super) fn refuse(&self, cause: String) -> Error {
        wrong(if self.since.is_some() { "since" } else { "until" }, cause)
    }

    /// The first of them, as it was written.
    pub(super) fn text(&self) -> &str {
        self.since.as_ref().or(self.until.as_ref()).map_or("", String::as_str)
    }
}

fn instant(option: &str, text: &Option<String>, now: &Zoned) -> Result<Option<i64>> {
    let parsed = text.as_deref().map(|text| parse_instant(text, now));
    parsed.transpose().map_err(|e| wrong(option, e))
}

fn wrong(option: &str, cause: String) -> Error {
    Error::new(format!("cannot use --{option}"), Location::default(), cause)
}
