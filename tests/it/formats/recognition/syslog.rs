//! Syslog and journalctl, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "sshd",
        "syslog",
        "auth.log",
        "Mar  9 10:00:00 web-1 sshd[812]: Accepted publickey for deploy from 10.0.0.9 port 51234 ssh2\n\
         Mar  9 10:00:01 web-1 sshd[812]: pam_unix(sshd:session): session opened for user deploy\n\
         Mar 10 10:00:02 web-1 sshd[915]: Failed password for invalid user test from 10.0.0.7 port 40022 ssh2\n",
    ),
    (
        "kernel",
        "syslog",
        "kern.log",
        "Mar  9 10:00:00 web-1 kernel: [   12.345678] usb 1-1: new high-speed USB device number 2\n\
         Mar  9 10:00:01 web-1 kernel: [   13.345678] [UFW BLOCK] IN=eth0 OUT= SRC=10.0.0.7 DST=10.0.0.1 PROTO=TCP\n",
    ),
    (
        "cron",
        "syslog",
        "cron",
        "Mar  9 10:00:01 web-1 CRON[4711]: (root) CMD (test -x /usr/sbin/anacron)\n\
         Mar  9 10:05:01 web-1 CRON[4812]: (root) CMD (command -v debian-sa1 > /dev/null)\n",
    ),
    (
        "priority-3164",
        "syslog",
        "remote.log",
        "<34>Mar  9 10:00:00 web-1 su: 'su root' failed for test on /dev/pts/8\n\
         <13>Mar  9 10:00:01 web-1 deploy[71]: done\n",
    ),
    (
        "rfc5424",
        "syslog",
        "rfc5424.log",
        r#"<165>1 2026-03-09T10:00:00.003Z web-1.example.com evntslog 71 ID47 [exampleSDID@32473 iut="3"] started
<163>1 2026-03-09T10:00:01.003Z web-1.example.com evntslog 71 ID48 - stopped
"#,
    ),
    (
        "rfc5424-absent",
        "syslog",
        "nil.log",
        "<14>1 2026-03-09T10:00:00+01:00 web-1 shop - - - listening on 8080\n\
         <11>1 - - - - - - no time, no host\n",
    ),
    (
        "rfc5424-bom",
        "syslog",
        "utf8.log",
        "<34>1 2026-03-09T10:00:00.003Z web-1 su - ID47 - \u{feff}'su root' failed\n\
         <34>1 2026-03-09T10:00:01.003Z web-1 su - ID47 - \u{feff}'su root' failed again\n",
    ),
    (
        "rfc5424-pairs",
        "syslog",
        "forwarded.log",
        r#"<158>1 2026-03-09T10:00:00.123456+00:00 lb-1 router 12 - - at=info method=GET path="/" status=200
<190>1 2026-03-09T10:00:01.123456+00:00 web-1 app web.1 - - listening on 8080
"#,
    ),
    (
        "rsyslog",
        "syslog",
        "messages",
        "2026-03-09T10:00:00.123456+01:00 web-1 systemd[1]: Started shop.service.\n\
         2026-03-09T10:00:01.123456+01:00 web-1 kernel: usb 1-1: new device\n\
         2026-03-09T10:00:02.123456+01:00 web-1 shop[812]: listening\n",
    ),
    (
        "journal-short",
        "syslog",
        "journal.txt",
        "Mar 09 10:00:00 web-1 systemd[1]: Started shop.service - Shop.\n\
         Mar 09 10:00:01 web-1 shop[812]: listening on :8080\n\
         Mar 09 10:00:02 web-1 kernel: usb 1-1: new device\n",
    ),
    (
        "journal-reboot",
        "syslog",
        "boots.txt",
        "Mar 09 10:00:00 web-1 systemd[1]: Reached target Power-Off.\n\
         -- Reboot --\n\
         Mar 09 10:01:00 web-1 kernel: Linux version 6.8.0\n\
         Mar 09 10:01:01 web-1 systemd[1]: Started shop.service.\n",
    ),
    // journalctl's own first line, and half of the lines are entries.
    (
        "journal-begin",
        "syslog",
        "unit.txt",
        "-- Logs begin at Mon 2026-03-02 08:00:00 UTC, end at Mon 2026-03-09 10:00:02 UTC. --\n\
         Mar 09 10:00:00 web-1 systemd[1]: Starting shop.service...\n\
         Mar 09 10:00:01 web-1 shop[812]: listening\n",
    ),
    (
        "journal-iso",
        "syslog",
        "iso.txt",
        "2026-03-09T10:00:00+01:00 web-1 systemd[1]: Started shop.service.\n\
         2026-03-09T10:00:01+01:00 web-1 shop[812]: listening\n",
    ),
    (
        "journal-precise",
        "syslog",
        "precise.txt",
        "Mar 09 10:00:00.123456 web-1 systemd[1]: Started shop.service.\n\
         Mar 09 10:00:01.123456 web-1 shop[812]: listening\n",
    ),
    (
        "journal-full",
        "syslog",
        "full.txt",
        "Mon 2026-03-09 10:00:00 UTC web-1 systemd[1]: Started shop.service.\n\
         Mon 2026-03-09 10:00:01 UTC web-1 shop[812]: listening\n",
    ),
    (
        "journal-unix",
        "syslog",
        "unix.txt",
        "1773050400.123456 web-1 systemd[1]: Started shop.service.\n\
         1773050401.123456 web-1 shop[812]: listening\n",
    ),
    (
        "journal-monotonic",
        "syslog",
        "monotonic.txt",
        "[   12.345678] web-1 systemd[1]: Started shop.service.\n\
         [   13.345678] web-1 kernel: usb 1-1: new device\n\
         [  130.345678] web-1 shop[812]: listening\n",
    ),
    (
        "postfix",
        "syslog",
        "mail.log",
        "Mar  9 10:00:00 mx-1 postfix/smtpd[812]: connect from unknown[10.0.0.9]\n\
         Mar  9 10:00:01 mx-1 postfix/cleanup[815]: 4F1C: message-id=<a@example.com>\n\
         Mar  9 10:00:02 mx-1 postfix/qmgr[9]: 4F1C: from=<a@example.com>, size=512, nrcpt=1\n",
    ),
    (
        "haproxy",
        "syslog",
        "haproxy.log",
        "Mar  9 10:00:00 lb-1 haproxy[14389]: Server web/web-1 is DOWN, reason: Layer4 timeout\n\
         Mar  9 10:00:01 lb-1 haproxy[14389]: backend web has no server available!\n",
    ),
    // klog's text behind a header of the journal.
    (
        "kubelet-journal",
        "syslog",
        "kubelet.txt",
        "Mar 09 10:00:00 node-1 kubelet[812]: I0309 10:00:00.123456     812 kubelet.go:12] Starting kubelet\n\
         Mar 09 10:00:01 node-1 kubelet[812]: E0309 10:00:01.123456     812 pod_workers.go:9] Error syncing pod\n",
    ),
    // One of four texts is an object.
    (
        "syslog-objects-sometimes",
        "syslog",
        "objects.log",
        r#"Mar  9 10:00:00 web-1 shop[812]: starting
Mar  9 10:00:01 web-1 shop[812]: {"level":"info","msg":"listening"}
Mar  9 10:00:02 web-1 shop[812]: ready
Mar  9 10:00:03 web-1 shop[812]: bye
"#,
    ),
    // The command's line comes first.
    (
        "syslog-prompt",
        "syslog",
        "shell.txt",
        "$ tail -2 /var/log/syslog\n\
         Mar  9 10:00:00 web-1 systemd[1]: Started shop.service.\n\
         Mar  9 10:00:01 web-1 shop[812]: listening\n",
    ),
    (
        "syslog-crlf",
        "syslog",
        "windows.log",
        "\u{feff}Mar  9 10:00:00 web-1 systemd[1]: Started shop.service.\r\n\
         Mar  9 10:00:01 web-1 shop[812]: listening\r\n",
    ),
    (
        "syslog-one-line",
        "syslog",
        "one.log",
        "Mar  9 10:00:00 web-1 sshd[812]: Server listening on 10.0.0.1 port 22.\n",
    ),
    // `ls -l` has no seconds, and the date is in the middle.
    (
        "list-of-files",
        "text",
        "listing.txt",
        "total 12\n\
         -rw-r--r-- 1 root root  512 Mar  9 10:00 app.log\n\
         -rw-r--r-- 1 root root 1024 Mar  9 10:01 error.log\n",
    ),
    // The last columns of `ls -l`: no seconds.
    (
        "list-cut",
        "text",
        "cut-listing.txt",
        "Mar  9 10:00 app.log\n\
         Mar  9 10:01 error.log\n\
         Mar  9  2025 old.log\n",
    ),
    // The month is not cut.
    (
        "long-month",
        "text",
        "diary.txt",
        "March 9 10:00:00 web-1 was slow\n\
         March 9 10:00:01 web-1 was down\n",
    ),
    // There is no such month.
    (
        "no-such-month",
        "text",
        "month-name.txt",
        "Mrz  9 10:00:00 web-1 sshd[812]: Accepted publickey\n\
         Foo  9 10:00:01 web-1 sshd[812]: Accepted publickey\n",
    ),
    // There is no 39th of March and no hour 25.
    (
        "impossible-syslog",
        "text",
        "impossible-syslog.txt",
        "Mar 39 10:00:00 web-1 sshd[812]: Accepted publickey\n\
         Mar  9 25:00:00 web-1 sshd[812]: Accepted publickey\n",
    ),
    // The kernel's ring has times, but no host.
    (
        "dmesg",
        "text",
        "dmesg.txt",
        "[    0.000000] Linux version 6.8.0 (builder@example.com)\n\
         [    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet\n\
         [    0.012345] smpboot: CPU0: Generic Processor\n\
         [   12.345678] usb 1-1: new high-speed USB device number 2\n",
    ),
    // rsyslog's file of the kernel alone.
    (
        "kern-iso",
        "syslog",
        "kern.log",
        "2026-03-09T10:00:00.123456+00:00 web-1 kernel: [    1.000000] Linux version 6.8.0\n\
         2026-03-09T10:00:01.123456+00:00 web-1 kernel: usb 1-1: new device\n",
    ),
    (
        "busybox",
        "syslog",
        "messages-busybox",
        "Mar  9 10:00:00 gate syslog.info syslogd started: BusyBox v1.36.1\n\
         Mar  9 10:00:01 gate daemon.err udhcpc[123]: no lease\n",
    ),
    (
        "openwrt",
        "syslog",
        "logread.txt",
        "Mon Mar  9 10:00:00 2026 daemon.info dnsmasq[1234]: started\n\
         Mon Mar  9 10:00:01 2026 kern.warn kernel: [   12.345678] eth0: link down\n",
    ),
    (
        "cisco",
        "syslog",
        "show-logging.txt",
        "*Mar  9 10:00:00.123: %LINK-3-UPDOWN: Interface FastEthernet0/1, changed state to up\n\
         *Mar  9 10:00:01.123: %SYS-5-CONFIG_I: Configured from console\n",
    ),
    (
        "cisco-asa",
        "syslog",
        "asa.log",
        "Mar 09 2026 10:00:00: %ASA-6-302013: Built inbound TCP connection\n\
         Mar 09 2026 10:00:01: %ASA-4-106023: Deny tcp src outside\n",
    ),
    // The same with three digits.
    (
        "dmesg-three-digits",
        "text",
        "dmesg-short.txt",
        "[   12.345] usb 1-1: new high-speed USB device number 2\n\
         [   12.456] usb 1-1: device descriptor read/64\n",
    ),
    // `dmesg -T` has a date of its own in the brackets.
    (
        "dmesg-human",
        "text",
        "dmesg-t.txt",
        "[Mon Mar  9 10:00:00 2026] usb 1-1: new high-speed USB device number 2\n\
         [Mon Mar  9 10:00:01 2026] eth0: link up\n",
    ),
    // The X server's times, with marks instead of a host.
    (
        "xorg",
        "text",
        "Xorg.0.log",
        "[    12.345] X.Org X Server 1.21.1\n\
         [    12.345] (==) Using system config directory\n\
         [    12.346] (II) Module ABI versions\n",
    ),
    // `systemctl list-timers`: times as short-full has them, but no tags.
    (
        "timers",
        "text",
        "timers.txt",
        "NEXT                        LEFT     LAST                        PASSED UNIT\n\
         Mon 2026-03-09 10:00:00 UTC 5min     Mon 2026-03-09 09:00:00 UTC 54min  shop.timer\n\
         Mon 2026-03-09 11:00:00 UTC 1h 5min  n/a                         n/a    tidy.timer\n",
    ),
    // Dates in the middle of lines.
    (
        "last-logins",
        "text",
        "last.txt",
        "deploy   pts/0        10.0.0.9         Mon Mar  9 10:00   still logged in\n\
         reboot   system boot  6.8.0            Mon Mar  9 09:58   still running\n",
    ),
    // `date` writes the day of the week first and the year last.
    (
        "date-output",
        "text",
        "dates.log",
        "Mon Mar  9 10:00:00 UTC 2026 backup started\n\
         Mon Mar  9 10:05:00 UTC 2026 backup done\n",
    ),
    // An XML file begins with `<`, but no number follows.
    (
        "xml",
        "text",
        "logs.xml",
        r#"<?xml version="1.0"?>
<log level="info" time="10:00:00">started</log>
"#,
    ),
];
