"""Times the Python package in turns with Polars over unzipped NDJSON, and with the command: a Markdown table of medians.

Every way must give the same rows before any is timed: their number, the sum of their counters, and how many have each
level as it was written. Each runs in a process of its own, and prints its seconds without the start of Python.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

RIPSAW, WORK, MEGABYTES, ROUNDS = sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
OUT = "/dev/shm/ripsaw-python" if os.path.isdir("/dev/shm") else f"{WORK}/python-out"

# A program prints its seconds, then its rows, the sum of their counters, and the rows of each level.
HEAD = """
import glob, json, os, shutil, subprocess, sys, time
archive, out = sys.argv[1:]
"""
WAYS = {
    "ripsaw `to_polars()`": """
import polars, ripsaw
begun = time.perf_counter()
rows = ripsaw.scan(archive).to_polars()
seconds = time.perf_counter() - begun
rows = rows.select("pos", level="level_text")
""",
    "ripsaw `to_polars()`, three columns": """
import polars, ripsaw
begun = time.perf_counter()
rows = ripsaw.scan(archive, columns=["level_text", "pos", "message"]).to_polars()
seconds = time.perf_counter() - begun
rows = rows.select("pos", level="level_text")
""",
    "unzip, then `pl.scan_ndjson`": """
import polars
begun = time.perf_counter()
subprocess.run(["unzip", "-q", archive, "-d", out + "/tree"], check=True)
files = [path for path in glob.glob(out + "/tree/**", recursive=True) if os.path.isfile(path)]
schema = {"level": polars.String, "pos": polars.Int64, "out": polars.String, "time": polars.String}
rows = polars.scan_ndjson(files, schema=schema).collect()
seconds = time.perf_counter() - begun
""",
    "ripsaw `to_pyarrow()`": """
import polars, pyarrow, ripsaw
begun = time.perf_counter()
rows = ripsaw.scan(archive).to_pyarrow()
seconds = time.perf_counter() - begun
rows = polars.from_arrow(rows.select(["level_text", "pos"])).rename({"level_text": "level"})
""",
    "a loop over the batches": """
import polars, ripsaw
begun = time.perf_counter()
parts = [0, 0]
for batch in ripsaw.scan(archive):
    parts[0] += batch.num_rows
seconds = time.perf_counter() - begun
rows = ripsaw.scan(archive, columns=["level_text", "pos"]).to_polars().rename({"level_text": "level"})
assert rows.height == parts[0]
""",
    "the command, into an Arrow stream": """
import polars, pyarrow.ipc
begun = time.perf_counter()
subprocess.run([os.environ["RIPSAW"], "convert", archive, "-o", out + "/a.arrows", "--compression", "none", "--quiet"], check=True)
seconds = time.perf_counter() - begun
with pyarrow.ipc.open_stream(out + "/a.arrows") as stream:
    rows = polars.from_arrow(stream.read_all().select(["level_text", "pos"])).rename({"level_text": "level"})
""",
    "the command, into nothing": """
import polars
begun = time.perf_counter()
subprocess.run([os.environ["RIPSAW"], "convert", archive, "-o", "/dev/null", "--to", "arrows", "--compression", "none", "--quiet"], check=True)
seconds = time.perf_counter() - begun
rows = None
""",
}
TAIL = """
answer = None
if rows is not None:
    levels = rows.group_by("level").len().sort("level", nulls_last=True).rows()
    answer = [rows.height, rows["pos"].sum(), levels]
print(json.dumps([seconds, answer]))
"""


def run(way, archive):
    """Its seconds, and what it found."""
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    line = [sys.executable, "-c", HEAD + WAYS[way] + TAIL, archive, OUT]
    done = subprocess.run(line, capture_output=True, text=True, env={**os.environ, "RIPSAW": RIPSAW})
    shutil.rmtree(OUT, ignore_errors=True)
    if done.returncode != 0:
        sys.exit(f"{way}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    archive = f"{WORK}/python-{MEGABYTES}.zip"
    if not os.path.exists(archive):
        line = [RIPSAW, "bench", "--generate", f"{MEGABYTES}MB", "-o", archive]
        subprocess.run(line, check=True, capture_output=True)
    ways = [way for way in WAYS if shutil.which("unzip") or "unzip" not in way]
    answers = {way: run(way, archive)[1] for way in ways}
    expected = answers[ways[0]]
    for way, answer in answers.items():
        if answer is not None and answer != expected:
            sys.exit(f"{way} found {answer}, and not {expected}")
    times = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            times[way].append(run(way, archive)[0])
            time.sleep(0.2)
    first = statistics.median(times[ways[0]])
    print(f"{MEGABYTES} MB of text in a zip, {expected[0]:,} rows, {ROUNDS} rounds, {os.cpu_count()} processors\n")
    print("| way | seconds | to `to_polars()` |\n| --- | --- | --- |")
    for way in ways:
        seconds = statistics.median(times[way])
        print(f"| {way} | {seconds:.2f} | {seconds / first:.2f} |")


main()
