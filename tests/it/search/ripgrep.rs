//! Flags of ripgrep: the same meaning, or a hint.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::convert::Folder;

/// Two entries of text: what `rg` prints of the files is printed of them.
const FILES: [(&str, &[u8]); 2] = [
    (
        "logs/a.txt",
        b"port 80 open, port 443 open\nnothing here\nPort 22 closed\n\nport 8080 open\n",
    ),
    ("logs/b.txt", b"no match\nthe port is 5432\n"),
];

fn folder() -> Folder {
    let folder = Folder::new();
    for (name, text) in FILES {
        folder.file(name, text);
    }
    folder
}

/// Exit code, standard output, standard error.
fn run(folder: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let mut command = crate::program::ripsaw();
    command.current_dir(folder.path("")).args(arguments).stdin(Stdio::null());
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code().unwrap(), out, err)
}

fn printed(folder: &Folder, arguments: &[&str]) -> String {
    let (code, out, err) = run(folder, arguments);
    assert!(code < 2, "{arguments:?}: {err}");
    out
}

/// What ripgrep 13 prints for the same arguments with `-n --sort path`.
#[test]
fn the_same_lines_are_printed() {
    let folder = folder();
    for (arguments, expected) in [
        (
            &["port (\\d+)", "-r", "<$1>"][..],
            "logs/a.txt:1:<80> open, <443> open\nlogs/a.txt:5:<8080> open\n",
        ),
        (&["port (\\d+)", "-or", "$1"], "logs/a.txt:1:80\nlogs/a.txt:1:443\nlogs/a.txt:5:8080\n"),
        (
            &["(?P<n>\\d+)", "-o", "-r", "${n}0"],
            concat!(
                "logs/a.txt:1:800\nlogs/a.txt:1:4430\nlogs/a.txt:3:220\nlogs/a.txt:5:80800\n",
                "logs/b.txt:2:54320\n"
            ),
        ),
        (&["is", "-r", "$0$0 $none!"], "logs/b.txt:2:the port isis ! 5432\n"),
        (&["port", "-sc"], "logs/a.txt:2\nlogs/b.txt:1\n"),
        (&["port", "-ic"], "logs/a.txt:3\nlogs/b.txt:1\n"),
        // The last of them counts.
        (&["port", "-isc"], "logs/a.txt:2\nlogs/b.txt:1\n"),
        (&["port", "-sic"], "logs/a.txt:3\nlogs/b.txt:1\n"),
        (&["port", "-siSc"], "logs/a.txt:3\nlogs/b.txt:1\n"),
        (&["Port", "-iSc"], "logs/a.txt:1\n"),
        (&["Port", "-Sic"], "logs/a.txt:3\nlogs/b.txt:1\n"),
        (&["port", "--count-matches"], "logs/a.txt:3\nlogs/b.txt:1\n"),
        (&["port", "-co"], "logs/a.txt:3\nlogs/b.txt:1\n"),
        (&["port", "-coI"], "3\n1\n"),
        (&["port", "-c", "-I"], "2\n1\n"),
        (&["port", "-c", "-r", "x"], "logs/a.txt:2\nlogs/b.txt:1\n"),
        (&["port", "-l", "-I"], "logs/a.txt\nlogs/b.txt\n"),
        (
            &["open", "-b"],
            concat!(
                "logs/a.txt:1:0:port 80 open, port 443 open\n",
                "logs/a.txt:5:57:port 8080 open\n"
            ),
        ),
        (
            &["here", "-bC1"],
            concat!(
                "logs/a.txt-1-0-port 80 open, port 443 open\n",
                "logs/a.txt:2:28:nothing here\n",
                "logs/a.txt-3-41-Port 22 closed\n"
            ),
        ),
        (&["is", "-I"], "2:the port is 5432\n"),
        (&["is", "-IN"], "the port is 5432\n"),
        (&["is", "-INH"], "logs/b.txt:the port is 5432\n"),
        (&["is", "-HI", "-N", "-n"], "2:the port is 5432\n"),
        (
            &["is|here", "--heading"],
            concat!("logs/a.txt\n2:nothing here\n\n", "logs/b.txt\n2:the port is 5432\n"),
        ),
        (&["is|here", "--heading", "-I"], "2:nothing here\n\n2:the port is 5432\n"),
        (&["is", "--heading", "--no-heading"], "logs/b.txt:2:the port is 5432\n"),
        (&["is", "-M0"], "logs/b.txt:2:the port is 5432\n"),
    ] {
        let all = [&["grep"], arguments, &["logs", "--sort", "path"]].concat();
        assert_eq!(printed(&folder, &all), expected, "{arguments:?}");
    }
}

#[test]
fn long_lines_are_cut_and_what_is_left_out_is_said() {
    let folder = folder();
    let cut =
        |arguments: &[&str]| printed(&folder, &[&["grep"], arguments, &["logs/a.txt"]].concat());
    assert_eq!(
        cut(&["-N", "-M", "7", "open"]),
        "logs/a.txt:port 80 [... 20 more bytes, 2 more matches]\n\
         logs/a.txt:port 80 [... 7 more bytes, 1 more match]\n"
    );
    assert_eq!(
        cut(&["-IN", "-M", "12", "80 open"]),
        concat!("port 80 open [... 15 more bytes]\n", "port 8080 op [... 2 more bytes]\n")
    );
    assert_eq!(cut(&["-IN", "-M4", "-o", "\\w+080"]), "8080\n");
    assert_eq!(cut(&["-IN", "-M3", "-o", "8080"]), "808 [... 1 more byte]\n");
    assert_eq!(cut(&["-IN", "-M2", "-r", "äöü", "nothing here"]), "äö [... 2 more bytes]\n");
    // A flag that people have in their habits; counts and JSON are not cut.
    assert_eq!(cut(&["-IN", "-M3", "--max-columns-preview", "noth"]), "not [... 9 more bytes]\n");
    assert_eq!(cut(&["-c", "-M3", "port"]), "logs/a.txt:2\n");
    assert!(cut(&["--json", "-M3", "nothing"]).contains("nothing here"));
    let raw = printed(&folder, &["cat", "--raw", "-M", "5", "logs/b.txt"]);
    assert_eq!(raw, "no ma [... 3 more bytes]\nthe p [... 11 more bytes]\n");
    let columns = printed(&folder, &["cat", "-M", "4", "--columns", "line,message", "logs/b.txt"]);
    assert_eq!(columns, "1\tno [... 6 more bytes]\n2\tth [... 14 more bytes]\n");
}

/// The offset leads to the line in the text of the entry, whatever the entry is in.
#[test]
fn offsets_are_those_of_the_text() {
    let folder = Folder::new();
    let lines: Vec<String> = (0..30_000)
        .map(|number| match number % 5 {
            0 => String::new(),
            1 => format!("{{\"out\":\"tab\\tand ü {number}\",\"level\":\"INFO\"}}"),
            _ => format!("{{\"level\":\"INFO\",\"out\":\"x{number}\"}}\r"),
        })
        .collect();
    let text = format!("\u{feff}{}\n", lines.join("\n"));
    let entries =
        vec![("acc/pipeline/p/7/-abcdefghij/build/compile".to_owned(), text.clone().into_bytes())];
    let inputs: [PathBuf; 2] = [folder.zip("logs.zip", &entries), folder.tree("tree", &entries)];
    for input in &inputs {
        for threads in ["1", "3"] {
            let input = input.to_str().unwrap();
            let arguments = ["grep", "-bI", "[37]$", input, "--threads", threads];
            let out = printed(&folder, &arguments);
            assert!(out.lines().count() > 4000);
            for line in out.lines() {
                let [number, offset, message] = line.splitn(3, ':').collect::<Vec<_>>()[..] else {
                    panic!("{line}");
                };
                let (number, offset): (usize, usize) =
                    (number.parse().unwrap(), offset.parse().unwrap());
                let expected = &lines[number - 1];
                assert!(text[offset..].starts_with(expected), "{line}");
                assert!(expected.contains(message.trim_start_matches("tab\tand ü ")), "{line}");
            }
        }
    }
    let json = printed(&folder, &["grep", "--json", "-b", "x7$", inputs[0].to_str().unwrap()]);
    let found: Value = serde_json::from_str(json.lines().nth(1).unwrap()).unwrap();
    let offset = found["data"]["absolute_offset"].as_u64().unwrap() as usize;
    assert!(text[offset..].starts_with("{\"level\":\"INFO\",\"out\":\"x7\"}"), "{json}");
}

/// In every format, at the offset is what `--raw` prints.
#[test]
fn offsets_lead_to_raw_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = 0;
    for format in std::fs::read_dir(root.join("fixtures/formats")).unwrap() {
        let input = format.unwrap().path().join("input");
        if !input.is_dir() {
            continue;
        }
        let mut command = crate::program::ripsaw();
        command.args(["grep", "-b0", "--raw", ""]).arg(&input).stdin(Stdio::null());
        let out = command.output().unwrap().stdout;
        for line in out.split(|&byte| byte == b'\n').filter(|line| line.contains(&0)) {
            let mut parts = line.splitn(2, |&byte| byte == 0);
            let name = str::from_utf8(parts.next().unwrap()).unwrap();
            let mut parts = parts.next().unwrap().splitn(3, |&byte| byte == b':').skip(1);
            let offset: usize = str::from_utf8(parts.next().unwrap()).unwrap().parse().unwrap();
            // Members of archives have no file of their own.
            let Ok(text) = std::fs::read(name) else { continue };
            assert!(text[offset..].starts_with(parts.next().unwrap()), "{name} {offset}");
            lines += 1;
        }
    }
    assert!(lines > 200, "{lines}");
}

#[test]
fn replacements_are_in_json() {
    let folder = folder();
    let out = printed(&folder, &["grep", "--json", "-r", "<$1>", "port (\\d+)", "logs/a.txt"]);
    let found: Value = serde_json::from_str(out.lines().nth(1).unwrap()).unwrap();
    let data = &found["data"];
    // As ripgrep 15 has it: the line is as it was.
    assert_eq!(data["lines"]["text"], "port 80 open, port 443 open\n");
    assert_eq!(data["submatches"][0]["match"]["text"], "port 80");
    assert_eq!(data["submatches"][0]["replacement"]["text"], "<80>");
    assert_eq!(data["submatches"][1]["replacement"]["text"], "<443>");
}

#[test]
fn entries_are_sorted_by_path() {
    let folder = Folder::new();
    let names = ["z/1", "a/2", "m", "a/10", "B"];
    let entries: Vec<(String, Vec<u8>)> = names
        .iter()
        .map(|name| ((*name).to_owned(), format!("line of {name}\n").into_bytes()))
        .collect();
    let zip = folder.zip("b.zip", &entries);
    let other = folder.zip("a.zip", &entries[..1]);
    let inputs = [zip.to_str().unwrap(), other.to_str().unwrap()];
    let order = |sort: &[&str]| -> Vec<String> {
        let arguments = [&["grep", "-l", "line"], &inputs[..], sort].concat();
        let out = printed(&folder, &arguments);
        out.lines()
            .map(|line| Path::new(line).file_name().unwrap().to_string_lossy().into_owned())
            .zip(out.lines().map(|line| line.rsplit_once('!').unwrap().1.to_owned()))
            .map(|(_, path)| path)
            .collect()
    };
    assert_eq!(order(&[]), ["z/1", "a/2", "m", "a/10", "B", "z/1"]);
    assert_eq!(order(&["--sort", "none"]), order(&[]));
    // The bundle a.zip comes first.
    assert_eq!(order(&["--sort", "path"]), ["z/1", "B", "a/10", "a/2", "m", "z/1"]);
    // A compressed tar file is read once from its beginning for each step back.
    let tar = folder.path("c.tar.gz");
    let tree = folder.tree("tree", &entries);
    let file = std::fs::File::create(&tar).unwrap();
    let gzip = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    let mut builder = tar::Builder::new(gzip);
    for name in names {
        builder.append_path_with_name(tree.join(name), name).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap();
    let out = printed(&folder, &["grep", "-I", "line", tar.to_str().unwrap(), "--sort", "path"]);
    assert_eq!(out, "1:line of B\n1:line of a/10\n1:line of a/2\n1:line of m\n1:line of z/1\n");
    let cat = printed(&folder, &["cat", inputs[0], "--columns", "file", "--sort", "path"]);
    assert_eq!(cat, "B\na/10\na/2\nm\nz/1\n");
}

#[test]
fn flags_that_are_not_there_get_a_hint() {
    let folder = folder();
    for (flag, hint) in [
        ("-P", "without look-around and backreferences"),
        ("--pcre2", "without look-around and backreferences"),
        ("-Pi", "without look-around and backreferences"),
        ("--engine=pcre2", "without look-around"),
        ("-U", "(?s)"),
        ("--multiline-dotall", "(?s)"),
        ("-z", "archives are searched without a flag"),
        ("-a", "--format text"),
        ("-g*.log", "--file GLOB"),
        ("--glob=*.log", "--file GLOB"),
        ("-tpy", "--file GLOB"),
        ("-j4", "--threads N"),
        ("-uu", "all files of an INPUT are searched"),
        ("-R", "all files of an INPUT are searched"),
        ("--hidden", "all files of an INPUT are searched"),
        ("--no-messages", "2> /dev/null"),
        ("--column", "--json has the place of each match"),
        ("--vimgrep", "--json has the place of each match"),
        ("--passthru", "-e PATTERN -e '^'"),
        ("--sortr=path", "--tail N"),
        ("--include-zero", "-L"),
        ("--line-buffered", "as soon as they are found"),
        ("--colors=match:fg:red", "--color"),
        ("-E", "extended regular expressions already"),
        ("--context-separator=x", "--json"),
        ("--files", "ripsaw ls"),
    ] {
        let (code, _, err) = run(&folder, &["grep", flag, "port", "logs"]);
        assert_eq!(code, 2, "{flag}");
        assert!(err.contains(hint) && err.contains("  hint: "), "{flag}: {err}");
        // Clap's guesses would contradict it.
        assert!(!err.contains("similar"), "{flag}: {err}");
    }
    for flag in ["-g", "-A", "--number"] {
        let (code, _, err) = run(&folder, &["cat", flag, "logs"]);
        assert!(code == 2 && err.contains("hint:"), "{flag}: {err}");
    }
    let (code, _, err) = run(&folder, &["grep", "-r", "port", "logs"]);
    assert!(code == 2 && err.contains("-r is --replace"), "{err}");
    let (code, _, err) = run(&folder, &["grep", "--sort", "modified", "port", "logs"]);
    assert!(code == 2 && err.contains("use one of time, path, none"), "{err}");
}

#[test]
fn combinations_without_a_meaning_are_refused() {
    let folder = folder();
    for (arguments, said) in [
        (
            &["grep", "x", "logs", "--sort", "time", "-c"][..],
            "--sort time: it cannot be used with -c",
        ),
        (&["grep", "x", "logs", "--sort", "time", "-l"], "with -l"),
        (&["grep", "x", "logs", "--sort", "time", "--count-matches"], "with --count-matches"),
        (&["grep", "x", "logs", "--sort", "time", "--count-by", "step"], "with --count-by"),
        (&["grep", "x", "logs", "--sort", "time", "--json"], "ripsaw cat --json --sort time"),
        (&["grep", "x", "logs", "--sort", "time", "-O", "x.csv"], "with a table"),
        (&["cat", "logs", "--sort", "time", "--heading"], "--sort path keeps them apart"),
        (&["cat", "logs", "--head", "1", "--tail", "1"], "'--tail <N>'"),
        (&["grep", "x", "logs", "-c", "--head", "1"], "'--head <N>'"),
        (&["grep", "x", "logs", "-r", "y", "--columns", "message"], "'--columns"),
        (&["grep", "x", "logs", "--around", "10:00", "--since", "09:00"], "'--since"),
        (&["grep", "x", "logs", "--window", "1m"], "--around"),
        (&["grep", "x", "logs", "--around", "now", "--window", "-1m"], "'-1'"),
        (
            &["grep", "x", "logs", "--around", "now", "--window=1 minuet"],
            "use 500ms, 30s, 5m or 1h30m",
        ),
        (&["grep", "x", "logs", "--around", "noon"], "--around: invalid time \"noon\""),
        (&["cat", "logs", "--json", "--raw"], "'--raw'"),
    ] {
        let (code, _, err) = run(&folder, arguments);
        assert_eq!(code, 2, "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
}
