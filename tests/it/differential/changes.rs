//! Damage to lines: bytes, tokens and whole pieces exchanged.

use super::lines::{Lines, NUMBERS, VALUES};

/// Bytes that mean something in JSON, in text, or to a vector comparison.
const BYTES: &[u8] =
    b"\"\"\"\\\\\\{}[]:,,\r\t \x00\x01\x07\x08\x0b\x1b\x1f\x20\x21\x22\x7f\x80\xbf\xc0\
                       \xc3\xe2\xed\xf0\xf4\xf5\xff0019-+.eEntfu/abdDZT\xa2\xdc\xfe";

/// Runs of bytes that are no text, or no string.
pub(super) const RUNS: &[&[u8]] = &[
    b"\xff",
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\x80",
    b"\xc3",
    b"\xe6\xbc",
    b"\xf0\x9f\x98",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"\\",
    b"\\\\",
    b"\\\"",
    b"\\u",
    b"\\u00",
    b"\\ud800",
    b"\\udc00",
    b"\\uD800",
    b"\\uDFFF",
    b"\\uDBFF\\uDBFF",
    b"\\ud83d\\ude00",
    b"\\ud83d\\u0041",
    b"\\x",
    b"\\N",
    b"\\u00g0",
    b"\\u+123",
    b"\\U0041",
    b"\\'",
    b"\\\x00",
    b"\\u\xc3\xa9",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\x1b[0m",
    b"\t",
    b"\r",
    b"\r\r",
    b"\x7f",
    b"\"",
    b"\",\"",
    b"\":\"",
    b"null",
    b"}",
    b"},{",
    b"}}",
    b"\"out\":\"",
    b",\"pos\":1",
    b"\"level\":\"",
    b"\\n\",\"time\":\"",
    b"//",
    b"/**/",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
];

/// One to three changes.
pub(super) fn changed(line: String, other: &str, lines: &mut Lines) -> Vec<u8> {
    let mut line = line.into_bytes();
    let changes = [1, 1, 1, 1, 2, 3][lines.random.usize(..6)];
    for _ in 0..changes {
        if line.is_empty() {
            break;
        }
        match lines.random.u32(..16) {
            0..10 => change_bytes(&mut line, lines),
            10 => splice(&mut line, other.as_bytes(), lines),
            11..14 => change_tokens(&mut line, lines),
            _ => change_value(&mut line, lines),
        }
    }
    // A newline would make it two lines.
    line.retain(|&byte| byte != b'\n');
    line
}

fn change_bytes(line: &mut Vec<u8>, lines: &mut Lines) {
    let random = &mut lines.random;
    let at = random.usize(..line.len());
    let end = at + random.usize(..=(line.len() - at).min(8));
    let byte = BYTES[random.usize(..BYTES.len())];
    match random.u32(..10) {
        0 => line[at] ^= 1 << random.u32(..8),
        1 => line[at] = random.u8(..),
        2 => line[at] = byte,
        3 => line.insert(at, byte),
        4 => drop(line.remove(at)),
        5 => line.extend_from_within(at..end),
        6 => drop(line.drain(at..end)),
        7 => {
            let run = line[at..end].to_vec();
            line.splice(at..at, run);
        }
        8 => line.truncate(at),
        _ => {
            let run = RUNS[random.usize(..RUNS.len())];
            line.splice(at..at, run.iter().copied());
        }
    }
}

/// The head of one line and the tail of another.
fn splice(line: &mut Vec<u8>, other: &[u8], lines: &mut Lines) {
    let (head, tail) = (lines.random.usize(..line.len()), lines.random.usize(..=other.len()));
    line.truncate(head);
    line.extend_from_slice(&other[tail..]);
}

/// Where tokens stand: strings with their quotes, punctuation, and what is between.
fn tokens(line: &[u8]) -> Vec<std::ops::Range<usize>> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < line.len() {
        let length = match line[at] {
            b'"' => {
                let mut end = at + 1;
                while end < line.len() && line[end] != b'"' {
                    end += 1 + usize::from(line[end] == b'\\');
                }
                (end + 1).min(line.len()) - at
            }
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => line[at..].iter().position(|b| b"{}[],:\"".contains(b)).unwrap_or(line.len() - at),
        };
        tokens.push(at..at + length.max(1));
        at += length.max(1);
    }
    tokens
}

fn change_tokens(line: &mut Vec<u8>, lines: &mut Lines) {
    let all = tokens(line);
    let mut two = [(); 2].map(|()| lines.random.usize(..all.len()));
    two.sort_unstable();
    let [a, b] = two.map(|index| all[index].clone());
    let (first, second) = (line[a.clone()].to_vec(), line[b.clone()].to_vec());
    match lines.random.u32(..4) {
        0 if a != b => {
            line.splice(b, first);
            line.splice(a, second);
        }
        1 => drop(line.drain(a)),
        2 => drop(line.splice(b.end..b.end, first)),
        _ => drop(line.splice(a, second)),
    }
}

/// Another value in the place of one.
fn change_value(line: &mut Vec<u8>, lines: &mut Lines) {
    let all = tokens(line);
    let token = all[lines.random.usize(..all.len())].clone();
    let of = if lines.one_in(3) { VALUES } else { NUMBERS };
    let value = lines.pick(of);
    line.splice(token, value.bytes());
}
