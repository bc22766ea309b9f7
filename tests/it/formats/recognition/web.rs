//! Access logs of web servers, and what only comes near them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "combined",
        "access",
        "access.log",
        r#"10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET /cart?id=7 HTTP/1.1" 200 512 "https://shop.example.com/" "Mozilla/5.0 (X11)"
10.0.0.8 - - [09/Mar/2026:10:00:01 +0000] "POST /pay HTTP/2.0" 502 0 "-" "curl/8.5.0"
"#,
    ),
    (
        "common",
        "access",
        "access_log",
        r#"10.0.0.9 - deploy [09/Mar/2026:10:00:00 +0100] "GET / HTTP/1.0" 200 2326
10.0.0.9 - - [09/Mar/2026:10:00:01 +0100] "GET /missing HTTP/1.0" 404 -
"#,
    ),
    (
        "virtual-hosts",
        "access",
        "other_vhosts_access.log",
        r#"shop.example.com:443 10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 9 "-" "-"
api.example.com:443 10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] "GET /v1 HTTP/1.1" 301 9 "-" "-"
"#,
    ),
    (
        "ipv6",
        "access",
        "v6.log",
        r#"::1 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 9
fd00::7 - - [09/Mar/2026:10:00:01 +0000] "OPTIONS * HTTP/1.0" 200 -
"#,
    ),
    // What clients sent is no request, but it is in quotes, and a status follows.
    (
        "broken-requests",
        "access",
        "scan.log",
        r#"10.0.0.7 - - [09/Mar/2026:10:00:00 +0000] "\x16\x03\x01\x02\x00" 400 157 "-" "-"
10.0.0.7 - - [09/Mar/2026:10:00:01 +0000] "-" 408 0 "-" "-"
10.0.0.7 - - [09/Mar/2026:10:00:02 +0000] "GET /\"a\" HTTP/1.1" 400 157 "-" "-"
"#,
    ),
    (
        "traefik-access",
        "access",
        "traefik-access.log",
        r#"10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "-" 1 "web@docker" "http://10.0.0.2:80" 5ms
10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] "GET /a HTTP/1.1" 499 0 "-" "-" 2 "web@docker" "http://10.0.0.2:80" 9ms
"#,
    ),
    // Half of the lines are of the server.
    (
        "access-half",
        "access",
        "mixed.log",
        r#"starting the server
10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12
10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] "GET /a HTTP/1.1" 200 12
stopping the server
"#,
    ),
    (
        "access-crlf",
        "access",
        "windows.log",
        "\u{feff}10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 12\r\n\
         10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] \"GET /a HTTP/1.1\" 200 12\r\n",
    ),
    (
        "access-one-line",
        "access",
        "one.log",
        r#"10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 204 0
"#,
    ),
    // A blank instead of a colon between date and time, and no offset.
    (
        "werkzeug",
        "text",
        "flask.log",
        r#"10.0.0.9 - - [09/Mar/2026 10:00:00] "GET / HTTP/1.1" 200 -
10.0.0.9 - - [09/Mar/2026 10:00:01] "GET /a HTTP/1.1" 404 -
"#,
    ),
    // Another form of time in the brackets.
    (
        "iso-access",
        "text",
        "iso-access.log",
        r#"10.0.0.9 - - [2026-03-09T10:00:00+01:00] "GET / HTTP/1.1" 200 12
10.0.0.9 - - [2026-03-09T10:00:01+01:00] "GET /a HTTP/1.1" 404 12
"#,
    ),
    // Only two words before the time.
    (
        "two-words",
        "text",
        "two.log",
        r#"10.0.0.9 - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12
10.0.0.9 - [09/Mar/2026:10:00:01 +0000] "GET /a HTTP/1.1" 404 12
"#,
    ),
    // The request is not in quotes.
    (
        "no-quotes",
        "text",
        "noquotes.log",
        "10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] GET / HTTP/1.1 200 12\n\
         10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] GET /a HTTP/1.1 404 12\n",
    ),
    // The time is not in brackets.
    (
        "no-brackets",
        "text",
        "nobrackets.log",
        r#"10.0.0.9 - - 09/Mar/2026:10:00:00 +0000 "GET / HTTP/1.1" 200 12
10.0.0.9 - - 09/Mar/2026:10:00:01 +0000 "GET /a HTTP/1.1" 404 12
"#,
    ),
    // Statuses out of the range.
    (
        "bad-status",
        "text",
        "status.log",
        r#"10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 700 12
10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] "GET /a HTTP/1.1" 42 12
"#,
    ),
    // No status follows the request.
    (
        "no-status",
        "text",
        "nostatus.log",
        r#"10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1"
10.0.0.9 - - [09/Mar/2026:10:00:01 +0000] "GET /a HTTP/1.1"
"#,
    ),
    // Two words before the time, and the request comes much later.
    (
        "s3",
        "text",
        "s3.log",
        r#"1a2b3c shop-bucket [09/Mar/2026:10:00:00 +0000] 10.0.0.9 - 3E57 REST.GET.OBJECT a.png "GET /a.png HTTP/1.1" 200 - 12 12
1a2b3c shop-bucket [09/Mar/2026:10:00:01 +0000] 10.0.0.9 - 3E58 REST.GET.OBJECT b.png "GET /b.png HTTP/1.1" 404 - 12 12
"#,
    ),
    // The kind of the request comes before the time.
    (
        "alb",
        "text",
        "alb.log",
        r#"https 2026-03-09T10:00:00.123456Z app/my-lb/50dc 10.0.0.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://example.com:443/ HTTP/1.1"
https 2026-03-09T10:00:01.123456Z app/my-lb/50dc 10.0.0.9:2818 10.0.0.1:80 0.086 0.048 0.037 404 404 0 57 "GET https://example.com:443/a HTTP/1.1"
"#,
    ),
    // One word before the time, which has a fraction and no offset.
    (
        "haproxy-raw",
        "text",
        "haproxy-raw.log",
        r#"10.0.0.9:33317 [09/Mar/2026:10:00:00.123] http-in web/web-1 0/0/1/2/3 200 512 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"
10.0.0.9:33318 [09/Mar/2026:10:00:01.123] http-in web/web-1 0/0/1/2/3 404 512 - - ---- 1/1/0/0/0 0/0 "GET /a HTTP/1.1"
"#,
    ),
    // No time.
    (
        "uvicorn",
        "text",
        "uvicorn.log",
        r#"INFO:     Uvicorn running on http://10.0.0.1:8000
INFO:     10.0.0.9:51234 - "GET / HTTP/1.1" 200 OK
"#,
    ),
    // No time either.
    (
        "morgan",
        "text",
        "morgan.log",
        "GET /cart 200 5.123 ms - 512\n\
         POST /pay 502 7.321 ms - 0\n",
    ),
    // One of five lines is of a server, and it is not the first.
    (
        "access-quoted",
        "text",
        "mail.txt",
        r#"Hello,
the server wrote this:
10.0.0.9 - - [09/Mar/2026:10:00:00 +0000] "GET / HTTP/1.1" 500 12
What does it mean?
Bye
"#,
    ),
    // Numbers of seconds in the middle of lines.
    (
        "flow-log",
        "text",
        "flow.log",
        "2 123456789010 eni-1a2b 10.0.0.9 10.0.0.1 20641 22 6 20 4249 1773050400 1773050460 ACCEPT OK\n\
         2 123456789010 eni-1a2b 10.0.0.8 10.0.0.1 49761 3389 6 20 4249 1773050400 1773050460 REJECT OK\n",
    ),
];
