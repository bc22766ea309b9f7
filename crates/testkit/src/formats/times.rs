//! Times of any spelling, as the values of JSON.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::oracle::{Time, members, scalar, split_overridden, string, time};

/// A time as a text, a number, a text of a number, or an object of its parts. It is not exact if the value
/// says more than the column.
pub(super) fn any_time(raw: &str) -> Option<Time> {
    if raw.starts_with('{') {
        return of_parts(raw);
    }
    let is_text = raw.starts_with('"');
    let text = if is_text { string(raw) } else { raw.to_owned() };
    let fits = |time: &Time| time.nanos.is_some();
    let rfc3339 = is_text.then(|| time(&text)).flatten().filter(fits);
    let number = || since_1970(&text).filter(fits);
    let other = || is_text.then(|| spelled(&text)).flatten().filter(fits);
    rfc3339.or_else(number).or_else(other)
}

/// An object that is a time.
fn of_parts(raw: &str) -> Option<Time> {
    let (parts, overridden) = split_overridden(&members(raw));
    let has_twice = !overridden.is_empty();
    let get = |key: &str| parts.iter().find(|part| part.0 == key).map(|part| part.1);
    let number = |key: &str| get(key).and_then(scalar).and_then(|text| text.parse::<i64>().ok());
    for (whole, part) in [("epochSecond", "nanoOfSecond"), ("seconds", "nanos")] {
        if let (Some(whole), Some(part @ 0..1_000_000_000)) = (number(whole), number(part)) {
            let nanos = i64::try_from(i128::from(whole) * 1_000_000_000 + i128::from(part)).ok()?;
            let exact = parts.len() == 2 && !has_twice;
            return Some(Time { nanos: Some(nanos), zone: None, exact });
        }
    }
    let text = |key: &str| get(key).filter(|raw| raw.starts_with('"')).map(string);
    if let (Some(date), Some(zone)) = (get("date"), text("timezone"))
        && matches!(get("timezone_type"), Some("1" | "2" | "3"))
    {
        let date = date.starts_with('"').then(|| string(date))?;
        let time = spelled(&format!("{date} {zone}")).filter(|time| time.nanos.is_some())?;
        return Some(Time { exact: time.exact && parts.len() == 3 && !has_twice, ..time });
    }
    let value = ["$date", "$numberLong", "repr"].into_iter().find_map(get)?;
    let time = any_time(value)?;
    Some(Time { exact: time.exact && parts.len() == 1 && !has_twice, ..time })
}

/// Seconds, milliseconds, microseconds or nanoseconds, perhaps with an exponent.
fn since_1970(text: &str) -> Option<Time> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]\+?([0-9]{1,3}))?$").unwrap()
    });
    let found = NUMBER.captures(text)?;
    let (mut whole, mut fraction) =
        (found[1].to_owned(), found.get(2).map_or("", |f| f.as_str()).to_owned());
    if let Some(exponent) = found.get(3) {
        let exponent: usize = exponent.as_str().parse().unwrap();
        if exponent > 18 || whole == "0" {
            return None;
        }
        for _ in 0..exponent {
            whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
        }
    }
    let whole: i128 = whole.parse().ok()?;
    let units = [(10_i128.pow(11), 9), (10_i128.pow(14), 6), (10_i128.pow(17), 3)];
    let digits = units.iter().find(|(limit, _)| whole < *limit).map_or(0, |(_, digits)| *digits);
    let mut nanos = whole;
    for place in 0..digits {
        let digit = fraction.chars().nth(place).map_or(0, |digit| digit.to_digit(10).unwrap());
        nanos = nanos.checked_mul(10)? + i128::from(digit);
    }
    // Numbers before 2000 are not times.
    if nanos < 946_684_800 * 1_000_000_000 {
        return None;
    }
    let cut = fraction.chars().skip(digits).any(|digit| digit != '0');
    Some(Time { nanos: i64::try_from(nanos).ok(), zone: None, exact: !cut })
}

const CLOCK: &str = r"(?<h>\d\d)(?::(?<m>\d\d)(?::(?<s>\d\d)(?:[.,](?<f>\d+))?)?|(?<m2>\d\d)(?:(?<s2>\d\d)(?:[.,](?<f2>\d+))?)?)";
const ZONE: &str =
    r"(?: *(?<z>Z|z|UTC|GMT|UT|Etc/UTC|[+-]\d\d(?::?\d\d)?)(?: (?<n>[A-Za-z]+|\([A-Za-z]+\)))?)?";
const DAY_OF_WEEK: &str = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Za-z]*[, ]*)?";

/// Spellings that are not RFC 3339.
fn spelled(text: &str) -> Option<Time> {
    static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let month = "(?<word>[A-Za-z]{3})";
        [
            format!("(?<Y>\\d{{4}})-(?<M>\\d\\d)-(?<D>\\d\\d)[Tt ]{CLOCK}{ZONE}"),
            format!("(?<Y>\\d{{4}})/(?<M>\\d\\d)/(?<D>\\d\\d)[Tt ]{CLOCK}{ZONE}"),
            format!("(?<Y>\\d{{4}})(?<M>\\d\\d)(?<D>\\d\\d)[Tt ]{CLOCK}{ZONE}"),
            r"(?<Y>\d{4})(?<M>\d\d)(?<D>\d\d)(?<h>\d\d)(?<m2>\d\d)(?<s2>\d\d)".to_owned(),
            format!("{DAY_OF_WEEK}(?<D>\\d\\d?)[ /-]{month}[ /-](?<Y>\\d{{4}})[ :]{CLOCK}{ZONE}"),
            format!("{DAY_OF_WEEK}{month} +(?<D>\\d\\d?) {CLOCK}{ZONE} (?<Y>\\d{{4}})"),
        ]
        .iter()
        .map(|pattern| Regex::new(&format!("^(?-u:{pattern})$")).unwrap())
        .collect()
    });
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let (text, region) = match text.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((text, region)) => (text, Some(region)),
        None => (text, None),
    };
    let (number, found) =
        PATTERNS.iter().enumerate().find_map(|(n, p)| Some((n, p.captures(text)?)))?;
    let time = of_captures(&found)?;
    match region {
        None => Some(time),
        Some(_) if number > 3 || time.zone.is_none() => None,
        Some(region) => {
            let exact = time.exact && ["Z", "UTC", "GMT", "UT", "Etc/UTC"].contains(&region);
            Some(Time { exact, ..time })
        }
    }
}

/// The time of what a pattern found.
fn of_captures(found: &Captures<'_>) -> Option<Time> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let part = |names: [&str; 2]| {
        names.iter().find_map(|name| found.name(name)).map_or("", |found| found.as_str())
    };
    let month = match found.name("word") {
        Some(word) => {
            let word = word.as_str().to_ascii_lowercase();
            format!("{:02}", 1 + MONTHS.iter().position(|month| *month == word)?)
        }
        None => found["M"].to_owned(),
    };
    let second = match part(["s", "s2"]) {
        "" => "00",
        digits => digits,
    };
    let fraction = match part(["f", "f2"]) {
        "" => String::new(),
        digits => format!(".{digits}"),
    };
    let (zone, name) = (part(["z", "z"]), found.name("n").map(|name| name.as_str()));
    let offset = match zone {
        "UTC" | "GMT" | "UT" | "Etc/UTC" => "Z".to_owned(),
        zone if zone.len() == 3 => format!("{zone}00"),
        zone => zone.to_owned(),
    };
    if name.is_some() && !zone.starts_with(['+', '-']) {
        return None;
    }
    let (year, day, hour) = (&found["Y"], &found["D"], &found["h"]);
    let minute = part(["m", "m2"]);
    let mut time =
        time(&format!("{year}-{month}-{day:0>2}T{hour}:{minute}:{second}{fraction}{offset}"))?;
    if let Some(name) = name {
        let name = name.trim_matches(['(', ')']);
        let is_zero = zone[1..].chars().all(|digit| matches!(digit, '0' | ':'));
        time.exact &= is_zero && ["Z", "UTC", "GMT", "UT"].contains(&name);
    }
    time.zone = (!zone.is_empty()).then(|| zone.to_owned());
    Some(time)
}
