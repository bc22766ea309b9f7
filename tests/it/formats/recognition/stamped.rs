//! Logs whose lines begin with a time, as loggers and servers write them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "logback",
        "stamped",
        "app.log",
        "2026-03-09 10:00:00,123 INFO  [main] c.e.shop.Application - Starting Application\n\
         2026-03-09 10:00:01,004 ERROR [http-nio-8080-exec-1] c.e.shop.Cart - no such user\n\
         java.lang.IllegalStateException: no such user\n\
         \tat com.example.shop.Cart.load(Cart.java:41)\n",
    ),
    (
        "log4j",
        "stamped",
        "server.log",
        "2026-03-09 10:00:00,123 [main] INFO  com.example.Shop - started\n\
         2026-03-09 10:00:01,123 [pool-1-thread-2] WARN  com.example.Pool - pool is empty\n",
    ),
    (
        "spring-boot-2",
        "stamped",
        "spring2.log",
        "2026-03-09 10:00:00.123  INFO 12 --- [           main] com.example.Shop        : Starting Shop\n\
         2026-03-09 10:00:01.123  WARN 12 --- [nio-8080-exec-1] com.example.Cart        : slow\n",
    ),
    // Three digits and `Z`, as Apify has them, but nothing else of Apify.
    (
        "spring-boot-3",
        "stamped",
        "spring3.log",
        "2026-03-09T10:00:00.123Z  INFO 12 --- [shop] [           main] com.example.Shop   : Starting Shop\n\
         2026-03-09T10:00:01.123Z  WARN 12 --- [shop] [nio-8080-exec-1] com.example.Cart   : slow\n",
    ),
    // A banner comes first; half of the lines have a time.
    (
        "spring-banner",
        "stamped",
        "banner.log",
        "  ___ _\n\
         \x20/ __| |_  ___ _ __\n\
         \x20\\__ \\ ' \\/ _ \\ '_ \\\n\
         2026-03-09T10:00:00.123+01:00  INFO 12 --- [           main] com.example.Shop   : Starting\n\
         2026-03-09T10:00:00.223+01:00  INFO 12 --- [           main] com.example.Shop   : Active profile\n\
         2026-03-09T10:00:00.323+01:00  WARN 12 --- [           main] com.example.Shop   : slow\n",
    ),
    (
        "python-logging",
        "stamped",
        "python.log",
        r#"2026-03-09 10:00:00,123 - shop.api - WARNING - retrying
2026-03-09 10:00:01,123 - shop.api - ERROR - gave up
Traceback (most recent call last):
  File "/app/main.py", line 12, in <module>
"#,
    ),
    (
        "env-logger",
        "stamped",
        "env.log",
        "[2026-03-09T10:00:00Z INFO  shop::cart] added\n\
         [2026-03-09T10:00:01Z ERROR shop::db] connection refused\n",
    ),
    (
        "tracing",
        "stamped",
        "tracing.log",
        "\u{1b}[2m2026-03-09T10:00:00.123456Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mshop::cart\u{1b}[0m\u{1b}[2m:\u{1b}[0m added\n\
         \u{1b}[2m2026-03-09T10:00:01.123456Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m \u{1b}[2mshop::db\u{1b}[0m\u{1b}[2m:\u{1b}[0m slow\n",
    ),
    (
        "tracing-plain",
        "stamped",
        "spans.log",
        "2026-03-09T10:00:00.123456Z  INFO request{id=7}: shop::cart: added item=3\n\
         2026-03-09T10:00:01.123456Z ERROR request{id=8}: shop::db: refused\n",
    ),
    (
        "hclog",
        "stamped",
        "agent.log",
        "2026-03-09T10:00:00.123Z [INFO]  agent: Started HTTP server: address=10.0.0.1:8500\n\
         2026-03-09T10:00:01.123Z [WARN]  agent.server: no leader\n",
    ),
    (
        "terraform-debug",
        "stamped",
        "terraform.log",
        r#"2026-03-09T10:00:00.123+0100 [DEBUG] provider: starting plugin
2026-03-09T10:00:01.123+0100 [TRACE] vertex "root": visit complete
"#,
    ),
    (
        "zap-console",
        "stamped",
        "zap.log",
        "2026-03-09T10:00:00.000+0100\tINFO\tserver/main.go:42\tlistening\t{\"addr\": \":8080\"}\n\
         2026-03-09T10:00:01.000+0100\tERROR\tcart/cart.go:12\trefused\t{\"user\": 7}\n",
    ),
    (
        "laravel",
        "stamped",
        "laravel.log",
        "[2026-03-09 10:00:00] production.ERROR: no such user {\"id\":7}\n\
         [2026-03-09 10:00:01] production.INFO: mail sent  \n\
         [stacktrace]\n\
         #0 /app/User.php(12): load()\n",
    ),
    (
        "nginx-error",
        "stamped",
        "error.log",
        "2026/03/09 10:00:00 [error] 123#123: *1 upstream timed out, client: 10.0.0.9, server: example.com\n\
         2026/03/09 10:00:01 [warn] 123#123: *2 a client request body is buffered\n",
    ),
    (
        "go-log",
        "stamped",
        "go.log",
        "2026/03/09 10:00:00 listening on :8080\n\
         2026/03/09 10:00:01 http: TLS handshake error from 10.0.0.9:51234: EOF\n",
    ),
    (
        "postgres",
        "stamped",
        "postgresql-Mon.log",
        r#"2026-03-09 10:00:00.123 UTC [41] LOG:  database system is ready to accept connections
2026-03-09 10:00:01.123 UTC [57] ERROR:  relation "cart" does not exist at character 15
2026-03-09 10:00:01.123 UTC [57] STATEMENT:  select * from cart
"#,
    ),
    // No header names the columns, and after each time comes a blank.
    (
        "postgres-csvlog",
        "stamped",
        "postgresql.csv",
        r#"2026-03-09 10:00:00.123 UTC,"app","shop",41,"10.0.0.9:5000",LOG,00000,"ready"
2026-03-09 10:00:01.123 UTC,"app","shop",57,"10.0.0.9:5001",ERROR,42P01,"no table"
"#,
    ),
    (
        "kafka",
        "stamped",
        "kafka-server.log",
        "[2026-03-09 10:00:00,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)\n\
         [2026-03-09 10:00:01,123] WARN [Partition orders-3 broker=0] shrinking ISR (kafka.cluster.Partition)\n",
    ),
    (
        "elasticsearch",
        "stamped",
        "elasticsearch.log",
        "[2026-03-09T10:00:00,123][INFO ][o.e.n.Node               ] [web-1] started\n\
         [2026-03-09T10:00:01,123][WARN ][o.e.m.j.JvmGcMonitorService] [web-1] [gc][7] overhead\n",
    ),
    (
        "mysql-error",
        "stamped",
        "mysqld.log",
        "2026-03-09T10:00:00.123456Z 0 [System] [MY-010116] [Server] mysqld 8.0.36 starting as process 1\n\
         2026-03-09T10:00:01.123456Z 0 [Warning] [MY-010068] [Server] CA certificate is self signed.\n",
    ),
    (
        "zookeeper",
        "stamped",
        "zookeeper.log",
        "2026-03-09 10:00:00,123 [myid:1] - INFO  [main:QuorumPeer@12] - starting\n\
         2026-03-09 10:00:01,123 [myid:1] - WARN  [NIOWorkerThread-3:NIOServerCnxn@373] - close of session\n",
    ),
    (
        "rabbitmq",
        "stamped",
        "rabbit@web-1.log",
        "2026-03-09 10:00:00.123456+00:00 [info] <0.230.0> Server startup complete\n\
         2026-03-09 10:00:01.123456+00:00 [error] <0.512.0> closing AMQP connection\n",
    ),
    (
        "gunicorn",
        "stamped",
        "gunicorn.log",
        "[2026-03-09 10:00:00 +0000] [7] [INFO] Starting gunicorn 21.2.0\n\
         [2026-03-09 10:00:01 +0000] [9] [INFO] Booting worker with pid: 9\n",
    ),
    (
        "winston",
        "stamped",
        "winston.log",
        "2026-03-09T10:00:00.123+01:00 [info]: listening on 8080\n\
         2026-03-09T10:00:01.123+01:00 [error]: connection refused\n",
    ),
    // Heroku's lines have no host before the tag.
    (
        "heroku-logs",
        "stamped",
        "heroku.log",
        r#"2026-03-09T10:00:00.123456+00:00 heroku[router]: at=info method=GET path="/" host=shop.example.com dyno=web.1
2026-03-09T10:00:01.123456+00:00 app[web.1]: Started GET "/" for 10.0.0.9
"#,
    ),
    (
        "kubectl-timestamps",
        "stamped",
        "web.log",
        "2026-03-09T10:00:00.123456789Z listening on :8080\n\
         2026-03-09T10:00:01.123456789Z GET /cart 200\n",
    ),
    (
        "caddy-console",
        "stamped",
        "caddy.log",
        "2026/03/09 10:00:00.123\tINFO\tusing adjacent Caddyfile\n\
         2026/03/09 10:00:01.123\tWARN\thttp\tHTTP/3 skipped\t{\"network\": \"tcp\"}\n",
    ),
    (
        "gc-log",
        "stamped",
        "gc.log",
        "[2026-03-09T10:00:00.123+0000][info][gc] Using G1\n\
         [2026-03-09T10:00:01.123+0000][info][gc] GC(0) Pause Young (Normal) 24M->4M(256M) 2.1ms\n",
    ),
    (
        "envoy",
        "stamped",
        "envoy.log",
        r#"[2026-03-09T10:00:00.123Z] "GET /cart HTTP/1.1" 200 - 0 512 7 6 "-" "curl/8.5.0" "1a2b" "shop.example.com"
[2026-03-09T10:00:01.123Z] "GET /pay HTTP/1.1" 503 UF 0 91 7 - "-" "curl/8.5.0" "3c4d" "shop.example.com"
"#,
    ),
    // Half of the lines are the header.
    (
        "iis",
        "stamped",
        "u_ex260309.log",
        "#Software: Microsoft Internet Information Services 10.0\r\n\
         #Date: 2026-03-09 10:00:00\r\n\
         #Fields: date time s-ip cs-method cs-uri-stem sc-status\r\n\
         2026-03-09 10:00:00 10.0.0.1 GET /cart 200\r\n\
         2026-03-09 10:00:01 10.0.0.1 POST /pay 500\r\n\
         2026-03-09 10:00:02 10.0.0.1 GET / 200\r\n",
    ),
    (
        "windows-service",
        "stamped",
        "service.log",
        "\u{feff}2026-03-09 10:00:00.123 +01:00 [INF] Application started.\r\n\
         2026-03-09 10:00:01.123 +01:00 [ERR] An unhandled exception has occurred.\r\n\
         System.InvalidOperationException: no such user\r\n",
    ),
    ("stamped-one-line", "stamped", "one.log", "2026-03-09 10:00:00 started\n"),
    (
        "stamped-bare",
        "stamped",
        "alert.log",
        "2026-03-09T10:00:00.123456+01:00\n\
         Starting instance (normal)\n\
         2026-03-09T10:00:01.123456+01:00\n\
         Completed: open\n",
    ),
    // A line of the shell comes first.
    (
        "behind-prompt",
        "stamped",
        "saved.txt",
        "$ tail -2 app.log\n\
         2026-03-09 10:00:00 INFO started\n\
         2026-03-09 10:00:01 INFO stopped\n",
    ),
];
