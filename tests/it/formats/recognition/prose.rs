//! Text of any kind: files that are no logs, and output of programs that write no times.
use super::Case;

pub(super) const CASES: &[Case] = &[
    // A level in brackets, but no time.
    (
        "maven",
        "text",
        "maven.log",
        "[INFO] Scanning for projects...\n\
         [INFO] Building shop 1.0.0\n\
         [WARNING] Using platform encoding\n\
         [ERROR] COMPILATION ERROR :\n",
    ),
    // Python's logging without a configuration.
    (
        "python-root",
        "text",
        "root.log",
        "WARNING:root:cannot open the file\n\
         ERROR:shop.cart:no such user\n",
    ),
    (
        "cargo",
        "text",
        "cargo.txt",
        "   Compiling shop v0.1.0 (/srv/shop)\n\
         warning: unused variable: `cart`\n\
         \x20--> src/main.rs:7:9\n\
         \x20   Finished `dev` profile [unoptimized + debuginfo] target(s) in 1.23s\n",
    ),
    (
        "npm-errors",
        "text",
        "npm.txt",
        "npm ERR! code ELIFECYCLE\n\
         npm ERR! errno 1\n\
         npm ERR! shop@1.0.0 test: `node test.js`\n",
    ),
    (
        "pytest",
        "text",
        "pytest.txt",
        "============================= test session starts ==============================\n\
         collected 3 items\n\
         test_cart.py ..F                                                         [100%]\n\
         =================================== FAILURES ===================================\n",
    ),
    // A stack trace without times.
    (
        "java-trace",
        "text",
        "trace.txt",
        "Exception in thread \"main\" java.lang.NullPointerException: no cart\n\
         \tat com.example.shop.Cart.load(Cart.java:41)\n\
         \tat com.example.shop.Main.main(Main.java:7)\n\
         Caused by: java.io.IOException: closed\n",
    ),
    (
        "go-panic",
        "text",
        "panic.txt",
        "panic: runtime error: index out of range [3] with length 3\n\
         goroutine 1 [running]:\n\
         main.main()\n\
         \t/srv/shop/main.go:12 +0x1b\n",
    ),
    // The dates are in the middle of lines.
    (
        "git-log",
        "text",
        "history.txt",
        "commit 1a2b3c4d5e6f\n\
         Author: Dev <dev@example.com>\n\
         Date:   Mon Mar 9 10:00:00 2026 +0100\n\
         \n\
         \x20   Fix the cart\n",
    ),
    // Times in the middle of lines.
    (
        "git-blame",
        "text",
        "blame.txt",
        "1a2b3c4d (Dev 2026-03-09 10:00:00 +0100 1) fn main() {\n\
         1a2b3c4d (Dev 2026-03-09 10:00:00 +0100 2) }\n",
    ),
    // A patch; its times are at the ends of lines.
    (
        "diff",
        "text",
        "cart.patch",
        "--- a/cart.rs\t2026-03-09 10:00:00.000000000 +0100\n\
         +++ b/cart.rs\t2026-03-09 10:00:01.000000000 +0100\n\
         @@ -1,2 +1,2 @@\n\
         -let total = 0;\n\
         +let total = 1;\n",
    ),
    // Dates in headings.
    (
        "changelog",
        "text",
        "CHANGELOG.md",
        "# Changelog\n\
         ## 1.2.0 - 2026-03-09\n\
         - Fixed: times such as 2026-03-09 10:00:00 in the cart\n\
         ## 1.1.0 - 2026-02-01\n",
    ),
    // One line of a log in an example.
    (
        "readme",
        "text",
        "README.md",
        "# Shop\n\
         It writes lines such as this:\n\
         \x20   2026-03-09 10:00:00 INFO started\n\
         See the manual.\n",
    ),
    // YAML, though it has keys of a record.
    (
        "yaml",
        "text",
        "deploy.yaml",
        "level: info\n\
         message: hello\n\
         time: 2026-03-09T10:00:00Z\n\
         spec: {replicas: 3}\n",
    ),
    // The times are behind hyphens.
    (
        "yaml-list",
        "text",
        "events.yml",
        "- 2026-03-09T10:00:00Z started\n\
         - 2026-03-09T10:00:01Z stopped\n",
    ),
    // A Dockerfile.
    (
        "dockerfile",
        "text",
        "Dockerfile",
        r#"FROM alpine:3.19
ENV LEVEL=info MSG=hello
COPY . /app
CMD ["/app/shop"]
"#,
    ),
    // Sections and pairs.
    (
        "toml",
        "text",
        "config.toml",
        r#"[log]
level = "info"
time = 2026-03-09T10:00:00Z
"#,
    ),
    // Numbers and stars.
    (
        "crontab",
        "text",
        "crontab",
        "# m h dom mon dow command\n\
         0 10 9 3 * /usr/bin/backup\n\
         */5 * * * * /usr/bin/tidy\n",
    ),
    // TeX's log.
    (
        "tex",
        "text",
        "paper.log",
        "This is pdfTeX, Version 3.141592653-2.6-1.40.25 (TeX Live 2023) (preloaded format=pdflatex)\n\
         entering extended mode\n\
         (./paper.tex\n\
         LaTeX2e <2023-11-01> patch level 1\n",
    ),
    (
        "ansible",
        "text",
        "ansible.txt",
        "PLAY [web] *********************************************************************\n\
         TASK [Gathering Facts] *********************************************************\n\
         ok: [web-1]\n\
         changed: [web-2]\n",
    ),
    (
        "terraform-plan",
        "text",
        "plan.txt",
        r#"Terraform will perform the following actions:
  # aws_instance.web will be created
  + resource "aws_instance" "web" {
      + ami = "ami-1a2b"
    }
"#,
    ),
    (
        "make",
        "text",
        "make.txt",
        "make[1]: Entering directory '/srv/shop'\n\
         cc -O2 -c cart.c -o cart.o\n\
         cart.c:7:9: warning: unused variable 'n' [-Wunused-variable]\n\
         make[1]: Leaving directory '/srv/shop'\n",
    ),
    (
        "progress",
        "text",
        "fetch.txt",
        "10%\r50%\r100%\n\
         \u{1b}[32mdone\u{1b}[0m\n",
    ),
    // Times of processes in the middle of lines.
    (
        "ps",
        "text",
        "ps.txt",
        "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n\
         root         1  0.0  0.1 168000 11000 ?        Ss   10:00   0:01 /sbin/init\n\
         deploy     812  1.0  2.1 912000 81000 ?        Sl   10:01   0:12 /usr/bin/shop\n",
    ),
    // Pairs at the ends of lines.
    (
        "ping",
        "text",
        "ping.txt",
        "PING web-1.example.com (10.0.0.1) 56(84) bytes of data.\n\
         64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms\n\
         64 bytes from 10.0.0.1: icmp_seq=2 ttl=64 time=0.051 ms\n",
    ),
    // Times of the day.
    (
        "tcpdump",
        "clock",
        "capture.txt",
        "10:00:00.123456 IP 10.0.0.9.51234 > 10.0.0.1.443: Flags [S], seq 1, win 64240\n\
         10:00:00.123556 IP 10.0.0.1.443 > 10.0.0.9.51234: Flags [S.], seq 7, ack 2\n",
    ),
    // Times of the day in brackets.
    (
        "minecraft",
        "clock",
        "latest.log",
        "[10:00:00] [Server thread/INFO]: Starting minecraft server version 1.20.4\n\
         [10:00:01] [Server thread/WARN]: Can't keep up!\n",
    ),
    // Seconds since the start, with a unit.
    (
        "jvm-uptime",
        "text",
        "gc.txt",
        "[0.012s][info][gc] Using G1\n\
         [0.512s][info][gc] GC(0) Pause Young (Normal) 24M->4M(256M) 2.1ms\n",
    ),
    // The times are in comments.
    (
        "mysql-slow",
        "text",
        "slow.log",
        "# Time: 2026-03-09T10:00:00.123456Z\n\
         # User@Host: shop[shop] @ web-1 [10.0.0.9]\n\
         # Query_time: 3.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 900\n\
         SET timestamp=1773050400;\n\
         select * from cart;\n",
    ),
    // Times in quotes.
    (
        "sql",
        "text",
        "dump.sql",
        "CREATE TABLE log (time timestamp, level text, message text);\n\
         INSERT INTO log VALUES ('2026-03-09 10:00:00', 'info', 'started');\n\
         INSERT INTO log VALUES ('2026-03-09 10:00:01', 'info', 'stopped');\n",
    ),
    // A mail.
    (
        "mail",
        "text",
        "mbox",
        "From dev@example.com Mon Mar  9 10:00:00 2026\n\
         Date: Mon, 9 Mar 2026 10:00:00 +0100\n\
         Subject: INFO: level=info\n\
         \n\
         Hello\n",
    ),
    // An answer of a server; its body is one object.
    (
        "http",
        "text",
        "answer.txt",
        r#"HTTP/1.1 401 Unauthorized
Content-Type: application/json
Date: Mon, 09 Mar 2026 10:00:00 GMT

{"level":"error","message":"no access"}
"#,
    ),
    (
        "tap",
        "text",
        "tests.tap",
        "TAP version 13\n\
         1..2\n\
         ok 1 - opens the cart\n\
         not ok 2 - pays\n",
    ),
    (
        "html",
        "text",
        "index.html",
        r#"<!DOCTYPE html>
<html lang="en">
<title>Shop</title>
"#,
    ),
    // Daemontools writes a label instead of a time.
    (
        "multilog",
        "text",
        "current",
        "@4000000065f0a1b23b9aca00 started\n\
         @4000000065f0a1b33b9aca00 stopped\n",
    ),
    // An underscore between date and time.
    (
        "svlogd",
        "text",
        "current.u",
        "2026-03-09_10:00:00.12345 started\n\
         2026-03-09_10:00:01.12345 stopped\n",
    ),
    // Plain text of Windows.
    (
        "bom-text",
        "text",
        "windows.txt",
        "\u{feff}Installing shop 1.0.0\r\n\
         Done\r\n",
    ),
    ("one-word", "text", "word.txt", "ok\n"),
    ("no-line-end", "text", "noend.txt", "started"),
    ("empty", "text", "empty.log", ""),
    // The graph of `git log --graph`.
    (
        "bars",
        "text",
        "graph.txt",
        "* 1a2b3c4 Fix the cart\n\
         | * 2b3c4d5 Add the cart\n\
         |/\n\
         * 3c4d5e6 Start\n",
    ),
];
