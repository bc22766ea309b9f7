//! Which formats inputs are read as, as users say it.

use std::path::Path;

use super::rules;
use crate::error::{Error, Location, Result};
use crate::source::FormatId;

/// The formats that are asked for.
#[derive(Debug, Clone, Default)]
pub struct Formats {
    /// The format of all entries; `None`: each is detected.
    pub forced: Option<FormatId>,
    /// Formats of the user's own, which are tried before all others.
    pub own: Vec<FormatId>,
}

impl Formats {
    /// The format of this name, or of this regular expression, if one is given; and the formats of these files, of which
    /// the name may be one.
    ///
    /// # Errors
    /// A name that no format has; an expression or a file that [cannot](super::of_file) be used.
    pub fn choose<P: AsRef<Path>>(
        name: Option<&str>,
        regex: Option<&str>,
        files: &[P],
    ) -> Result<Self> {
        let mut own: Vec<FormatId> = Vec::new();
        for file in files {
            for id in rules::of_file(file.as_ref())? {
                let name = id.format().name;
                if own.iter().any(|&other| other != id && other.format().name == name) {
                    let location = Location::bundle(file.as_ref().display().to_string());
                    let cause =
                        format!("another file has a format {name:?}, which is not the same");
                    return Err(Error::new(rules::TASK, location, cause));
                }
                if !own.contains(&id) {
                    own.push(id);
                }
            }
        }
        let forced = match (regex, name) {
            (Some(regex), _) => Some(rules::of_regex(regex)?),
            (None, Some(name)) => Some(named(name, &own)?),
            (None, None) => None,
        };
        Ok(Self { forced, own })
    }

    /// The options that ask for them, with values that tell them from others of the same names.
    pub(crate) fn settings(&self) -> [(&'static str, String); 3] {
        let name = |id: FormatId| id.format().name;
        let regex = self.forced.and_then(rules::regex_of);
        let named = |id: FormatId| match rules::digest_of(id) {
            Some(digest) => format!("{} ({digest:016x})", name(id)),
            None => name(id).to_owned(),
        };
        let forced = self.forced.filter(|_| regex.is_none()).map(named);
        let own: Vec<String> = self.own.iter().copied().map(named).collect();
        [
            ("--format", forced.unwrap_or_default()),
            ("--format-regex", regex.unwrap_or_default().to_owned()),
            ("--formats-file", own.join(", ")),
        ]
    }
}

/// The format of a name.
fn named(name: &str, own: &[FormatId]) -> Result<FormatId> {
    let all = || own.iter().copied().chain(FormatId::all());
    all().find(|id| id.format().name == name).ok_or_else(|| {
        let names: Vec<&str> = all().map(|id| id.format().name).collect();
        let likeness = |other: &&&str| (1000.0 * strsim::jaro_winkler(other, name)) as u32;
        let hint = match names.iter().max_by_key(likeness) {
            Some(near) if likeness(&near) > 800 => format!("did you mean {near}?"),
            _ => format!("formats are {}", names.join(", ")),
        };
        let cause = format!("there is no format {name:?}");
        Error::new("cannot use the format", Location::default(), cause).with_hint(hint)
    })
}
