//! The names of files and folders in archives: `3_build.txt`, `build/2_Run tests.txt`.

use super::beside::is_beside;
use super::folders::split;
use crate::identity::Identity;

/// The number that a file's name begins with, and the rest without the extension: `3_build.txt` is 3 and
/// `build`. Whole logs of old archives have numbers below 0.
pub(super) fn numbered(name: &str) -> Option<(i64, &str)> {
    let (number, rest) = name.strip_suffix(".txt")?.split_once('_')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // A number beyond 64 bits is still a number.
    is_number.then(|| (number.parse().unwrap_or(i64::MAX), rest))
}

/// The service's messages about a job, in the job's folder. It is not a step.
pub(super) const SYSTEM: &str = "system.txt";

/// The first step of a job on GitHub: `1_Set up job.txt`.
pub(super) const FIRST_STEP: &str = "Set up job";

/// The first step of a job on Azure: `1_Initialize job.txt`.
pub(super) const FIRST_OF_AZURE: &str = "Initialize job";

/// Whether a file is named like those of archives.
pub(super) fn has_name(path: &str) -> bool {
    let (_, name) = split(path);
    name == SYSTEM || numbered(name).is_some()
}

/// What a path says by itself. The survey replaces it, as it sees the files beside it, too.
pub(in crate::format) fn identify(path: &str) -> Identity {
    let (folder, name) = split(path);
    if is_beside(path) {
        return Identity::default();
    }
    if folder.is_empty() { of_job(title(name)) } else { of_step(last_part(folder), name) }
}

/// The name of a folder by its path.
pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A file's name without number and extension.
pub(super) fn title(name: &str) -> &str {
    numbered(name).map_or(name.strip_suffix(".txt").unwrap_or(name), |(_, title)| title)
}

/// The identity of the log of a whole job.
pub(super) fn of_job(stage: &str) -> Identity {
    Identity { stage: Some(stage.to_owned()), ..Identity::default() }
}

/// The identity of a file in a job's folder; `system.txt` is not a step.
pub(super) fn of_step(stage: &str, name: &str) -> Identity {
    let step = (name != SYSTEM).then(|| title(name).to_owned());
    Identity { step, ..of_job(stage) }
}

/// Whether a file of this name is only in the folder of a job: certain evidence of one.
pub(super) fn begins_job(name: &str) -> bool {
    let first = [FIRST_STEP, FIRST_OF_AZURE].map(|title| Some((1, title)));
    name == SYSTEM || first.contains(&numbered(name))
}

/// A name's letters and digits in lower case: file systems and services remove or replace the rest.
pub(super) fn alike(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
