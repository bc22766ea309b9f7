//! The log key of an entry: what the platform calls the log that a file of its zip is.
//!
//! In a zip a key is below a folder of the account's name. Extracted and re-rooted trees have other folders
//! above it, or lack its beginning.

use crate::identity::{Identity, identify};

/// The account and pipeline of what has none.
pub(super) const NOBODY: &str = "archive";

/// A log's key and what it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The key.
    pub(super) text: String,
    /// How many bytes of it are its execution's: the others name the log in it.
    pub(super) base: usize,
    /// It is in the simplified layout.
    pub(super) is_simplified: bool,
    /// The account that it is kept under.
    pub(super) account: String,
    /// What its parts say.
    pub(super) identity: Identity,
}

/// Finds the key in the path of an entry, or in the bundle's name and the path together; `None`: it is no log
/// of Harness NextGen.
pub(super) fn key_of(bundle: &str, path: &str) -> Option<Key> {
    in_path(path).or_else(|| in_path(&format!("{bundle}/{path}")))
}

fn in_path(path: &str) -> Option<Key> {
    let identity = identify(path);
    if identity == Identity::default() {
        return None;
    }
    let places = places(path);
    let at = |index: usize| &path[places[index]..];
    let standard = places.iter().position(|place| is_field(&path[*place..]));
    let account = identity.account.clone().unwrap_or_else(|| NOBODY.to_owned());
    if let Some(first) = standard {
        let text = at(first).to_owned();
        let base = standard_base(&text);
        return Some(Key { text, base, is_simplified: false, account, identity });
    }
    let execution = format!("-{}", identity.execution.as_deref()?);
    let run = (1..places.len()).find(|index| first_part(at(*index)) == execution)? - 1;
    let is_anchored = run >= 2 && first_part(at(run - 2)) == "pipeline";
    let text = match is_anchored {
        true if run >= 3 && identity.account.is_some() => at(run - 3).to_owned(),
        true => format!("{NOBODY}/{}", at(run - 2)),
        false => {
            let pipeline = identity.pipeline.as_deref().unwrap_or(NOBODY);
            format!("{NOBODY}/pipeline/{pipeline}/{}", at(run))
        }
    };
    let base = text.len() - at(run + 1).len() + execution.len();
    Some(Key { text, base, is_simplified: true, account, identity })
}

/// Where the parts of a path begin. A command unit may contain `/`, so what follows is part of the last one.
fn places(path: &str) -> Vec<usize> {
    let end = path.find("-commandUnit:").unwrap_or(path.len());
    let mut places = Vec::new();
    let mut start = 0;
    for part in path[..end].split('/') {
        if !part.is_empty() {
            places.push(start);
        }
        start += part.len() + 1;
    }
    places
}

fn first_part(text: &str) -> &str {
    text.split('/').next().unwrap_or(text)
}

/// Whether a part is a field that the standard layout begins with.
fn is_field(text: &str) -> bool {
    const FIELDS: [&str; 8] = [
        "accountId:",
        "orgId:",
        "projectId:",
        "pipelineId:",
        "runSequence:",
        "pipelineExecutionId:",
        "stageId:",
        "stepRuntimeId:",
    ];
    FIELDS.iter().any(|field| text.starts_with(field))
}

/// How many bytes of a key of the standard layout name its execution: all before its levels, or in the legacy
/// layout before its stage.
fn standard_base(key: &str) -> usize {
    let is_below =
        |part: &str| ["level", "stageId:", "stepRuntimeId:"].iter().any(|of| part.starts_with(of));
    let below = places(key).into_iter().find(|place| is_below(first_part(&key[*place..])));
    below.map_or(key.len(), |place| place.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Account, execution's part and rest of the key.
    fn parts(bundle: &str, path: &str) -> Option<(String, String, String)> {
        let key = key_of(bundle, path)?;
        let (base, rest) = key.text.split_at(key.base);
        Some((key.account.clone(), base.to_owned(), rest.to_owned()))
    }

    #[test]
    fn keys_are_found_below_any_folders() {
        const EXEC: &str = "-aT5bV0yQTuKxw8mE2-Jc1Q";
        for (bundle, path, account, base, rest) in [
            ("x.zip", "A/A/pipeline/P/7/-E/S/x", "A", "A/pipeline/P/7/-E", "/S/x"),
            ("x.zip", "t/A/A/pipeline/P/7/-E/S/x", "A", "A/pipeline/P/7/-E", "/S/x"),
            ("A/A/pipeline/P/7/-E", "S/x", "A", "A/pipeline/P/7/-E", "/S/x"),
            (
                "x.zip",
                "A/A/pipeline/P/7/-E/S/x-commandUnit:Install / Upgrade",
                "A",
                "A/pipeline/P/7/-E",
                "/S/x-commandUnit:Install / Upgrade",
            ),
            (
                "x.zip",
                "A/accountId:A/orgId:O/projectId:P/pipelineId:I/runSequence:3/level0:pipeline/level1:stages/level2:S",
                "A",
                "accountId:A/orgId:O/projectId:P/pipelineId:I/runSequence:3",
                "/level0:pipeline/level1:stages/level2:S",
            ),
            (
                "x.zip",
                "accountId:A/orgId:O/projectId:P/pipelineExecutionId:E/stageId:s/stepRuntimeId:r",
                "A",
                "accountId:A/orgId:O/projectId:P/pipelineExecutionId:E",
                "/stageId:s/stepRuntimeId:r",
            ),
        ] {
            let expected = (account.to_owned(), base.to_owned(), rest.to_owned());
            assert_eq!(parts(bundle, path), Some(expected), "{bundle} {path}");
        }
        let found = parts("x.zip", &format!("tree/P/7/{EXEC}/S/x")).unwrap();
        assert_eq!(found.1, format!("archive/pipeline/P/7/{EXEC}"));
        assert_eq!(parts("x.zip", "a/b.log"), None);
    }
}
