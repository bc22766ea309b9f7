//! What the names of files tell.

use regex::Regex;
use ripsaw::identity::Identity;

pub fn identity(format: &str, bundle: &str, path: &str) -> Identity {
    match format {
        "firstgen" => firstgen(bundle, path),
        "apify" => apify(bundle, path),
        "azure" | "github" => github(path),
        "harness" => ripsaw::identity::identify_in(bundle, path),
        _ => Identity::default(),
    }
}

fn text(part: &str) -> Option<String> {
    (!part.is_empty()).then(|| part.to_owned())
}

/// The names of a file and of its folder: of the bundle, if that is the folder.
fn file_and_folder<'a>(bundle: &'a str, path: &'a str) -> (&'a str, &'a str) {
    if let Some((folders, file)) = path.rsplit_once('/') {
        return (file, folders.rsplit('/').next().unwrap());
    }
    let mut above: Vec<&str> = bundle.trim_end_matches('/').split('/').collect();
    if above.last() == Some(&path) {
        above.pop();
    }
    let folder = above.pop().unwrap_or("");
    (path, if folder.to_lowercase().ends_with(".zip") { "" } else { folder })
}

fn firstgen(bundle: &str, path: &str) -> Identity {
    let mut identity = Identity::default();
    let archive = Regex::new(r"^([A-Za-z0-9_-]{22})_[A-Za-z0-9_-]{22}\.zip$").unwrap();
    for name in bundle.split(['/', '!']) {
        if let Some(found) = archive.captures(name) {
            identity.account = Some(found[1].to_owned());
        }
    }
    let (file, folder) = file_and_folder(bundle, path);
    let with_id = Regex::new(r"(?s)^(?:(.*)_)?([A-Za-z0-9_-]{22})[A-Za-z0-9]{4}$").unwrap();
    if let Some(found) = with_id.captures(folder) {
        identity.execution = Some(found[2].to_owned());
        let before = found.get(1).map_or("", |before| before.as_str());
        let with_time = Regex::new(
            r"(?s)^(?:(.*)_)?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{3}$",
        );
        let names = match with_time.unwrap().captures(before) {
            Some(found) => found.get(1).map_or("", |names| names.as_str()),
            None => before,
        };
        let parts: Vec<&str> = names.split('_').collect();
        identity.pipeline = text(if parts.len() == 2 { parts[1] } else { names });
    }
    let stem = file.strip_suffix(".log").unwrap_or(file);
    if let Some(found) = with_id.captures(stem) {
        let before = found.get(1).map_or("", |before| before.as_str());
        let (step, unit) = before.rsplit_once('_').unwrap_or((before, ""));
        (identity.step, identity.unit) = (text(step), text(unit));
    }
    identity
}

fn apify(bundle: &str, path: &str) -> Identity {
    let (file, folder) = file_and_folder(bundle, path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let execution = run_id(stem).or_else(|| run_id(folder));
    Identity { execution, ..Identity::default() }
}

fn run_id(name: &str) -> Option<String> {
    let mut runs: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    runs.retain(|run| {
        let has = |is: fn(&char) -> bool| run.chars().any(|c| is(&c));
        run.len() == 17 && has(char::is_ascii_digit) && has(char::is_ascii_uppercase)
    });
    runs.last().map(|run| (*run).to_owned())
}

fn github(path: &str) -> Identity {
    let mut identity = Identity::default();
    let numbered = Regex::new(r"(?s)^(-?)[0-9]+_(.*)\.txt$").unwrap();
    let (folder, file) = match path.rsplit_once('/') {
        Some((folders, file)) => (folders.rsplit('/').next(), file),
        None => (None, path),
    };
    if let Some(found) = numbered.captures(file) {
        match folder {
            None => identity.stage = text(&found[2]),
            Some(job) if found[1].is_empty() => {
                (identity.stage, identity.step) = (text(job), text(&found[2]));
            }
            Some(_) => {}
        }
    }
    identity
}
