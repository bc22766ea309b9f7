//! Objects that hold records, and what else a line may have beside one record.

use super::Maker;
use super::records::any_record;
use super::words::{Spread, broken_value, key, message, object, quoted, value};

const HOLDERS: [&str; 5] = ["Records", "records", "events", "items", "logEvents"];

/// An object with up to so many records. `is_sound`: all of it is JSON.
pub(super) fn envelope(maker: &mut Maker, spread: Spread, most: usize, is_sound: bool) -> String {
    if maker.chance(20) {
        return otlp(maker, spread);
    }
    let mut records: Vec<String> =
        (0..maker.rng.usize(1..=most)).map(|_| record(maker, spread)).collect();
    if !is_sound {
        let place = maker.rng.usize(..=records.len());
        let broken = format!("{{\"k\":{}}}", broken_value(maker, spread));
        records.insert(place, broken);
    } else if maker.chance(5) {
        let other = maker.one(&["17", "null", "\"text, {\"", "[{\"a\":1},2]"]);
        records.push(other.to_owned());
    }
    let holder = maker.one(&HOLDERS);
    with_members(maker, spread, &format!("\"{holder}\":[{}]", records.join(",")))
}

fn record(maker: &mut Maker, spread: Spread) -> String {
    let members = any_record(maker, spread);
    object(maker, members, spread)
}

/// An object with this member among others.
fn with_members(maker: &mut Maker, spread: Spread, member: &str) -> String {
    let some = |maker: &mut Maker| -> Vec<String> {
        let count = maker.rng.usize(..3);
        (0..count).map(|_| other(maker, spread)).collect()
    };
    let members = [some(maker), vec![member.to_owned()], some(maker)].concat();
    let between = if spread == Spread::ManyLines { ",\n " } else { ", " };
    format!("{{{}}}", members.join(between))
}

fn other(maker: &mut Maker, spread: Spread) -> String {
    let name = match maker.rng.u32(..20) {
        // Then it is a record itself.
        0 => maker.one(&["msg", "level", "time", "message"]).to_owned(),
        1 => maker.one(&["items", "events"]).to_owned(),
        2..6 => maker.one(&["owner", "logGroup", "kind"]).to_owned(),
        _ => key(maker),
    };
    let value = match maker.rng.u32(..30) {
        0 => quoted(maker, &"long ".repeat(1_000)),
        _ => value(maker, 2, spread),
    };
    format!("{}:{value}", serde_json::to_string(&name).unwrap())
}

fn otlp(maker: &mut Maker, spread: Spread) -> String {
    let resources: Vec<String> = (0..maker.rng.usize(1..3))
        .map(|_| {
            let scopes: Vec<String> = (0..maker.rng.usize(..3))
                .map(|_| {
                    let records: Vec<String> =
                        (0..maker.rng.usize(..4)).map(|_| record(maker, spread)).collect();
                    let records = format!("\"logRecords\":[{}]", records.join(","));
                    with_members(maker, spread, &records)
                })
                .collect();
            with_members(maker, spread, &format!("\"scopeLogs\":[{}]", scopes.join(",")))
        })
        .collect();
    with_members(maker, spread, &format!("\"resourceLogs\":[{}]", resources.join(",")))
}

/// A line of NDJSON that is more or less than a record.
pub(super) fn line(maker: &mut Maker, json: &str) {
    let line = match maker.rng.u32(..12) {
        0..4 => envelope(maker, Spread::OneLine, 4, true),
        4 => envelope(maker, Spread::OneLine, 4, false),
        5 => {
            let whole = envelope(maker, Spread::OneLine, 4, true);
            let cut = (0..=maker.rng.usize(..=whole.len())).rev();
            whole[..cut.into_iter().find(|&at| whole.is_char_boundary(at)).unwrap()].to_owned()
        }
        6 => {
            let mark = maker.one(&["\u{1e}", "\u{1e} ", "data: ", "data:", "data:\t"]);
            let json = match maker.rng.u32(..5) {
                0 => "[DONE]".to_owned(),
                1 => envelope(maker, Spread::OneLine, 2, true),
                2 => json[..json.len() - 1].trim_end().to_owned(),
                _ => json.to_owned(),
            };
            format!("{mark}{json}")
        }
        7 => maker.one(&["event: message", "id: 17", ": ping", "retry: 5", "data"]).to_owned(),
        8 => {
            let other = maker.one(&["{}", "{\"a\":1}", "{\"a\":nul}", "{\"a\":", "text", "17", ""]);
            let between = maker.one(&["", " ", ",", " , ", "\u{1e}", "\t"]);
            format!("{json}{between}{json}{between}{other}")
        }
        _ => {
            let action = maker.one(&[
                "{\"create\":{}}",
                "{\"index\":{\"_index\":\"logs\",\"_id\":\"1\"}}",
                " { \"update\" : {\"retry_on_conflict\":3} } ",
                "{\"delete\":{\"_id\":\"1\"}}",
                "{\"index\":{\"name\":1}}",
                "{\"index\":{},\"a\":1}",
                "{\"index\":1}",
            ]);
            maker.line(action);
            if maker.chance(5) {
                maker.line("");
            }
            match maker.chance(90) {
                true => json.to_owned(),
                false => message(maker),
            }
        }
    };
    maker.line(line);
}
