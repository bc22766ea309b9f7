//! NDJSON of no platform: records whose keys are to become columns, three sets of them.
//!
//! ```text
//! {"level":30,"time":1773063600017,"pid":18,"hostname":"web-3","reqId":"9f…","req":{"method":"GET",…},…}
//! {"id":100000000000004711,"created_at":"2026-03-09T13:40:00Z","text":"…","user":{"id":7,…},"entities":{…},…}
//! {"ts":1773063600,"msg":"sample 0","metric_017":41.25,"metric_203":"state 4",…}
//! ```

use std::fmt::Write as _;

use super::log::START;
use super::ndjson::push_string;
use super::text::{Narrator, pick};

/// A set of records of no platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NdjsonSet {
    /// Lines of a service, as pino writes them: 11 leaf keys, always the same.
    Service,
    /// A feed: objects in objects, lists, text of several scripts.
    Events,
    /// A dozen of 300 keys each, in any order. A key comes late, and one changes its type.
    Wide,
}

/// Keys of [`NdjsonSet::Wide`], and how many of them a record has.
const KEYS: u32 = 300;
const OF_RECORD: usize = 12;

impl NdjsonSet {
    /// All sets.
    pub const ALL: [Self; 3] = [Self::Service, Self::Events, Self::Wide];

    /// Appends the record with this number in its entry, without a newline.
    pub(super) fn push(self, narrator: &mut Narrator, number: u64, line: &mut String) {
        match self {
            Self::Service => service(narrator, number, line),
            Self::Events => events(narrator, number, line),
            Self::Wide => wide(narrator, number, line),
        }
    }
}

/// Milliseconds since 1970 of a record.
fn time(narrator: &mut Narrator, number: u64) -> i64 {
    START / 1_000_000 + 20 * number as i64 + narrator.rng.i64(0..20)
}

fn service(narrator: &mut Narrator, number: u64, line: &mut String) {
    let status = match narrator.rng.u32(0..23) {
        0 => 404,
        1 => 500,
        2 => 301,
        _ => 200,
    };
    let level = match status {
        500 => 50,
        404 => 40,
        _ => 30,
    };
    let time = time(narrator, number);
    let rng = &mut narrator.rng;
    let (pid, host) = (rng.u32(17..21), rng.u32(0..8));
    let _ = write!(line, r#"{{"level":{level},"time":{time},"pid":{pid},"hostname":"web-{host}","#);
    line.push_str(r#""reqId":""#);
    narrator.hex(32, line);
    let rng = &mut narrator.rng;
    let method = pick(rng, &["GET", "GET", "POST", "PUT"]);
    let _ = write!(line, r#"","req":{{"method":"{method}","url":"#);
    let _ = match rng.u32(0..4) {
        0 => write!(line, r#""/api/v1/orders/{}""#, rng.u32(0..99_999)),
        one => write!(line, "\"{}\"", ["", "/api/v1/users", "/healthz", "/login"][one as usize]),
    };
    let (net, host) = (rng.u32(0..256), rng.u32(0..256));
    let agent = pick(rng, &["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "curl/8.5.0"]);
    let _ = write!(line, r#","remoteAddress":"10.0.{net}.{host}","userAgent":"{agent}"}},"#);
    let _ = write!(line, r#""res":{{"statusCode":{status}}},"responseTime":"#);
    // Few take long.
    let longest = 1 << rng.u32(10..18);
    decimal(rng.i64(0..longest), 3, line);
    line.push_str(r#","msg":"#);
    if status < 400 {
        line.push_str(r#""request completed"}"#);
        return;
    }
    let failures = ["timeout \"upstream\"", "not found", "db: connection reset"];
    push_string(line, &format!("request errored: {}", pick(rng, &failures)));
    line.push('}');
}

fn events(narrator: &mut Narrator, number: u64, line: &mut String) {
    let id = 100_000_000_000_000_000 + number * 4096 + narrator.rng.u64(0..4096);
    let _ = write!(line, r#"{{"id":{id},"created_at":""#);
    narrator.now = time(narrator, number) * 1_000_000;
    narrator.iso(line);
    let mut text = String::new();
    for _ in 0..narrator.rng.u32(1..5) {
        narrator.sentence(&mut text);
        text.push(' ');
    }
    let end = ["", "", "für café", "😀", "\n#ci", "\"quoted\"", "東京"];
    text.push_str(pick(&mut narrator.rng, &end));
    line.push_str(r#"","text":"#);
    push_string(line, &text);
    let rng = &mut narrator.rng;
    let user = rng.u32(0..50_000);
    let _ = write!(line, r#","lang":"{}","#, pick(rng, &["en", "de", "ja", "pt"]));
    let _ = write!(line, r#""user":{{"id":{user},"name":"user {user}","#);
    let followers = rng.u32(..) >> rng.u32(8..31);
    let verified = user.is_multiple_of(97);
    let _ = write!(line, r#""verified":{verified},"followers":{followers},"place":"#);
    if user.is_multiple_of(3) {
        let _ =
            write!(line, r#"{{"city":"{}","geo":{{"lat":"#, pick(rng, &["Lyon", "Oslo", "Pune"]));
        decimal(rng.i64(-9_000_000..9_000_000), 5, line);
        line.push_str(r#","lon":"#);
        decimal(rng.i64(-18_000_000..18_000_000), 5, line);
        line.push_str("}}");
    } else {
        line.push_str("null");
    }
    line.push_str(r#"},"entities":{"tags":["#);
    for number in 0..narrator.rng.u32(0..4) {
        let comma = if number > 0 { "," } else { "" };
        let _ = write!(line, r#"{comma}"{}""#, narrator.word());
    }
    line.push_str(r#"],"sizes":["#);
    let rng = &mut narrator.rng;
    for number in 0..rng.u32(0..3) {
        let _ = write!(line, "{}{}", if number > 0 { "," } else { "" }, rng.u32(0..100));
    }
    let (replies, likes) = (rng.u32(0..20), rng.u32(..) >> rng.u32(12..32));
    let sensitive = rng.u32(0..100) == 0;
    let _ = write!(line, r#"]}},"counts":{{"replies":{replies},"likes":{likes}}},"#);
    let _ = write!(line, r#""possibly_sensitive":{sensitive}}}"#);
}

fn wide(narrator: &mut Narrator, number: u64, line: &mut String) {
    let rng = &mut narrator.rng;
    let time = START / 1_000_000_000 + number as i64;
    let _ = write!(line, r#"{{"ts":{time},"msg":"sample {number}""#);
    // The type of one key changes now and then, and with it the key's column.
    let is_odd = number % 5000 == 4999;
    let mut keys: Vec<u32> = Vec::with_capacity(OF_RECORD);
    if is_odd {
        keys.push(0);
        line.push_str(r#","metric_000":"n/a""#);
    }
    while keys.len() < OF_RECORD {
        let key = rng.u32(0..KEYS);
        if keys.contains(&key) {
            continue;
        }
        keys.push(key);
        let _ = write!(line, r#","metric_{key:03}":"#);
        let _ = match key % 4 {
            0 => write!(line, "{}", rng.u32(0..1_000_000)),
            1 => {
                decimal(rng.i64(0..1_000_000), 4, line);
                Ok(())
            }
            2 => write!(line, "{}", rng.bool()),
            _ => write!(line, r#""state {}""#, rng.u32(0..9)),
        };
    }
    // Beyond what a first look sees of an entry.
    if number >= 2000 && number.is_multiple_of(1000) {
        let _ = write!(line, r#","appears_late":{number}"#);
    }
    line.push('}');
}

/// Appends a fraction of so many decimals, without zeros at its end but one.
fn decimal(value: i64, digits: usize, line: &mut String) {
    let scale = 10i64.pow(digits as u32);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, rest) = (value.abs() / scale, value.abs() % scale);
    let rest = format!("{rest:0digits$}");
    let rest = rest.trim_end_matches('0');
    let _ = write!(line, "{sign}{whole}.{}", if rest.is_empty() { "0" } else { rest });
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_are_numbers_of_json() {
        for (value, digits, text) in
            [(0, 3, "0.0"), (1, 3, "0.001"), (-12_340, 4, "-1.234"), (500_000, 5, "5.0")]
        {
            let mut line = String::new();
            decimal(value, digits, &mut line);
            assert_eq!(line, text);
        }
    }
}
