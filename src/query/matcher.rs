//! The search for patterns in decoded text: grep's patterns and its options for them.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::{self, Ast, ClassSetItem};

use super::needles::{Needles, required};

/// How patterns are read, with grep's names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatternOptions {
    /// Patterns are plain text.
    pub fixed_strings: bool,
    /// Case does not matter.
    pub ignore_case: bool,
    /// Case matters only if one of the patterns has an upper-case letter.
    pub smart_case: bool,
    /// Only whole words match: `log` in `log: x`, not in `login`.
    pub word_regexp: bool,
    /// Only whole lines of a text match; a message may have several.
    pub line_regexp: bool,
    /// Rows without a match are the ones that match.
    pub invert_match: bool,
}

/// Patterns, any of which makes a text match. `^` and `$` match at each line of a text.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// All patterns as alternatives of one.
    regex: Regex,
    invert: bool,
    /// Some pattern is empty, and matches anywhere.
    matches_all: bool,
    /// `None` if the patterns need no literal, as `[0-9]+`, or the search is inverted.
    needles: Option<Needles>,
}

/// The largest compiled pattern that is accepted, in bytes.
const SIZE_LIMIT: usize = 64 << 20;

impl Matcher {
    /// Compiles the patterns; with none, nothing matches.
    ///
    /// # Errors
    /// An invalid regular expression, or one that is too large.
    pub fn new(patterns: &[String], options: PatternOptions) -> Result<Self, String> {
        let is_upper = |pattern: &String| match options.fixed_strings {
            true => pattern.chars().any(char::is_uppercase),
            false => has_upper(pattern),
        };
        let ignore_case =
            options.ignore_case || options.smart_case && !patterns.iter().any(is_upper);
        let whole: Vec<String> = patterns
            .iter()
            .map(|pattern| {
                let pattern =
                    if options.fixed_strings { regex::escape(pattern) } else { pattern.clone() };
                if options.line_regexp {
                    format!("^(?:{pattern})$")
                } else if options.word_regexp {
                    // Half boundaries look at one side only, so that a pattern such as `--all` or `%`
                    // can be a word, which `\b` at its first or last character would rule out.
                    format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}")
                } else {
                    format!("(?:{pattern})")
                }
            })
            .collect();
        // Each by itself first: the error then shows the pattern as it was given. It also refuses
        // `a)|(b`, which is valid only between the parentheses added above.
        if !options.fixed_strings {
            patterns.iter().try_for_each(|pattern| parse(pattern, ignore_case).map(|_| ()))?;
        }
        // No character is neither white space nor something else: this matches nothing.
        let whole = if whole.is_empty() { r"[^\s\S]".to_owned() } else { whole.join("|") };
        let regex = RegexBuilder::new(&whole)
            .multi_line(true)
            .case_insensitive(ignore_case)
            .size_limit(SIZE_LIMIT)
            .build()
            .map_err(|e| e.to_string())?;
        // Parsed as if case mattered, because `(?i)error` has no literals, only classes of letters. A
        // line without a needle is one without a match, which is what an inverted search wants: then it
        // has no needles.
        let literals = parse(&whole, false).ok().and_then(|hir| required(&hir, ignore_case));
        let needles = literals
            .filter(|_| !options.invert_match)
            .and_then(|literals| Needles::new(literals, ignore_case));
        let is_part = options.word_regexp || options.line_regexp;
        let matches_all = !is_part && patterns.iter().any(String::is_empty);
        Ok(Self { regex, invert: options.invert_match, matches_all, needles })
    }

    /// Whether a text matches; with `invert_match`, whether it does not.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text) != self.invert
    }

    /// Whether every text matches, as with the empty pattern.
    pub(crate) fn matches_all(&self) -> bool {
        !self.invert && self.matches_all
    }

    /// Whether the search is inverted: texts without a match are the ones that match.
    pub fn is_inverted(&self) -> bool {
        self.invert
    }

    /// Where the patterns match, from left to right, without overlaps; nowhere with `invert_match`.
    pub fn matches<'t>(&self, text: &'t str) -> impl Iterator<Item = regex::Match<'t>> {
        let invert = self.invert;
        self.regex.find_iter(text).filter(move |_| !invert)
    }

    /// The matches with their capture groups, in the order of [`matches`](Self::matches). The groups of
    /// several patterns are numbered one after the other.
    pub fn captures<'t>(&self, text: &'t str) -> impl Iterator<Item = regex::Captures<'t>> {
        let invert = self.invert;
        self.regex.captures_iter(text).filter(move |_| !invert)
    }

    /// What a raw line must contain for its message to match; `None` if any line may match.
    pub(crate) fn needles(&self) -> Option<&Needles> {
        self.needles.as_ref()
    }
}

/// Parses one pattern; the error names the pattern and the column, without the many lines that the
/// library's own message takes.
fn parse(pattern: &str, ignore_case: bool) -> Result<regex_syntax::hir::Hir, String> {
    let mut builder = regex_syntax::ParserBuilder::new();
    let mut parser = builder.multi_line(true).case_insensitive(ignore_case).build();
    parser.parse(pattern).map_err(|error| {
        let (kind, span) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
            _ => return error.to_string(),
        };
        format!("{pattern:?}: {kind} at column {}", span.start.column)
    })
}

/// Whether a pattern has an upper-case letter that is searched for, as ripgrep decides it: `\W` is a class,
/// `\pL` a property and `(?P<Name>x)` a name, but `\x4A` is a J. An invalid pattern has none; it is refused
/// later.
fn has_upper(pattern: &str) -> bool {
    let ast = ast::parse::Parser::new().parse(pattern);
    ast.is_ok_and(|ast| ast::visit(&ast, UpperCase(false)).unwrap_or(true))
}

/// Looks for an upper-case letter in literals and in the sets of classes.
struct UpperCase(bool);

impl ast::Visitor for UpperCase {
    type Output = bool;
    type Err = std::convert::Infallible;

    fn finish(self) -> Result<bool, Self::Err> {
        Ok(self.0)
    }

    fn visit_pre(&mut self, part: &Ast) -> Result<(), Self::Err> {
        if let Ast::Literal(literal) = part {
            self.0 |= literal.c.is_uppercase();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        self.0 |= match item {
            ClassSetItem::Literal(literal) => literal.c.is_uppercase(),
            ClassSetItem::Range(range) => {
                range.start.c.is_uppercase() || range.end.c.is_uppercase()
            }
            _ => false,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `rg -S` decides.
    #[test]
    fn smart_case_looks_at_letters_that_are_searched_for() {
        for pattern in [r"\pL", r"\p{Greek}x", r"(?P<Name>x)", r"\W\B\D", r"[^\S]a", r"\x{6a}", "é"]
        {
            assert!(!has_upper(pattern), "{pattern}");
        }
        for pattern in ["aB", r"\x{4A}", "[A-Z]", "[a-c[D]]", "(?P<n>X)", "a|É", r"\pLX", "x{2}Y"]
        {
            assert!(has_upper(pattern), "{pattern}");
        }
        let smart = PatternOptions { smart_case: true, fixed_strings: true, ..Default::default() };
        let finds = |pattern: &str, text| {
            Matcher::new(&[pattern.to_owned()], smart).unwrap().is_match(text)
        };
        assert!(finds("[a", "x [A") && !finds("[A", "x [a"));
    }
}
