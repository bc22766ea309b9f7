//! Lines of text: firstgen, github, and no format at all.

use super::apify::json_tail;
use super::words::message;
use super::{HEAD, Maker};

pub(super) fn firstgen(maker: &mut Maker, bytes: usize) {
    const MARK: &str = "The Above Log Message Has Been Truncated Due To Size Limit";
    let zone = maker.one(&["+0000", "+0000", "-0700", "+0530"]);
    preamble(maker);
    while maker.out.len() < bytes {
        let level = maker.one(&["DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL", "null"]);
        let time = maker.time(3);
        match maker.rng.u32(..100) {
            0..60 => {
                let text = texts(maker);
                maker.line(format!("{level}   {time}{zone}   {text}"));
            }
            60 => maker.line(format!("{level}   {time}{zone}")),
            61 => maker.line(format!("{level}   {time}{zone}   ")),
            62 => {
                let text = message(maker);
                maker.line(format!(
                    "{level}   {time}{zone}   \u{1b}[1;91m\u{1b}[40m{text}\u{1b}[0m"
                ));
            }
            63 => {
                let time = maker.impossible_time(3);
                maker.line(format!("{level}   {time}{zone}   no such time"));
            }
            64 => {
                let word = maker.one(&["info", "WARNING", "TRACE", " INFO", "INFO ", ""]);
                maker.line(format!("{word}   {time}{zone}   no such level"));
            }
            65 => maker.line(format!("{level}  {time}{zone}   two blanks")),
            66 => maker.line(format!("{level}   {time}{zone}  two blanks")),
            67 => maker.line(MARK),
            68 => maker.line(format!("\u{1b}[0m{level}   {time}{zone}   behind a colour")),
            _ => unstamped(maker),
        }
    }
}

pub(super) fn azure(maker: &mut Maker, bytes: usize) {
    let time = maker.time(7);
    maker.line(format!("{time}Z ##[section]Starting: Build"));
    github(maker, bytes);
}

pub(super) fn github(maker: &mut Maker, bytes: usize) {
    preamble(maker);
    while maker.out.len() < bytes {
        let time = maker.time(7);
        let text = texts(maker);
        match maker.rng.u32(..100) {
            0..60 => maker.line(format!("{time}Z {text}")),
            60..75 => {
                const MARKS: [&str; 10] = [
                    "##[error]",
                    "##[warning]",
                    "##[notice]",
                    "##[debug]",
                    "##[group]",
                    "##[endgroup]",
                    "##[command]",
                    "##[Error]",
                    " ##[error]",
                    "\u{1b}[0m##[error]",
                ];
                let mark = maker.one(&MARKS);
                maker.line(format!("{time}Z {mark}{text}"));
            }
            75 => maker.line(format!("{time}Z")),
            76 => maker.line(format!("{time}Z ")),
            77 => {
                let time = maker.impossible_time(7);
                maker.line(format!("{time}Z no such time"));
            }
            78 => {
                let digits = maker.rng.usize(5..10);
                let (time, zone) = (maker.time(digits), maker.one(&["Z", "+00:00", "", "z"]));
                maker.line(format!("{time}{zone} perhaps a stamp"));
            }
            79 => maker.line(format!("{time}Z\tno blank")),
            _ => unstamped(maker),
        }
    }
}

/// Times in any of their spellings, levels as loggers lay them out.
pub(super) fn any_time(maker: &mut Maker, bytes: usize) {
    preamble(maker);
    while maker.out.len() < bytes {
        let digits = maker.rng.usize(..10);
        let mut time = maker.time(digits);
        if maker.chance(30) {
            time = time.replace('T', " ").replace('.', maker.one(&[".", ","]));
        }
        let zone = maker.one(&["Z", "Z", "+01:00", "-0530", "", " UTC", " +0200"]);
        let level = maker.one(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]);
        let text = texts(maker);
        match maker.rng.u32(..100) {
            0..30 => maker.line(format!("{time}{zone} {level:>5} 1 --- [main] c.a.Shop : {text}")),
            30..40 => maker.line(format!("{time}{zone} [{level}] agent: {text}")),
            40..50 => {
                maker.line(format!("{time}{zone} [http exec 1] {level:<5} c.a.Shop - {text}"))
            }
            50..58 => maker.line(format!("{time}{zone} - root.x - {level} - {text}")),
            58..60 => maker.line(format!("{time}{zone}\tListening on 3000: {text}")),
            60 | 61 => {
                let json = json_tail(maker);
                maker.line(format!("{time}{zone}\t{level}\tshop/cart.go:12\t{text}\t{json}"));
            }
            62 => maker.line(format!("[{time}{zone} {level:<5} shop::cart] {text}")),
            63 => maker.line(format!("[{time}{zone}] production.{level}: {text}")),
            64 => {
                let time = time.replace('-', "/");
                maker.line(format!("{time} [{}] 123#0: {text}", level.to_lowercase()));
            }
            65 => {
                let level = format!("\u{1b}[32m{level:>5}\u{1b}[0m");
                maker.line(format!("\u{1b}[2m{time}{zone}\u{1b}[0m {level} shop: {text}"));
            }
            66 => maker.line(format!("\u{1b}[2m[{time}{zone}]\u{1b}[0m[{level}] {text}")),
            67 => maker.line(format!("[{time}Z")),
            68 => maker.line(format!("{time}{zone}")),
            69 => {
                let time = maker.impossible_time(3);
                maker.line(format!("{time}Z {level} no such time"));
            }
            70 => maker.line(format!("{time}{zone}x no blank")),
            _ => unstamped(maker),
        }
    }
}

/// Lines of web servers, with quotes in requests.
pub(super) fn access(maker: &mut Maker, bytes: usize) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    while maker.out.len() < bytes {
        let time = if maker.chance(2) { maker.impossible_time(0) } else { maker.time(0) };
        let month =
            time[5..7].parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
        let (year, day, clock) = (&time[..4], &time[8..10], &time[11..]);
        let zone = maker.one(&["+0000", "+0000", "-0700", "+0530", "Z"]);
        let time = format!("{day}/{}/{year}:{clock} {zone}", month.unwrap_or(&"Mrz"));
        let host = maker.one(&["10.0.0.1", "::1", "shop.example:443 10.0.0.2", "-"]);
        let user = maker.one(&["-", "-", "eve", "a b", "[x]"]);
        let text = message(maker).replace(['\n', '\r'], " ");
        let text =
            if maker.chance(90) { text.replace('\\', "").replace('"', "\\\"") } else { text };
        let is_odd = maker.chance(4);
        let status = match is_odd {
            true => maker.one(&["999", "20", "-", "200x"]),
            false => maker.one(&["200", "204", "301", "404", "499", "500", "503"]),
        };
        let end = maker.one(&["", " 512", " 0 \"-\" \"curl/8.5.0\""]);
        match maker.rng.u32(..100) {
            0 => maker.line(format!("{host} - {user} {time} \"{text}\" {status}{end}")),
            1 => maker.line(format!("{host} {user} [{time}] \"{text}\" {status}{end}")),
            2 | 3 => unstamped(maker),
            _ => maker.line(format!("{host} - {user} [{time}] \"{text}\" {status}{end}")),
        }
    }
}

pub(super) fn plain(maker: &mut Maker, bytes: usize) {
    while maker.out.len() < bytes {
        match maker.rng.u32(..100) {
            0..3 => {
                let (time, digits) = (maker.time(9), maker.rng.usize(20..29));
                maker.line(format!("{}Z some time", &time[..digits]));
            }
            3..5 => {
                let json = json_tail(maker);
                maker.line(format!("about {json}"));
            }
            _ => unstamped(maker),
        }
    }
}

/// A text in one of the layouts of loggers, or prose: nothing that only looks like a level.
pub(super) fn logged(maker: &mut Maker) -> String {
    let level = maker.one(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]);
    let text = texts(maker);
    match maker.rng.u32(..8) {
        0 => format!("{level:>5} 1 --- [main] c.a.Shop : {text}"),
        1 => format!("[{}] agent: {text}", level.to_lowercase()),
        2 => format!("[http exec 1] {level:<5} c.a.Shop - {text}"),
        3 => format!("{level}: {text}"),
        _ => format!("Listening on 3000: {text}"),
    }
}

pub(super) fn texts(maker: &mut Maker) -> String {
    maker.long().unwrap_or_else(|| message(maker))
}

/// A line without a stamp, a blank one, one that is no text.
pub(super) fn unstamped(maker: &mut Maker) {
    match maker.rng.u32(..100) {
        0..12 => {
            let blanks = maker.one(&["", "", " ", "\t", "  \t "]);
            maker.line(blanks);
        }
        12..20 if maker.out.len() > HEAD / 2 => {
            let line = maker.not_utf8();
            maker.line(line);
        }
        20..60 => {
            let (blanks, text) = (maker.one(&["    ", "\t", " "]), message(maker));
            maker.line(format!("{blanks}{text}"));
        }
        _ => {
            let text = texts(maker);
            maker.line(text);
        }
    }
}

/// At times lines before the first stamp.
pub(super) fn preamble(maker: &mut Maker) {
    if maker.chance(25) {
        (0..maker.rng.usize(1..6)).for_each(|_| unstamped(maker));
    }
}
