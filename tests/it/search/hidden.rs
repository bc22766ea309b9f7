//! Text that its line does not have as it is: escapes, and colours within words.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use ripsaw::query::{Matcher, PatternOptions, Selection};

use super::selected;
use crate::convert::Folder;
use crate::oracle;

/// How a character of a message may be written.
fn spelled(c: char, way: u8) -> String {
    match (way, c) {
        (0, _) if c.is_ascii() => format!("\\u{:04x}", c as u32),
        (1, _) if c.is_ascii() => format!("\\u{:04X}", c as u32),
        (2, '/') => r"\/".into(),
        (_, '"') => r#"\""#.into(),
        (_, '\\') => r"\\".into(),
        (_, '\n') => r"\n".into(),
        _ => c.to_string(),
    }
}

/// What is removed from a message, and what is not.
const BETWEEN: [&str; 12] = [
    "",
    "",
    "",
    "",
    r"\u001b[31m",
    r"\u001B[0;1m",
    r"\u001b[0m\u001b[1m",
    r"\u001b]0;title\u0007",
    r"\u001b(B",
    r"\u001b[3\u0031m",
    r"\u001b",
    r"\u009b",
];

fn line() -> impl Strategy<Value = (String, String)> {
    let alphabet = "abAB /\"\\<e\nésKſ\u{212a}";
    let c = select(alphabet.chars().collect::<Vec<_>>());
    vec((c, 0..24_u8, select(&BETWEEN[..])), 1..14).prop_map(|parts| {
        let raw = parts.iter().map(|(c, way, between)| format!("{}{between}", spelled(*c, *way)));
        let plain = parts.iter().map(|(c, ..)| *c).collect();
        (raw.collect(), plain)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn is_found(
        lines in vec(line(), 1..12),
        of in any::<Index>(),
        ends in any::<[Index; 2]>(),
        ignore_case in any::<bool>(),
    ) {
        let text: String = lines
            .iter()
            .map(|(raw, _)| {
                format!("{{\"level\":\"info\",\"pos\":1,\"out\":\"{raw}\\n\",\"time\":\"2024-05-01T10:00:00Z\",\"args\":null}}\n")
            })
            .collect();
        // A part of what one of the lines says.
        let letters: Vec<char> = lines[of.index(lines.len())].1.chars().collect();
        let mut ends = ends.map(|end| end.index(letters.len() + 1));
        ends.sort_unstable();
        let pattern: String = letters[ends[0]..ends[1]].iter().collect();
        let folder = Folder::new();
        let input = folder.file("step.log", text.as_bytes());
        let options = PatternOptions { fixed_strings: true, ignore_case, ..Default::default() };
        let matcher = Some(Arc::new(Matcher::new(std::slice::from_ref(&pattern), options).unwrap()));
        let found = selected(&input, Selection { matcher, ..Default::default() }, 1);
        let mut expected = oracle::rows(&input, 64 << 20);
        let case = |text: &str| match ignore_case {
            true => text.to_lowercase().replace('\u{17f}', "s"),
            false => text.to_owned(),
        };
        let pattern = case(&pattern);
        expected.retain(|row| row.message.as_deref().is_some_and(|m| case(m).contains(&pattern)));
        prop_assert_eq!(found, expected, "{:?}", pattern);
    }
}
