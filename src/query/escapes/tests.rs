use super::*;

type Found = Option<usize>;

/// All that is asked about.
fn all(find: impl Fn(usize) -> Found) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = find(from) {
        found.push(at);
        from = at + 1;
    }
    found
}

/// The same escapes by a plain search, whatever the instructions; some literals have characters in common.
#[test]
fn as_by_one_byte_after_the_other() {
    let literals = ["ab".to_owned(), "zb\x7f a".to_owned(), "a long literal".to_owned()];
    let ways: Vec<Escapes> =
        Simd::available().into_iter().map(|simd| Escapes::with(simd, &literals)).collect();
    let pieces: [&[u8]; 16] = [
        b"\\u001b",
        b"\\u001B",
        b"\\u0061",
        b"\\u003c",
        b"\\u000a",
        b"\\u0161",
        b"\\u",
        b"\x1b",
        b"a",
        b"b",
        b"zb",
        b"long",
        b"c",
        b"\xe9",
        b"\x7f",
        b"-- some more text that is plain, and an escape after a word of it is none that is wanted --",
    ];
    let is_part = |text: &[u8], at: usize| {
        let before = at.checked_sub(1).map(|at| &text[at..=at]);
        let two = at.checked_sub(2).map(|start| &text[start..at]);
        let begins = |literal: &String| before == Some(&literal.as_bytes()[..1]);
        let has = |literal: &String| {
            let bytes = literal.as_bytes();
            two.is_some_and(|two| bytes[..bytes.len() - 1].windows(2).any(|own| own == two))
        };
        literals.iter().any(|literal| begins(literal) || has(literal))
    };
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..2_000 {
        let count = random.usize(..60);
        let text: Vec<u8> =
            (0..count).flat_map(|_| pieces[random.usize(..pieces.len())]).copied().collect();
        let is_wanted = |at: usize| {
            if !text[at..].starts_with(br"\u00") {
                return false;
            }
            let digits = text.get(at + 4..at + 6).and_then(|two| std::str::from_utf8(two).ok());
            let code = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let is_own = |code: u8| literals.iter().any(|own| own.as_bytes().contains(&code));
            code.is_some_and(|code| is_own(code) || code == ESC && is_part(&text, at))
        };
        let plainly = all(|from| ways[0].find_plainly::<false>(None, &text, from, is_wanted));
        let is_raw = |at: usize| text[at] == ESC && is_part(&text, at);
        let raw = all(|from| ways[0].find_plainly::<true>(None, &text, from, is_raw));
        for way in &ways {
            let found = all(|from| way.find::<false>(&text, from, is_wanted));
            assert_eq!(found, plainly, "{}", String::from_utf8_lossy(&text));
            let found = all(|from| way.find::<true>(&text, from, is_raw));
            assert_eq!(found, raw, "{}", String::from_utf8_lossy(&text));
        }
    }
}

/// With a literal, escapes and the literal in one pass, in the order of their places.
#[test]
fn a_literal_is_found_along_with_escapes() {
    let mut random = fastrand::Rng::with_seed(6);
    let long = "0123456789".repeat(40);
    let pieces =
        ["needle", "need", "le", "ab", "\\u006e", "\\u003c", "\\", "a", "- plain text -", &long];
    for literal in ["needle", "ab", "a plain text", &long] {
        let ways = Simd::available();
        let ways = ways.into_iter().map(|simd| Escapes::with(simd, &[literal.to_owned()]));
        let ways: Vec<Escapes> = ways.filter(Escapes::has_literal).collect();
        for _ in 0..1_000 {
            let count = random.usize(..40);
            let text: String = (0..count).map(|_| pieces[random.usize(..pieces.len())]).collect();
            let is_wanted = |at: usize| {
                let code = text[at..].strip_prefix(r"\u00").and_then(|rest| rest.get(..2));
                let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                code.is_some_and(|code| literal.as_bytes().contains(&code))
            };
            let is_either = |&at: &usize| text[at..].starts_with(literal) || is_wanted(at);
            let expected: Vec<usize> = (0..text.len()).filter(is_either).collect();
            for way in &ways {
                let found = all(|from| way.find_either(text.as_bytes(), from, is_wanted));
                assert_eq!(found, expected, "{literal} in {text}");
            }
        }
    }
}
