//! Lines with a time of the day.

use super::Maker;
use super::stamped::{texts, unstamped};

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    if maker.chance(70) {
        let day = maker.time(0)[..10].to_owned();
        let day = if maker.chance(50) { day.replace('-', "/") } else { day };
        maker.line(format!("Log of shop 1.2.3, begun on {day} at noon"));
        if maker.chance(20) {
            maker.line(format!("built 2021-02-30, {day}, 12026-01-01 and 2024/01-02"));
        }
        if maker.chance(10) {
            maker.line("built 2021-02-03");
        }
    }
    // In brackets or not: the same in all lines.
    let is_open = maker.chance(30);
    let digits = *maker.rng.choice(&[0, 0, 3, 6]).unwrap();
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        if maker.chance(1) {
            maker.clock += maker.rng.i64(0..40_000_000);
        }
        let clock = maker.time(digits)[11..].to_owned();
        let (clock, text) = (clock.replace('.', maker.one(&[".", ","])), texts(maker));
        let stamp = if is_open { format!("[{clock}]") } else { clock.clone() };
        let level = maker.one(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]);
        match if is_first { 99 } else { maker.rng.u32(..100) } {
            0..8 => unstamped(maker),
            8 => maker.line(&stamp),
            9 => maker.line(format!("{stamp} ")),
            10 => maker.line(format!("{stamp}x {text}")),
            11 => maker.line(format!("{stamp} PM {text}")),
            12 => maker.line(format!("24{} {text}", &clock[2..])),
            13 => maker.line(format!(" {stamp} {text}")),
            14 => maker.line(format!("[{clock} {level}]: {text}")),
            15 => maker.line(format!("{stamp} 2026-03-09 {text}")),
            16..40 => maker.line(format!("{stamp}  {level} {text}")),
            40..60 => maker.line(format!("{stamp} [main] {level}: {text}")),
            _ => maker.line(format!("{stamp} app: {text}")),
        }
        is_first = false;
    }
}
