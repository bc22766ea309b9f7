//! What a terminal is sent: nothing of a log that it would obey.
#![cfg(unix)]

use std::path::PathBuf;
use std::process::Command;

use crate::convert::Folder;

/// Runs a command on a terminal of its own, with as many columns as the variable WIDTH says, and copies
/// what it prints there.
const ON_TERMINAL: &str = r#"
#define _XOPEN_SOURCE 600
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main(int count, char **words) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (count < 2 || master < 0 || grantpt(master) || unlockpt(master)) return 99;
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    struct termios modes;
    if (terminal < 0 || tcgetattr(terminal, &modes)) return 98;
    /* A newline stays one. */
    modes.c_oflag &= ~(tcflag_t)OPOST;
    tcsetattr(terminal, TCSANOW, &modes);
    struct winsize size = {40, 0, 0, 0};
    if (getenv("WIDTH")) size.ws_col = (unsigned short)atoi(getenv("WIDTH"));
    ioctl(terminal, TIOCSWINSZ, &size);
    pid_t child = fork();
    if (child == 0) {
        dup2(terminal, 1);
        dup2(terminal, 2);
        close(master);
        close(terminal);
        execvp(words[1], words + 1);
        _exit(97);
    }
    close(terminal);
    char bytes[4096];
    ssize_t length;
    while ((length = read(master, bytes, sizeof bytes)) > 0)
        if (write(1, bytes, (size_t)length) != length) return 96;
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 95;
}
"#;

pub(crate) fn terminal(folder: &Folder) -> PathBuf {
    let source = folder.file("terminal.c", ON_TERMINAL.as_bytes());
    let program = source.with_extension("");
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let done = Command::new(compiler).arg("-o").arg(&program).arg(&source).status().unwrap();
    assert!(done.success());
    program
}

/// A command line, and whether it prints in colours of ours.
const COMMANDS: &[(&[&str], bool)] = &[
    (&["cat", "LOG"], true),
    (&["cat", "LOG", "--sort", "time"], true),
    (&["cat", "LOG", "--columns", "file,message,extra"], true),
    (&["cat", "LOG", "--columns", "message"], true),
    (&["cat", "LOG", "--raw"], true),
    (&["cat", "LOG", "--raw", "--sort", "time"], true),
    (&["grep", "evil", "LOG"], true),
    (&["grep", "evil", "LOG", "-C", "1"], true),
    (&["grep", "evil", "LOG", "--columns", "message,level_text"], true),
    (&["grep", "evil", "LOG", "--raw"], true),
    (&["grep", "-o", "evil.*", "LOG"], true),
    (&["grep", "-c", "evil", "LOG"], true),
    (&["grep", "-l", "evil", "LOG"], true),
    (&["grep", "-L", "nothing", "LOG"], true),
    (&["grep", "evil", "LOG", "--count-by", "stage"], true),
    (&["grep", "evil", "LOG", "--sort", "time"], true),
    (&["grep", "--json", "evil", "LOG"], false),
    (&["grep", "-q", "evil", "LOG", "-O", "-", "--to", "ndjson"], false),
    (&["convert", "-q", "LOG", "-o", "-", "--to", "csv", "--ansi", "keep"], false),
    (&["convert", "-q", "LOG", "-o", "-", "--to", "ndjson", "--ansi", "keep"], false),
    (&["convert", "-q", "LOG", "-o", "/dev/stdout", "--to", "csv"], false),
    (&["convert", "-q", "LOG", "-o", "OUT", "--rejects", "-"], false),
    (&["convert", "LOG", "-o", "OUT"], true),
    (&["ls", "LOG"], true),
    (&["ls", "--json", "LOG"], false),
    (&["ls", "--formats", "LOG"], false),
    (&["ls", "--formats", "--json", "LOG"], false),
    (&["cat", "LOG", "--stage", "nothing"], true),
    (&["cat", "missing\u{9b}31m"], true),
    (&["convert", "-q", "LOG", "-o", "OUT", "--report", "/dev/stdout"], false),
    (&["convert", "-q", "LOG", "-o", "OUT", "--report", "-"], false),
    // Arguments that are repeated in what is said of them.
    (&["cat", "LOG", "--where", "level eq 'x\u{9b}31m\u{7f}"], false),
    (&["cat", "LOG", "--where", "le\u{9b}31m\u{7f} eq 'x'"], false),
    (&["cat", "LOG", "--level", "x\u{9b}31m\u{7f}\u{1b}[31m"], false),
    (&["cat", "LOG", "--map", "x\u{9b}31m\u{7f}=a"], false),
    (&["cat", "LOG", "--format", "x\u{9b}31m\u{7f}"], false),
    (&["cat", "LOG", "--color", "x\u{9b}31m\u{7f}"], false),
    (&["cat", "LOG", "--since", "x\u{9b}31m\u{7f}"], true),
    (&["cat", "LOG", "--tz", "x\u{9b}31m\u{7f}"], true),
    (&["cat", "LOG", "--stage", "x[\u{9b}31m\u{7f}"], true),
    (&["cat", "LOG", "--columns", "x\u{9b}31m\u{7f}"], true),
    (&["cat", "LOG", "--x\u{9b}31m\u{7f}"], false),
    (&["x\u{9b}31m\u{7f}"], false),
    (&["convert", "LOG", "x\u{9b}31m\u{7f}.csv"], false),
    (&["grep", "x\u{9b}31m\u{7f}(", "LOG"], true),
];

/// Control characters that are left once the colours and the cursor's movements of ours are taken out.
fn obeyed(text: &str) -> Vec<char> {
    let ours = regex::Regex::new("\u{1b}\\[[0-9;]*[mKJAGB]|\u{1b}\\[\\?25[lh]").unwrap();
    let text = ours.replace_all(text, "");
    // Of CSV; of a bar that is drawn over.
    let text = text.replace("\r\n", "\n");
    text.chars().filter(|c| c.is_control() && !"\n\t".contains(*c)).collect()
}

#[test]
fn a_terminal_is_shown_control_characters_and_not_sent_them() {
    let folder = Folder::new();
    let program = terminal(&folder);
    let nasty = "evil\\u009b31m \\u0007\\b\\u007f\\u0085 x\\ry \\u001b\\u009d0;t\\u009c end";
    let record = format!(
        "{{\"time\":\"2026-03-09T10:00:00Z\",\"level\":\"in\\u009bfo\",\"msg\":\"{nasty}\",\"k\\u009b\":\"\u{9b}\u{7f}\"}}\n"
    );
    // A name, text that is not UTF-8, and escape sequences as they are.
    let log = folder.file("evil\u{9b}31m\u{7f}\r/Build\u{9b}/a.ndjson", record.as_bytes());
    folder.file(
        "evil\u{9b}31m\u{7f}\r/b.log",
        b"evil \x1b[31mred\x1b[0m \xc2\x9b1m \x9b1m\x07\x0b\x08\r\x7f evil\n",
    );
    let folder_of_logs = log.parent().unwrap().parent().unwrap();
    for (words, in_colour) in COMMANDS {
        for colour in ["never", "always"] {
            if colour == "always" && !in_colour {
                continue;
            }
            let mut command = Command::new(&program);
            crate::program::without_variables(&mut command);
            command.arg(env!("CARGO_BIN_EXE_ripsaw"));
            for word in *words {
                match *word {
                    "LOG" => command.arg(folder_of_logs),
                    "OUT" => command.arg(folder_of_logs.with_file_name("o\u{9b}ut.csv")),
                    word => command.arg(word),
                };
            }
            command.args(["--color", colour, "--threads", "2"].iter().filter(|_| *in_colour));
            if colour == "never" {
                // Of usage errors, which come before options are known.
                command.env("NO_COLOR", "1");
            }
            command.env("COLUMNS", "200");
            let output = command.output().unwrap();
            let text =
                String::from_utf8(output.stdout).unwrap_or_else(|e| panic!("{words:?}: {e}"));
            assert!(!text.is_empty(), "{words:?}: {:?}", output.status);
            let left = obeyed(&text);
            // A bar takes its line back.
            assert!(left.iter().all(|c| *c == '\r'), "{words:?}: {left:?} in {text:?}");
            if colour == "never" && !words.contains(&"-q") && words[0] != "convert" {
                assert!(left.is_empty(), "{words:?}: {text:?}");
                assert!(!text.contains('\u{1b}'), "{words:?}: {text:?}");
            }
            if text.starts_with("{\"") && !words.contains(&"--raw") {
                for line in text.lines() {
                    let read = serde_json::from_str::<serde_json::Value>(line);
                    assert!(read.is_ok(), "{words:?}: {line}");
                }
            }
        }
    }
}

#[test]
fn what_is_piped_keeps_its_bytes() {
    let folder = Folder::new();
    let bytes = b"evil \x1b[31mred\x1b[0m \xc2\x9b1m \x9b1m\x07 x\ry evil\n";
    let log = folder.file("b.log", bytes);
    let run = |arguments: &[&str]| {
        let mut command = crate::program::ripsaw();
        command.args(arguments).arg(&log).output().unwrap().stdout
    };
    assert_eq!(run(&["cat", "--raw"]), bytes);
    assert_eq!(run(&["grep", "-N", "--raw", "evil"])[log.to_str().unwrap().len() + 1..], bytes[..]);
    let text =
        String::from_utf8(run(&["cat", "--columns", "message", "--format", "text"])).unwrap();
    assert!(text.contains("\u{9b}1m") || text.contains('\u{fffd}'), "{text:?}");
    let text = String::from_utf8(run(&["cat", "--columns", "line,message"])).unwrap();
    assert!(text.contains("x\ry"), "{text:?}");
}
