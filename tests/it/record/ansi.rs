//! Control sequences of real logs, cut ones, and made-up ones.

use std::borrow::Cow;

use proptest::prelude::*;
use proptest::sample::select;
use ripsaw::record::ansi::{pieces, strip};
use ripsaw_testkit::ansi::oracle;

#[test]
fn sequences_of_build_logs() {
    let cases = [
        ("\x1b[1;93m\x1b[40mRelease Name: [smoke-test]\x1b[0m", "Release Name: [smoke-test]"),
        ("\x1b[1;91m\x1b[40mone\n\x1b[1;91m\x1b[40mtwo\x1b[0m", "one\ntwo"),
        ("\x1b[1;33msome log output\x1b[0m\n", "some log output\n"),
        ("\x1b[32m+ mvn clean install\x1b[0m", "+ mvn clean install"),
        ("10%\r\x1b[K20%\r\x1b[2Kdone\r\n", "10%\r20%\rdone\r\n"),
        ("\x1b[A\x1b[12;40Hat\x1b[?25l\x1b[?25h\x1b[s\x1b[u", "at"),
        ("\x1b[38;5;196mred\x1b[m \x1b[38:2::255:0:0mred\x1b[0;39m", "red red"),
        ("\x1b[2 q\x1b[!p|", "|"),
        ("\x1b]8;;https://example.com/a?b=c\x1b\\link\x1b]8;;\x1b\\.", "link."),
        ("\x1b]8;id=1;file:///tmp/x\x07link\x1b]8;;\x07.", "link."),
        ("\x1b]0;make: all\x07make", "make"),
        ("\x1b]2;título 日本\x1b\\make", "make"),
        ("\x1bP1$r0m\x1b\\a\x1bXsos\x1b\\b\x1b^pm\x1b\\c\x1b_apc\x1b\\d", "abcd"),
        ("\x1b_bk;t=1773047520123\x07\x1b[90m$\x1b[0m make", "$ make"),
        ("a\x1b_bk;t=1\x07b\x1b_bk;t=2\x1b\\c\x1b]0;t\x07d\x07", "abcd\x07"),
        ("\x1b(B\x1b)0\x1b#8\x1b%Gtext\x1b $(Ax", "textx"),
        ("\x1b7\x1b8\x1b=\x1b>\x1bM\x1bctext", "text"),
    ];
    for (text, expected) in cases {
        assert_eq!(strip(text), expected, "{text:?}");
    }
}

#[test]
fn cut_and_malformed_sequences() {
    let cases = [
        ("text\x1b", "text"),
        ("text\x1b[", "text"),
        ("text\x1b[1;9", "text"),
        ("text\x1b[2 ", "text"),
        ("text\x1b(", "text"),
        ("text\x1b[1;9\nnext", "text\nnext"),
        ("text\x1b[1;9\x7fnext", "text\x7fnext"),
        ("text\x1b[1;é", "texté"),
        ("text\x1b[1\x1b[0mnext", "textnext"),
        ("text\x1b(\nnext", "text\nnext"),
        ("text\x1bé\x1b日", "texté日"),
        ("text\x1b\nnext\x1b\x7f", "text\nnext\x7f"),
        ("text\x1b]0;tit", "text"),
        ("text\x1b]0;tit\nnext", "text\nnext"),
        ("text\x1b]0;tit\r\nnext\x07", "text\r\nnext\x07"),
        ("text\x1b]0;tit\x1b", "text"),
        ("text\x1b]0;tit\x1b[0mnext", "textnext"),
        ("text\x1bP1;2\nnext\x1b\\.", "text\nnext."),
        ("text\x1bP1;2\x07next", "text\x07next"),
        ("text\x1bX1\x07a\x1b^2\x07b", "text\x07a\x07b"),
        ("text\x1b_bk;t=17", "text"),
        ("text\x1b_bk;t=17\r\nnext\x07", "text\r\nnext\x07"),
    ];
    for (text, expected) in cases {
        assert_eq!(strip(text), expected, "{text:?}");
    }
}

#[test]
fn the_mark_of_a_cut_line_stays() {
    let mark = "... (log line truncated)";
    for cut in [
        "",
        "\x1b",
        "\x1b[",
        "\x1b[1;9",
        "\x1b[0m",
        "\x1b(",
        "\x1b]0;ti",
        "\x1bP",
        "\x1b]0;t\u{fffd}",
    ] {
        assert_eq!(strip(&format!("text{cut}{mark}")), format!("text{mark}"), "{cut:?}");
    }
    assert_eq!(strip("... (log line truncated)\x1b[0m"), mark);
}

#[test]
fn what_remains_is_not_read_again() {
    assert_eq!(strip("\x1b\x1b[0m[31m"), "[31m");
    assert_eq!(strip("\x1b[\x1b[0m31m"), "31m");
}

#[test]
fn c1_controls_and_text_that_looks_alike_stay() {
    for text in
        ["\u{9b}31mred\u{9b}0m \u{9d}0;t\u{9c}", "[31mred[0m", "^[[31m", "\\u001b[0m", "\x07\r\t"]
    {
        assert!(matches!(strip(text), Cow::Borrowed(same) if same == text), "{text:?}");
    }
    assert_eq!(strip("\x1b[0m\u{9b}31m"), "\u{9b}31m");
}

#[test]
fn a_hundred_thousand_open_strings() {
    assert_eq!(strip(&"\x1b]".repeat(100_000)), "");
    assert_eq!(strip(&"\x1b[1".repeat(100_000)), "");
}

fn full_of_escapes() -> impl Strategy<Value = String> {
    let parts = vec![
        "\x1b",
        "\x1b",
        "\x1b[",
        "\x1b[0m",
        "\x1b]",
        "\x1b]0;",
        "\x1bP",
        "\x1bX",
        "\x1b^",
        "\x1b_",
        "\x1b\\",
        "\x1b(",
        "\x07",
        "\\",
        "[",
        "]",
        "1;9",
        " ",
        "!",
        "/",
        "0",
        "?",
        "@",
        "m",
        "~",
        "\x7f",
        "\n",
        "\r",
        "\t",
        "\0",
        "\x1a",
        "é",
        "日",
        "\u{9b}",
        "\u{9c}",
        "\u{fffd}",
        "text",
        "... (log line truncated)",
    ];
    prop::collection::vec(select(parts), 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn like_the_oracle(text in full_of_escapes()) {
        let stripped = strip(&text);
        prop_assert_eq!(&stripped, &oracle(&text));
        prop_assert!(!stripped.contains('\x1b'));
        prop_assert_eq!(strip(&stripped), &*stripped);
    }

    #[test]
    fn like_the_oracle_on_any_text(text in "([\x1b]|[\0-\x7f]|.){0,40}") {
        prop_assert_eq!(strip(&text), oracle(&text));
    }

    #[test]
    fn text_without_escape_is_borrowed(text in full_of_escapes()) {
        let text = text.replace('\x1b', "");
        prop_assert!(matches!(strip(&text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn pieces_make_up_the_stripped_text(text in full_of_escapes()) {
        let mut kept = Vec::new();
        pieces(&text, |piece| kept.push(piece.to_owned()));
        prop_assert!(kept.iter().all(|piece| !piece.is_empty()));
        prop_assert_eq!(kept.concat(), strip(&text));
    }
}
