//! Lines of Kubernetes's components.

use super::Maker;
use super::stamped::{texts, unstamped};

pub(super) fn any(maker: &mut Maker, bytes: usize) {
    let has_header = maker.chance(30);
    let has_year = maker.chance(20);
    if has_header {
        let time = maker.time(0).replace('-', "/").replace('T', " ");
        maker.line(format!("Log file created at: {time}"));
        maker.line("Running on machine: web-1");
        maker.line("Log line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg");
    }
    let mut is_first = true;
    while is_first || maker.out.len() < bytes {
        let time = if maker.chance(97) { maker.time(6) } else { maker.impossible_time(6) };
        let (year, month, day) = (&time[..4], &time[5..7], &time[8..10]);
        let date = if maker.chance(1) { "0229".to_owned() } else { format!("{month}{day}") };
        let date = if has_year { format!("{year}{date}") } else { date };
        let clock = &time[11..];
        let letter = maker.one(&["I", "I", "W", "E", "F"]);
        let pid = format!("{:>7}", maker.rng.u32(1..9_999_999));
        let source = maker.one(&["main.go:7", "kubelet.go:2461", "a_b.cc:123", "x/y.go:1"]);
        let text = texts(maker);
        match if is_first { 99 } else { maker.rng.u32(..100) } {
            0..10 => unstamped(maker),
            10 => maker.line(format!("{letter}{date} {clock} {pid} {source}]")),
            11 => maker.line(format!("{letter}{date} {clock} {pid} {source}] ")),
            12 => maker.line(format!("{letter}{date} {clock} {pid} {source}]{text}")),
            13 => maker.line(format!("{letter}{date} {clock} {source}] {text}")),
            14 => maker.line(format!("D{date} {clock} {pid} {source}] {text}")),
            15 => maker.line(format!("{letter}{date} {} {pid} {source}] {text}", &clock[..8])),
            16 => maker.line(format!(" {letter}{date} {clock} {pid} {source}] {text}")),
            17 => {
                let odd =
                    maker.one(&["main.go", "main.go:", "main.go:a", "a b.go:7", "[main.go:7"]);
                maker.line(format!("{letter}{date} {clock} {pid} {odd}] {text}"));
            }
            18 => {
                maker.line(format!("{letter}{date} {clock} {pid} {source}] \"A\" err=\"{text}\""))
            }
            19 => maker.line("Log file created at: 2001/02/03 04:05:06"),
            _ => maker.line(format!("{letter}{date} {clock} {pid} {source}] {text}")),
        }
        is_first = false;
    }
}
