//! Which encoding a text is in: UTF-16 and UTF-32 by their marks or, without one, by their text; and UTF-8
//! whose lines end with carriage returns.
//!
//! Windows tools write UTF-16, often without a mark. Read as UTF-8, such a log has a NUL byte beside
//! each letter, and no search finds anything in it. On the other hand UTF-8 with NUL bytes in it and
//! binary data must stay what they are: without a mark, a text must look like one in every unit. `wide`
//! decodes what is found here.

use memchr::{memchr, memchr2};

use super::framing::BYTE_ORDER_MARK;

/// How a text is written that is not lines of UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Wide(Wide),
    /// UTF-8 whose lines end with a carriage return alone, as old Macs wrote them.
    CarriageReturns,
}

impl Encoding {
    /// The name of the encoding, as listings show it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wide(wide) => wide.name(),
            Self::CarriageReturns => "UTF-8, CR",
        }
    }

    /// The encoding of a text that begins so, and the length of its mark; `None` for lines of UTF-8.
    pub(super) fn of(head: &[u8]) -> Option<(Self, usize)> {
        if may_be_wide(head) {
            return Wide::of(head).map(|(wide, mark)| (Self::Wide(wide), mark));
        }
        has_carriage_returns(head).then_some((Self::CarriageReturns, 0))
    }
}

/// Whether the lines of a text that begins so end with carriage returns alone. Programs redraw a line with
/// them, too, so the text must have no newline, and each part must be an object or begin with a date.
fn has_carriage_returns(head: &[u8]) -> bool {
    if memchr2(b'\n', b'\r', head).is_none_or(|first| head[first] == b'\n') {
        return false;
    }
    let head = &head[..head.len().min(SAMPLE)];
    if memchr(b'\n', head).is_some() {
        return false;
    }
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let mut parts: Vec<&[u8]> = text.split(|&byte| byte == b'\r').map(<[u8]>::trim_ascii).collect();
    let last = parts.pop().unwrap_or_default();
    parts.retain(|part| !part.is_empty());
    let is_object = |part: &[u8]| part.starts_with(b"{") && part.ends_with(b"}");
    // As much of `2026-03-09T` as is there.
    let is_dated = |part: &[u8]| {
        part.iter().zip(b"dddd-dd-ddT").all(|(byte, kind)| match kind {
            b'd' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            _ => byte == kind,
        })
    };
    // One line ends, another begins.
    let has_two = parts.len() > 1 || parts.len() == 1 && !last.is_empty();
    let begins = |kind: &dyn Fn(&[u8]) -> bool| parts.iter().all(|part| kind(part));
    has_two
        && (begins(&is_object) && (last.is_empty() || last.starts_with(b"{"))
            || begins(&is_dated) && is_dated(last))
}

/// An encoding of two or four bytes a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide {
    /// Bytes of a unit: 2 or 4.
    pub(super) unit: usize,
    pub(super) big_endian: bool,
}

/// Bytes of a text that are looked at; a multiple of both unit sizes.
pub(super) const SAMPLE: usize = 4096;

const UTF_16: [Wide; 2] = [Wide { unit: 2, big_endian: false }, Wide { unit: 2, big_endian: true }];

const UTF_32: [Wide; 2] = [Wide { unit: 4, big_endian: false }, Wide { unit: 4, big_endian: true }];

impl Wide {
    /// The name of the encoding, as listings show it.
    pub(super) fn name(self) -> &'static str {
        match (self.unit, self.big_endian) {
            (2, false) => "UTF-16LE",
            (2, true) => "UTF-16BE",
            (_, false) => "UTF-32LE",
            (_, true) => "UTF-32BE",
        }
    }

    /// The encoding of a text that begins so, and the length of its mark; `None` for UTF-8.
    fn of(head: &[u8]) -> Option<(Self, usize)> {
        match head {
            // Before UTF-16: the mark of UTF-32LE begins with that of UTF-16LE.
            [0xff, 0xfe, 0, 0, ..] => Some((UTF_32[0], 4)),
            [0, 0, 0xfe, 0xff, ..] => Some((UTF_32[1], 4)),
            [0xff, 0xfe, ..] => Some((UTF_16[0], 2)),
            [0xfe, 0xff, ..] => Some((UTF_16[1], 2)),
            _ => Self::without_mark(head).map(|wide| (wide, 0)),
        }
    }

    /// The encoding of a text without a mark; `None` if it is UTF-8 or nothing known.
    fn without_mark(head: &[u8]) -> Option<Self> {
        // Newlines, blanks and digits have a byte that is 0 in all of these encodings: no NUL byte, no
        // look.
        if memchr(0, head).is_none() || has_letters_of_utf8(head) {
            return None;
        }
        let is_wide = |wide: &&Self| Units::of(head, **wide).is_some_and(|units| units.are_text());
        UTF_32
            .iter()
            .find(is_wide)
            .or_else(|| {
                let [little, big] = UTF_16.map(|wide| Units::of(head, wide));
                let plain = |units: &Option<Units>| units.as_ref().is_some_and(Units::are_text);
                // Swapped bytes of a text often are a text, too, in other scripts. If both orders will
                // do, or neither, decide by ASCII, if there is enough.
                match (plain(&little), plain(&big)) {
                    (true, false) => Some(&UTF_16[0]),
                    (false, true) => Some(&UTF_16[1]),
                    _ => UTF_16.iter().find(|wide| is_nearly_ascii(head, **wide)),
                }
            })
            .copied()
    }

    /// The number that the bytes of a unit are, in the byte order of the encoding.
    fn number(self, unit: &[u8]) -> u32 {
        let append = |number, &byte: &u8| number << 8 | u32::from(byte);
        match self.big_endian {
            true => unit.iter().fold(0, append),
            false => unit.iter().rev().fold(0, append),
        }
    }
}

/// Whether there are letters of more than a byte in UTF-8, and nothing that is not UTF-8: then the NUL
/// bytes are just NUL bytes.
fn has_letters_of_utf8(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(text) => !text.is_ascii(),
        // The last letter may be cut.
        Err(error) => error.error_len().is_none() && !head[..error.valid_up_to()].is_ascii(),
    }
}

/// Whether at least 9 of 10 pairs are ASCII text: one byte is 0, always the same one. The rest may be
/// anything, even damage.
fn is_nearly_ascii(head: &[u8], wide: Wide) -> bool {
    const FEWEST: usize = 8;
    let (pairs, _) = head.as_chunks::<2>();
    let plain = pairs.iter().filter(|pair| is_ascii_text(wide.number(&pair[..]))).count();
    pairs.len() >= FEWEST && plain >= pairs.len() - pairs.len() / 10
}

/// Whether a number is a printable letter of ASCII, or one of the control characters that logs have:
/// bell to newline, form feed, carriage return, escape.
fn is_ascii_text(letter: u32) -> bool {
    matches!(letter, 0x07..=0x0a | 0x0c | 0x0d | 0x1b | 0x20..=0x7e)
}

/// What a text consists of if it is in an encoding: counts of units.
#[derive(Debug)]
struct Units {
    wide: Wide,
    all: usize,
    ascii: usize,
    /// Newlines among the ASCII units.
    newlines: usize,
    /// Of the units that are not ASCII, those whose bytes are all ASCII or NUL: UTF-8 in disguise.
    like_bytes: usize,
    /// Letters of scripts that are in this disguise by nature, such as Hiragana.
    in_scripts: usize,
    /// The text is nothing but whole units.
    is_even: bool,
}

impl Units {
    /// Counts the units of a text. `None`: some unit is not a letter of any text, so the text is not in
    /// this encoding.
    fn of(head: &[u8], wide: Wide) -> Option<Self> {
        let units = head.chunks_exact(wide.unit);
        let is_even = units.remainder().is_empty();
        let mut found =
            Self { wide, all: 0, ascii: 0, newlines: 0, like_bytes: 0, in_scripts: 0, is_even };
        let mut is_half = false;
        for unit in units {
            let number = wide.number(unit);
            // Surrogates come in pairs, the high half first: a half alone means another encoding.
            let is_low = wide.unit == 2 && matches!(number, 0xdc00..=0xdfff);
            if is_low != is_half || !is_low && !may_be_of_text(number, wide.unit) {
                return None;
            }
            is_half = wide.unit == 2 && matches!(number, 0xd800..=0xdbff);
            found.all += 1;
            if is_ascii_text(number) {
                found.ascii += 1;
                found.newlines += usize::from(number == 0x0a);
            } else {
                let is_like = |byte: &u8| *byte == 0 || is_ascii_text(u32::from(*byte));
                found.like_bytes += usize::from(unit.iter().all(is_like));
                found.in_scripts += usize::from(is_of_script_like_bytes(number));
            }
        }
        // The other half may come after the sample.
        (!is_half || head.len() >= SAMPLE - wide.unit).then_some(found)
    }

    /// Whether there is enough to say that it is text in this encoding: ends of lines, or as many
    /// letters of ASCII as blanks and digits are.
    fn are_text(&self) -> bool {
        const FEWEST: usize = 8;
        let others = self.all - self.ascii;
        if self.all < 2 || (self.all < FEWEST && (self.newlines == 0 || !self.is_even)) {
            return false;
        }
        let has_blanks = 24 * self.ascii >= self.all;
        if self.wide.unit == 4 {
            // Numbers below 0x110000, of which binary files have arrays, are letters as well: ask for
            // newlines and blanks, or for mostly ASCII.
            return self.newlines > 0 && has_blanks
                || self.all >= 4 * FEWEST && 4 * self.ascii >= 3 * self.all;
        }
        // UTF-8 with NUL bytes in it, read as UTF-16, has units of two ASCII bytes, which look like
        // rare letters: 3 of 4 are too many.
        let is_like_bytes = 4 * self.like_bytes > 3 * others;
        // Without a newline, blanks are asked for as well. With one, letters that look like bytes may
        // be those of such a script.
        match self.newlines {
            0 => !is_like_bytes && has_blanks && self.ascii > 2,
            _ => !is_like_bytes || 2 * self.in_scripts >= others,
        }
    }
}

/// Whether it is a letter of Japanese, whose upper byte 0x30 is the digit `0`, or of an Indian script
/// whose upper byte is a tab or line end (0x09 Devanagari, 0x0a Gurmukhi, 0x0d Malayalam).
fn is_of_script_like_bytes(number: u32) -> bool {
    let is_blank = |byte: u32| matches!(byte, 0x09 | 0x0a | 0x0d);
    (0x3041..=0x30ff).contains(&number) || is_blank(number >> 8) && !is_blank(number & 0xff)
}

/// Whether a unit may be a letter of a text: not a control character, nor for private use, nor a
/// non-character, nor a blank or line end in the other byte order.
fn may_be_of_text(number: u32, unit: usize) -> bool {
    match number {
        0..0x20 | 0x7f => is_ascii_text(number),
        // Tab, newline, carriage return and space with their bytes swapped.
        0x0900 | 0x0a00 | 0x0d00 | 0x2000 if unit == 2 => false,
        0xd800..=0xdfff => unit == 2,
        0x80..=0x9f | 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfff0..=0xfffb | 0xfffe | 0xffff => {
            false
        }
        _ => char::from_u32(number).is_some(),
    }
}

/// Whether a text that begins so may be in such an encoding. Only a few bytes are looked at, as this
/// runs for each entry: blanks, digits and newlines have NUL bytes.
fn may_be_wide(head: &[u8]) -> bool {
    head.starts_with(&[0xff, 0xfe])
        || head.starts_with(&[0xfe, 0xff])
        || memchr(0, &head[..head.len().min(SAMPLE)]).is_some()
}

/// How much of the beginning of a text that comes bit by bit says which encoding it is in; `None`: more is
/// needed. That depends on the text alone, not on how much of it has come.
pub(super) fn telling(head: &[u8]) -> Option<usize> {
    /// Bytes of text in no known encoding, without and with NUL bytes.
    const FEW: usize = 64;
    const MANY: usize = 512;
    if matches!(head.first(), Some(0 | 0xfe | 0xff)) {
        let has_mark = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let enough = if has_mark { 4 } else { MANY };
        return (head.len() >= enough).then_some(enough);
    }
    let newline = memchr(b'\n', head)?;
    let line = &head[..=newline];
    if memchr(0, line).is_none() && std::str::from_utf8(line).is_ok() {
        return Some(line.len());
    }
    let few = head.get(..FEW.max(newline + 4))?;
    if memchr(0, few).is_none() {
        return Some(few.len());
    }
    (head.len() >= MANY).then_some(MANY)
}

/// The encoding of a text that begins so; `None` for lines of UTF-8.
pub(super) fn encoding_of(head: &[u8]) -> Option<Encoding> {
    Encoding::of(&head[..head.len().min(SAMPLE)]).map(|(encoding, _)| encoding)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, UTF_16, UTF_32, Wide, encoding_of};

    fn encode(text: &str, wide: Wide) -> Vec<u8> {
        let mut bytes = Vec::new();
        let numbers: Vec<u32> = match wide.unit {
            2 => text.encode_utf16().map(u32::from).collect(),
            _ => text.chars().map(u32::from).collect(),
        };
        for number in numbers {
            let number = number.to_be_bytes();
            let unit = &number[4 - wide.unit..];
            match wide.big_endian {
                true => bytes.extend(unit),
                false => bytes.extend(unit.iter().rev()),
            }
        }
        bytes
    }

    const TEXTS: [&str; 16] = [
        "Сборка началась",
        "ОШИБКА: файл 12 не найден",
        "größe x",
        "ビルド開始しました",
        "ありがとうございます",
        "2026-03-09T09:12:00Z ERROR 错误 构建失败了",
        "构建失败了，请重试",
        "一二三中文",
        "빌드가 시작되었습니다",
        "Η κατασκευή ξεκίνησε",
        "הבנייה התחילה",
        "بدأ البناء الآن",
        "การสร้างเริ่มต้นแล้ว",
        "निर्माण शुरू हुआ",
        "🦀🦀 done",
        "plain text",
    ];

    #[test]
    fn every_script_is_told_without_a_mark() {
        for wide in UTF_16.into_iter().chain(UTF_32) {
            for text in TEXTS {
                for (end, count) in [("\n", 1), ("\r\n", 1), ("\n", 6), ("\r\n", 40), ("\n", 900)] {
                    let text = format!("{text}{end}").repeat(count);
                    assert_eq!(
                        encoding_of(&encode(&text, wide)),
                        Some(Encoding::Wide(wide)),
                        "{wide:?} {text}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_else_is_taken_for_it() {
        let mut random = fastrand::Rng::with_seed(5);
        let latin = |text: &str| -> Vec<u8> {
            text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
        };
        for text in TEXTS {
            for end in ["\n", "\r\n", " "] {
                let text = format!("{text}{end}").repeat(random.usize(1..60));
                for mut bytes in [text.clone().into_bytes(), latin(&text)] {
                    assert_eq!(encoding_of(&bytes), None, "{text}");
                    // NUL bytes in between, at the end, for blanks.
                    let blanks: Vec<u8> =
                        bytes.iter().map(|&byte| if byte == b' ' { 0 } else { byte }).collect();
                    assert_eq!(encoding_of(&blanks), None, "{text}");
                    bytes.insert(random.usize(..bytes.len()), 0);
                    assert_eq!(encoding_of(&bytes), None, "{text:?} {bytes:x?}");
                    bytes.extend([0; 100]);
                    assert_eq!(encoding_of(&bytes), None, "{text}");
                    bytes.splice(0..0, [0; 64]);
                    assert_eq!(encoding_of(&bytes), None, "{text}");
                }
            }
        }
        for _ in 0..20_000 {
            let length = random.usize(4..600);
            let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
            let found = encoding_of(&bytes).filter(|_| !has_mark(&bytes));
            assert_eq!(found, None, "{bytes:?}");
            let small: Vec<u8> =
                (0..length).flat_map(|_| random.u32(..70_000).to_le_bytes()).collect();
            assert_eq!(encoding_of(&small), None, "{small:?}");
        }
    }

    #[test]
    fn carriage_returns_end_lines_of_objects_and_dates() {
        let is_of = |text: &str| encoding_of(text.as_bytes()) == Some(Encoding::CarriageReturns);
        let stamp = "2026-03-09T10:00:00Z";
        let long = format!("{{\"a\":\"{}\"}}\r", "x".repeat(3_000)).repeat(2);
        for text in [
            "{\"a\":1}\r{\"a\":2}\r",
            "\u{feff}{\"a\":1}\r{\"a\":2}",
            "{\"a\":1}\r\r {\"a\":2",
            &long,
            &format!("{stamp} a\r{stamp} b\r"),
            &format!("{stamp} a\r2026-03-09 b"),
            &format!("{stamp} a\r2026-0"),
        ] {
            assert!(is_of(text), "{text:?}");
        }
        for text in [
            "",
            "\r",
            "{\"a\":1}\r",
            "{\"a\":1}\r{\"a\":2}\n",
            "{\"a\":1}\r\n{\"a\":2}\r\n",
            "10%\r20%\r30%\r",
            &format!("{stamp} 10%\r20%\r30%\r"),
            "{\"a\":1}\rdone\r",
            &format!("{stamp} a\rdone it is"),
        ] {
            assert!(!is_of(text), "{text:?}");
        }
    }

    fn has_mark(bytes: &[u8]) -> bool {
        bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
    }
}
