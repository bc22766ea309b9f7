//! What to do about a path that does not exist.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// A path that does not exist: the hint names a neighbour that is spelled nearly so.
pub(super) fn missing(path: &Path, error: Error) -> Error {
    let (Some(wanted), parent) = (path.file_name(), path.parent()) else {
        return error;
    };
    if let Some(hint) = unexpanded(&path.to_string_lossy()) {
        return error.with_hint(hint);
    }
    let wanted = wanted.to_string_lossy();
    let folder = parent.filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let nearest = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|found| found.file_name().to_string_lossy().into_owned())
        .map(|found| (strsim::jaro_winkler(&wanted, &found), found))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, found)) => {
            let found = parent.map_or(PathBuf::from(&found), |p| p.join(&found));
            error.with_hint(format!("did you mean {}?", found.display()))
        }
        None => error.with_hint("check the path, or give - to read standard input"),
    }
}

/// What to do about a path that is none: an address, or what a shell would have replaced.
fn unexpanded(path: &str) -> Option<String> {
    if path.contains("://") {
        return Some(format!(
            "ripsaw reads files: download it first, or curl -L {path} | ripsaw ... -"
        ));
    }
    if path.starts_with('~') {
        return Some(
            "the shell expands ~ only outside of quotes: leave them out, or write $HOME".into(),
        );
    }
    path.contains(['*', '?', '[', '{']).then(|| {
        "no file matches the pattern, or it is in quotes, in which the shell does not expand it"
            .into()
    })
}
