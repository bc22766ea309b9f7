"""Times ripsaw and its peers in turns and prints medians and ratios as a Markdown table.

Every peer must come to the same rows: their number, the sum of `pos`, and the lines per level.
"""

import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
import zipfile

RIPSAW, WORK, BUNDLE, ROUNDS, THREADS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
TREE = f"{WORK}/tree"
PYTHON = sys.executable
UNZIP = f"{WORK}/bin/ripunzip"
ENVIRONMENT = {**os.environ, "POLARS_MAX_THREADS": THREADS, "RAYON_NUM_THREADS": THREADS}

DUCKDB = """
import sys, duckdb
tree, out, threads = sys.argv[1:]
base = duckdb.connect()
base.execute(f"set threads={threads}")
base.execute(f'''copy (
  select filename,
         regexp_extract(filename, '/-[^/]*/([^/]*)/', 1) as stage,
         regexp_extract(filename, '/([^/]*?)(-commandUnit:.*)?$', 1) as step,
         regexp_extract(filename, '-commandUnit:(.*)$', 1) as unit,
         cast(time as timestamptz) as timestamp, level, pos, out as message, args
  from read_json('{tree}/**', format='newline_delimited', filename=true,
    maximum_object_size=100000000,
    columns={{level: 'VARCHAR', pos: 'BIGINT', out: 'VARCHAR', time: 'VARCHAR', args: 'MAP(VARCHAR, VARCHAR)'}})
) to '{out}' (format parquet, compression zstd, compression_level 1)''')
"""

POLARS = """
import sys, polars as pl
tree, out, _ = sys.argv[1:]
schema = {"level": pl.String, "pos": pl.Int64, "out": pl.String, "time": pl.String, "args": pl.String}
lines = pl.scan_ndjson(tree + "/**/*", schema=schema, include_file_paths="file")
lines = lines.with_columns(
    stage=pl.col("file").str.extract(r"/-[^/]*/([^/]*)/"),
    step=pl.col("file").str.extract(r"/([^/]*?)(?:-commandUnit:.*)?$"),
    unit=pl.col("file").str.extract(r"-commandUnit:(.*)$"),
    timestamp=pl.col("time").str.to_datetime(time_zone="UTC", time_unit="us"),
).drop("time")
lines.sink_parquet(out, compression="zstd", compression_level=1)
"""


def timed(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"{command[:2]} failed: {error.decode()}")
    cpu = usage.ru_utime + usage.ru_stime
    return wall, cpu, usage.ru_maxrss / 1024


def facts(file, level):
    import duckdb

    rows, = duckdb.sql(f"select count(*), sum(pos)::bigint from '{file}'").fetchall()
    levels = duckdb.sql(f"select {level} as l, count(*) from '{file}' group by all order by all").fetchall()
    return rows, levels


def main():
    with zipfile.ZipFile(BUNDLE) as bundle:
        entries = bundle.infolist()
        text = sum(entry.file_size for entry in entries)
        largest = max(entry.file_size for entry in entries)
    jobs = {
        "ripsaw, zip": [RIPSAW, "convert", "-q", "--threads", THREADS, BUNDLE, "-o", f"{WORK}/ripsaw.parquet"],
        "ripsaw, directory": [RIPSAW, "convert", "-q", "--threads", THREADS, TREE, "-o", f"{WORK}/ripsaw-tree.parquet"],
        "ripunzip": [UNZIP, "unzip-file", "-q", BUNDLE, "-d", TREE],
        "DuckDB, directory": [PYTHON, "-c", DUCKDB, TREE, f"{WORK}/duckdb.parquet", THREADS],
        "Polars, directory": [PYTHON, "-c", POLARS, TREE, f"{WORK}/polars.parquet", THREADS],
    }
    samples = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        shutil.rmtree(TREE, ignore_errors=True)
        for name in ["ripunzip", "ripsaw, zip", "DuckDB, directory", "ripsaw, directory", "Polars, directory"]:
            samples[name].append(timed(jobs[name]))
    files = {name: f"{WORK}/{name}.parquet" for name in ["ripsaw", "ripsaw-tree", "duckdb", "polars"]}
    column = {"ripsaw": "level_text", "ripsaw-tree": "level_text"}
    found = {name: facts(file, column.get(name, "level")) for name, file in files.items()}
    if len({repr(value) for value in found.values()}) != 1:
        sys.exit(f"the outputs differ: {found}")

    median = {name: [statistics.median(values) for values in zip(*runs)] for name, runs in samples.items()}
    peer = min(["DuckDB, directory", "Polars, directory"], key=lambda name: median[name][0])
    both = [a + b for a, b in zip(median["ripunzip"][:2], median[peer][:2])]
    size = {name: os.path.getsize(file) / 1e6 for name, file in files.items()}
    out = {"ripsaw, zip": "ripsaw", "ripsaw, directory": "ripsaw-tree", "DuckDB, directory": "duckdb", "Polars, directory": "polars"}

    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    print(f"{text / 1e9:.2f} GB of NDJSON in {len(entries)} entries, the largest {largest / text:.0%}; "
          f"{THREADS} threads of {cpu}, {platform.system()}; medians of {ROUNDS} interleaved rounds, "
          f"everything in the page cache; the same rows from all ({found['ripsaw'][0][0]:,}).\n")
    print("| job | wall s | CPU s | peak RSS MiB | out MB | ripsaw is faster by |")
    print("|---|---|---|---|---|---|")
    for name, (wall, seconds, rss) in median.items():
        own = "ripsaw, directory" if name != "ripunzip" else None
        ratio = f"{wall / median[own][0]:.1f}x" if own and not name.startswith("ripsaw") else ""
        mb = f"{size[out[name]]:.1f}" if name in out else ""
        print(f"| {name} | {wall:.2f} | {seconds:.2f} | {rss:.0f} | {mb} | {ratio} |")
    zipped = median["ripsaw, zip"]
    print(f"| **ripunzip + {peer.split(',')[0]}** | {both[0]:.2f} | {both[1]:.2f} | | | "
          f"**{both[0] / zipped[0]:.1f}x** (CPU {both[1] / zipped[1]:.1f}x) |")
    import duckdb
    import polars
    print(f"\nripunzip 2.0.3, DuckDB {duckdb.__version__}, Polars {polars.__version__}.")


main()
