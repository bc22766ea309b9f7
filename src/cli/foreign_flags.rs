//! Flags of ripgrep, grep and cat that ripsaw does not have, and what to use in their place.

/// Names of a flag, and the hint.
type Foreign = (&'static [&'static str], &'static str);

/// In the commands `grep` and `cat`. No name here may be an option of theirs.
const FLAGS: &[Foreign] = &[
    (
        &["-P", "--pcre2", "--perl-regexp", "--engine", "--auto-hybrid-regex"],
        "patterns have the syntax of ripgrep's default engine, without look-around and backreferences; \
         pipe the output into rg -P for these",
    ),
    (
        &["-E", "--extended-regexp", "-G"],
        "patterns are extended regular expressions already, and encodings are detected",
    ),
    (&["--encoding"], "encodings are detected: UTF-8, UTF-16 and UTF-32"),
    (
        &["-U", "--multiline", "--multiline-dotall"],
        "a pattern may match several lines of a message; (?s) lets . match a newline",
    ),
    (
        &["-z", "--search-zip", "--null-data", "-Z"],
        "compressed files and archives are searched without a flag",
    ),
    (
        &["-a", "--text", "--binary"],
        "--format text reads any file as text; ripsaw ls --formats shows what each was taken for",
    ),
    (
        &["-g", "--glob", "--iglob", "--include", "--exclude", "--exclude-dir", "--ignore-file"],
        "use --file GLOB for paths, --stage GLOB or --step GLOB for names; '!GLOB' excludes",
    ),
    (
        &["-t", "--type", "-T", "--type-not", "--type-list", "--type-add"],
        "use --file GLOB; ripsaw ls --formats shows the format of each file",
    ),
    (&["-j"], "use --threads N"),
    (
        &[
            "-u",
            "--unrestricted",
            "--no-ignore",
            "--hidden",
            "-.",
            "-R",
            "--recursive",
            "--dereference-recursive",
            "-d",
            "--max-depth",
            "--maxdepth",
            "--follow",
        ],
        "all files of an INPUT are searched; --file GLOB selects some",
    ),
    (&["--no-messages"], "redirect standard error: 2> /dev/null"),
    (
        &["--column", "--vimgrep"],
        "--json has the place of each match; -b prints the offset of each line",
    ),
    (&["--passthru"], "add the pattern '^', which every line matches: -e PATTERN -e '^'"),
    (&["--files"], "use ripsaw ls"),
    (&["--sortr"], "use --sort time or --sort path; --tail N prints the last N lines"),
    (&["--include-zero"], "use -L to list the entries without a match"),
    (
        &["--line-buffered", "--block-buffered"],
        "matches are printed as soon as they are found, without a flag",
    ),
    (&["--colors", "--colour"], "use --color always or --color never; the colours are fixed"),
    (&["--context-separator", "--field-match-separator"], "use --json or --columns"),
    (
        &["-A", "--show-all", "--show-nonprinting", "--show-ends", "--show-tabs"],
        "control characters are printed as escapes on a terminal",
    ),
    (&["--number", "--lines"], "use -n for line numbers, --head N or --tail N for some lines"),
];

/// What to use in place of a flag that is not known to a command.
pub(super) fn hint_of(command: &str, flag: &str) -> Option<&'static str> {
    if !["grep", "cat"].contains(&command) {
        return None;
    }
    let found = FLAGS.iter().find(|(names, _)| names.contains(&flag));
    found.map(|(_, hint)| *hint)
}
