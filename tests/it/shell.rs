//! The command in a shell: pager and progress on a terminal, the user's defaults, help and manual pages.

use insta::assert_snapshot;

use crate::command::Folder;

#[cfg(unix)]
mod on_terminal {
    use std::process::Command;

    use crate::convert::Folder;
    use crate::program::without_variables;
    use crate::terminal::terminal;

    /// Prints `paged` before what it is given.
    const PAGER: &str = "sh -c 'echo paged; cat'";

    /// What a line for `sh` prints on a terminal, and its exit code. `$R` is ripsaw, `$LOG` two lines.
    fn shown(pager: &str, line: &str) -> (String, Option<i32>) {
        let folder = Folder::new();
        let program = terminal(&folder);
        let log =
            folder.file("a.log", b"2026-03-09T10:00:00Z INFO one\n2026-03-09T10:00:01Z INFO two\n");
        let mut command = Command::new(program);
        without_variables(&mut command);
        command.args(["sh", "-c", line]).env("R", env!("CARGO_BIN_EXE_ripsaw")).env("LOG", log);
        command.env("OUT", folder.path("out")).env("RIPSAW_PAGER", pager).env("NO_COLOR", "1");
        command.env("PAGER", "false").env("TERM", "xterm");
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    }

    #[test]
    fn grep_cat_and_ls_are_paged_alike() {
        for words in ["grep one", "cat", "ls", "ls --formats", "cat --sort time", "grep -c one"] {
            let (text, code) = shown(PAGER, &format!("$R {words} $LOG"));
            assert!(text.starts_with("paged\n") && text.len() > 10, "{words}: {text:?}");
            assert_eq!(code, Some(0), "{words}");
            for (pager, line) in [
                (PAGER, format!("$R {words} $LOG --no-pager")),
                ("", format!("$R {words} $LOG")),
                ("cat", format!("$R {words} $LOG")),
                (PAGER, format!("$R {words} $LOG | cat")),
            ] {
                let (text, code) = shown(pager, &line);
                assert!(!text.contains("paged") && text.len() > 5, "{line}: {text:?}");
                assert_eq!(code, Some(0), "{line}");
            }
        }
        // More may come, or nothing does.
        assert_eq!(shown(PAGER, "$R cat --columns message - < $LOG").0, "INFO one\nINFO two\n");
        let (text, code) = shown(PAGER, "$R grep three $LOG");
        assert_eq!((text.contains("paged"), code), (false, Some(1)), "{text}");
    }

    #[test]
    fn a_pager_may_fail_or_be_left() {
        let (text, code) = shown("no-such-pager -R", "$R cat --columns message $LOG");
        assert_eq!(
            text,
            "ripsaw: warning: cannot start the pager: no-such-pager -R: No such file or directory (os error 2)\n  \
             hint: set RIPSAW_PAGER to another program, or to cat\nINFO one\nINFO two\n"
        );
        assert_eq!(code, Some(0));
        let (text, _) = shown("sh -c 'echo", "$R cat --columns message $LOG");
        assert!(
            text.contains("a quote is not closed") && text.ends_with("INFO one\nINFO two\n"),
            "{text}"
        );
        // Left after a line, of more than a pipe holds.
        let many = "yes 'INFO a line of text' | head -n 200000 > $OUT; $R";
        for words in ["cat --columns message", "grep -N line", "grep line --columns line"] {
            let (text, code) = shown("head -n 1", &format!("{many} {words} $OUT --format text"));
            assert_eq!((text.lines().count(), code), (1, Some(0)), "{words}: {text}");
        }
    }

    #[test]
    fn a_search_ends_with_its_pager() {
        // Nothing is printed after the first line, so no write could fail; at the end an input is missing.
        let line = "{ echo INFO first; yes 'INFO a line of text' | head -n 3000000; } > $OUT
            $R grep -N --columns message first $OUT missing.log --format text";
        let (text, code) = shown("head -n 1", line);
        assert_eq!((&*text, code), ("INFO first\n", Some(0)));
    }

    #[test]
    fn an_interrupted_search_waits_for_its_pager() {
        // The signal comes while the pager runs and more is to be printed than a pipe holds.
        let line = "yes 'INFO a line of text' | head -n 200000 > $OUT
            $R cat $OUT --format text & until [ -e $OUT.begun ]; do sleep 0.05; done
            kill -INT $!; wait $!; echo code $?";
        let (text, _) =
            shown("sh -c 'touch $OUT.begun; sleep 0.5; cat > $OUT.text; echo bye'", line);
        assert_eq!(text, "bye\nripsaw: interrupted\ncode 130\n");
    }

    #[test]
    fn no_bar_is_drawn_among_lines() {
        // The input takes longer than a bar waits to be drawn.
        let slow = "{ cat $LOG; sleep 0.5; cat $LOG; } | $R";
        for words in
            ["cat --columns message -", "grep -N --columns message . -", "convert - --to csv"]
        {
            for progress in ["auto", "always"] {
                let (text, _) = shown("", &format!("{slow} {words} --progress {progress}"));
                // Of CSV.
                let text = text.replace("\r\n", "\n");
                assert!(!text.contains("entries  ") && !text.contains('\r'), "{words}: {text:?}");
            }
        }
        // Elsewhere it is drawn, and gone before anything else is printed.
        for line in ["cat - > $OUT", "ls -", "cat --columns message --sort time -"] {
            let (text, _) = shown("", &format!("{slow} {line}"));
            assert!(text.contains("entries  "), "{line}: {text:?}");
            let last = text.rsplit(['\r', '\u{1b}']).next().unwrap();
            assert!(!last.contains("entries  "), "{line}: {text:?}");
        }
        // The reader of a pipe may be a pager on the same terminal.
        for words in ["cat -", "grep . -", "convert - --to csv", "cat - --sort time"] {
            let (text, _) = shown("", &format!("{slow} {words} | cat > $OUT"));
            assert!(!text.contains("entries  "), "{words}: {text:?}");
        }
        let (text, _) = shown("", &format!("{slow} cat - --map nokey=x --format ndjson > $OUT"));
        assert!(!text.contains("/s ripsaw"), "{text:?}");
    }
}

/// Runs the command with options in the variable; what it prints, and what it says.
fn with(folder: &Folder, options: &str, arguments: &[&str]) -> String {
    let output = folder.command(arguments).env("RIPSAW_OPTIONS", options).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    format!("{}{}", text(output.stdout), text(output.stderr))
}

#[test]
fn defaults_are_put_before_the_command_line() {
    let folder = Folder::with_bundle(false);
    let columns = "--columns line,level --level 'ERROR+' --smart-case";
    let line = with(&folder, columns, &["cat", "logs.zip"]);
    assert_eq!(line, "4\tERROR\n");
    // The command line wins over the same option, over a list too.
    assert_eq!(with(&folder, columns, &["cat", "logs.zip", "--columns", "step"]), "Compile\n");
    let ignored = with(&folder, columns, &["cat", "logs.zip", "--no-config", "--step", "Compile"]);
    assert_eq!(ignored.lines().count(), 4, "{ignored}");
    // A contradiction is decided for it, and within the variable for the last.
    let count = with(&folder, columns, &["grep", "-c", "-i", "FAILED", "logs.zip"]);
    assert!(count.ends_with("Build/Compile:1\n"), "{count}");
    let json =
        with(&folder, "--columns line --json --level ERROR+", &["grep", "failed", "logs.zip"]);
    assert!(json.starts_with('{') && json.contains("\"type\":\"match\""), "{json}");
    // What the output does not have, and an order that does not suit it, are not used.
    let csv = ["convert", "-q", "logs.zip", "--to", "csv"];
    let plain = with(&folder, "", &csv);
    assert!(plain.starts_with("bundle,"), "{plain}");
    for options in ["--compression zstd:3", "--omit-nulls", "--row-group-size 100"] {
        assert_eq!(with(&folder, options, &csv), plain, "{options}");
    }
    let count = ["grep", "-c", "", "logs.zip"];
    assert_eq!(with(&folder, "--sort time", &count), with(&folder, "", &count));
    // A mistake in it is no matter to commands that have nothing to set.
    assert!(with(&folder, "--nosuch", &["formats"]).starts_with("harness "));
    // The variable's options are of several commands.
    let listed = with(&folder, columns, &["ls", "logs.zip"]);
    assert!(listed.contains("Compile") && !listed.contains("Helm"), "{listed}");
    assert!(with(&folder, columns, &["formats"]).starts_with("harness "));
    let explained = with(&folder, columns, &["cat", "logs.zip", "--explain", "--level", "FATAL"]);
    assert!(
        explained.starts_with(
            "ripsaw: RIPSAW_OPTIONS: --columns line,level; not used: --level ERROR+ --smart-case\n"
        ),
        "{explained}"
    );
    let explained =
        with(&folder, "-iC3 --tz UTC", &["grep", "x", "logs.zip", "--explain", "-C", "1"]);
    assert!(
        explained.starts_with("ripsaw: RIPSAW_OPTIONS: -i --tz UTC; not used: -C3\n"),
        "{explained}"
    );
}

#[test]
fn errors_of_defaults_name_the_variable() {
    let folder = Folder::with_bundle(false);
    let mut said = String::new();
    for (options, arguments) in [
        ("--nosuch", &["ls", "logs.zip"][..]),
        ("logs.zip", &["ls", "logs.zip"]),
        ("--tz UTC -- x", &["ls", "logs.zip"]),
        ("-o out.csv", &["ls", "logs.zip"]),
        ("-e x", &["ls", "logs.zip"]),
        ("--rejects=x", &["ls", "logs.zip"]),
        ("--tz", &["ls", "logs.zip"]),
        ("--tz 'UTC", &["ls", "logs.zip"]),
        ("--color sometimes", &["ls", "logs.zip"]),
        ("--tz Nowhere/X", &["ls", "logs.zip"]),
    ] {
        said += &format!("{options}\n{}", with(&folder, options, arguments));
    }
    assert_snapshot!("wrong_defaults", said);
    // Help and the command line's own errors do not depend on it.
    let help = with(&folder, "--nosuch", &["ls", "--help"]);
    assert!(help.starts_with("List the entries"), "{help}");
    let own = with(&folder, "--tz UTC", &["ls", "logs.zip", "--color", "sometimes"]);
    assert!(!own.contains("RIPSAW_OPTIONS"), "{own}");
}

#[test]
fn help_is_a_command_and_a_manual() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["help", "cat"]).text(), folder.run(&["cat", "--help"]).text());
    assert_eq!(folder.run(&["help"]).text(), folder.run(&["--help"]).text());
    let version = folder.run(&["--version"]);
    let lines: Vec<&str> = version.text().lines().collect();
    assert!(lines[0].starts_with(concat!("ripsaw ", env!("CARGO_PKG_VERSION"))), "{lines:?}");
    let titles: Vec<&str> =
        lines[1..].iter().filter_map(|line| Some(line.split_once(':')?.0)).collect();
    assert_eq!(titles, ["target", "profile", "features", "simd", "allocator"]);

    assert_snapshot!("man_completions", folder.run(&["man", "completions"]).text());
    let said = folder.run(&["man", "-o", "man1"]);
    assert_eq!((said.code(), said.text()), (0, ""));
    let own = folder.read("man1/ripsaw.1");
    assert_eq!(own, folder.run(&["man"]).text());
    // Each command that the first page refers to has a page.
    for line in own.lines().filter_map(|line| line.strip_suffix("(1)")) {
        let name = line.replace('\\', "");
        let page = folder.read(&format!("man1/{name}.1"));
        assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH EXAMPLES"), "{name}");
    }
    assert!(folder.read("man1/ripsaw-grep.1").contains("\\-\\-no\\-pager"));
    folder.refused(&["man", "nosuch"]);
}
