//! The filters of every command: the arguments, and what they mean.
//!
//! Times are resolved here, because `-3h` and `yesterday` depend on the clock and the zone. Times of day
//! (`10:15`) also depend on the bundle; [`TimesOfDay`] keeps them until `day` knows its date.

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
    /// What a row must pass. Times of day are those of today until [`TimesOfDay::set`].
    pub(super) filter: Filter,
    /// The globs as given, by column, for warnings about those that match nothing.
    pub(super) globs: Vec<(&'static str, Vec<String>)>,
    /// The zone for times in logs that have no offset: UTC without `--tz`.
    pub(super) log_zone: Zone,
    /// `None` if neither limit is a time of day.
    pub(super) times_of_day: Option<TimesOfDay>,
}

/// Limits that need the day of the bundle. A limit with a date is in the filter already and `None` here.
#[derive(Debug, Clone)]
pub(super) struct TimesOfDay {
    /// As given, such as `10:15`.
    since: Option<String>,
    /// As given.
    until: Option<String>,
    /// Now, in the zone of the arguments: the date if the bundle has none.
    pub(super) now: Zoned,
}

impl FilterArgs {
    /// Resolves the filters; times such as `-3h` count from now.
    ///
    /// # Errors
    /// An invalid glob, time, zone or expression; the error names the option.
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
        // The system's zone comes from a database that takes time to read, so it is looked up only if a time
        // is given that may depend on it.
        let has_times = self.since.is_some() || self.until.is_some() || !self.wheres.is_empty();
        let zone = self.tz.as_deref().or((!has_times).then_some("UTC"));
        let now = now_in(zone).map_err(|e| wrong("tz", e))?;
        let zone = Zone::from(now.time_zone().clone());
        // Clap has parsed them without knowing the zone, and shown any mistake as a usage error.
        let again = |filter: &Where| Where::parse_in(filter.text(), &zone);
        let wheres: Result<Vec<Where>, _> = self.wheres.iter().map(again).collect();
        // `--tz` is the only way to set it: the zone of this machine says nothing about that of the log.
        let log_zone = self.tz.as_ref().map_or_else(Zone::default, |_| zone.clone());
        let of_day = |text: &Option<String>| text.clone().filter(|text| is_time_of_day(text));
        let (since, until) = (of_day(&self.since), of_day(&self.until));
        let waits = since.is_some() || until.is_some();
        let filter = Filter {
            names,
            levels: self.level,
            // Times of day are taken as today's, so that an invalid one is refused before anything is opened.
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
    /// Sets the limits that are times of day to this day, in its zone.
    pub(super) fn set(&self, day: &Zoned, filter: &mut Filter) -> Result<()> {
        filter.since = instant("since", &self.since, day)?.or(filter.since);
        filter.until = instant("until", &self.until, day)?.or(filter.until);
        Ok(())
    }

    /// An error about these limits.
    pub(super) fn refuse(&self, cause: String) -> Error {
        wrong(if self.since.is_some() { "since" } else { "until" }, cause)
    }

    /// The first of them as given, for a hint that adds the date.
    pub(super) fn text(&self) -> &str {
        self.since.as_ref().or(self.until.as_ref()).map_or("", String::as_str)
    }
}

/// Nanoseconds since 1970 of a time argument, relative to `now`; `None` if it was not given.
fn instant(option: &str, text: &Option<String>, now: &Zoned) -> Result<Option<i64>> {
    let parsed = text.as_deref().map(|text| parse_instant(text, now));
    parsed.transpose().map_err(|e| wrong(option, e))
}

/// An error about the value of an option.
fn wrong(option: &str, cause: String) -> Error {
    Error::new(format!("cannot use --{option}"), Location::default(), cause)
}
