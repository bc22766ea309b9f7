//! Objects and texts behind the names of containers, times, tags and syslog's headers.

use super::Maker;
use super::records::any_record;
use super::stamped::{logged, unstamped};
use super::words::{Spread, broken_value, key, object};

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let kind = maker.rng.u32(..7);
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        let prefix = prefix(maker, kind);
        let rest = match if is_first { 99 } else { maker.rng.u32(..100) } {
            0..6 => {
                unstamped(maker);
                continue;
            }
            6..9 => {
                let line = near_miss(maker);
                maker.line(line);
                continue;
            }
            9..12 => {
                let json = object_of(maker);
                format!("{}{}", &json[..json.len() - 1], maker.one(&["", ",", "}}", "} x"]))
            }
            12 => {
                let broken = broken_value(maker, Spread::OneLine);
                format!("{{\"a\":{broken}}}")
            }
            13 => maker.one(&["{}", "  {}", "{} ", "[]", "17", "", " ", "{not json}"]).to_owned(),
            // Of Fluentd's lines all are objects.
            14..24 if kind != 4 && kind != 5 => logged(maker),
            24 | 25 if kind < 3 && !prefix.ends_with("Z ") => {
                let (time, text) = (maker.time(3), logged(maker));
                let form = maker.rng.u32(..3);
                match form {
                    0 => format!("[{time}Z] {text}"),
                    1 => format!("[{time}Z INFO  shop] started"),
                    _ => format!("{} {text}", time.replace('T', " ").replace('.', ",")),
                }
            }
            _ => object_of(maker),
        };
        maker.line(format!("{prefix}{rest}"));
        is_first = false;
    }
}

fn object_of(maker: &mut Maker) -> String {
    let mut members = any_record(maker, Spread::OneLine);
    if maker.chance(20) {
        let own =
            maker.one(&["container", "prefix_time", "tag", "host", "pod", "container_", "pid"]);
        members.push((own.to_owned(), "\"own\"".to_owned()));
    }
    if maker.chance(30) {
        let names = ["time", "ts", "timestamp", "@timestamp", "t", "T"];
        members.retain(|(key, _)| !names.contains(&&**key));
    }
    object(maker, members, Spread::OneLine)
}

/// A time that no platform's format begins with.
fn time(maker: &mut Maker) -> String {
    let digits = maker.one(&["", "6", "9"]).parse().unwrap_or(0);
    let (time, zone) = (maker.time(digits), maker.one(&["Z", "Z", "+01:00", " +0000", " UTC", ""]));
    let time = if maker.chance(50) { time } else { time.replace('T', " ") };
    format!("{time}{zone}")
}

fn prefix(maker: &mut Maker, kind: u32) -> String {
    let name = maker.one(&["web-1", "web-1", "shop_db_12", "worker-2", "proxy"]);
    let stamp = if maker.chance(30) { format!("{}Z ", maker.time(9)) } else { String::new() };
    match kind {
        0 => format!("{name:<10}  | {stamp}"),
        1 => {
            let colour = maker.one(&["\u{1b}[36m", "\u{1b}[36;1m", "\u{1b}[0m\u{1b}[33m"]);
            let end = maker.one(&["| \u{1b}[0m", "|\u{1b}[0m ", "\u{1b}[0m| ", "| "]);
            format!("{colour}{name:<10} {end}{stamp}")
        }
        2 => format!("[pod/web-7d9f-x2/{name}] {stamp}"),
        3 => {
            let time = time(maker);
            match maker.rng.u32(..10) {
                0 => format!("[{time}] "),
                1 => format!("{time}\t"),
                _ => format!("{time} "),
            }
        }
        4 => format!("{}\tapp.{name}\t", time(maker)),
        5 => format!("{} +0000 app.{name}: ", maker.time(9).replace('T', " ")),
        _ => {
            let (pri, pid) = (maker.one(&["", "", "<14>", "<191>"]), maker.rng.u32(1..9_999));
            let time = maker.time(6);
            match maker.rng.u32(..4) {
                0 => format!("{pri}Mar  9 {} host-1 {name}[{pid}]: ", &time[11..19]),
                1 => format!("<14>1 {time}Z host-1 {name} {pid} - - "),
                2 => format!("{time}Z host-1 {name}: "),
                _ => format!("{pri}{time}+01:00 host-1 {name}[{pid}]: "),
            }
        }
    }
}

fn near_miss(maker: &mut Maker) -> String {
    let (json, name) = (object_of(maker), key(maker));
    match maker.rng.u32(..8) {
        0 => format!("web-1 |{json}"),
        1 => format!("web-1| {json}"),
        2 => format!("web 1 | {json}"),
        3 => format!("[pod/web] {json}"),
        4 => format!("[pod/web/a/b] {json}"),
        5 => format!("{name} {json}"),
        6 => format!("{}Z {json}", maker.impossible_time(6)),
        _ => format!("2026-03-09T10:00:00Z{json}"),
    }
}
