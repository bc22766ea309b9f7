//! Stamped text that has something of another format, and text with times that are no stamps.
use super::Case;

pub(super) const CASES: &[Case] = &[
    // One of four lines is a time and an object.
    (
        "json-sometimes",
        "stamped",
        "mixed.log",
        r#"2026-03-09T10:00:00Z starting
2026-03-09T10:00:01Z {"level":"info","msg":"listening"}
2026-03-09T10:00:02Z accepting connections
2026-03-09T10:00:03Z bye
"#,
    ),
    // Two lines are objects, more of them have a time.
    (
        "object-lines-among-times",
        "stamped",
        "objects.log",
        r#"2026-03-09 10:00:00 request
{"level":"info","msg":"payload"}
2026-03-09 10:00:01 request
2026-03-09 10:00:02 request
{"level":"info","msg":"payload"}
"#,
    ),
    // Between time and object comes a level.
    (
        "level-before-object",
        "stamped",
        "level.log",
        r#"2026-03-09T10:00:00Z INFO {"user":7}
2026-03-09T10:00:01Z WARN {"user":8}
"#,
    ),
    // What is in braces is no JSON.
    (
        "airflow",
        "stamped",
        "task.log",
        "[2026-03-09 10:00:00,123] {taskinstance.py:1157} INFO - Starting attempt 1 of 3\n\
         [2026-03-09 10:00:01,123] {standard_task_runner.py:52} INFO - Running\n",
    ),
    // A time and braces, but no JSON in them.
    (
        "braces-not-json",
        "stamped",
        "braces.log",
        "2026-03-09T10:00:00Z {user: 7, cart: 3}\n\
         2026-03-09T10:00:01Z {user: 8, cart: 4}\n",
    ),
    // Pairs after a time: the first word of a line is no pair.
    (
        "stamped-pairs",
        "stamped",
        "pairs.log",
        r#"2026-03-09T10:00:00Z level=warn msg="slow query" took=3s
2026-03-09T10:00:01Z level=info msg="done" took=1s
"#,
    ),
    // The host would be a level word, and there is no number in brackets.
    (
        "host-is-level",
        "stamped",
        "router.log",
        "2026-03-09T10:00:00Z INFO worker: started\n\
         2026-03-09T10:00:01Z WARN worker: slow\n",
    ),
    // A tag with a number, but the word before it is a level and no host.
    (
        "level-is-no-host",
        "stamped",
        "worker.log",
        "2026-03-09T10:00:00Z INFO worker[3]: started\n\
         2026-03-09T10:00:01Z WARN worker[4]: slow\n",
    ),
    // A word and a tag, but no line has a number in brackets.
    (
        "no-pid-anywhere",
        "stamped",
        "shop.log",
        "2026-03-09T10:00:00Z shop worker: started\n\
         2026-03-09T10:00:01Z shop mailer: sent 3 mails\n",
    ),
    // `git log --format='%ci %s'`: each line begins with a time, whatever follows.
    (
        "git-log-lines",
        "stamped",
        "history.txt",
        "2026-03-09 10:00:00 +0100 Fix the cart\n\
         2026-03-08 17:30:00 +0100 Add the cart\n",
    ),
    // Only the first line has a time, but it is the first, and one of four.
    (
        "thread-dump",
        "stamped",
        "threads.txt",
        r#"2026-03-09 10:00:00
Full thread dump OpenJDK 64-Bit Server VM (21.0.2+13 mixed mode):
"main" #1 prio=5 os_prio=0 cpu=81.22ms elapsed=12.31s runnable
   java.lang.Thread.State: RUNNABLE
"#,
    ),
    // A line of a load balancer begins with a time; it has no time in brackets.
    (
        "elb",
        "stamped",
        "elb.log",
        r#"2026-03-09T10:00:00.123456Z my-lb 10.0.0.9:2817 10.0.0.1:80 0.001 0.002 0.001 200 200 0 57 "GET http://example.com:80/ HTTP/1.1"
2026-03-09T10:00:01.123456Z my-lb 10.0.0.9:2818 10.0.0.1:80 0.001 0.002 0.001 200 200 0 57 "GET http://example.com:80/ HTTP/1.1"
"#,
    ),
    // A tab follows the time, which Apify's lines do not have.
    (
        "lambda",
        "stamped",
        "lambda.log",
        "2026-03-09T10:00:00.123Z\t8f5a-11\tINFO\t{\"level\":\"info\",\"msg\":\"received\"}\n\
         2026-03-09T10:00:01.123Z\t8f5a-11\tINFO\t{\"level\":\"info\",\"msg\":\"done\"}\n",
    ),
    // A time with a comma, the kernel's text, no number in brackets.
    (
        "dmesg-iso",
        "stamped",
        "dmesg-iso.log",
        "2026-03-09T10:00:00,123456+01:00 usb 1-1: new high-speed USB device number 2\n\
         2026-03-09T10:00:01,123456+01:00 usb 1-1: device descriptor read/64\n",
    ),
    (
        "logcat-year",
        "stamped",
        "logcat.txt",
        "2026-03-09 10:00:00.123  1234-1256  ActivityManager  com.example.shop  I  Start proc\n\
         2026-03-09 10:00:01.123  1234-1256  Zygote           com.example.shop  W  slow\n",
    ),
    // A date without a time.
    (
        "dates-alone",
        "text",
        "dates.txt",
        "2026-03-09 released 1.2.0\n\
         2026-03-08 released 1.1.0\n",
    ),
    // A time of the day in two forms.
    (
        "times-alone",
        "clock",
        "clock.txt",
        "10:00:00 INFO started\n\
         10:00:01.123 WARN slow\n",
    ),
    // No seconds.
    (
        "no-seconds",
        "text",
        "minutes.txt",
        "2026-03-09T10:00 started\n\
         2026-03-09 10:01 stopped\n",
    ),
    // February has no 30th.
    (
        "impossible-day",
        "text",
        "february.txt",
        "2026-02-30 10:00:00 started\n\
         2026-02-30 10:00:01 stopped\n",
    ),
    // There is no month 13.
    (
        "impossible-month",
        "text",
        "month.txt",
        "2026-13-09T10:00:00Z started\n\
         2026-13-09T10:00:01Z stopped\n",
    ),
    // There is no hour 25 and no second 61.
    (
        "impossible-hour",
        "text",
        "hour.txt",
        "2026-03-09 25:00:00 started\n\
         2026-03-09 10:00:61 stopped\n",
    ),
    // 2025 has no 29th of February.
    (
        "no-leap-year",
        "text",
        "leap.txt",
        "2025-02-29T10:00:00Z started\n\
         2025-02-29T10:00:01Z stopped\n",
    ),
    // More digits than nanoseconds hold.
    (
        "too-many-digits",
        "text",
        "atto.txt",
        "2026-03-09T10:00:00.1234567891Z started\n\
         2026-03-09T10:00:01.1234567891Z stopped\n",
    ),
    // Something other than a blank follows the time.
    (
        "no-blank-behind",
        "text",
        "joined.txt",
        "2026-03-09T10:00:00Z;started\n\
         2026-03-09T10:00:01Zstopped\n",
    ),
    // A colon follows the time.
    (
        "celery",
        "text",
        "celery.log",
        "[2026-03-09 10:00:00,123: INFO/MainProcess] Connected to redis://example.com:6379//\n\
         [2026-03-09 10:00:01,123: WARNING/MainProcess] no hostname was supplied\n",
    ),
    // A comma follows the date.
    (
        "airflow-comma",
        "text",
        "task-new.log",
        "[2026-03-09, 10:00:00 UTC] {taskinstance.py:1157} INFO - Starting\n\
         [2026-03-09, 10:00:01 UTC] {taskinstance.py:1158} INFO - Done\n",
    ),
    // Weeks and days of the year.
    (
        "iso-weeks",
        "text",
        "weeks.txt",
        "2026-W11-1T10:00:00Z planning\n\
         2026-068T10:00:00Z review\n",
    ),
    // No hyphens and colons.
    (
        "compact",
        "text",
        "compact.txt",
        "20260309T100000Z started\n\
         20260309 10:00:01 stopped\n",
    ),
    // Tomcat begins with the day.
    (
        "day-first",
        "text",
        "catalina.out",
        "09-Mar-2026 10:00:00.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup\n\
         09-Mar-2026 10:00:01.123 WARNING [main] org.apache.catalina.util.SessionIdGeneratorBase slow\n",
    ),
    // The month comes first.
    (
        "month-first",
        "text",
        "us.log",
        "03/09/2026 10:00:00 started\n\
         03/09/2026 10:00:01 stopped\n",
    ),
    // Points between year, month and day.
    (
        "dots",
        "text",
        "clickhouse-server.log",
        "2026.03.09 10:00:00.123456 [ 12 ] {} <Information> Application: Ready for connections.\n\
         2026.03.09 10:00:01.123456 [ 57 ] {1a} <Error> executeQuery: Code: 60.\n",
    ),
    // Hadoop's and Spark's years have two digits.
    (
        "two-digit-year",
        "text",
        "spark.log",
        "26/03/09 10:00:00 INFO SparkContext: Running Spark\n\
         26/03/09 10:00:01 WARN Utils: Service could not bind\n",
    ),
    // The level and the thread come before the time.
    (
        "cassandra",
        "text",
        "system.log",
        "INFO  [main] 2026-03-09 10:00:00,123 CassandraDaemon.java:507 - Starting\n\
         WARN  [main] 2026-03-09 10:00:01,123 StartupChecks.java:143 - jemalloc\n",
    ),
    // Ruby's logger begins with a letter.
    (
        "rails-logger",
        "text",
        "production.log",
        r#"I, [2026-03-09T10:00:00.123456 #12]  INFO -- : Started GET "/" for 10.0.0.9
E, [2026-03-09T10:00:01.123456 #12] ERROR -- : no such user
"#,
    ),
    // The time is at the end of the line.
    (
        "rails-development",
        "text",
        "development.log",
        r#"Started GET "/cart" for 10.0.0.9 at 2026-03-09 10:00:00 +0000
Processing by CartController#show as HTML
Completed 200 OK in 12ms
"#,
    ),
    // The process comes first, and the month has a name.
    (
        "redis",
        "text",
        "redis.log",
        "7:M 09 Mar 2026 10:00:00.123 * Ready to accept connections\n\
         7:M 09 Mar 2026 10:00:01.123 # Server started\n",
    ),
    // Apache's times in brackets have names of days and months.
    (
        "apache-error",
        "text",
        "error_log",
        "[Mon Mar 09 10:00:00.123456 2026] [core:error] [pid 12] AH00126: Invalid URI in request\n\
         [Mon Mar 09 10:00:01.123456 2026] [mpm_event:notice] [pid 12] AH00489: resuming\n",
    ),
    // The day comes first, in brackets.
    (
        "php-fpm",
        "text",
        "php-fpm.log",
        "[09-Mar-2026 10:00:00] NOTICE: fpm is running, pid 1\n\
         [09-Mar-2026 10:00:01] WARNING: [pool www] server reached max_children\n",
    ),
    // Addresses with colons.
    (
        "mac-addresses",
        "text",
        "arp.txt",
        "00:1a:2b:3c:4d:5e dev eth0 lladdr 10.0.0.1\n\
         00:1a:2b:3c:4d:5f dev eth0 lladdr 10.0.0.2\n",
    ),
    // Versions that look like times.
    (
        "versions",
        "text",
        "versions.txt",
        "2026.03.09-10.00.00 stable\n\
         2026-03-09-10:00:00 nightly\n",
    ),
    // Times of a film.
    (
        "subtitles",
        "text",
        "film.srt",
        "1\n\
         00:00:01,000 --> 00:00:02,500\n\
         Good morning.\n",
    ),
    // One line of ten has a time, and it is not the first.
    (
        "one-stamp-later",
        "text",
        "compile.log",
        "cc -c a.c\n\
         cc -c b.c\n\
         2026-03-09 10:00:00 linking\n\
         cc -c d.c\n\
         cc -c e.c\n\
         cc -c f.c\n\
         cc -c g.c\n\
         cc -c h.c\n\
         cc -c i.c\n\
         cc -c j.c\n",
    ),
    // No year.
    (
        "logcat",
        "text",
        "logcat-short.txt",
        "03-09 10:00:00.123  1234  1256 I ActivityManager: Start proc\n\
         03-09 10:00:01.123  1234  1256 W Zygote: slow\n",
    ),
];
