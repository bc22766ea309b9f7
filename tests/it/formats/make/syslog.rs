//! Lines of syslog and of the journal.

use super::Maker;
use super::stamped::{logged, unstamped};
use super::words::message;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let usual = maker.rng.u32(..6);
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        let form = if is_first || maker.chance(85) { usual } else { maker.rng.u32(..6) };
        let (pri, header) = (pri(maker), header(maker, form));
        let (tag, text) = (tag(maker, is_first), logged(maker));
        let prose = format!("Listening on 3000: {}", message(maker));
        match if is_first { 99 } else { maker.rng.u32(..100) } {
            0..10 => unstamped(maker),
            10..13 => {
                let line = near_miss(maker);
                maker.line(line);
            }
            13 => maker.line(format!("{pri}{header}")),
            // A level behind what is no tag would be that of the text.
            14 => maker.line(format!("{pri}{header} {prose}")),
            15 => {
                let tag =
                    maker.one(&["kernel:", "app[12]:", "app[a]:", "app[12]", "app:x", "a b:"]);
                maker.line(format!("{pri}{header} {tag} {prose}"));
            }
            16 => maker.line(format!("{pri}{header} {tag}")),
            17 => maker.line(format!("{pri}{header} {tag} {{\"level\":\"error\",\"a\":1}}")),
            18..25 => {
                let line = rfc5424(maker);
                maker.line(line);
            }
            _ => maker.line(format!("{pri}{header} {tag} {text}")),
        }
        is_first = false;
    }
}

fn pri(maker: &mut Maker) -> String {
    match maker.rng.u32(..50) {
        0 => maker.one(&["<192>", "<999>", "<>", "<1>1 ", "<034>", "<a>"]).to_owned(),
        1..10 => format!("<{}>", maker.rng.u32(..192)),
        _ => String::new(),
    }
}

fn host(maker: &mut Maker) -> &'static str {
    maker.one(&["web-1", "db.example.com", "10.0.0.7", "fe80::1", "localhost", "web_2"])
}

fn tag(maker: &mut Maker, has_pid: bool) -> String {
    let name = maker.one(&["sshd", "systemd", "postfix/smtpd", "(systemd)", "nginx", "org.a.B"]);
    match has_pid || maker.chance(80) {
        true => format!("{name}[{}]:", maker.rng.u32(1..99_999)),
        false => format!("{name}:"),
    }
}

/// A time and a host.
fn header(maker: &mut Maker, form: u32) -> String {
    let host = host(maker).to_owned();
    let digits = maker.one(&["", "3", "6", "6"]).parse().unwrap_or(0);
    let time = match maker.chance(97) {
        true => maker.time(digits),
        false => maker.impossible_time(digits),
    };
    let (date, clock) = time.split_at(10);
    let time = match form {
        0 | 1 => {
            let month = date[5..7].parse::<usize>().unwrap();
            let month = MONTHS.get(month.wrapping_sub(1)).unwrap_or(&"Mrz");
            let day = match maker.rng.u32(..100) {
                0 => "29".to_owned(),
                1 => date[8..].to_owned(),
                _ => format!("{:>2}", date[8..].trim_start_matches('0')),
            };
            let month = if maker.chance(2) { "Feb" } else { month };
            format!("{month} {day} {}", &clock[1..])
        }
        2 | 3 => format!("{time}{}", maker.one(&["Z", "+01:00", "-0700", "+00:00"])),
        4 => {
            let zone = maker.one(&["UTC", "UTC", "UTC", "CET", "+02"]);
            format!("Mon {date} {} {zone}", &clock[1..])
        }
        _ => {
            let seconds = maker.tick() / 1_000;
            let micros = maker.rng.u32(..1_000_000);
            match maker.chance(60) {
                true => format!("{seconds}.{micros:06}"),
                false => format!("[{:>5}.{micros:06}]", seconds % 90_000),
            }
        }
    };
    format!("{time} {host}")
}

fn rfc5424(maker: &mut Maker) -> String {
    let digits = maker.one(&["", "3", "6"]).parse().unwrap_or(0);
    let time = if maker.chance(97) { maker.time(digits) } else { maker.impossible_time(digits) };
    let time = if maker.chance(5) { "-".to_owned() } else { format!("{time}Z") };
    let host = if maker.chance(10) { "-" } else { host(maker) }.to_owned();
    let [app, pid, id] =
        [["app", "-", "su"], ["12", "-", "a-b"], ["ID47", "-", "-"]].map(|of| maker.one(&of));
    let structured = maker.one(&[
        "-",
        "-",
        "[a@1 b=\"c\"]",
        "[a@1 b=\"] \\\" \\] \\\\\"][d]",
        "[a",
        "[a b=\"c]",
        "x",
        "",
    ]);
    let text = logged(maker);
    let text = match maker.rng.u32(..20) {
        0 => String::new(),
        1 => " ".to_owned(),
        2 | 3 => format!(" \u{feff}{text}"),
        _ => format!(" {text}"),
    };
    let (pri, version) = (maker.rng.u32(..200), maker.one(&["1", "1", "1", "1", "1", "2"]));
    format!("<{pri}>{version} {time} {host} {app} {pid} {id} {structured}{text}")
}

fn near_miss(maker: &mut Maker) -> String {
    let text = message(maker);
    let time = maker.time(6);
    match maker.rng.u32(..8) {
        0 => "-- Reboot --".to_owned(),
        1 => "-- Logs begin at Mon 2026-03-09 10:00:00 UTC, end at Mon 2026-03-09 10:01:00 UTC. --"
            .into(),
        2 => format!("{time}Z INFO main[7]: {text}"),
        3 => format!("{time} web-1 app[7]: {text}"),
        4 => format!("Mar  9 10:00:00 app[7]: {text}"),
        5 => format!("Feb 30 10:00:00 web-1 app[7]: {text}"),
        6 => format!("mar  9 10:00:00 web-1 app[7]: {text}"),
        _ => format!("[    0.000000] [a] app: {text}"),
    }
}
