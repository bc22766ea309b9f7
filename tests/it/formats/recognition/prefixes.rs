//! Prefixes before objects and text, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "compose-text",
        "prefixed",
        "compose.log",
        "web-1  | listening on :8080\n\
         db-1   | database system is ready\n\
         web-1  | cart opened\n",
    ),
    (
        "compose-objects",
        "prefixed",
        "objects.log",
        r#"web-1  | {"level":"info","msg":"listening"}
api-1  | {"level":"warn","msg":"slow"}
"#,
    ),
    (
        "compose-times",
        "prefixed",
        "times.log",
        "web-1  | 2026-03-09T10:00:00.123456789Z listening on :8080\n\
         db-1   | 2026-03-09T10:00:01.123456789Z ready\n",
    ),
    (
        "compose-colours",
        "prefixed",
        "colours.log",
        "\u{1b}[36mweb-1  | \u{1b}[0mlistening on :8080\n\
         \u{1b}[33mdb-1   | \u{1b}[0mready\n",
    ),
    (
        "compose-first-version",
        "prefixed",
        "old.log",
        "\u{1b}[36mshop_web_1 |\u{1b}[0m listening on :8080\n\
         \u{1b}[33mshop_db_1  |\u{1b}[0m ready\n",
    ),
    // The first line names the containers; all others have a prefix.
    (
        "compose-attach",
        "prefixed",
        "up.log",
        "Attaching to db-1, web-1\n\
         db-1   | ready\n\
         web-1  | listening on :8080\n\
         web-1 exited with code 0\n",
    ),
    // One of the containers has a name of its own, but another's ends with a number.
    (
        "compose-own-name",
        "prefixed",
        "names.log",
        "proxy  | started\n\
         web-1  | listening on :8080\n\
         proxy  | ready\n",
    ),
    // The times of the programs are behind the prefix.
    (
        "compose-stamped",
        "prefixed",
        "postgres.log",
        "db-1   | 2026-03-09 10:00:00.123 UTC [1] LOG:  database system is ready\n\
         db-1   | 2026-03-09 10:00:01.123 UTC [57] ERROR:  no such table\n",
    ),
    (
        "compose-crlf",
        "prefixed",
        "windows.log",
        "\u{feff}web-1  | listening on :8080\r\n\
         web-1  | cart opened\r\n",
    ),
    // Tables: each name once, or a rule.
    ("table-of-rows", "text", "rows.txt", "row-1  | a\nrow-2  | b\nrow-3  | c\n"),
    (
        "table-of-psql",
        "text",
        "psql.txt",
        "name   | value\n\
         -------+-------\n\
         row-1  | a\n\
         row-1  | b\n",
    ),
    (
        "table-of-markdown",
        "text",
        "table.md",
        "name  | value\n\
         ----- | -----\n\
         row-1 | a\n\
         row-1 | b\n",
    ),
    (
        "compose-three-containers",
        "prefixed",
        "three.log",
        "web-1  | listening\n\
         db-1   | ready\n\
         api-1  | listening\n\
         db-1   | checkpoint\n",
    ),
    ("compose-one-line", "prefixed", "one-compose.log", "web-1  | listening on :8080\n"),
    (
        "kubectl-prefix",
        "prefixed",
        "pods.log",
        "[pod/web-7d9f8-x2x4z/app] listening on :8080\n\
         [pod/web-7d9f8-q9k1p/app] listening on :8080\n",
    ),
    (
        "kubectl-prefix-objects",
        "prefixed",
        "pods.json",
        r#"[pod/web-7d9f8-x2x4z/app] {"level":"info","msg":"listening"}
[pod/web-7d9f8-q9k1p/app] {"level":"warn","msg":"slow"}
"#,
    ),
    (
        "kubectl-prefix-times",
        "prefixed",
        "podtimes.log",
        "[pod/web-7d9f8-x2x4z/app] 2026-03-09T10:00:00.123456789Z listening on :8080\n\
         [pod/web-7d9f8-x2x4z/istio-proxy] 2026-03-09T10:00:01.123456789Z ready\n",
    ),
    // The command's line comes first.
    (
        "kubectl-prefix-prompt",
        "prefixed",
        "shell.log",
        "$ kubectl logs -l app=web --prefix\n\
         [pod/web-7d9f8-x2x4z/app] listening on :8080\n\
         [pod/web-7d9f8-q9k1p/app] listening on :8080\n",
    ),
    (
        "kubectl-objects",
        "prefixed",
        "kubectl.log",
        r#"2026-03-09T10:00:00.123456789Z {"level":"info","msg":"listening"}
2026-03-09T10:00:01.123456789Z {"level":"warn","msg":"slow"}
"#,
    ),
    // Half of the lines are a time and an object.
    (
        "kubectl-objects-half",
        "prefixed",
        "half.log",
        r#"2026-03-09T10:00:00.123456789Z starting
2026-03-09T10:00:01.123456789Z {"level":"info","msg":"listening"}
2026-03-09T10:00:02.123456789Z {"level":"warn","msg":"slow"}
2026-03-09T10:00:03.123456789Z stopped
"#,
    ),
    (
        "time-objects",
        "prefixed",
        "app.log",
        r#"2026-03-09 10:00:00,123 {"event":"login","user":7}
2026-03-09 10:00:01,123 {"event":"logout","user":7}
"#,
    ),
    (
        "fluentd-stdout",
        "prefixed",
        "fluentd.log",
        r#"2026-03-09 10:00:00.000000000 +0000 app.web: {"message":"one","level":"info"}
2026-03-09 10:00:01.000000000 +0000 app.web: {"message":"two","level":"warn"}
"#,
    ),
    (
        "fluentd-file",
        "prefixed",
        "buffer.log",
        "2026-03-09T10:00:00+00:00\tapp.web\t{\"message\":\"one\"}\n\
         2026-03-09T10:00:01+00:00\tapp.api\t{\"message\":\"two\"}\n",
    ),
    (
        "syslog-objects",
        "prefixed",
        "syslog",
        r#"Mar  9 10:00:00 web-1 shop[812]: {"level":"info","msg":"listening"}
Mar  9 10:00:01 web-1 shop[812]: {"level":"warn","msg":"slow"}
"#,
    ),
    (
        "syslog-5424-objects",
        "prefixed",
        "drain.log",
        r#"<14>1 2026-03-09T10:00:00Z web-1 shop 812 - - {"level":"info","msg":"listening"}
<12>1 2026-03-09T10:00:01Z web-1 shop 812 - - {"level":"warn","msg":"slow"}
"#,
    ),
    // A tag, but what follows is no object.
    (
        "fluentd-text",
        "stamped",
        "fluentd-text.log",
        r#"2026-03-09 10:00:00 +0000 [info]: #0 starting fluentd worker pid=17 ppid=6 worker=0
2026-03-09 10:00:01 +0000 [warn]: #0 no patterns matched tag="app.web"
"#,
    ),
    // No name ends with a hyphen or underscore and a number.
    (
        "names-and-bars",
        "text",
        "people.txt",
        "proxy | nginx\n\
         store | postgres\n\
         queue | rabbitmq\n",
    ),
    // psql's table: the first lines are no prefixes, and no name ends as a container's.
    (
        "psql",
        "text",
        "psql.txt",
        " name  | state\n\
         -------+-------\n\
         \x20proxy | up\n\
         \x20store | down\n\
         (2 rows)\n",
    ),
    // A table of Markdown begins with a bar.
    (
        "markdown-table",
        "text",
        "table.md",
        "| name  | state |\n\
         | ----- | ----- |\n\
         | web-1 | up    |\n\
         | web-2 | down  |\n",
    ),
    // A table of the MySQL client does, too.
    (
        "mysql-table",
        "text",
        "mysql.txt",
        "+----+-------+\n\
         | id | name  |\n\
         +----+-------+\n\
         |  1 | web-1 |\n\
         +----+-------+\n",
    ),
    // Names of files before the bars.
    (
        "diff-stat",
        "text",
        "stat.txt",
        " src/cart.rs | 12 ++++++------\n\
         \x20src/user.rs |  3 +--\n\
         \x202 files changed, 8 insertions(+), 7 deletions(-)\n",
    ),
    // A time comes before the name, and the name ends with a point and a number.
    (
        "foreman",
        "clock",
        "foreman.log",
        "10:00:00 web.1    | listening on :8080\n\
         10:00:01 worker.1 | ready\n",
    ),
    // Another prefix.
    (
        "vagrant",
        "text",
        "vagrant.log",
        "==> web-1: Importing base box\n\
         ==> web-1: Booting VM\n",
    ),
    // stern's prefix has neither a bar nor brackets.
    (
        "stern",
        "text",
        "stern.log",
        r#"web-7d9f8-x2x4z app {"level":"info","msg":"listening"}
web-7d9f8-x2x4z app {"level":"warn","msg":"slow"}
"#,
    ),
    // Brackets, but no `pod/`.
    (
        "kubetail",
        "text",
        "kubetail.log",
        "[web-7d9f8-x2x4z] listening on :8080\n\
         [web-7d9f8-q9k1p] listening on :8080\n",
    ),
    // Task and step in brackets.
    (
        "tekton",
        "tekton",
        "tekton.log",
        "[build : unit-tests] ok  shop/cart 0.01s\n\
         [build : unit-tests] ok  shop/user 0.01s\n",
    ),
    // The prefix is in the middle of the lines.
    (
        "pod-mid-line",
        "text",
        "mention.txt",
        "error in [pod/web-7d9f8-x2x4z/app] listening failed\n\
         see also [pod/web-7d9f8-q9k1p/app] for more\n",
    ),
    // Another kind.
    (
        "pod-plural",
        "text",
        "plural.txt",
        "[pods/web-7d9f8-x2x4z/app] listening\n\
         [node/node-1/kubelet] ready\n",
    ),
];
