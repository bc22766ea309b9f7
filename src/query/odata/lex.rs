//! Text → tokens. Keywords are words like names; only the parser tells them apart.

use std::ops::Range;

use super::foreign;
use crate::query::time::instant;
use crate::record::zone::Zone;

/// A token; literals are values already.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Word(String),
    /// In single quotes, which are not part of it.
    Text(String),
    Int(i64),
    /// A number with a point or an exponent, or beyond 64 bits.
    Decimal(f64),
    /// A date, or a date and time, without quotes. Nanoseconds since 1970.
    Time(i64),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`, between the values of a list or the arguments of a call.
    Comma,
    /// `/`, before a key of `args` or `extra`.
    Slash,
    /// After the last token, so that there always is a next one.
    End,
}

/// The bytes of the text that are wrong, and why.
pub(super) type Fault = (Range<usize>, String);

/// The tokens with their places; the last is [`Token::End`].
pub(super) fn tokens(text: &str, zone: &Zone) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let start = at;
        let token = match first {
            ' ' | '\t' | '\r' | '\n' => {
                at += 1;
                continue;
            }
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '/' => Token::Slash,
            '\'' => {
                let (value, length) = quoted(&text[at..])
                    .ok_or_else(|| (at..text.len(), "missing closing quote".to_owned()))?;
                // The last byte is passed below, like that of tokens of one byte.
                at += length - 1;
                Token::Text(value)
            }
            // A date or a time begins like a number and continues with `-`, `T`, `:`, `Z`: taken whole,
            // then classified.
            '0'..='9' | '-' | '+' | '.' => {
                let length = text[at + 1..].find(|c: char| !is_in_number(c));
                let length = length.map_or(text.len() - at, |length| length + 1);
                at += length - 1;
                number(&text[start..start + length], zone)
                    .map_err(|why| (start..start + length, why))?
            }
            _ if is_in_name(first) => {
                let length = text[at..].find(|c: char| !is_in_name(c)).unwrap_or(text.len() - at);
                at += length - 1;
                Token::Word(text[start..start + length].to_owned())
            }
            '"' => {
                let reason = "put text in single quotes: 'like this'";
                return Err((at..at + 1, reason.to_owned()));
            }
            _ => {
                let end = at + first.len_utf8();
                return Err(match foreign::operator(&text[at..]) {
                    Some((operator, meant)) => {
                        let reason = format!("unexpected {operator:?}; use {meant}");
                        (at..at + operator.len(), reason)
                    }
                    None => (at..end, format!("unexpected {first:?}")),
                });
            }
        };
        at += 1;
        tokens.push((token, start..at));
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

/// Also letters outside ASCII, for a message that names the whole word; no column has any.
fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Also all that a time may have, and letters of a wrong number such as `10ms`.
fn is_in_number(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '+')
}

/// The text between the quotes, doubled ones as one (`'it''s'`), and the length with the quotes in
/// bytes. `None` without a closing quote.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, text.len() - after.len())),
        }
    }
}

/// An integer, a decimal number, or a date with or without a time.
fn number(text: &str, zone: &Zone) -> Result<Token, String> {
    if let Ok(value) = text.parse() {
        return Ok(Token::Int(value));
    }
    // `2024-` begins a date; `1.0e-5` is a number.
    let year = text.split_once('-').map(|(year, _)| year);
    if year.is_some_and(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())) {
        let time = instant(text, zone).ok_or_else(|| format!("invalid date or time {text}"))?;
        return Ok(Token::Time(time));
    }
    // Rust takes more than OData does: "inf", a point at the end.
    let begins = text.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit());
    match text.parse::<f64>() {
        Ok(value) if begins && value.is_finite() => Ok(Token::Decimal(value)),
        _ => Err(format!("invalid number {text}")),
    }
}
