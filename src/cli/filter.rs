//! The filters of every command: the arguments, and what they mean.
//!
//! Times are resolved here, because `-3h` and `yesterday` depend on the clock and the zone. Times of day
//! (`10:15`) also depend on the bundle; [`TimesOfDay`] keeps them until `day` knows its date.

use clap::Args as ClapArgs;
use jiff::Zoned;
use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{
    Filter, Levels, Names, Where, is_relative, is_time_of_day, now_in, parse_instant, parse_span,
};
use ripsaw::record::zone::Zone;

use super::names::separator;

#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Filters")]
pub(super) struct FilterArgs {
    /// Only stages that match GLOB, such as 'Build*', or all but those ('!Deploy'); can be repeated
    #[arg(long, value_name = "GLOB")]
    stage: Vec<String>,
    /// Only these step groups; nested groups are joined by /
    #[arg(long, visible_alias = "group", value_name = "GLOB")]
    step_group: Vec<String>,
    /// Only these steps, by name or as 'ripsaw ls' prints them: GROUP/STEP or 'GROUP › STEP'
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
    /// Only these levels: WARN+ (WARN and above), or a list such as ERROR,FATAL; can be repeated
    #[arg(long, value_name = "LEVELS", value_parser = Levels::parse)]
    level: Vec<Levels>,
    /// Only lines at or after TIME: 2024-05-01, 2024-05-01T10:00:00Z, 10:15 (on the day of the
    /// bundle), yesterday, -3h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
    /// Only lines before TIME
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Only lines near TIME, from --window before to --window after it
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    #[arg(conflicts_with_all = ["since", "until"])]
    around: Option<String>,
    /// How far --around reaches in both directions: 500ms, 30s, 5m, 1h30m [default: 30s]
    #[arg(long, value_name = "SPAN", requires = "around", value_parser = parse_span)]
    window: Option<i64>,
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
    /// The times are those of `--around`.
    pub(super) is_around: bool,
}

/// Limits that need the day of the bundle. A limit with a date is in the filter already and `None` here.
#[derive(Debug, Clone)]
pub(super) struct TimesOfDay {
    since: Option<Bound>,
    until: Option<Bound>,
    /// Now, in the zone of the arguments: the date if the bundle has none.
    pub(super) now: Zoned,
}

/// An end of the time that is selected.
#[derive(Debug, Clone)]
struct Bound {
    option: &'static str,
    text: String,
    /// Nanoseconds from the time that the text names.
    shift: i64,
}

/// How far `--around` reaches in nanoseconds, unless `--window` says so.
const WINDOW: i64 = 30_000_000_000;

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
        let globs: Vec<_> = given
            .map(|(column, globs)| match column {
                // As a terminal shows them.
                "step" | "step_group" => {
                    (column, globs.iter().map(|glob| as_stored(glob)).collect())
                }
                _ => (column, globs.clone()),
            })
            .collect();
        let mut names = Vec::new();
        for (column, globs) in &globs {
            names.push((*column, Names::parse(globs).map_err(|e| wrong(column, e))?));
        }
        // The system's zone comes from a database that takes time to read, so it is looked up only if a time
        // is given that may depend on it.
        let (since, until) = self.bounds();
        let has_times = since.is_some() || until.is_some() || !self.wheres.is_empty();
        let zone = self.tz.as_deref().or((!has_times).then_some("UTC"));
        let now = now_in(zone).map_err(|e| wrong("tz", e))?;
        let zone = Zone::from(now.time_zone().clone());
        // Clap has parsed them without knowing the zone, and shown any mistake as a usage error.
        let again = |filter: &Where| Where::parse_in(filter.text(), &zone);
        let wheres: Result<Vec<Where>, _> = self.wheres.iter().map(again).collect();
        // `--tz` is the only way to set it: the zone of this machine says nothing about that of the log.
        let log_zone = self.tz.as_ref().map_or_else(Zone::default, |_| zone.clone());
        let filter = Filter {
            names,
            levels: self.level.iter().copied().reduce(Levels::or),
            // Times of day are taken as today's, so that an invalid one is refused before anything is opened.
            since: since.as_ref().map(|bound| bound.instant(&now)).transpose()?,
            until: until.as_ref().map(|bound| bound.instant(&now)).transpose()?,
            wheres: wheres.map_err(|e| wrong("where", e.to_string()))?,
            zone: log_zone.clone(),
            stages_in_rows: false,
        };
        let of_day = |bound: &Bound| is_time_of_day(&bound.text);
        let (since, until) = (since.filter(of_day), until.filter(of_day));
        let waits = since.is_some() || until.is_some();
        let times_of_day = waits.then_some(TimesOfDay { since, until, now });
        let is_around = self.around.is_some();
        Ok(Filters { filter, globs, log_zone, times_of_day, is_around })
    }

    /// The first of the times that depends on when the command runs, with its option.
    pub(super) fn relative_time(&self) -> Option<(&'static str, &str)> {
        let times = [("since", &self.since), ("until", &self.until), ("around", &self.around)];
        let mut times = times.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)));
        times.find(|(_, text)| is_relative(text))
    }

    /// From when, until when.
    fn bounds(&self) -> (Option<Bound>, Option<Bound>) {
        let bound = |option, text: &Option<String>, shift| {
            text.clone().map(|text| Bound { option, text, shift })
        };
        let window = self.window.unwrap_or(WINDOW);
        match &self.around {
            // Both ends included.
            Some(_) => (
                bound("around", &self.around, -window),
                bound("around", &self.around, window.saturating_add(1)),
            ),
            None => (bound("since", &self.since, 0), bound("until", &self.until, 0)),
        }
    }
}

/// A glob with `/` in place of the separators that this terminal, or any other, shows.
fn as_stored(glob: &str) -> String {
    glob.replace(" › ", "/").replace(separator(), "/")
}

impl TimesOfDay {
    /// Sets the limits that are times of day to this day, in its zone.
    pub(super) fn set(&self, day: &Zoned, filter: &mut Filter) -> Result<()> {
        for (bound, of_filter) in
            [(&self.since, &mut filter.since), (&self.until, &mut filter.until)]
        {
            if let Some(bound) = bound {
                *of_filter = Some(bound.instant(day)?);
            }
        }
        Ok(())
    }

    /// An error about these limits.
    pub(super) fn refuse(&self, cause: String) -> Error {
        wrong(self.first().map_or("since", |bound| bound.option), cause)
    }

    /// The first of them as given, for a hint that adds the date.
    pub(super) fn text(&self) -> &str {
        self.first().map_or("", |bound| bound.text.as_str())
    }

    fn first(&self) -> Option<&Bound> {
        self.since.as_ref().or(self.until.as_ref())
    }
}

impl Bound {
    /// Nanoseconds since 1970, with times counted from `now`.
    fn instant(&self, now: &Zoned) -> Result<i64> {
        let time = parse_instant(&self.text, now).map_err(|e| wrong(self.option, e))?;
        Ok(time.saturating_add(self.shift))
    }
}

/// An error about the value of an option.
/// The zone of `--tz`.
///
/// # Errors
/// One that is not known.
pub(super) fn zone_of(name: &str) -> Result<Zone> {
    let now = now_in(Some(name)).map_err(|e| wrong("tz", e))?;
    Ok(Zone::from(now.time_zone().clone()))
}

fn wrong(option: &str, cause: String) -> Error {
    Error::new(format!("cannot use --{option}"), Location::default(), cause)
}
