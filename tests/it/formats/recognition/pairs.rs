//! Lines of pairs, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "dockerd",
        "logfmt",
        "docker.log",
        r#"time="2026-03-09T10:00:00.123456789Z" level=info msg="Starting up"
time="2026-03-09T10:00:01.123456789Z" level=warning msg="No swap limit support" storage-driver=overlay2
"#,
    ),
    (
        "containerd",
        "logfmt",
        "containerd.log",
        r#"time="2026-03-09T10:00:00.123456789Z" level=info msg="starting containerd" revision=1a2b version=1.7.12
time="2026-03-09T10:00:01.123456789Z" level=error msg="failed to load \"cni\" config" error="no such file"
"#,
    ),
    (
        "prometheus",
        "logfmt",
        "prometheus.log",
        r#"ts=2026-03-09T10:00:00.123Z caller=main.go:589 level=info msg="Starting Prometheus Server" version="(version=2.50.0)"
ts=2026-03-09T10:00:01.123Z caller=head.go:616 level=warn component=tsdb msg="slow"
"#,
    ),
    (
        "grafana",
        "logfmt",
        "grafana.log",
        r#"logger=settings t=2026-03-09T10:00:00.123456789Z level=info msg="Starting Grafana" version=10.4.0
logger=http.server t=2026-03-09T10:00:01.123456789Z level=info msg="HTTP Server Listen" address=[::]:3000
"#,
    ),
    (
        "traefik",
        "logfmt",
        "traefik.log",
        r#"time="2026-03-09T10:00:00Z" level=info msg="Configuration loaded from file: /etc/traefik/traefik.yml"
time="2026-03-09T10:00:01Z" level=error msg="no route" entryPointName=web routerName=shop@docker
"#,
    ),
    (
        "slog-text",
        "logfmt",
        "slog.log",
        r#"time=2026-03-09T10:00:00.123Z level=INFO msg=listening addr=:8080
time=2026-03-09T10:00:01.123Z level=WARN msg="slow query" took=3s
"#,
    ),
    (
        "loki",
        "logfmt",
        "loki.log",
        r#"level=info ts=2026-03-09T10:00:00.123456789Z caller=main.go:120 msg="Starting Loki"
level=error ts=2026-03-09T10:00:01.123456789Z caller=ruler.go:7 msg="no rules" err=
"#,
    ),
    (
        "flags",
        "logfmt",
        "flags.log",
        r#"level=info msg="user logged in" admin cached user=7
level=info msg="user logged out" user=7
"#,
    ),
    (
        "auditd",
        "logfmt",
        "audit.log",
        r#"type=SYSCALL msg=audit(1773050400.123:456): arch=c000003e syscall=59 success=yes comm="ls" key=(null)
type=CWD msg=audit(1773050400.123:456): cwd="/root"
"#,
    ),
    (
        "firewall",
        "logfmt",
        "fortigate.log",
        r#"date=2026-03-09 time=10:00:00 devname="fw-1" type="traffic" level="notice" srcip=10.0.0.9 action="accept"
date=2026-03-09 time=10:00:01 devname="fw-1" type="traffic" level="warning" srcip=10.0.0.8 action="deny"
"#,
    ),
    (
        "logfmt-panic",
        "logfmt",
        "panic.log",
        r#"time="2026-03-09T10:00:00Z" level=info msg=started
panic: no such user
goroutine 1 [running]:
main.main()
"#,
    ),
    // The command's line comes first.
    (
        "logfmt-prompt",
        "logfmt",
        "shell.log",
        r#"$ docker logs shop
time="2026-03-09T10:00:00Z" level=info msg=started
time="2026-03-09T10:00:01Z" level=info msg=stopped
"#,
    ),
    (
        "logfmt-crlf",
        "logfmt",
        "windows.log",
        "\u{feff}time=\"2026-03-09T10:00:00Z\" level=info msg=started\r\n\
         time=\"2026-03-09T10:00:01Z\" level=info msg=\"a b\"\r\n",
    ),
    (
        "logfmt-one-line",
        "logfmt",
        "one.log",
        r#"level=info msg="listening on :8080"
"#,
    ),
    // One pair a line.
    (
        "dot-env",
        "text",
        ".env",
        r#"PORT=8080
LEVEL=debug
DATABASE_URL="postgres://db.example.com/shop?sslmode=require"
"#,
    ),
    // Two pairs in a line, but none is a time, level or message.
    (
        "env-pairs",
        "text",
        "start.sh",
        "PORT=8080 LOG_LEVEL=debug\n\
         HOST=10.0.0.1 LOG_LEVEL=info\n",
    ),
    // A script.
    (
        "shell-script",
        "text",
        "deploy.sh",
        "#!/bin/sh\n\
         set -e\n\
         TARGET=web-1\n\
         RUST_LOG=debug PORT=8080 ./shop --serve\n",
    ),
    // One pair a line, though some names are those of a level and a message.
    (
        "properties",
        "text",
        "log.properties",
        "level=debug\n\
         message=hello\n\
         log.level=info\n",
    ),
    // Blanks around the signs.
    (
        "ini",
        "text",
        "shop.ini",
        "[log]\n\
         level = debug\n\
         time = utc\n",
    ),
    // A unit of systemd.
    (
        "systemd-unit",
        "text",
        "shop.service",
        "[Unit]\n\
         Description=Shop\n\
         [Service]\n\
         ExecStart=/usr/bin/shop --level=info --port=8080\n\
         Environment=LEVEL=info\n",
    ),
    // Pairs and flags, but no time, level or message.
    (
        "kernel-parameters",
        "text",
        "cmdline",
        "BOOT_IMAGE=/vmlinuz root=UUID=1a2b ro quiet panic=10\n",
    ),
    // Names in upper case are others.
    (
        "iptables",
        "text",
        "rules.log",
        "IN=eth0 OUT=eth1 SRC=10.0.0.9 DST=10.0.0.1 TIME=10:00 LEVEL=4 MSG=drop\n",
    ),
    // The first word is no pair.
    (
        "pairs-behind-word",
        "text",
        "worker.log",
        r#"worker level=info msg="started"
worker level=info msg="stopped"
"#,
    ),
    // The quote is not closed, so the line is not of pairs only.
    (
        "unclosed-quote",
        "text",
        "cut.log",
        r#"level=info msg="started
level=info msg="stopped
"#,
    ),
    // The first word is a tag.
    (
        "attributes",
        "text",
        "events.xml",
        r#"<event time="10:00:00" level="info" msg="started"/>
<event time="10:00:01" level="info" msg="stopped"/>
"#,
    ),
    // A makefile.
    (
        "makefile",
        "text",
        "Makefile",
        "CC=gcc\n\
         all:\n\
         \t$(CC) -O2 -DLEVEL=3 -o shop main.c\n",
    ),
];
