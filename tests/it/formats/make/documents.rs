//! JSON documents, and docker's records.

use super::Maker;
use super::envelopes::envelope;
use super::records::{Members, any_record};
use super::stamped::unstamped;
use super::words::{Spread, broken_value, key, message, object, quoted, value};

/// Objects in an array, or one after the other.
pub(super) fn document(maker: &mut Maker, bytes: usize) {
    if maker.chance(25) {
        // All records in one object, most often on one line.
        let spread = if maker.chance(30) { Spread::ManyLines } else { Spread::OneLine };
        return one_object(maker, bytes, spread);
    }
    let is_array = maker.chance(50);
    let newline = maker.newline;
    let between = match is_array {
        true => maker.one(&[",", ",\n", " , ", "\n,\n\n", ",\r\n"]),
        false => maker.one(&["\n", "\r\n", " ", "", "\n\n\t"]),
    };
    maker.out.extend(if is_array { "[" } else { "" }.bytes());
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        if !is_first {
            maker.out.extend(between.bytes());
        }
        let spread = if maker.chance(60) { Spread::ManyLines } else { Spread::OneLine };
        let mut members = any_record(maker, spread);
        // An invalid object that is longer than what is looked at is not known to be one.
        let is_short = members.iter().all(|(_, value)| value.len() < 32 << 10);
        if !is_first && is_short && maker.chance(6) {
            let (key, broken) = (key(maker), broken_value(maker, spread));
            members.insert(maker.rng.usize(..=members.len()), (key, broken));
        }
        let json = if maker.chance(10) && !is_first {
            let is_sound = maker.chance(80);
            envelope(maker, spread, 5, is_sound)
        } else if maker.chance(30) && !is_first {
            pretty(&members, newline)
        } else {
            object(maker, members, spread)
        };
        // The first object spans lines, so that the file is a document.
        let json = if is_first { format!("{{\n{}", &json[1..]) } else { json };
        maker.out.extend(json.bytes());
        if is_array && maker.chance(4) {
            let other =
                maker.one(&["17", "null", "\"text, {\"", "[{\"a\":1},2]", "tru", "\"\\q\""]);
            maker.out.extend(between.bytes());
            maker.out.extend(other.bytes());
        }
        is_first = false;
    }
    maker.out.extend(if is_array { "]" } else { "" }.bytes());
    maker.line("");
    if maker.chance(30) {
        let line =
            maker.one(&["+ make deploy [dry-run], {stage: prod}", "[12:00:01] \"web\", done"]);
        maker.line(line);
        (0..maker.rng.usize(..9)).for_each(|_| unstamped(maker));
    }
}

/// About so many bytes as one object that holds records.
fn one_object(maker: &mut Maker, bytes: usize, spread: Spread) {
    let leading = maker.one(&["", "\"id\":17,", "\"owner\":{\"id\":[1]} ,\"id\": \"x\", "]);
    let holder = maker.one(&["Records", "items"]);
    maker.out.extend(format!("{{{leading}\"{holder}\":[").bytes());
    if spread == Spread::ManyLines {
        maker.line("");
    }
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        if !is_first {
            let between = maker.one(&[",", ", "]);
            maker.out.extend(between.bytes());
        }
        let members = any_record(maker, spread);
        let json = object(maker, members, spread);
        maker.out.extend(json.bytes());
        is_first = false;
    }
    let trailing = maker.one(&["", ",\"kind\":\"List\"", ", \"id\":1,\"metadata\":{} "]);
    maker.out.extend(format!("]{trailing}}}").bytes());
    maker.line("");
}

/// Two blanks before each member, and ` : ` as Jackson has it.
fn pretty(members: &Members, newline: &str) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("  {} : {value}", serde_json::to_string(key).unwrap()))
        .collect();
    format!("{{{newline}{}{newline}}}", members.join(&format!(",{newline}")))
}

pub(super) fn docker(maker: &mut Maker, bytes: usize) {
    while maker.out.len() < bytes {
        let mut text = maker.long().unwrap_or_else(|| message(maker));
        if maker.chance(75) {
            text.push_str(maker.one(&["\n", "\n", "\n", "\r\n", "\n\n", "\u{1b}[0m\n"]));
        }
        if maker.chance(2) {
            text = maker.one(&["", "\n", "\r\n", "   "]).to_owned();
        }
        if maker.chance(10) {
            let members = any_record(maker, Spread::OneLine);
            let json = object(maker, members, Spread::OneLine);
            let end = maker.one(&["\n", "\n", "\r\n", "", " \n", " end\n"]);
            text = json + end;
        }
        let digits = maker.rng.usize(..10);
        let (time, stream) = (maker.time(digits), maker.one(&["stdout", "stdout", "stderr"]));
        let mut members = vec![
            ("log".to_owned(), quoted(maker, &text)),
            ("stream".to_owned(), format!("\"{stream}\"")),
            ("time".to_owned(), format!("\"{time}Z\"")),
        ];
        if maker.chance(15) {
            let attrs = value(maker, 2, Spread::OneLine);
            members.insert(maker.rng.usize(..4), ("attrs".to_owned(), attrs));
        }
        let json = match maker.chance(90) {
            true => object(maker, members, Spread::OneLine),
            false => {
                members.push(("level".to_owned(), "\"info\"".to_owned()));
                maker.rng.shuffle(&mut members);
                object(maker, members, Spread::OneLine)
            }
        };
        match maker.rng.u32(..100) {
            0 => maker.line(&json[..json.len() - 1]),
            1 => {
                let blanks = maker.one(&["", " ", "\t"]);
                maker.line(blanks);
            }
            2 if maker.out.len() > super::HEAD => {
                let line = maker.not_utf8();
                maker.line(line);
            }
            _ => maker.line(json),
        }
    }
}

pub(super) fn cri(maker: &mut Maker, bytes: usize) {
    while maker.out.len() < bytes {
        let mut text = maker.long().unwrap_or_else(|| message(maker)).replace(['\n', '\r'], " ");
        if maker.chance(10) {
            let members = any_record(maker, Spread::OneLine);
            text = object(maker, members, Spread::OneLine);
        }
        if maker.chance(3) {
            text = maker.one(&["", " ", "   "]).to_owned();
        }
        let digits = maker.rng.usize(..10);
        let (time, zone) = (maker.time(digits), maker.one(&["Z", "Z", "+00:00", "-05:30"]));
        let stream = maker.one(&["stdout", "stdout", "stderr"]);
        let tag = maker.one(&["F", "F", "F", "F", "P", "F:x", "P:x:y"]);
        match maker.rng.u32(..100) {
            0 => maker.line(format!("{time}{zone} {stream} {tag}")),
            1 => maker.line(format!("{time}{zone} {stream} X {text}")),
            2 => maker.line(format!("{time}{zone} stdin {tag} {text}")),
            3 => maker.line(text),
            4 => {
                let time = maker.impossible_time(3);
                maker.line(format!("{time}{zone} {stream} {tag} no such time"));
            }
            5 if maker.out.len() > super::HEAD => {
                let line = maker.not_utf8();
                maker.line(line);
            }
            _ => maker.line(format!("{time}{zone} {stream} {tag} {text}")),
        }
    }
}
