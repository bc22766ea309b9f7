//! The words of every writer.

use proptest::prelude::*;
use proptest::sample::select;
use ripsaw::record::level::Level;

const WORDS: [(&str, Level); 21] = [
    ("trace", Level::Trace),
    ("debug", Level::Debug),
    ("perf", Level::Debug),
    ("info", Level::Info),
    ("notice", Level::Info),
    ("information", Level::Info),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
    ("error", Level::Error),
    ("err", Level::Error),
    ("sfail", Level::Error),
    ("fatal", Level::Fatal),
    ("critical", Level::Fatal),
    ("panic", Level::Fatal),
    ("emerg", Level::Fatal),
    ("10", Level::Trace),
    ("20", Level::Debug),
    ("30", Level::Info),
    ("40", Level::Warn),
    ("50", Level::Error),
    ("60", Level::Fatal),
];

fn oracle(text: &str) -> Option<Level> {
    let lower = text.to_ascii_lowercase();
    WORDS.iter().find(|(word, _)| *word == lower).map(|&(_, level)| level)
}

#[test]
fn names_and_order() {
    assert!(Level::ALL.is_sorted_by(|a, b| a < b));
    for (index, level) in Level::ALL.into_iter().enumerate() {
        assert_eq!(level as usize, index);
        assert_eq!(level.name(), Level::NAMES[index]);
        assert_eq!(level.name(), format!("{level:?}").to_uppercase());
        assert_eq!(Level::parse(level.name()), Some(level));
    }
}

#[test]
fn everything_else_is_none() {
    let others = [
        "",
        "I",
        "inf",
        "infos",
        " INFO",
        "INFO ",
        "INFO\n",
        "0",
        "00",
        "70",
        "010",
        "30.0",
        "informational",
        "SUCCESS",
        "FAIL",
        "ınfo",
        "ſfail",
        "INFO\0",
        "30\0",
    ];
    for text in others {
        assert_eq!(Level::parse(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn words_in_any_case(word in select(WORDS.to_vec()), upper in any::<u16>()) {
        let (word, level) = word;
        let mixed: String = word
            .char_indices()
            .map(|(at, c)| if upper >> at & 1 == 1 { c.to_ascii_uppercase() } else { c })
            .collect();
        prop_assert_eq!(Level::parse(&mixed), Some(level));
    }

    #[test]
    fn like_the_oracle_when_changed(
        word in select(WORDS.to_vec()),
        at in any::<prop::sample::Index>(),
        new in prop_oneof!["", "[a-zA-Z0-9 ]{1,2}", any::<char>().prop_map(String::from)],
    ) {
        let mut text = word.0.to_owned();
        let at = at.index(text.len());
        text.replace_range(at..=at, &new);
        prop_assert_eq!(Level::parse(&text), oracle(&text));
    }

    #[test]
    fn like_the_oracle_on_any_text(text in any::<String>()) {
        prop_assert_eq!(Level::parse(&text), oracle(&text));
    }
}
