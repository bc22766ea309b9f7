//! Executions with more logs than the service puts into one archive, and those that still run: fetched in
//! pieces, by stage, then by step, then key by key, and made into one archive.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::context::Context;
use super::super::download::{Downloaded, download};
use super::super::name::with_hash;
use super::super::state::Record;
use super::super::verify;
use super::blob::{Archive, Key, Prepared, prepare};
use super::graph::{Graph, belongs, below};
use super::merge::{Piece, merge};
use super::routes::Routes;
use super::run::Run;
use crate::error::{Error, Location, Result};

/// Pipelines that start pipelines that start pipelines: deeper than the platform allows.
const DEEPEST: usize = 10;

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
        let folder = context.store.pieces_of(id);
        // Those of an execution that was running are of no use now.
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

    /// Fetches the logs of an execution and of its child pipelines; `prefix`: too large for an archive.
    pub(super) fn run(&mut self, run: &Run, prefix: Option<&str>, depth: usize) -> Result<()> {
        if !self.seen.insert(run.id.clone()) || depth > DEEPEST {
            return Ok(());
        }
        let data = super::ask_graph(self.context, self.routes, self.id, run, true)?;
        let summary = Run::of(&data["pipelineExecutionSummary"]).unwrap_or_else(|| run.clone());
        let graph = Graph::of(&data);
        let prefixes = match prefix {
            Some(prefix) => vec![prefix.to_owned()],
            None => summary.prefixes(&self.routes.account),
        };
        for prefix in prefixes {
            let keys = with_stages(&graph, &data, &prefix);
            // That it is too large as a whole is known of the first.
            if self.below(&keys, &prefix, depth == 0)? {
                break;
            }
        }
        for child in &graph.children {
            self.run(child, None, depth + 1)?;
        }
        Ok(())
    }

    /// Fetches what belongs to a prefix: as an archive, unless it is too large (`is_large`: as is known),
    /// else level by level. `false`: there is nothing.
    fn below(&mut self, keys: &BTreeSet<String>, prefix: &str, is_large: bool) -> Result<bool> {
        if !is_large
            && self.has_archives
            && let Some(has_logs) = self.archive(prefix)?
        {
            return Ok(has_logs);
        }
        let levels = below(keys, prefix);
        // If there is nothing beside it, one level is as large as the one above.
        let is_alone = levels.len() == 1;
        let mut has_logs = false;
        for (level, key) in levels {
            has_logs |= match level {
                Some(level) => self.below(keys, level, is_alone)?,
                None => self.key(key)?,
            };
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
            let downloaded = download(self.context, &mut Record::piece(), &part, &mut link)?;
            if downloaded == Downloaded::Missing {
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
            let text = format!("{} logs are not stored yet", self.missing);
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
        // They are in the way of nothing.
        let _ = fs::remove_dir_all(context.store.pieces_of(id));
    }

    fn path_of(&self, prefix: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", with_hash("piece", prefix)))
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

fn cannot(what: &str, path: &Path, e: std::io::Error) -> Error {
    Error::io(format!("cannot {what}"), Location::bundle(path.display().to_string()), e)
}
