//! The patterns of `ripsaw grep`: from the command line and from files.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use ripsaw::error::{Error, Location, Result};
use ripsaw::query::{Matcher, PatternOptions};
use ripsaw::source::hint;

use super::args::PatternArgs;

/// The matcher for patterns and the options of `grep`. An invalid pattern is often meant as plain text, such
/// as `main(`: the hint suggests `-F`.
pub(super) fn matcher_of(args: &PatternArgs, patterns: &[String]) -> Result<Matcher> {
    let options = PatternOptions {
        fixed_strings: args.fixed_strings,
        ignore_case: args.ignore_case,
        smart_case: args.smart_case,
        word_regexp: args.word_regexp,
        line_regexp: args.line_regexp,
        invert_match: args.invert_match,
    };
    Matcher::new(patterns, options).map_err(|cause| {
        Error::new("cannot read the pattern", Location::default(), cause)
            .with_hint("-F treats it as plain text")
    })
}

/// The patterns, and the words that remain: the inputs. Without `-e` and `-f` the first word is the pattern.
///
/// # Errors
/// A file of patterns that cannot be read, a pattern that is not UTF-8, or no input.
pub(super) fn patterns(
    args: &PatternArgs,
    mut words: Vec<OsString>,
    replaces: bool,
) -> Result<(Vec<String>, Vec<OsString>)> {
    let mut patterns = args.regexp.clone();
    for file in &args.pattern_files {
        let text = read(file).map_err(|cause| {
            let location = Location::bundle(file.to_string_lossy());
            let is_missing = fs::metadata(file).is_err();
            let error = Error::io("cannot read the patterns", location, cause);
            if is_missing { error.with_hint(hint::of_input(file)) } else { error }
        })?;
        patterns.extend(text.lines().map(str::to_owned));
    }
    if args.regexp.is_empty() && args.pattern_files.is_empty() {
        // Clap requires at least one word.
        let word = words.remove(0).into_string().map_err(|word| {
            let cause = format!("{} is not UTF-8", word.to_string_lossy());
            Error::new("cannot read the pattern", Location::default(), cause)
        })?;
        patterns.push(word);
    }
    if words.is_empty() {
        let hint = match replaces {
            true => "-r is --replace and takes a TEXT; folders are searched without a flag",
            false => "use ripsaw grep PATTERN logs.zip, or - for standard input",
        };
        return Err(
            Error::new("cannot search", Location::default(), "no INPUT is given").with_hint(hint)
        );
    }
    // As in grep, a pattern with newlines is a list of patterns.
    let patterns = patterns.iter().flat_map(|pattern| pattern.split('\n')).map(str::to_owned);
    Ok((patterns.collect(), words))
}

/// The text of a file of patterns; `-` is standard input.
fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path)
}
