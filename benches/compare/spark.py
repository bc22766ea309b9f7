"""Times Spark's data source on one executor and on two, and the command: Markdown tables of medians.

All read the same archives and throw the rows away: Spark with its `noop` output, the command with its Arrow stream into
/dev/null. Each counts the same rows before it is timed. CPU is that of executors with their Python workers, as
/proc has it; that of the driver is apart.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python" / "tests"))

import tables
from pyspark.sql import SparkSession
from spark_cluster import Cluster

import ripsaw

RIPSAW, WORK, MEGABYTES, BUNDLES, ROUNDS = *sys.argv[1:3], *map(int, sys.argv[3:6])
#: Archives of the set of large ones.
LARGE = 8
TICKS = os.sysconf("SC_CLK_TCK")
FILTER = "level = 'ERROR' and step like 'T%'"
#: The columns of a usual question.
FEW = "timestamp,level,stage,step,message"


def made(name, archives, megabytes):
    """A folder of so many archives with so much text in all."""
    folder = Path(WORK) / "spark-data" / f"{name}-{archives}-{megabytes}"
    folder.mkdir(parents=True, exist_ok=True)
    size = max(1, megabytes * 1_000_000 // archives)
    for number in range(archives):
        path = folder / f"{number:06}.zip"
        if not path.exists():
            words = ["--generate", f"{size}B", "--seed", str(number + 1), "--entries", str(max(1, min(50, size // 20_000)))]
            subprocess.run([RIPSAW, "bench", *words, "-o", f"{path}.part"], check=True, capture_output=True)
            os.rename(f"{path}.part", path)
    return folder


def spent(pids):
    """CPU seconds of processes, and of their children that have ended."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class OnSpark:
    """A cluster with a session."""

    def __init__(self, workers):
        self.folder = tempfile.mkdtemp(dir=WORK)
        self.cluster = Cluster(Path(self.folder), workers)
        os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
        options = {
            "spark.driver.host": "127.0.0.1",
            "spark.executor.cores": "1",
            "spark.executor.memory": "512m",
            "spark.sql.python.filterPushdown.enabled": "true",
            "spark.ui.enabled": "false",
        }
        self.session = SparkSession.builder.master(self.cluster.url).config(map=options).getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def frame(self, folder, columns=None):
        if Path(folder).name == "parquet":
            return self.session.read.parquet(str(folder))
        # Each frame has one query, as push-down wants it.
        options = {"pushdown": "true"} if columns is None else {"pushdown": "true", "columns": columns}
        return self.session.read.format("ripsaw").options(**options).load(str(folder))

    def executors(self):
        return [pid for worker in self.cluster.workers for pid in worker.below()]

    def run(self, folder, test=None, columns=None):
        """Wall and CPU seconds of a reading, and those of the driver."""
        frame = self.frame(folder, columns)
        frame = frame if test is None else frame.filter(test)
        driver = [self.session.sparkContext._gateway.proc.pid]
        before, own, start = spent(self.executors()), spent(driver), time.perf_counter()
        frame.write.format("noop").mode("overwrite").save()
        wall = time.perf_counter() - start
        return wall, spent(self.executors()) - before, spent(driver) - own

    def stop(self):
        self.session.stop()
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def command(folder, threads):
    """Wall and CPU seconds of the command."""
    words = [RIPSAW, "convert", str(folder), "-q", "-o", "-", "--to", "arrows", "--threads", str(threads)]
    before, start = children_cpu(), time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, children_cpu() - before


def median(runs):
    return [statistics.median(column) for column in zip(*runs)]


def main():
    sets = {"large": made("large", LARGE, MEGABYTES), "small": made("small", BUNDLES, MEGABYTES)}
    gigabytes = MEGABYTES / 1000
    parquet = Path(WORK) / "spark-data" / "parquet"
    shutil.rmtree(parquet, ignore_errors=True)
    subprocess.run([RIPSAW, "convert", str(sets["large"]), "-q", "-o", f"{parquet}/"], check=True)
    rows = {name: sum(batch.num_rows for batch in ripsaw.scan(folder, columns="line")) for name, folder in sets.items()}
    begun = time.perf_counter()
    groups = ripsaw.plan(sets["small"])
    planning = time.perf_counter() - begun
    runs = {(name, threads): [] for name in sets for threads in (1, 2)}
    for _ in range(ROUNDS):
        for name, threads in runs:
            runs[name, threads].append(command(sets[name], threads))
    lines = []
    own = {}
    for (name, threads), times in runs.items():
        wall, cpu = own[name, threads] = median(times)
        lines.append(f"| the command, {threads} threads, {name} | {wall:.2f} | {cpu:.2f} | {cpu / gigabytes:.2f} | |")
    walls = {}
    # One session at a time, since a process has one. Executors and Python's workers are warm when they are timed.
    for workers in (1, 2):
        spark = OnSpark(workers)
        try:
            for name, folder in sets.items():
                found = spark.frame(folder).count()
                assert found == rows[name], (name, found, rows[name])
                spark.run(folder)
                wall, cpu, driver = median([spark.run(folder) for _ in range(ROUNDS)])
                walls[name, workers] = wall, cpu
                ratio = cpu / own[name, 1][1]
                lines.append(
                    f"| Spark, {workers} executors, {name} | {wall:.2f} | {cpu:.2f} (driver {driver:.2f}) "
                    f"| {cpu / gigabytes:.2f} | {ratio:.1f}x |"
                )
                wall, cpu, driver = median([spark.run(folder, columns=FEW) for _ in range(ROUNDS)])
                ratio = cpu / own[name, 1][1]
                lines.append(
                    f"| Spark, {workers} executors, {name}, five columns | {wall:.2f} | {cpu:.2f} (driver {driver:.2f}) "
                    f"| {cpu / gigabytes:.2f} | {ratio:.1f}x |"
                )
                wall, cpu, driver = median([spark.run(folder, FILTER) for _ in range(ROUNDS)])
                lines.append(
                    f"| Spark, {workers} executors, {name}, filtered | {wall:.2f} | {cpu:.2f} (driver {driver:.2f}) "
                    f"| {cpu / gigabytes:.2f} | |"
                )
            found = spark.frame(parquet).count()
            assert found == rows["large"], found
            spark.run(parquet)
            wall, cpu, driver = median([spark.run(parquet) for _ in range(ROUNDS)])
            ratio = cpu / own["large", 1][1]
            lines.append(
                f"| Spark, {workers} executors, Parquet of the large ones, by its own reader | {wall:.2f} "
                f"| {cpu:.2f} (driver {driver:.2f}) | {cpu / gigabytes:.2f} | {ratio:.1f}x |"
            )
        finally:
            spark.stop()
    head = "| job | wall s | CPU s | CPU s per GB | CPU of the command's, 1 thread |\n|---|---|---|---|---|\n"
    more = BUNDLES - LARGE
    per_bundle = [(walls["small", workers][1] - walls["large", workers][1]) / more * 1000 for workers in (1, 2)]
    gain = [walls[name, 1][0] / walls[name, 2][0] for name in sets]
    words = (
        f"{gigabytes:g} GB of text in {LARGE} archives (large) and in {BUNDLES} (small); {tables.machine(2)}; medians of "
        f"{ROUNDS} rounds; filtered: `{FILTER}`; five columns: `{FEW}`.\n\n{head}" + "\n".join(lines) + "\n\n"
        f"A bundle more costs {per_bundle[0]:.2f} ms of CPU on one executor, {per_bundle[1]:.2f} ms on two. Two executors are "
        f"{gain[0]:.2f}x as fast as one for the large archives, {gain[1]:.2f}x for the small ones. Planning the {BUNDLES} small "
        f"archives takes {planning:.2f} s and makes {len(groups)} partitions."
    )
    tables.keep(WORK, "spark", words)


if __name__ == "__main__":
    main()
