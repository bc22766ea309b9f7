//! The arguments of the Python functions: which rows and columns are wanted, and how the inputs are read.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::prelude::*;
use ripsaw::dataset::{Changes, DataSet};
use ripsaw::error::{Error, Location, Result};
use ripsaw::format::Formats;
use ripsaw::query::{
    Filter, Levels, Matcher, Names, PatternOptions, Selection, Where, is_relative, is_time_of_day,
    now_in, parse_instant,
};
use ripsaw::record::zone::Zone;
use ripsaw::scan::{
    ColumnTypes, IndexPolicy, KeyPolicy, MAX_COLUMNS, Plan, PlanOptions, Scan, ScanOptions, Span,
};
use ripsaw::source::Limit;
use ripsaw::table::{Column, KeySchema, MessageAnsi, entries_schema};

use crate::errors::refuse;

/// The arguments, as `ripsaw/_options.py` has checked and spelled them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    /// OData filters; all must hold.
    r#where: Vec<String>,
    /// Names of columns in order; empty: those that the formats fill. `all`: all.
    columns: Vec<String>,
    /// As `WARN+` or `ERROR,FATAL`; any of them.
    level: Vec<String>,
    since: Option<String>,
    until: Option<String>,
    /// By name of a column that paths have: globs, any of which matches.
    names: Vec<(String, Vec<String>)>,
    /// `sample`, `scan`, `extra`, a JSON object, or the path of a file.
    schema: Schema,
    format: Option<String>,
    format_regex: Option<String>,
    formats_files: Vec<PathBuf>,
    tz: Option<String>,
    dedupe: Option<String>,
    keeps_ansi: bool,
    /// Lines that continue a record are part of its row.
    join: bool,
    /// As `NAME=VALUE`.
    limits: Vec<String>,
    strict: bool,
    threads: Option<usize>,
    /// `None`: those beside the logs; an empty path: none.
    index: Option<PathBuf>,
    microseconds: bool,
    dictionaries: bool,
    /// A search, and grep's options.
    search: Option<Search>,
}

/// Which keys of generic JSON are columns.
#[derive(FromPyObject)]
struct Schema {
    /// `sample`, `scan`, `extra`, `json` or `file`.
    #[pyo3(item)]
    kind: String,
    #[pyo3(item)]
    text: String,
}

/// What rows are searched for.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Search {
    patterns: Vec<String>,
    /// Columns that are searched; empty: the text of a row.
    fields: Vec<String>,
    fixed_strings: bool,
    ignore_case: bool,
    smart_case: bool,
    word: bool,
    line: bool,
    invert: bool,
}

impl Options {
    /// How inputs are opened, and which rows are wanted. With `is_lenient`, inputs that cannot be opened are problems
    /// of the scan's catalog.
    fn of_scan(&self, is_lenient: bool) -> Result<(ScanOptions, Selection)> {
        let mut options = ScanOptions { skip_unreadable: is_lenient, ..ScanOptions::default() };
        if self.format.is_some() && self.format_regex.is_some() {
            return Err(refuse("format_regex", "format is given as well"));
        }
        let (name, regex) = (self.format.as_deref(), self.format_regex.as_deref());
        let formats = Formats::choose(name, regex, &self.formats_files)?;
        (options.format, options.own_formats) = (formats.forced, formats.own);
        options.index = match &self.index {
            None => IndexPolicy::Beside,
            Some(none) if none.as_os_str().is_empty() => IndexPolicy::Never,
            Some(folder) => IndexPolicy::In(folder.clone()),
        };
        if let Some(threads) = self.threads {
            options.pipeline.threads = threads.max(1);
        }
        if self.keeps_ansi {
            options.pipeline.ansi = MessageAnsi::Keep;
        }
        options.read.join = self.join;
        let limits =
            self.limits.iter().map(|limit| limit.parse().map_err(|why| refuse("limit", why)));
        let limits = limits.collect::<Result<Vec<Limit>>>()?;
        options.read.limits = options.read.limits.with(limits);
        options.pipeline.strict = self.strict;
        options.pipeline.dedupe.clone_from(&self.dedupe);
        let filter = self.filter()?;
        options.pipeline.zone = filter.zone.clone();
        let selection = Selection { filter, matcher: self.matcher()?, searched: self.searched()? };
        Ok((options, selection))
    }

    /// Opens and lists inputs; no line is read. With `is_lenient`, inputs that cannot be opened are problems
    /// of the scan's catalog.
    pub(crate) fn open(&self, inputs: &[OsString], is_lenient: bool) -> Result<Scan> {
        let (options, selection) = self.of_scan(is_lenient)?;
        let scan = Scan::open_with(inputs, options)?;
        check_names(&selection.filter, &scan)?;
        Ok(scan.select(selection).column_types(self.types()))
    }

    /// Refuses what a data set cannot have.
    pub(crate) fn check_data_set(&self) -> Result<()> {
        if !self.columns.is_empty() {
            return Err(refuse("columns", "a data set has all columns"));
        }
        for (name, time) in [("since", &self.since), ("until", &self.until)] {
            if let Some(text) = time.as_deref().filter(|text| is_relative(text)) {
                let cause = format!("{text} means another time in each run of a data set");
                return Err(refuse(name, &cause).with_hint("give a date and a time"));
            }
        }
        if self.dedupe.is_some() {
            let cause = "runs do not know the records of other runs";
            return Err(refuse("dedupe", cause).with_hint("write to a file with it"));
        }
        Ok(())
    }

    /// Opens the bundles of inputs that a data set does not have as they are.
    pub(crate) fn open_new(&self, inputs: &[OsString], set: &DataSet) -> Result<(Scan, Changes)> {
        let (mut options, selection) = self.of_scan(false)?;
        // Filters are of all rows of a bundle that is new: it has no index yet.
        options.index = IndexPolicy::Never;
        let keys = match (self.keys()?, set.key_policy()) {
            (KeyPolicy::Pinned(asked), Some(KeyPolicy::Pinned(own))) if asked != own => {
                let cause = "the columns of a data set are those of its first run";
                return Err(refuse("schema", cause)
                    .with_hint("leave it out, or write to another directory"));
            }
            (KeyPolicy::Extra, _) => KeyPolicy::Extra,
            (asked, own) => own.unwrap_or(asked),
        };
        let (scan, changes) = set.scan(inputs, options)?;
        // Later runs have the filters of the first one, and perhaps no bundle with keys of JSON.
        if set.key_policy().is_none() {
            check_names(&selection.filter, &scan)?;
        }
        let scan = scan.select(selection).keys(&keys, MAX_COLUMNS)?;
        scan.schema()?;
        Ok((scan, changes))
    }

    /// Lists inputs, and cuts them into spans of about `target_bytes`; with `divide`, large entries as well.
    pub(crate) fn plan(
        &self,
        inputs: &[OsString],
        target_bytes: u64,
        divide: bool,
        is_lenient: bool,
    ) -> Result<Plan> {
        let (options, selection) = self.of_scan(is_lenient)?;
        let plan = PlanOptions { target_bytes, divide, filter: selection.filter };
        Plan::of(inputs, &options, &plan)
    }

    /// Opens spans of a plan of these inputs. The columns are the same for all spans.
    pub(crate) fn open_spans(&self, inputs: &[OsString], spans: &[Span]) -> Result<Scan> {
        let (options, selection) = self.of_scan(false)?;
        let inputs: Vec<String> =
            inputs.iter().map(|input| input.to_string_lossy().into_owned()).collect();
        let scan = Scan::open_spans(&inputs, spans, options)?;
        let scan = match self.keys()? {
            KeyPolicy::Pinned(keys) => scan.pinned(Some(keys)),
            // Names that nothing has are refused before there are any spans: others may have keys.
            KeyPolicy::Extra => {
                if spans.is_empty() {
                    check_names(&selection.filter, &scan)?;
                }
                scan.pinned(None)
            }
            look => scan.keys(&look, MAX_COLUMNS)?,
        };
        Ok(scan.select(selection).column_types(self.types()))
    }

    /// The columns of spans.
    pub(crate) fn of_spans(&self, scan: Scan) -> Result<Scan> {
        self.with_columns(search_keys(scan))
    }

    /// The scan with its columns: those that are asked for, of keys too.
    pub(crate) fn of_lines(&self, scan: Scan) -> Result<Scan> {
        let scan = scan.keys(&self.keys()?, MAX_COLUMNS)?;
        self.with_columns(search_keys(scan))
    }

    fn with_columns(&self, scan: Scan) -> Result<Scan> {
        let scan = match &self.columns[..] {
            [] => scan,
            [all] if all == "all" => scan.all_columns(),
            names => scan.columns(names.iter().cloned()),
        };
        scan.schema()?;
        Ok(scan)
    }

    /// Names of columns of the table `entries`.
    pub(crate) fn entry_columns(&self) -> Result<ripsaw::scan::Projection> {
        match &self.columns[..] {
            [] => Ok(ripsaw::scan::Projection::all(entries_schema())),
            [all] if all == "all" => Ok(ripsaw::scan::Projection::all(entries_schema())),
            names => ripsaw::scan::Projection::of(entries_schema(), names),
        }
    }

    pub(crate) fn types(&self) -> ColumnTypes {
        ColumnTypes {
            microseconds: self.microseconds,
            dictionaries: self.dictionaries,
            ..ColumnTypes::default()
        }
    }

    fn keys(&self) -> Result<KeyPolicy> {
        match self.schema.kind.as_str() {
            "sample" => Ok(KeyPolicy::Sample),
            "scan" => Ok(KeyPolicy::Scan),
            "extra" => Ok(KeyPolicy::Extra),
            "json" => {
                let schema: KeySchema = serde_json::from_str(&self.schema.text)
                    .map_err(|e| refuse("schema", e.to_string()))?;
                Ok(KeyPolicy::Pinned(Arc::new(schema)))
            }
            _ => KeyPolicy::read(Path::new(&self.schema.text)),
        }
    }

    /// The filter; times without an offset are in the zone of `tz`, or the system's.
    fn filter(&self) -> Result<Filter> {
        let mut names = Vec::new();
        for (column, globs) in &self.names {
            let known = Column::named(column).filter(|known| Column::OF_ENTRY.contains(known));
            let known = known.ok_or_else(|| refuse(column, "paths have no such column"))?;
            let globs = Names::parse(globs).map_err(|cause| refuse(column, cause))?;
            names.push((known.name(), globs));
        }
        let mut levels = None;
        for text in &self.level {
            let more = Levels::parse(text).map_err(|cause| refuse("level", cause))?;
            levels = Some(levels.map_or(more, |levels: Levels| levels.or(more)));
        }
        // The system's zone is looked up only if something may depend on it.
        let has_times = self.since.is_some() || self.until.is_some() || !self.r#where.is_empty();
        let name = self.tz.as_deref().or((!has_times).then_some("UTC"));
        let now = now_in(name).map_err(|cause| refuse("tz", cause))?;
        let zone = Zone::from(now.time_zone().clone());
        let instant = |argument: &str, text: &Option<String>| {
            let Some(text) = text else { return Ok(None) };
            if is_time_of_day(text) {
                return Err(refuse(argument, format!("{text:?} has no date"))
                    .with_hint("write 2024-05-01T10:15"));
            }
            parse_instant(text, &now).map(Some).map_err(|cause| refuse(argument, cause))
        };
        let parsed = |text: &String| {
            Where::parse_in(text, &zone).map_err(|mistake| refuse("where", mistake.to_string()))
        };
        Ok(Filter {
            names,
            levels,
            since: instant("since", &self.since)?,
            until: instant("until", &self.until)?,
            wheres: self.r#where.iter().map(parsed).collect::<Result<_>>()?,
            // The zone of this machine says nothing about that of a log.
            zone: self.tz.as_ref().map_or_else(Zone::default, |_| zone.clone()),
            stages_in_rows: false,
        })
    }

    fn matcher(&self) -> Result<Option<Arc<Matcher>>> {
        let Some(search) = &self.search else { return Ok(None) };
        let options = PatternOptions {
            fixed_strings: search.fixed_strings,
            ignore_case: search.ignore_case,
            smart_case: search.smart_case,
            word_regexp: search.word,
            line_regexp: search.line,
            invert_match: search.invert,
        };
        let matcher = Matcher::new(&search.patterns, options).map_err(|cause| {
            refuse("pattern", cause).with_hint("fixed_strings=True treats it as plain text")
        })?;
        Ok(Some(Arc::new(matcher)))
    }

    /// The columns that are searched, by index.
    fn searched(&self) -> Result<Vec<usize>> {
        let fields = self.search.iter().flat_map(|search| &search.fields);
        let index = |name: &String| {
            let known = Column::named(name).map(|column| column.index());
            known.ok_or_else(|| {
                let names: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
                refuse("field", format!("unknown column {name:?}"))
                    .with_hint(format!("columns are {}", names.join(", ")))
            })
        };
        fields.map(index).collect()
    }
}

/// Refuses names in filters that are not columns, if no record has keys of its own.
fn check_names(filter: &Filter, scan: &Scan) -> Result<()> {
    match filter.wheres.iter().find_map(Where::unknown) {
        Some(mistake) if !scan.has_keys() => {
            Err(Error::new("cannot use where", Location::default(), mistake.reason.clone()))
        }
        _ => Ok(()),
    }
}

/// Searches the columns of keys as well where `extra` is searched: they have what would be there.
fn search_keys(scan: Scan) -> Scan {
    let Some(schema) = scan.key_schema() else { return scan };
    let Some(selection) = scan.options().selection.as_deref() else { return scan };
    if !selection.searched.contains(&Column::Extra.index()) {
        return scan;
    }
    let keys = Column::ALL.len()..Column::ALL.len() + schema.keys.len();
    let searched = selection.searched.iter().copied().chain(keys).collect();
    let selection = Selection { searched, ..selection.clone() };
    scan.select(selection)
}
