//! What to do about a path that cannot be used as it was written: hints for error messages.
//!
//! Each function knows one kind of mistake and gives `None` for the others; the first that knows it
//! wins. They may look at the file system, since they run only once the input has failed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Suffixes of archives, which are not read from standard input: a download must go to a file first.
const ARCHIVES: [&str; 8] = ["zip", "tar", "tgz", "tbz2", "tbz", "txz", "tzst", "jar"];

/// Suffixes of logs that can be piped.
const LOGS: [&str; 11] =
    ["log", "txt", "ndjson", "jsonl", "json", "csv", "gz", "zst", "xz", "lzma", "bz2"];

/// What to do about an input that cannot be opened: an address, what a shell would have replaced, a
/// link that leads nowhere, or a name that is spelled nearly as another.
pub fn of_input(path: &Path) -> String {
    let text = path.to_string_lossy();
    if let Some((scheme, rest)) = address(&text) {
        return of_address(&text, scheme, rest);
    }
    if let Some(hint) = of_home(&text) {
        return hint.into();
    }
    if let Some(hint) = of_link(path) {
        return hint;
    }
    if text.contains(['*', '?', '[', '{']) {
        return "no file matches the pattern, or it is in quotes, in which the shell does not \
                expand it"
            .into();
    }
    match neighbour(path) {
        Some(found) => format!("did you mean {}?", found.display()),
        None => "check the path, or use - for standard input".into(),
    }
}

/// What to do about an output whose folder is not there, if the path is an address or what a shell
/// would have replaced.
pub(crate) fn of_output(path: &Path) -> Option<String> {
    let text = path.to_string_lossy();
    match address(&text) {
        Some(("file", rest)) => Some(name_the_path(rest)),
        Some(_) => Some("ripsaw writes only files: write a file, then upload it".into()),
        None => of_home(&text).map(Into::into),
    }
}

/// The scheme of an address, in lower case, and what follows its `://`. `another` stands for all
/// schemes without a hint of their own; `None`: not an address.
fn address(text: &str) -> Option<(&'static str, &str)> {
    const KNOWN: [&str; 5] = ["http", "https", "file", "s3", "gs"];
    let (scheme, rest) = text.split_once("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if scheme.is_empty() || !scheme.bytes().all(is_scheme) {
        return None;
    }
    let known = KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
    Some((known.unwrap_or("another"), rest))
}

/// How to get at what an address names, with the command for that if it is known.
fn of_address(address: &str, scheme: &str, rest: &str) -> String {
    let quoted = quoted(address);
    match scheme {
        "file" => name_the_path(rest),
        "s3" => format!(
            "ripsaw reads only files; download it first: aws s3 cp {quoted} ./, then name the file"
        ),
        "gs" => format!(
            "ripsaw reads only files; download it first: gcloud storage cp {quoted} ./, then name the file"
        ),
        "http" | "https" => {
            // A signed address has its secrets after the `?`; the name of the file comes before it.
            let path = rest.split(['?', '#']).next().unwrap_or_default();
            let (suffix, is_plain) = (suffix_of(path), path.len() == rest.len());
            if LOGS.contains(&suffix.as_str()) {
                format!(
                    "ripsaw reads only files; download it first, or curl -L {quoted} | ripsaw ... -"
                )
            // `curl -O` names the file after the address, which works only without a query.
            } else if is_plain && !suffix.is_empty() {
                format!(
                    "ripsaw reads only files; download it first: curl -LO {quoted}, then name the file"
                )
            } else {
                let name =
                    if suffix.is_empty() { "FILE".into() } else { "logs.".to_owned() + &suffix };
                format!(
                    "ripsaw reads only files; download it first: curl -L -o {name} {quoted}, then name the file"
                )
            }
        }
        _ => "ripsaw reads only files; download it first, then name the file".into(),
    }
}

/// The suffix of an archive or of a log, in lower case: `zip` of `a.zip`, `tar` of `a.tar.gz`.
fn suffix_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    // A host alone has no file: the end of `https://ci.zip` is a domain, not a suffix.
    if !path.contains('/') {
        return String::new();
    }
    let mut parts = name.rsplit('.');
    let last = parts.next().filter(|last| last.len() < name.len()).unwrap_or_default();
    let is_tar = parts.next() == Some("tar") && LOGS.contains(&last);
    match last {
        last if is_tar => format!("tar.{last}"),
        last if ARCHIVES.contains(&last) || LOGS.contains(&last) => last.to_owned(),
        _ => String::new(),
    }
}

/// For `file://` addresses, with or without `localhost`.
fn name_the_path(rest: &str) -> String {
    let path = rest.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(rest);
    format!("name the path itself: {}", quoted(path))
}

/// For a `~` that the shell did not replace.
fn of_home(text: &str) -> Option<&'static str> {
    text.starts_with('~')
        .then_some("the shell does not expand ~ in quotes: remove them, or use $HOME")
}

/// For a link, or a folder on the way that is one, which leads to nothing or in a circle.
fn of_link(path: &Path) -> Option<String> {
    let is_link = |path: &&Path| {
        let is_link = path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
        is_link && fs::metadata(path).is_err()
    };
    // Any folder on the way may be the link.
    let link = path.ancestors().filter(|path| !path.as_os_str().is_empty()).find(is_link)?;
    let target = last_link(link)?;
    let shown = link.display();
    Some(match target {
        End::Circle => format!("{shown} is a link that leads back to itself"),
        End::Missing(target) => {
            format!("{shown} is a link to {}, which does not exist", target.display())
        }
        End::Closed(target) => {
            format!("{shown} is a link to {}, which cannot be opened", target.display())
        }
    })
}

/// What the links from one lead to.
enum End {
    /// Back to one of them.
    Circle,
    /// To this path, which does not exist.
    Missing(PathBuf),
    /// To this path, which cannot be opened: the user may not, or it is below another circle of links.
    Closed(PathBuf),
}

/// Follows links one by one, as the system reports no more than that the path does not work; `None` if
/// one cannot be read.
fn last_link(link: &Path) -> Option<End> {
    /// The limit of Linux, after which it reports a circle.
    const MAX_LINKS: usize = 40;
    let mut path = link.to_owned();
    for _ in 0..MAX_LINKS {
        match path.symlink_metadata() {
            Ok(meta) if meta.is_symlink() => {
                let next = fs::read_link(&path).ok()?;
                // A relative target counts from the folder of the link; `join` takes an absolute one as
                // it is.
                path = path.parent().unwrap_or(Path::new("")).join(next);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Some(End::Missing(path));
            }
            // A folder on its way is a circle of links, or closed.
            _ => return Some(End::Closed(path)),
        }
    }
    Some(End::Circle)
}

/// A file in the same folder whose name is spelled nearly so: a letter missing, two swapped.
fn neighbour(path: &Path) -> Option<PathBuf> {
    let (wanted, parent) = (path.file_name()?, path.parent()?);
    let folder = if parent == Path::new("") { Path::new(".") } else { parent };
    let names = fs::read_dir(folder).ok()?.flatten().map(|found| found.file_name());
    let wanted_text = wanted.to_string_lossy();
    let likeness = |name: &OsStr| strsim::jaro_winkler(&wanted_text, &name.to_string_lossy());
    // Indexes are not logs.
    let names = names.filter(|name| !name.to_string_lossy().ends_with(".ripsaw"));
    let near = names.filter(|name| name != wanted).map(|name| (likeness(&name), name));
    let near = near.filter(|(likeness, _)| *likeness > 0.85);
    near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| parent.join(name))
}

/// A word as a shell takes it: in single quotes if it has anything that a shell could interpret.
pub fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:@%+,=".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::{address, of_input, of_output, quoted, suffix_of};
    use std::path::Path;

    #[test]
    fn addresses() {
        let cases = [
            ("https://ci/x/logs.zip", "curl -LO https://ci/x/logs.zip, then name the file"),
            ("https://ci/x/logs.tar.gz", "curl -LO https://ci/x/logs.tar.gz, then name the file"),
            ("https://ci/logs.TGZ", "curl -LO https://ci/logs.TGZ, then"),
            ("https://ci/x/a.log.gz", "curl -L https://ci/x/a.log.gz | ripsaw ... -"),
            (
                "https://ci/a.zip?sig=1&b=2",
                "curl -L -o logs.zip 'https://ci/a.zip?sig=1&b=2', then",
            ),
            ("https://ci/runs/7/logs", "curl -L -o FILE https://ci/runs/7/logs, then"),
            ("https://ci.zip", "curl -L -o FILE https://ci.zip, then"),
            ("s3://logs/a.zip", "aws s3 cp s3://logs/a.zip ./, then"),
            ("gs://logs/a.zip", "gcloud storage cp gs://logs/a.zip ./, then"),
            ("file:///tmp/a.log", "name the path itself: /tmp/a.log"),
            ("file://localhost/tmp/a b", "name the path itself: '/tmp/a b'"),
            ("ftp://host/a.zip", "download it first"),
        ];
        for (text, hint) in cases {
            assert!(
                of_input(Path::new(text)).contains(hint),
                "{text}: {}",
                of_input(Path::new(text))
            );
        }
        assert_eq!(address("a//b"), None);
        assert_eq!(address("C?://b"), None);
        assert_eq!(suffix_of("host/a.TAR.zst"), "tar.zst");
    }

    #[test]
    fn outputs() {
        let of = |text| of_output(Path::new(text));
        assert!(of("https://x/y.csv").unwrap().contains("upload"));
        assert!(of("file:///tmp/y.csv").unwrap().ends_with("/tmp/y.csv"));
        assert!(of("~/y.csv").unwrap().contains("$HOME"));
        assert_eq!(of("a/y.csv"), None);
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
