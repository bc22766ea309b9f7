//! The words of every writer.

use proptest::prelude::*;
use proptest::sample::select;
use ripsaw::record::level::Level;

const WORDS: [(Level, &str); 6] = [
    (Level::Trace, "trace trc finest 10"),
    (Level::Debug, "debug dbug dbg d perf verbose fine finer 20 100"),
    (Level::Info, "info inf i notice information informational 30 200 250"),
    (Level::Warn, "warn wrn w warning 40 300"),
    (Level::Error, "error eror err e severe sfail 50 400"),
    (Level::Fatal, "fatal ftl f critical crit alert emergency emerg panic dpanic 60 500 550 600"),
];

fn oracle(text: &str) -> Option<Level> {
    let lower = text.to_ascii_lowercase();
    words().into_iter().find(|(word, _)| *word == lower).map(|(_, level)| level)
}

fn words() -> Vec<(&'static str, Level)> {
    WORDS.iter().flat_map(|(level, words)| words.split(' ').map(|word| (word, *level))).collect()
}

#[test]
fn slog_counts_from_its_words() {
    let texts = [
        ("INFO+2", Some(Level::Info)),
        ("error+4", Some(Level::Error)),
        ("DEBUG-4", Some(Level::Debug)),
        ("WARN+10", Some(Level::Warn)),
        ("INFO+", None),
        ("INFO+x", None),
        ("FATAL+1", None),
        ("+2", None),
    ];
    for (text, level) in texts {
        assert_eq!(Level::parse(text), level, "{text}");
    }
}

#[test]
fn words_may_be_in_colours() {
    assert_eq!(Level::parse("\x1b[31merror\x1b[39m"), Some(Level::Error));
    assert_eq!(Level::parse("\x1b[1m\x1b[32mInfo\x1b[39m\x1b[22m"), Some(Level::Info));
    assert_eq!(Level::parse("\x1b[31merrors\x1b[39m"), None);
    assert_eq!(Level::parse("\x1b[31m\x1b[39m"), None);
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
        "II",
        "in",
        "infos",
        " INFO",
        "INFO ",
        "INFO\n",
        "0",
        "00",
        "70",
        "010",
        "30.0",
        "informationals",
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
    fn words_in_any_case(word in select(words()), upper in any::<u16>()) {
        let (word, level) = word;
        let mixed: String = word
            .char_indices()
            .map(|(at, c)| if upper >> at & 1 == 1 { c.to_ascii_uppercase() } else { c })
            .collect();
        prop_assert_eq!(Level::parse(&mixed), Some(level));
    }

    #[test]
    fn like_the_oracle_when_changed(
        word in select(words()),
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
