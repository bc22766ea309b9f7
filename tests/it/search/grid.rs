//! Every query of a grid gives what a plain loop over the oracle's rows gives.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::RegexBuilder;
use ripsaw::query::{Filter, Levels, Matcher, Names, PatternOptions, Selection, Where};
use ripsaw::synth::{Layout, Recipe};

use super::{selected, selected_as};
use crate::convert::{FORMATS, Folder, assert_rows};
use crate::formats::mixed;
use crate::nasty;
use crate::oracle::{self, Row};

const PATTERNS: [&str; 16] = [
    "error",
    "the",
    "a",
    "",
    "^",
    "zzz not there",
    r"[0-9]{3}",
    r"^\s*at ",
    r"failed|timed? out",
    r"(?i)WARN",
    r#""[a-z]+""#,
    r"\\",
    "<",
    "é|ü|漢",
    r"\bin\b",
    r"line$",
];

fn options() -> Vec<PatternOptions> {
    let usual = PatternOptions::default();
    vec![
        usual,
        PatternOptions { fixed_strings: true, ..usual },
        PatternOptions { ignore_case: true, ..usual },
        PatternOptions { smart_case: true, ..usual },
        PatternOptions { word_regexp: true, ..usual },
        PatternOptions { line_regexp: true, ..usual },
        PatternOptions { invert_match: true, ..usual },
    ]
}

/// As grep's manual has it, without the library's matcher.
fn matches(pattern: &str, options: PatternOptions, message: &str) -> bool {
    let PatternOptions { fixed_strings, ignore_case, smart_case, .. } = options;
    let text = if fixed_strings { regex::escape(pattern) } else { pattern.to_owned() };
    let has_upper = pattern.replace(r"\B", "").chars().any(char::is_uppercase);
    let regex = RegexBuilder::new(&text)
        .multi_line(true)
        .case_insensitive(ignore_case || smart_case && !has_upper)
        .build()
        .unwrap();
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let found = if options.line_regexp {
        message.split('\n').any(|line| {
            let whole = RegexBuilder::new(&format!("^(?:{text})$"));
            { whole }.build().unwrap().is_match(line)
        })
    } else if options.word_regexp {
        let starts = message.char_indices().map(|(at, _)| at).chain([message.len()]);
        starts.into_iter().any(|start| {
            !is_word(message[..start].chars().next_back())
                && word_ends(&regex, message, start)
                    .into_iter()
                    .any(|end| !is_word(message[end..].chars().next()))
        })
    } else {
        regex.is_match(message)
    };
    found != options.invert_match
}

/// Where matches that begin at `start` may end: every shorter text is tried.
fn word_ends(regex: &regex::Regex, message: &str, start: usize) -> Vec<usize> {
    let limit = message.len().min(start + 40);
    let ends = (start..=limit).filter(|&end| message.is_char_boundary(end));
    let fits = |&end: &usize| {
        let found = regex.find_at(&message[..end], start);
        found.is_some_and(|found| found.start() == start && found.end() == end)
    };
    ends.filter(fits).collect()
}

type Test = Box<dyn Fn(&Row) -> bool>;

/// Filters, and what they mean.
fn filters() -> Vec<(Filter, Test)> {
    let names = |column, globs: &[&str]| Filter {
        names: vec![(column, Names::parse(globs).unwrap())],
        ..Filter::default()
    };
    let by = |text: &str| Filter { wheres: vec![Where::parse(text).unwrap()], ..Filter::default() };
    let is = |level: &'static [&'static str]| -> Test {
        Box::new(move |row| row.level.as_deref().is_some_and(|own| level.contains(&own)))
    };
    let noon = 1_773_046_800_000_000_000;
    vec![
        (Filter::default(), Box::new(|_| true)),
        (
            names("stage", &["B*", "Deploy*"]),
            Box::new(|row| {
                let stage = row.identity.stage.as_deref();
                stage.is_some_and(|stage| stage.starts_with('B') || stage.starts_with("Deploy"))
            }),
        ),
        (
            names("stage", &["hay*", "b?ild", "!*x*"]),
            Box::new(|row| {
                let stage = row.identity.stage.as_deref();
                stage.is_some_and(|stage| {
                    (stage.starts_with("hay") || stage == "build") && !stage.contains('x')
                })
            }),
        ),
        (
            by("stage eq 'querypipeline' or execution eq 'HG7ML7M8z78YcAPEB'"),
            Box::new(|row| {
                row.identity.stage.as_deref() == Some("querypipeline")
                    || row.identity.execution.as_deref() == Some("HG7ML7M8z78YcAPEB")
            }),
        ),
        (
            names("step", &["!*e*"]),
            Box::new(|row| row.identity.step.as_deref().is_none_or(|step| !step.contains('e'))),
        ),
        (
            Filter { levels: Some(Levels::parse("WARN+").unwrap()), ..Filter::default() },
            is(&["WARN", "ERROR", "FATAL"]),
        ),
        (
            Filter { levels: Some(Levels::parse("debug, info").unwrap()), ..Filter::default() },
            is(&["DEBUG", "INFO"]),
        ),
        (
            Filter { since: Some(noon), ..Filter::default() },
            Box::new(move |row| row.timestamp.is_some_and(|time| time >= noon)),
        ),
        (
            Filter { until: Some(noon), ..Filter::default() },
            Box::new(move |row| row.timestamp.is_some_and(|time| time < noon)),
        ),
        (by("level ge 'WARN'"), is(&["WARN", "ERROR", "FATAL"])),
        (
            by("parse_error ne null or pos gt 10 and not contains(message, 'e')"),
            Box::new(|row| {
                let has_e = row.message.as_deref().map(|message| message.contains('e'));
                row.error.is_some() || row.pos.is_some_and(|pos| pos > 10) && has_e == Some(false)
            }),
        ),
        (
            by("startswith(tolower(step), 's') and line le 20"),
            Box::new(|row| {
                let step = row.identity.step.as_deref();
                step.is_some_and(|step| step.to_lowercase().starts_with('s')) && row.line <= 20
            }),
        ),
        (by("step eq 'none is called so'"), Box::new(|_| false)),
        (
            by("args ne null or extra ne null"),
            Box::new(|row| row.args.is_some() || row.extra.is_some()),
        ),
    ]
}

fn inputs(folder: &Folder) -> Vec<PathBuf> {
    let entries = nasty::bundle();
    // A file of every format.
    let mixed = mixed::files_of_known_levels(3, 12_000);
    let mut zip = Vec::new();
    let recipe = Recipe {
        seed: 11,
        oddities: 0.2,
        bytes: 150 << 10,
        entries: 20,
        layout: Layout::Standard,
        ..Recipe::default()
    };
    recipe.write_zip(&mut zip).unwrap();
    let tree = folder.tree("made", &[]);
    recipe.write_tree(&tree).unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/deploy.zip");
    vec![
        folder.zip("nasty.zip", &entries),
        folder.tree("nasty", &entries),
        folder.file("made.zip", &zip),
        tree,
        fixture,
        folder.zip("mixed.zip", &mixed),
        folder.tree("mixed", &mixed),
    ]
}

/// Whether a row says its message. What other records say is not in their rows: `records` has tests
/// of those.
fn says_message(row: &Row) -> bool {
    let has_args = row.args.as_ref().is_some_and(|args| !args.is_empty());
    let is_record = row.error.is_none() && (row.extra.is_some() || has_args);
    let is_blank = |message: &String| message.trim_ascii().is_empty();
    row.message.as_ref().is_some_and(|message| !(is_record && is_blank(message)))
}

fn with_message(mut rows: Vec<Row>) -> Vec<Row> {
    rows.retain(says_message);
    rows
}

#[test]
fn patterns_and_their_options() {
    let folder = Folder::new();
    let mut hits = 0;
    for input in inputs(&folder) {
        let rows = oracle::rows_of_formats(&input, 64 << 20);
        for pattern in PATTERNS {
            for options in options() {
                // The oracle's way is too slow over long messages.
                let is_long = |row: &&Row| row.message.as_ref().is_some_and(|m| m.len() > 2_000);
                // So is it where $ is: it cuts texts short.
                if options.word_regexp && pattern.ends_with('$') {
                    continue;
                }
                if options.word_regexp && rows.iter().any(|row| is_long(&row)) {
                    continue;
                }
                let matcher = Matcher::new(&[pattern.to_owned()], options).unwrap();
                let selection =
                    Selection { matcher: Some(Arc::new(matcher)), ..Default::default() };
                let is_hit = |row: &&Row| {
                    let says = |text: &str| says_message(row) && matches(pattern, options, text);
                    row.message.as_deref().is_some_and(says)
                };
                let expected: Vec<&Row> = rows.iter().filter(is_hit).collect();
                let found = with_message(selected(&input, selection, 1 + hits % 4));
                let same = found.iter().eq(expected.iter().copied());
                assert!(
                    same,
                    "{pattern:?} {options:?} {input:?}: {} rows, {} expected",
                    found.len(),
                    expected.len()
                );
                hits += expected.len();
            }
        }
    }
    assert!(hits > 10_000, "{hits}");
}

#[test]
fn filters_alone_and_with_patterns() {
    let folder = Folder::new();
    for input in inputs(&folder) {
        let rows = oracle::rows_of_formats(&input, 64 << 20);
        let mut seen = Vec::new();
        for (number, (filter, passes)) in filters().into_iter().enumerate() {
            for pattern in [None, Some("e"), Some("er"), Some("[0-9]")] {
                let matcher = pattern.map(|pattern| {
                    let patterns = [pattern.to_owned()];
                    Arc::new(Matcher::new(&patterns, PatternOptions::default()).unwrap())
                });
                let is_hit = |row: &&Row| {
                    let text = row.message.as_deref();
                    passes(row)
                        && pattern.is_none_or(|pattern| {
                            let says = |text| matches(pattern, Default::default(), text);
                            says_message(row) && text.is_some_and(says)
                        })
                };
                let expected: Vec<&Row> = rows.iter().filter(is_hit).collect();
                let selection = Selection { filter: filter.clone(), matcher, searched: vec![] };
                let mut found = selected(&input, selection, 1 + number % 3);
                if pattern.is_some() {
                    found = with_message(found);
                }
                let same = found.iter().eq(expected.iter().copied());
                assert!(
                    same,
                    "{filter:?} {pattern:?} {input:?}: {} rows, {} expected",
                    found.len(),
                    expected.len()
                );
                seen.push(expected.len());
            }
        }
        assert!(seen.iter().any(|&count| count > 0) && seen.contains(&0), "{input:?} {seen:?}");
    }
}

#[test]
fn other_fields() {
    let schema = ripsaw::table::lines_schema();
    let folder = Folder::new();
    type Text = fn(&Row) -> Option<&str>;
    let texts: [(&str, Text); 4] = [
        ("step", |row| row.identity.step.as_deref()),
        ("level_text", |row| row.level_text.as_deref()),
        ("extra", |row| row.extra.as_deref()),
        ("message", |row| row.message.as_deref()),
    ];
    for input in inputs(&folder) {
        let rows = oracle::rows_of_formats(&input, 64 << 20);
        for (first, second) in [(0, 1), (2, 2), (3, 2)] {
            for (pattern, invert_match) in [("in", false), ("[A-Z]", false), ("e", true)] {
                let options = PatternOptions { invert_match, ..Default::default() };
                let matcher = Some(Arc::new(Matcher::new(&[pattern.into()], options).unwrap()));
                let columns = [texts[first], texts[second]];
                let searched = columns.map(|(name, _)| schema.index_of(name).unwrap()).to_vec();
                let is_hit = |row: &&Row| {
                    let mut texts = columns.iter().filter_map(|(_, text)| text(row)).peekable();
                    let usual = PatternOptions::default();
                    match invert_match {
                        true => {
                            texts.peek().is_some()
                                && !texts.any(|text| matches(pattern, usual, text))
                        }
                        false => texts.any(|text| matches(pattern, usual, text)),
                    }
                };
                let expected: Vec<&Row> = rows.iter().filter(is_hit).collect();
                let selection = Selection { matcher, searched, ..Default::default() };
                let found = selected(&input, selection, 2);
                assert!(found.iter().eq(expected), "{pattern} {invert_match} {input:?}");
            }
        }
    }
}

#[test]
fn every_format_holds_what_is_selected() {
    let folder = Folder::new();
    for input in inputs(&folder) {
        let rows = oracle::rows_of_formats(&input, 64 << 20);
        for format in FORMATS {
            for (number, (filter, passes)) in filters().into_iter().enumerate() {
                let expected = rows.iter().filter(|row| passes(row)).cloned().collect();
                let selection = Selection { filter, ..Default::default() };
                let found = selected_as(format, &input, selection, 1 + number % 4);
                assert_rows(&found, expected, format);
            }
        }
    }
}
