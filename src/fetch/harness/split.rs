//! Executions with more logs than the service puts into one archive, and those that still run: fetched in
//! pieces, by stage, then by step, then key by key, and made into one archive.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use twox_hash::XxHash3_128;

use super::super::context::Context;
use super::super::download::download;
use super::super::state::{Record, cannot};
use super::super::verify;
use super::blob::{Archive, Key, Prepared, prepare};
use super::graph::{Graph, belongs, below};
use super::merge::{Piece, merge};
use super::routes::Routes;
use super::run::Run;
use crate::error::{Error, Location, Result};

/// Pipelines that start pipelines that start pipelines: deeper than the platform allows.
const DEEPEST: usize = 10;

/// Levels of a key: more than any pipeline has.
const DEEPEST_KEY: usize = 100;

/// A collection of pieces.
pub(super) struct Split<'a> {
    pub(super) context: &'a Context,
    pub(super) routes: &'a Routes,
    /// The execution as the user knows it.
    pub(super) id: &'a str,
    /// Where the pieces are until they are one archive; those of a fetch that broke off are used.
    folder: PathBuf,
    pieces: Vec<Piece>,
    /// Executions whose graph was read.
    seen: HashSet<String>,
    /// Keys that have no log (yet).
    missing: usize,
    /// Whether archives may be asked for: of a running execution they would be remembered as they are now.
    has_archives: bool,
}

impl<'a> Split<'a> {
    pub(super) fn new(
        context: &'a Context,
        routes: &'a Routes,
        id: &'a str,
        has_archives: bool,
    ) -> Result<Self> {
        // Of an execution that runs, a log may be complete only the next time.
        let folder = context.store.pieces_of(id, !has_archives);
        if !has_archives || context.force || context.refresh {
            let _ = fs::remove_dir_all(&folder);
        }
        fs::create_dir_all(&folder).map_err(|e| cannot("create", &folder, e))?;
        Ok(Self {
            context,
            routes,
            id,
            folder,
            pieces: Vec::new(),
            seen: HashSet::new(),
            missing: 0,
            has_archives,
        })
    }

    /// Fetches the logs of an execution and of its child pipelines; `too_large`: a prefix that is known to be so.
    pub(super) fn run(&mut self, run: &Run, too_large: Option<&str>, depth: usize) -> Result<()> {
        if !self.seen.insert(run.id.clone()) || depth > DEEPEST {
            return Ok(());
        }
        let data = super::ask_graph(self.context, self.routes, self.id, run, true)?;
        let summary = Run::of(&data["pipelineExecutionSummary"]);
        let summary = summary.map_or_else(|| run.clone(), |own| own.or(run));
        let graph = Graph::of(&data);
        // Logs are asked for without looking whether the service wants its own token: this shows it.
        if !self.has_archives
            && let Some(key) = graph.keys.first()
        {
            let query = [("accountID", self.routes.account.as_str()), ("key", key)];
            let path = ("/log-service/blob/exists", &query[..]);
            self.routes.ask(&self.context.client, self.id, path, None, |_| true)?;
        }
        let prefixes = match too_large {
            Some(prefix) => vec![prefix.to_owned()],
            None => summary.prefixes(&self.routes.account),
        };
        for prefix in prefixes {
            let keys = with_stages(&graph, &data, &prefix);
            if self.below(&keys, &prefix, too_large.is_some(), 0)? {
                break;
            }
        }
        for child in &graph.children {
            match self.run(child, None, depth + 1) {
                // It may be deleted, or of a project that the key may not see.
                Err(error) if !error.is_interrupted() => {
                    let text =
                        format!("without the logs of the child pipeline {}: {error}", child.id);
                    self.context.client.notice(self.id, text);
                }
                fetched => fetched?,
            }
        }
        Ok(())
    }

    /// Fetches what belongs to a prefix: as an archive, unless it is too large (`is_large`: as is known),
    /// else level by level. `false`: there is nothing.
    fn below(
        &mut self,
        keys: &BTreeSet<String>,
        prefix: &str,
        mut is_large: bool,
        depth: usize,
    ) -> Result<bool> {
        if !is_large && self.has_archives {
            match self.archive(prefix)? {
                Some(has_logs) => return Ok(has_logs),
                None => is_large = true,
            }
        }
        let levels = below(keys, prefix);
        // The only level is as large as the one above, unless that also has the logs of others, as `step1` has those
        // of `step10`.
        let has_others = keys.iter().any(|key| key.starts_with(prefix) && !belongs(key, prefix));
        let is_alone = levels.len() == 1 && !has_others && is_large;
        let mut has_logs = false;
        for (level, key) in levels {
            has_logs |= match level {
                Some(level) if depth < DEEPEST_KEY => {
                    self.below(keys, level, is_alone, depth + 1)?
                }
                _ => self.key(key)?,
            };
        }
        if is_large && self.has_archives && !has_logs {
            let cause = format!(
                "there are more logs below {prefix} than the service puts into an archive, and the graph names none"
            );
            return Err(Error::new("cannot fetch", Location::bundle(self.id), cause));
        }
        Ok(has_logs)
    }

    /// Fetches an archive. `None`: it would be too large; else whether it has logs.
    fn archive(&mut self, prefix: &str) -> Result<Option<bool>> {
        let path = self.path_of(prefix, "zip");
        if !path.exists() {
            let address = match prepare(self.context, self.routes, self.id, prefix)? {
                Prepared::TooMany => return Ok(None),
                Prepared::Nothing => return Ok(Some(false)),
                Prepared::Ready(address) => address,
            };
            let (context, routes, id) = (self.context, self.routes, self.id);
            let part = path.with_extension("part");
            let mut link = Archive { context, routes, id, prefix, address };
            download(context, &mut Record::piece(), &part, &mut link)?;
            verify::archive(&part, &context.client, &context.verified)?;
            fs::rename(&part, &path).map_err(|e| cannot("write", &path, e))?;
        }
        self.pieces.push(Piece::Archive { path, prefix: prefix.to_owned() });
        Ok(Some(true))
    }

    /// Fetches a single log; whether there is one.
    fn key(&mut self, key: &str) -> Result<bool> {
        let path = self.path_of(key, "log");
        if !path.exists() {
            let part = path.with_extension("part");
            let mut link = Key { routes: self.routes, id: self.id, key };
            if !download(self.context, &mut Record::piece(), &part, &mut link)? {
                self.missing += 1;
                return Ok(false);
            }
            fs::rename(&part, &path).map_err(|e| cannot("write", &path, e))?;
        }
        let name = format!("{}/{key}", self.routes.account);
        self.pieces.push(Piece::Log { path, name });
        Ok(true)
    }

    /// Makes one archive of the pieces.
    pub(super) fn finish(self, part: &Path) -> Result<()> {
        if self.pieces.is_empty() {
            let location = Location::bundle(self.id);
            return Err(Error::new("cannot fetch", location, "the execution has no logs yet"));
        }
        if !self.has_archives && self.missing > 0 {
            let text = format!("{} of the keys in its graph have no log yet", self.missing);
            self.context.client.notice(self.id, text);
        }
        let differing = merge(&self.pieces, part)?;
        if differing > 0 {
            let text =
                format!("{differing} logs changed while they were fetched; the first are kept");
            self.context.client.notice(self.id, text);
        }
        Ok(())
    }

    /// Removes the pieces.
    pub(super) fn clean(context: &Context, id: &str) {
        for is_running in [false, true] {
            // If they cannot be removed, they are in the way of nothing.
            let _ = fs::remove_dir_all(context.store.pieces_of(id, is_running));
        }
    }

    fn path_of(&self, prefix: &str, extension: &str) -> PathBuf {
        let hash = XxHash3_128::oneshot(prefix.as_bytes());
        self.folder.join(format!("{hash:032x}.{extension}"))
    }
}

/// The keys of a graph that belong to a prefix, and those of stages that the summary lists.
fn with_stages(graph: &Graph, data: &Value, prefix: &str) -> BTreeSet<String> {
    let mut keys = graph.keys.clone();
    keys.retain(|key| belongs(key, prefix));
    let nodes = data["pipelineExecutionSummary"]["layoutNodeMap"].as_object();
    for node in nodes.into_iter().flat_map(|nodes| nodes.values()) {
        let stage = node["nodeIdentifier"].as_str().filter(|stage| !stage.is_empty());
        let Some(stage) = stage else { continue };
        let key = match prefix.ends_with("level0:pipeline") {
            true => format!("{prefix}/level1:stages/level2:{stage}"),
            false => format!("{prefix}/{stage}"),
        };
        if !keys.iter().any(|known| belongs(known, &key)) {
            keys.insert(key);
        }
    }
    keys
}
