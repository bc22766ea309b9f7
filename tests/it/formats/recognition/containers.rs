//! The kubelet's own files, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "cri-plain",
        "cri",
        "0.log",
        "2026-03-09T10:00:00.123456789Z stdout F listening on :8080\n\
         2026-03-09T10:00:01.123456789Z stderr F warning: slow\n",
    ),
    (
        "cri-parts",
        "cri",
        "1.log",
        "2026-03-09T10:00:00.123456789Z stdout P first half \n\
         2026-03-09T10:00:00.123456790Z stdout F second half\n\
         2026-03-09T10:00:01.123456789Z stdout F next\n",
    ),
    (
        "cri-objects",
        "cri",
        "2.log",
        r#"2026-03-09T10:00:00.123456789Z stdout F {"level":"error","msg":"refused"}
2026-03-09T10:00:01.123456789Z stdout F {"level":"info","msg":"done"}
"#,
    ),
    (
        "cri-offset",
        "cri",
        "3.log",
        "2026-03-09T11:00:00.123456789+01:00 stdout F one\n\
         2026-03-09T11:00:01.123456789+01:00 stderr F two\n",
    ),
    (
        "cri-tags",
        "cri",
        "4.log",
        "2026-03-09T10:00:00Z stdout F:tag tagged\n\
         2026-03-09T10:00:01.5Z stdout F also\n",
    ),
    // The command's line comes first.
    (
        "cri-prompt",
        "cri",
        "shell.txt",
        "$ sudo cat 0.log\n\
         2026-03-09T10:00:00.123456789Z stdout F one\n\
         2026-03-09T10:00:01.123456789Z stdout F two\n",
    ),
    (
        "cri-crlf",
        "cri",
        "copied.log",
        "\u{feff}2026-03-09T10:00:00.123456789Z stdout F one\r\n\
         2026-03-09T10:00:01.123456789Z stdout F two\r\n",
    ),
    ("cri-one-line", "cri", "one.log", "2026-03-09T10:00:00.123456789Z stdout F one\n"),
    // Neither F nor P.
    (
        "cri-no-tag",
        "stamped",
        "notag.log",
        "2026-03-09T10:00:00.123456789Z stdout listening on :8080\n\
         2026-03-09T10:00:01.123456789Z stderr slow\n",
    ),
    // X is no tag.
    (
        "cri-other-tag",
        "stamped",
        "othertag.log",
        "2026-03-09T10:00:00.123456789Z stdout X one\n\
         2026-03-09T10:00:01.123456789Z stdout X two\n",
    ),
    // Nothing is read from there.
    (
        "cri-other-stream",
        "stamped",
        "stdin.log",
        "2026-03-09T10:00:00.123456789Z stdin F one\n\
         2026-03-09T10:00:01.123456789Z stdin F two\n",
    ),
    // No time.
    (
        "cri-no-time",
        "text",
        "notime.txt",
        "stdout F one\n\
         stderr F two\n",
    ),
];
