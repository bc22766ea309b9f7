//! The arguments of `ripsaw fetch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand, ValueEnum, ValueHint};

use super::MessageArgs;

/// Fetch logs from the platform that made them
///
/// Writes complete and verified files to a directory, ./logs if none is given, which is an INPUT of the other
/// commands as it is. Runs that have ended are fetched once; a download that broke off is continued by the
/// same command. Keys are read from the environment or a file, never from the command line.
#[derive(Debug, ClapArgs)]
#[command(after_help = FETCH_EXAMPLES)]
pub(in crate::cli) struct FetchArgs {
    #[command(subcommand)]
    pub(in crate::cli) platform: PlatformArgs,
}

impl FetchArgs {
    /// Whether a log is printed, of which some lines are as useful as all.
    pub(in crate::cli) fn is_followed(&self) -> bool {
        matches!(&self.platform, PlatformArgs::Apify(args) if args.follow)
    }
}

const FETCH_EXAMPLES: &str = "\
Examples:
  ripsaw fetch harness https://app.harness.io/ng/account/.../executions/ID/pipeline
  ripsaw fetch harness --account A --org O --project P --pipeline Release --since -7d
  ripsaw fetch firstgen --account A --app ID --since 2026-03-01 --until 2026-04-01
  ripsaw fetch apify HG7ML7M8z78YcAPEB
  ripsaw fetch deepset production/search --since -1d
  ripsaw grep error logs/

Exit codes: 0 fetched or there already, 1 nothing matched, 2 something failed, 130 interrupted.";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PlatformArgs {
    Harness(Box<HarnessArgs>),
    Firstgen(Box<FirstgenArgs>),
    Apify(Box<ApifyArgs>),
    Deepset(Box<DeepsetArgs>),
}

/// Fetch executions from Harness NextGen, a zip archive each
///
/// The key is read from HARNESS_API_KEY. An execution with more logs than the platform puts into an archive
/// is fetched by stage, by step or log by log, and made into one archive.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct HarnessArgs {
    /// Executions: their ids, or the addresses of their pages
    #[arg(
        value_name = "EXECUTION",
        required_unless_present = "pipeline",
        conflicts_with = "pipeline"
    )]
    pub(in crate::cli) executions: Vec<String>,
    /// The account's identifier [default: that in the key or the address]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) account: Option<String>,
    /// The organisation's identifier [default: that in the address, or "default"]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) org: Option<String>,
    /// The project's identifier [default: that in the address]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) project: Option<String>,
    /// All executions of this pipeline
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) pipeline: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) runs: RunArgs,
    #[command(flatten)]
    pub(in crate::cli) common: CommonArgs,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

/// Fetch exports of deployments from Harness FirstGen, a zip archive each
///
/// The key is read from HARNESS_API_KEY. Each export counts toward the 25 that the platform allows in a day,
/// and may have 1,000 deployments: longer times are exported in parts. An export that was asked for is
/// continued by the same command, not asked for again.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct FirstgenArgs {
    /// The account's id [default: that in the key]
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) account: Option<String>,
    /// Export the deployments of this application
    #[arg(long, value_name = "ID", required_unless_present = "request")]
    pub(in crate::cli) app: Option<String>,
    /// Only deployments that started at or after TIME, such as 2026-03-01 or -7d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(in crate::cli) since: Option<String>,
    /// Only deployments that started before TIME [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(in crate::cli) until: Option<String>,
    /// Fetch an export that was asked for elsewhere, by its request's id
    #[arg(long, value_name = "ID", conflicts_with_all = ["app", "since", "until"])]
    pub(in crate::cli) request: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) common: CommonArgs,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

/// Fetch logs of runs and builds from Apify
///
/// The token is read from APIFY_TOKEN.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ApifyArgs {
    /// Runs and builds: their ids, or the addresses of their pages
    #[arg(value_name = "RUN", required_unless_present = "actor", conflicts_with = "actor")]
    pub(in crate::cli) runs: Vec<String>,
    /// All runs of this actor: its id, or USER/NAME
    #[arg(long, value_name = "ACTOR")]
    pub(in crate::cli) actor: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) selected: RunArgs,
    /// Keep escape sequences, such as colours
    #[arg(long)]
    pub(in crate::cli) raw: bool,
    /// Print the log as it grows, and write it when the run has ended
    #[arg(long, conflicts_with = "actor")]
    pub(in crate::cli) follow: bool,
    #[command(flatten)]
    pub(in crate::cli) common: CommonArgs,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

/// Fetch the logs of pipelines from deepset
///
/// The key is read from DEEPSET_API_KEY. Each pipeline has one file, oldest record first, to which later
/// fetches add what is new.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct DeepsetArgs {
    /// Pipelines, as WORKSPACE/NAME
    #[arg(value_name = "PIPELINE", required = true)]
    pub(in crate::cli) pipelines: Vec<String>,
    /// Only records that pass this OData filter, such as "level eq 'error'"
    #[arg(long, value_name = "ODATA")]
    pub(in crate::cli) filter: Option<String>,
    /// Only records logged at or after TIME, such as 2026-03-01 or -7d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(in crate::cli) since: Option<String>,
    /// Write a record per line as JSON, or CSV
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub(in crate::cli) to: RecordFormat,
    #[command(flatten)]
    pub(in crate::cli) common: CommonArgs,
    #[command(flatten)]
    pub(in crate::cli) messages: MessageArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RecordFormat {
    Ndjson,
    Csv,
}

/// Which of a pipeline's or an actor's runs.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RunArgs {
    /// Only the newest N runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) last: Option<u32>,
    /// Only runs that started at or after TIME, such as 2026-03-01 or -7d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(in crate::cli) since: Option<String>,
    /// Only runs with these statuses, such as Failed
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub(in crate::cli) status: Vec<String>,
}

/// What all platforms have.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Fetching")]
pub(in crate::cli) struct CommonArgs {
    /// The directory for the logs
    #[arg(short, long = "output", value_name = "DIR", default_value = "logs", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: PathBuf,
    /// The platform's address, if it is not the hosted one
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(in crate::cli) base_url: Option<String>,
    /// Read the key from FILE instead of the environment
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) token_file: Option<PathBuf>,
    /// Fetch N logs at a time
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(in crate::cli) jobs: u16,
    /// At most N requests per second to a host; 0 for no limit
    #[arg(long, value_name = "N", default_value = "10", value_parser = parse_rate)]
    pub(in crate::cli) rate: f64,
    /// Try a request again up to N times
    #[arg(long, value_name = "N", default_value = "5")]
    pub(in crate::cli) retries: u32,
    /// Give a connection up if nothing comes for TIME, such as 30s
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_seconds)]
    pub(in crate::cli) timeout: Duration,
    /// Wait up to TIME for the platform to prepare a download
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_seconds)]
    pub(in crate::cli) wait: Duration,
    /// Fetch also logs that are there already
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// As --force, and the platform prepares the downloads anew
    #[arg(long)]
    pub(in crate::cli) refresh: bool,
    /// Fetch also runs that have not ended; the next fetch completes them
    #[arg(long)]
    pub(in crate::cli) allow_running: bool,
    /// Print what would be fetched
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Print a JSON object for each event, one per line
    #[arg(long)]
    pub(in crate::cli) json: bool,
    /// Trust the certificates in FILE (PEM) in addition to the system's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) cacert: Option<PathBuf>,
    /// Use this proxy (http://HOST:PORT, socks5://...) [default: that of the environment]
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) proxy: Option<String>,
}

/// Parses a span of time, such as `30s` or `15m`.
fn parse_seconds(text: &str) -> Result<Duration, String> {
    let nanos = ripsaw::query::parse_span(text)?;
    match u64::try_from(nanos) {
        Ok(nanos) if nanos > 0 => Ok(Duration::from_nanos(nanos)),
        _ => Err("must be more than 0".into()),
    }
}

/// Parses a number of requests per second.
fn parse_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let is_valid = rate.is_finite() && (rate == 0.0 || rate >= 0.001);
    if is_valid { Ok(rate) } else { Err("must be 0 or at least 0.001".into()) }
}
