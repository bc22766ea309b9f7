//! Times as log lines write them, and back.

use proptest::prelude::*;
use proptest::sample::select;
use ripsaw::record::timestamp::{Timestamp, parse, write_rfc3339, write_rfc3339_micros};

#[track_caller]
fn check(text: &str, nanos: Option<i64>, zone: Option<&str>, exact: bool) {
    assert_eq!(parse(text), Some(Timestamp { nanos, zone, exact }), "{text}");
}

fn written(nanos: i64) -> String {
    let mut out = Vec::new();
    write_rfc3339(nanos, &mut out);
    String::from_utf8(out).unwrap()
}

fn written_micros(micros: i64) -> String {
    let mut out = Vec::new();
    write_rfc3339_micros(micros, &mut out);
    String::from_utf8(out).unwrap()
}

// Expected values from `date -u -d TEXT +%s%N`.
#[test]
fn times_of_real_writers() {
    check("2022-01-27T20:51:00.079Z", Some(1_643_316_660_079_000_000), Some("Z"), true);
    check("2026-04-13T13:44:26Z", Some(1_776_087_866_000_000_000), Some("Z"), true);
    check("2023-10-04T04:30:20.480817808Z", Some(1_696_393_820_480_817_808), Some("Z"), true);
    let india = Some(1_600_844_898_308_525_000);
    check("2020-09-23T12:38:18.308525+05:30", india, Some("+05:30"), true);
    check("2020-09-23T12:38:18.308525+0530", india, Some("+0530"), true);
    check("2020-09-23 07:08:18.308525", india, None, true);
    check("2020-09-22t23:08:18.308525-08:00", india, Some("-08:00"), true);
    check("2020-09-23T07:08:18.308525z", india, Some("z"), true);
    check("2020-09-23T07:08:18.308525-00:00", india, Some("-00:00"), true);
}

#[test]
fn zero_time_of_go_is_outside_int64() {
    check("0001-01-01T00:00:00Z", None, Some("Z"), false);
    check("0000-01-01T00:00:00+23:59", None, Some("+23:59"), false);
    check("9999-12-31T23:59:60-23:59", None, Some("-23:59"), false);
}

#[test]
fn fraction_is_cut_behind_nine_digits() {
    check("1970-01-01T00:00:00.1234567890000Z", Some(123_456_789), Some("Z"), true);
    check("1970-01-01T00:00:00.1234567890001Z", Some(123_456_789), Some("Z"), false);
    check("1970-01-01T00:00:00.9999999999", Some(999_999_999), None, false);
    // Towards the past, not towards 1970.
    check("1969-12-31T23:59:59.9999999999", Some(-1), None, false);
    let long = format!("1970-01-01T00:00:01.{}1Z", "0".repeat(100_000));
    check(&long, Some(1_000_000_000), Some("Z"), false);
}

#[test]
fn second_60_is_the_following_second() {
    check("2016-12-31T23:59:60Z", Some(1_483_228_800_000_000_000), Some("Z"), false);
    check("1970-01-01T00:00:60.5Z", Some(60_500_000_000), Some("Z"), false);
}

#[test]
fn both_ends_of_int64() {
    check("1677-09-21T00:12:43.145224192Z", Some(i64::MIN), Some("Z"), true);
    check("1677-09-21T00:12:43.145224191Z", None, Some("Z"), false);
    check("2262-04-11T23:47:16.854775807Z", Some(i64::MAX), Some("Z"), true);
    check("2262-04-11T23:47:16.854775808Z", None, Some("Z"), false);
    check("2262-04-12T05:17:16.854775807+05:30", Some(i64::MAX), Some("+05:30"), true);
    assert_eq!(written(i64::MIN), "1677-09-21T00:12:43.145224192Z");
    assert_eq!(written(i64::MAX), "2262-04-11T23:47:16.854775807Z");
}

#[test]
fn unreadable() {
    for text in [
        "",
        "0",
        "2024-05-01",
        "2024-05-01T10:00Z",
        "2024-05-01T10:00:0",
        "2024-05-01T10:00:00.",
        "2024-05-01T10:00:00.Z",
        "2024-05-01T10:00:00,5Z",
        "2024-05-01T10:00:00 Z",
        " 2024-05-01T10:00:00Z",
        "2024-05-01T10:00:00Z ",
        "2024-05-01  10:00:00Z",
        "2024-05-01T10:00:00ZZ",
        "2024-05-01T10:00:00+",
        "2024-05-01T10:00:00+05",
        "2024-05-01T10:00:00+5:30",
        "2024-05-01T10:00:00+24:00",
        "2024-05-01T10:00:00+05:60",
        "2024-05-01T10:00:00 05:30",
        "2024-05-01T10:00:00+05-30",
        "2024-05-01T10:00:00\u{2212}05:30",
        "2024-05-01T24:00:00Z",
        "2024-05-01T10:60:00Z",
        "2024-05-01T10:00:61Z",
        "2023-02-29T10:00:00Z",
        "1900-02-29T10:00:00Z",
        "2024-04-31T10:00:00Z",
        "2024-13-01T10:00:00Z",
        "2024-00-01T10:00:00Z",
        "2024-05-00T10:00:00Z",
        "2024/05/01T10:00:00Z",
        "+024-05-01T10:00:00Z",
        "-024-05-01T10:00:00Z",
        "2024-05-01T10:00:00.5\u{e9}",
        "\u{e9}024-05-01T10:00:00Z",
    ] {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

#[test]
fn every_day_from_1600_to_2300() {
    let (first, last) = (days_by_counting(1600, 1, 1), days_by_counting(2300, 12, 31));
    let mut expected = first;
    for year in 1600..=2300 {
        for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
            let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
            let parsed = parse(&text);
            let real = month >= 1 && day >= 1 && month <= 12 && day <= month_days(year, month);
            assert_eq!(parsed.is_some(), real, "{text}");
            let Some(parsed) = parsed else { continue };
            let nanos = i64::try_from(i128::from(expected) * 86_400_000_000_000).ok();
            assert_eq!(parsed.nanos, nanos, "{text}");
            if let Some(nanos) = nanos {
                assert_eq!(written(nanos), text);
            }
            assert_eq!(written_micros(expected * 86_400_000_000), text);
            expected += 1;
        }
    }
    assert_eq!(expected, last + 1);
}

#[test]
fn fewest_digits_of_three() {
    assert_eq!(written(0), "1970-01-01T00:00:00Z");
    assert_eq!(written(100_000_000), "1970-01-01T00:00:00.100Z");
    assert_eq!(written(1_000), "1970-01-01T00:00:00.000001Z");
    assert_eq!(written(1), "1970-01-01T00:00:00.000000001Z");
    assert_eq!(written(-1), "1969-12-31T23:59:59.999999999Z");
    assert_eq!(written_micros(-1), "1969-12-31T23:59:59.999999Z");
    assert_eq!(written_micros(1_500), "1970-01-01T00:00:00.001500Z");
}

// Expected values from Python's proleptic calendar arithmetic, 400 years being 146,097 days.
#[test]
fn microseconds_beyond_four_digit_years() {
    assert_eq!(written_micros(-62_167_219_200_000_000), "0000-01-01T00:00:00Z");
    assert_eq!(written_micros(-62_167_219_200_000_001), "-0001-12-31T23:59:59.999999Z");
    assert_eq!(written_micros(253_402_300_799_999_999), "9999-12-31T23:59:59.999999Z");
    assert_eq!(written_micros(253_402_300_800_000_000), "+10000-01-01T00:00:00Z");
    assert_eq!(written_micros(i64::MAX), "+294247-01-10T04:00:54.775807Z");
    assert_eq!(written_micros(i64::MIN), "-290308-12-21T19:59:05.224192Z");
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 400 == 0 => 29,
        2 if year % 100 == 0 => 28,
        2 if year % 4 == 0 => 29,
        2 => 28,
        _ => 31,
    }
}

fn year_days(year: i64) -> i64 {
    (1..=12).map(|month| month_days(year, month)).sum()
}

fn days_by_counting(year: i64, month: i64, day: i64) -> i64 {
    let since: i64 = (1970..year).map(year_days).sum();
    let until: i64 = (year..1970).map(year_days).sum();
    since - until + (1..month).map(|month| month_days(year, month)).sum::<i64>() + day - 1
}

/// Splits at the separators, where the parser reads fixed positions.
fn oracle(text: &str) -> Option<Timestamp<'_>> {
    let date = text.get(..10)?;
    let time = text.get(11..19)?;
    if !["T", "t", " "].contains(&text.get(10..11)?) {
        return None;
    }
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || day < 1 || day > month_days(year, month) {
        return None;
    }
    if hour >= 24 || minute >= 60 || second >= 61 {
        return None;
    }
    let tail = &text[19..];
    let zone = tail.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let (fraction, cut) = match tail.strip_suffix(zone)? {
        "" => (0, false),
        point => {
            let digits = point.strip_prefix('.')?;
            if digits.is_empty() || digits.contains('.') {
                return None;
            }
            let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
            (nine.parse().unwrap(), digits.chars().skip(9).any(|c| c != '0'))
        }
    };
    let ahead = oracle_offset(zone)?;
    let seconds = ((days_by_counting(year, month, day) * 24 + hour) * 60 + minute - ahead) * 60;
    let nanos = (i128::from(seconds) + i128::from(second)) * 1_000_000_000 + fraction;
    let fits = i128::from(i64::MIN) <= nanos && nanos <= i128::from(i64::MAX);
    Some(Timestamp {
        nanos: fits.then_some(nanos as i64),
        zone: if zone.is_empty() { None } else { Some(zone) },
        exact: fits && !cut && second != 60,
    })
}

fn oracle_offset(zone: &str) -> Option<i64> {
    if ["", "Z", "z"].contains(&zone) {
        return Some(0);
    }
    let (sign, rest) = match zone.chars().next()? {
        '+' => (1, &zone[1..]),
        '-' => (-1, &zone[1..]),
        _ => return None,
    };
    let rest =
        if rest.len() == 4 { format!("{}:{}", &rest.get(..2)?, &rest[2..]) } else { rest.into() };
    let [hour, minute] = fields(&rest, ':', [2, 2])?;
    (hour < 24 && minute < 60).then_some(sign * (hour * 60 + minute))
}

fn fields<const N: usize>(text: &str, by: char, widths: [usize; N]) -> Option<[i64; N]> {
    let parts: Vec<&str> = text.split(by).collect();
    let mut values = [0; N];
    if parts.len() != N {
        return None;
    }
    for ((part, width), value) in parts.iter().zip(widths).zip(&mut values) {
        if part.len() != width || !part.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        *value = part.parse().ok()?;
    }
    Some(values)
}

fn near_time() -> impl Strategy<Value = String> {
    let year = prop_oneof![4 => 1970..2100, 1 => 0..=9999, 1 => select(vec![1677, 2262])];
    let date = (year, 0..=13, 0..=32).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"));
    let time = (0..=24, 0..=60, 0..=61).prop_map(|(h, m, s)| format!("{h:02}:{m:02}:{s:02}"));
    let fraction = prop_oneof!["", "\\.[0-9]{0,12}", "\\.[0-9]{9}0{0,5}"];
    let zone = prop_oneof!["", "[Zz]", "[+-][01][0-9]:?[0-5][0-9]", "[+-][0-9]{2}:?[0-9]{0,2}"];
    (date, "[Tt ]", time, fraction, zone).prop_map(|(d, t, c, f, z)| d + &t + &c + &f + &z)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    #[test]
    fn like_the_oracle(text in near_time()) {
        prop_assert_eq!(parse(&text), oracle(&text));
    }

    #[test]
    fn like_the_oracle_with_one_character_changed(
        text in near_time(),
        at in any::<prop::sample::Index>(),
        new in prop_oneof!["", "[0-9.:+ TZz-]{1,2}", any::<char>().prop_map(String::from)],
    ) {
        let mut text = text;
        let at = at.index(text.len());
        text.replace_range(at..=at, &new);
        prop_assert_eq!(parse(&text), oracle(&text));
    }

    #[test]
    fn nanoseconds_survive_a_round_trip(nanos in any::<i64>()) {
        let text = written(nanos);
        let expected = Timestamp { nanos: Some(nanos), zone: Some("Z"), exact: true };
        prop_assert_eq!(parse(&text), Some(expected));
        prop_assert_eq!(oracle(&text).and_then(|time| time.nanos), Some(nanos));
    }

    #[test]
    fn whole_units_survive_a_round_trip(
        units in any::<i32>(),
        unit in select(vec![1_000, 1_000_000, 1_000_000_000]),
    ) {
        let nanos = i64::from(units) * unit;
        let text = written(nanos);
        prop_assert_eq!(parse(&text).and_then(|time| time.nanos), Some(nanos));
        prop_assert_eq!(written_micros(nanos / 1_000), text);
    }

    #[test]
    fn microseconds_print_like_their_nanoseconds(micros in i64::MIN / 1_000..=i64::MAX / 1_000) {
        prop_assert_eq!(written_micros(micros), written(micros * 1_000));
    }
}
