//! Times of the day, and what only looks like them.
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "minecraft-latest",
        "clock",
        "latest.log",
        "[10:00:00] [main/INFO]: Loading for game Minecraft 1.20.1\n\
         [10:00:01] [Server thread/WARN]: Can't keep up! Is the server overloaded?\n\
         [10:00:02] [Server thread/ERROR]: Encountered an unexpected exception\n\
         java.lang.NullPointerException: null\n\
         \tat net.minecraft.server.MinecraftServer.run(MinecraftServer.java:1)\n",
    ),
    (
        "paper",
        "clock",
        "paper.log",
        "[10:00:00 INFO]: Starting minecraft server\n[10:00:01 WARN]: **** SERVER IS RUNNING\n",
    ),
    (
        "logback-default",
        "clock",
        "console.txt",
        "10:00:00.123 [main] DEBUG c.e.Shop -- started\n10:00:00.125 [main] WARN c.e.Shop -- slow\n",
    ),
    (
        "python-clock",
        "clock",
        "run.log",
        "Run of 2026-03-09\n23:59:59,500 - root - INFO - begun\n00:00:01,000 - root - ERROR - failed\n00:00:02,000 x\n",
    ),
    ("one-clock", "text", "a.log", "12:30:00 lunch\n"),
    (
        "ratios",
        "text",
        "mix.txt",
        "10:20:30 mix of a, b and c\n1:2:3 for walls\n20:10:05 thin\n05:05:90 x\n",
    ),
    (
        "timetable",
        "text",
        "trains.txt",
        "12:30:00 12:45:00 Berlin\n12:40:00 12:55:00 Hamburg\n13:00:00 13:20:00 Bremen\n",
    ),
    (
        "schedule-of-spans",
        "text",
        "day.txt",
        "09:00:00 - 10:00:00 Welcome\n10:00:00 - 11:30:00 Talks\n11:30:00 - 12:00:00 Questions\n",
    ),
    (
        "table-of-times",
        "text",
        "table.txt",
        "10:00:00 | build | ok\n10:05:00 | test | ok\n10:07:00 | deploy | failed\n",
    ),
    ("numbers-by-time", "text", "load.txt", "10:00:00 1 2 3\n10:00:05 1 2 4\n10:00:10 2 2 2\n"),
    (
        "results-of-a-race",
        "text",
        "race.txt",
        "02:05:11 Anna\n02:07:30 Berta\n02:03:59 Clara\n02:01:10 Dora\n",
    ),
    (
        "subtitles-of-a-film",
        "text",
        "film.srt",
        "1\n00:00:01,000 --> 00:00:04,000\nHello.\n\n2\n00:00:05,000 --> 00:00:06,000\nYes.\n",
    ),
    (
        "half-days",
        "text",
        "twelve.log",
        "10:00:00 AM started\n10:00:01 AM slow\n01:00:00 PM done\n",
    ),
    ("few-times", "text", "notes.txt", "Plan\nAt noon:\n12:00:00 eat\nthen\nrest\n13:00:00 work\n"),
];
