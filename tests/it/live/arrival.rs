//! Each line is acted on before the next is written.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, thread};

use ::ripsaw::source::FormatId;

use super::{PATIENCE, Session, at_once, ripsaw};

#[test]
fn each_hit_is_printed_while_the_pipe_is_open() {
    for threads in ["1", "2", "8"] {
        let mut grep = Session::start(&["grep", "ERROR", "-", "--threads", threads]);
        for number in 1..=20 {
            grep.send(format!("line {number} ERROR\n"));
            grep.expect(&format!("-:{}:line {number} ERROR\n", 2 * number - 1));
            grep.send("nothing\n");
        }
        assert!(grep.finish().1.success());
    }
}

#[test]
fn every_output_is_handed_over() {
    let mut cat = Session::start(&["cat", "-"]);
    cat.send("20 bytes, then none.\n");
    cat.expect("\t\t\t\t20 bytes, then none.\n");

    let mut only = Session::start(&["grep", "-o", "e.", "-N", "-"]);
    only.send("one two\nthree\n");
    only.expect("-:e \n-:ee\n");

    let mut json = Session::start(&["grep", "--json", "two", "-"]);
    json.send("one two\n");
    let begin = "{\"data\":{\"path\":{\"text\":\"-\"}},\"type\":\"begin\"}\n";
    json.expect(begin);
    json.expect(
        "{\"type\":\"match\",\"data\":{\"line_number\":1,\"lines\":{\"text\":\"one two\\n\"}",
    );

    let mut count = Session::start(&["grep", "-c", "two", "-"]);
    count.send("two\ntwo\n");
    count.expect_nothing();
    assert_eq!(count.finish().0, "-:2\n");
}

#[test]
fn every_conversion_to_a_stream_is_handed_over() {
    let convert = |to: &str, columns: &str| {
        let out = ["convert", "-q", "-", "-o", "-", "--to", to, "--columns", columns];
        Session::start(&out)
    };
    let mut csv = convert("csv", "line,message");
    csv.send("a\n");
    csv.expect("line,message\r\n1,a\r\n");
    csv.send("\nb\n");
    csv.expect("3,b\r\n");
    let mut ndjson = convert("ndjson", "line,message");
    ndjson.send("a\n");
    ndjson.expect("{\"line\":1,\"message\":\"a\"}\n");

    for threads in ["1", "4"] {
        let out = ["convert", "-q", "-", "-o", "-", "--to", "arrows", "--threads", threads];
        let mut command = ripsaw(&out);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        input.write_all(b"first\n").unwrap();
        let mut reader = arrow::ipc::reader::StreamReader::try_new(output, None).unwrap();
        for text in [&b"second\nthird\n"[..], b"fourth\n", b""] {
            let batch = reader.next().unwrap().unwrap();
            assert!(batch.num_rows() > 0);
            input.write_all(text).unwrap();
        }
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn lines_of_every_format_are_told_as_they_come() {
    let harness =
        "{\"level\":\"ERROR\",\"pos\":0,\"out\":\"x\",\"time\":\"2026-03-09T17:01:24Z\"}\n";
    let pino = "{\"level\":50,\"time\":1773047520123,\"msg\":\"x\"}\n";
    let docker = "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-03-09T17:01:24Z\"}\n";
    let github = "2025-10-01T21:48:14.0617942Z ##[error]x\n";
    let stamped = "2026-03-09 17:01:24,123 ERROR x\n";
    let cases = [
        ("", harness, "2026-03-09T17:01:24Z\tERROR\t\t\tx\n"),
        ("", pino, "2026-03-09T09:12:00.123Z\tERROR\t\t\tx\n"),
        ("", docker, "2026-03-09T17:01:24Z\t\t\t\tx\n"),
        ("", github, "2025-10-01T21:48:14.061794200Z\tERROR\t\t\tx\n"),
        ("", stamped, "2026-03-09T17:01:24.123Z\tERROR\t\t\tERROR x\n"),
        // Records after a banner.
        ("\n> start\n", pino, "2026-03-09T09:12:00.123Z\tERROR\t\t\tx\n"),
        ("> start\n", harness, "2026-03-09T17:01:24Z\tERROR\t\t\tx\n"),
        ("> start\n", stamped, "2026-03-09T17:01:24.123Z\tERROR\t\t\tERROR x\n"),
    ];
    for (banner, line, row) in cases {
        let mut cat = Session::start(&["cat", "-"]);
        if !banner.is_empty() {
            cat.send(banner);
            cat.expect("\t\t\t\t> start\n");
        }
        for _ in 0..3 {
            cat.send(line);
            cat.expect(row);
        }
    }
    // The elements of an array come as soon as they are whole.
    let mut cat = Session::start(&["cat", "-", "--columns", "message"]);
    cat.send("[\n{\"msg\":\"a\"},\n");
    cat.send("{\"msg\":\n\"b\"},\n");
    cat.expect("a\nb\n");
    cat.send("{\"msg\":\"c\"}]\n");
    assert_eq!(cat.finish().0, "c\n");
}

#[test]
fn lines_around_a_hit_come_when_they_come() {
    let mut grep = Session::start(&["grep", "hit", "-", "-B1", "-A2"]);
    grep.send("a\nb\nhit\n");
    grep.expect("--2-b\n-:3:hit\n");
    grep.send("c\n");
    grep.expect("--4-c\n");
    grep.send("d\n");
    grep.expect("--5-d\n");
    grep.send("e\nf\nhit\n");
    grep.expect("--\n--7-f\n-:8:hit\n");
}

#[test]
fn a_line_may_come_in_parts() {
    let mut grep = Session::start(&["grep", "ü", "-"]);
    for part in [&b"\xef\xbb"[..], b"\xbf", b"gr", b"\xc3", b"\xbc", b"n\r"] {
        grep.send(part);
        thread::sleep(Duration::from_millis(20));
    }
    grep.expect_nothing();
    grep.send("\n");
    grep.expect("-:1:grün\n");
    grep.send(b"\x1b[3");
    thread::sleep(Duration::from_millis(20));
    grep.send("1m\u{fc}\x1b[0m\nno end: \u{fc}");
    grep.expect("-:2:ü\n");
    assert_eq!(grep.finish().0, "-:3:no end: ü\n");
}

#[test]
fn text_in_utf_16_comes_as_well() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut cat = Session::start(&["cat", "-", "--columns", "message"]);
    cat.send(b"\xff\xfe");
    for line in ["first line\r\n", "größer\r\n"] {
        let bytes = wide(line);
        cat.send(&bytes[..7]);
        thread::sleep(Duration::from_millis(20));
        cat.send(&bytes[7..]);
        cat.expect(&line.replace('\r', ""));
    }
}

#[test]
fn nothing_at_all_is_no_row() {
    for arguments in [&["cat", "-"][..], &["grep", "-c", "x", "-"]] {
        let (out, code) = at_once(arguments, b"");
        assert_eq!((out.len(), code), (0, Some(i32::from(arguments[0] == "grep"))));
    }
}

#[test]
fn enough_is_enough() {
    let mut grep = Session::start(&["grep", "-m2", "-A1", "hit", "-"]);
    grep.send("hit\n");
    grep.expect("-:1:hit\n");
    grep.send("hit\nbeside\n");
    grep.expect("-:2:hit\n--3-beside\n");
    // The pipe stays open.
    assert!(grep.wait().success());
    for (option, printed) in [("-l", "-\n"), ("-q", "")] {
        let mut grep = Session::start(&["grep", option, "hit", "-"]);
        grep.send("a hit\n");
        grep.expect(printed);
        assert!(grep.wait().success(), "{option}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it() {
    let mut command = ripsaw(&["cat", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    drop(child.stdout.take());
    let begun = std::time::Instant::now();
    // What it has no use for any more is not waited for, either.
    while child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "it never ended");
        let _ = input.write_all(b"a line\n");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_signal_ends_the_waiting() {
    for line in ["", "a line\n"] {
        let mut cat = Session::start(&["cat", "-"]);
        if !line.is_empty() {
            cat.send(line);
            cat.expect("\t\t\t\ta line\n");
        }
        // Signals are caught from early on; before that they end it as well.
        thread::sleep(Duration::from_millis(200));
        cat.signal("INT");
        let code = cat.wait().code();
        assert!(matches!(code, Some(130) | None), "{code:?}");
    }
}

#[test]
fn a_named_pipe_is_read_as_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let mut grep = Session::start(&["grep", "-N", "hit", path.to_str().unwrap()]);
    let mut pipe = fs::OpenOptions::new().write(true).open(&path).unwrap();
    for _ in 0..3 {
        pipe.write_all(b"a hit\nno\n").unwrap();
        grep.expect(&format!("{}:a hit\n", path.display()));
    }
    drop(pipe);
    assert!(grep.wait().success());
}

#[test]
fn a_terminal_is_sent_each_line_below_its_heading() {
    let folder = crate::convert::Folder::new();
    let mut command = std::process::Command::new(crate::terminal::terminal(&folder));
    command.args([env!("CARGO_BIN_EXE_ripsaw"), "grep", "hit", "-", "--color", "never"]);
    crate::program::without_variables(&mut command);
    let mut grep = Session::of(command);
    grep.send("a hit\n");
    grep.expect_line("-");
    grep.expect_line("     1:                     a hit");
    grep.send("2026-03-09 10:00:00 WARN hit\n");
    grep.expect_line("     2: 10:00:00Z     WARN  WARN hit");
}

#[test]
fn standard_input_is_there_once() {
    for threads in ["1", "4"] {
        let arguments = ["cat", "-", "-", "--columns", "message", "--threads", threads];
        let lines = "a line\n".repeat(50_000);
        let (out, code) = at_once(&arguments, lines.as_bytes());
        assert_eq!((out == lines.as_bytes(), code), (true, Some(0)));
    }
}

/// A format that looks at whole archives must not look at what can be read only once.
#[test]
fn a_forced_format_loses_nothing() {
    for format in FormatId::all().map(FormatId::format) {
        let text: String =
            (0..100).map(|n| format!("2026-03-09T10:00:00.1234567Z line {n}\n")).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        std::fs::write(&path, &text).unwrap();
        let cat = ["cat", "--columns", "line,message", "--format", format.name];
        let file = super::ripsaw(&[&cat[..], &[path.to_str().unwrap()]].concat()).output().unwrap();
        let (piped, code) = super::at_once(&[&cat[..], &["-"]].concat(), text.as_bytes());
        assert!(file.stdout.iter().filter(|&&byte| byte == b'\n').count() > 98, "{}", format.name);
        assert_eq!((piped, code), (file.stdout, file.status.code()), "{}", format.name);
    }
}

/// An error of the first read is no empty log.
#[cfg(unix)]
#[test]
fn errors_of_the_first_read_are_said() {
    for command in [&["cat", "-"][..], &["convert", "-q", "--to", "csv", "-"], &["ls", "-"]] {
        let mut child = super::ripsaw(command);
        child.stdin(std::fs::File::open(env!("CARGO_MANIFEST_DIR")).unwrap());
        let said = child.output().unwrap();
        assert_eq!(said.status.code(), Some(2), "{command:?}");
        assert!(String::from_utf8(said.stderr).unwrap().contains("directory"), "{command:?}");
    }
}

/// Whoever shares a pipe may have set it so that reads do not wait.
#[cfg(unix)]
#[test]
fn reads_that_do_not_wait_are_tried_again() {
    use std::io::Write as _;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    let (mut writer, reader) = UnixStream::pair().unwrap();
    reader.set_nonblocking(true).unwrap();
    let mut child = super::ripsaw(&["cat", "--columns", "message", "-"]);
    let child = child.stdin(OwnedFd::from(reader)).stdout(std::process::Stdio::piped()).spawn();
    for line in ["one\n", "two\n", "three\n"] {
        std::thread::sleep(std::time::Duration::from_millis(50));
        writer.write_all(line.as_bytes()).unwrap();
    }
    drop(writer);
    let said = child.unwrap().wait_with_output().unwrap();
    assert_eq!((said.status.code(), &said.stdout[..]), (Some(0), &b"one\ntwo\nthree\n"[..]));
}
