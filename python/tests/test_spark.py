"""The data source of Spark, on a cluster of two workers."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def why_not() -> str:
    """Why Spark cannot run here; empty if it can."""
    try:
        import pyspark
    except ImportError:
        return "there is no pyspark"
    if tuple(map(int, pyspark.__version__.split(".")[:2])) < (4, 1):
        return f"pyspark {pyspark.__version__} is older than 4.1"
    if shutil.which("java") is None:
        return "there is no java"
    version = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', version)
    if found is None or int(found[1]) < 17:
        return "java is older than 17"
    return "" if sys.platform == "linux" else "the processes of the cluster are found in /proc"


if why_not():
    pytest.skip(f"Spark: {why_not()}", allow_module_level=True)

import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from pyspark.sql import DataFrame, SparkSession  # noqa: E402
from spark_cluster import Cluster, cluster, until  # noqa: E402
from spark_filters import KEPT, PUSHED  # noqa: E402

import ripsaw  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"

#: Bundles that are written while a worker is lost.
BUNDLES = 200


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    yield from cluster(tmp_path_factory.mktemp("cluster"), 2)


@pytest.fixture(scope="module")
def spark(workers: Cluster) -> Iterator[SparkSession]:
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    options: dict[str, Any] = {
        "spark.driver.host": "127.0.0.1",
        "spark.executor.cores": "1",
        "spark.executor.memory": "512m",
        "spark.sql.python.filterPushdown.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }
    builder = SparkSession.builder.master(workers.url).appName("ripsaw")
    session = builder.config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many small archives of three pipelines, some of them damaged, and a log beside them."""
    folder = tmp_path_factory.mktemp("bundles")
    with zipfile.ZipFile(FIXTURES / "deploy.zip") as deploy:
        logs = {info.filename: deploy.read(info) for info in deploy.infolist()}
    names = sorted(logs)
    for number in range(BUNDLES):
        path = folder / f"{number % 7}" / f"run-{number:03}.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for place in range(4):
                name = names[(number * 5 + place) % len(names)]
                renamed = name.replace("Release_Checkout/128", f"Pipeline_{number % 3}/{1000 + number}")
                bundle.writestr(renamed, logs[name])
    for name in ("3/run-003.zip", "5/run-012.zip"):
        data = bytearray((folder / name).read_bytes())
        # In the first entry's data.
        data[400:420] = bytes(20)
        (folder / name).write_bytes(data)
    (folder / "6" / "cut.zip").write_bytes((folder / "6" / "run-006.zip").read_bytes()[:500])
    (folder / "notes.log").write_text("2026-03-09T10:00:00Z ERROR no pipeline\n\nplain\n")
    return folder


def command(path: Path | str, out: Path, *words: str) -> pa.Table:
    """What the command makes of it."""
    run = [sys.executable, "-m", "ripsaw", "convert", str(path), "-o", str(out), "-q", *words]
    done = subprocess.run(run, capture_output=True, text=True)
    # 2: an entry could not be read whole.
    assert done.returncode in (0, 2), done.stderr
    return pq.read_table(out)


def sorted_rows(table: pa.Table, by: tuple[str, ...] = ("bundle", "file", "line")) -> pa.Table:
    """Rows in one order, with one type for each kind of column."""
    columns = {}
    for name in sorted(table.column_names):
        column = table[name].combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if isinstance(column.type, pa.BaseExtensionType):
            column = column.storage
        if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.string())
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", "UTC"))
        columns[name] = column
    plain = pa.table({name: column for name, column in columns.items()})
    return plain.take(pc.sort_indices(plain, sort_keys=[(name, "ascending") for name in by]))


def assert_equal(found: pa.Table, expected: pa.Table, by: tuple[str, ...] = ("bundle", "file", "line")) -> None:
    assert found.num_rows == expected.num_rows
    assert sorted(found.column_names) == sorted(expected.column_names)
    found, expected = sorted_rows(found, by), sorted_rows(expected, by)
    for name in found.column_names:
        assert found[name].to_pylist() == expected[name].to_pylist(), name


def read_parquet(folder: Path) -> pa.Table:
    """All files of a data set, each of which must be whole."""
    assert not (folder / "_temporary").exists()
    assert (folder / "_SUCCESS").exists()
    tables = []
    for path in sorted(folder.rglob("*.parquet")):
        # Null is a partition of its own.
        partition = {key: None if value == "__HIVE_DEFAULT_PARTITION__" else value
                     for key, _, value in (part.partition("=") for part in path.parent.relative_to(folder).parts)}
        table = pq.ParquetFile(path).read()
        for key, value in partition.items():
            table = table.append_column(key, pa.array([value] * table.num_rows, pa.string()))
        tables.append(table)
    return pa.concat_tables(tables)


def test_schema_has_plain_types(spark: SparkSession) -> None:
    frame = spark.read.format("ripsaw").load(str(FIXTURES / "deploy.zip"))
    types = {field.name: field.dataType.simpleString() for field in frame.schema}
    assert types["timestamp"] == "timestamp"
    assert types["level"] == types["bundle"] == types["extra"] == "string"
    assert types["line"] == types["run"] == types["pos"] == "bigint"
    assert types["args"] == "map<string,string>"
    assert list(types) == ripsaw.scan(FIXTURES / "deploy.zip").columns


def test_rows_survive_the_loss_of_a_worker(
    spark: SparkSession, workers: Cluster, bundles: Path, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    go = tmp_path / "go"

    def held(batches: Any) -> Any:
        """Passes batches on, but once some tasks are done keeps each task in the middle of its work until `go`."""
        for batch in batches:
            (marks / f"{os.getppid()}-{os.getpid()}").touch()
            while len(list(out.rglob("*.parquet"))) >= 8 and not go.exists():
                (marks / f"held-{os.getpid()}").touch()
                time.sleep(0.05)
            yield batch

    out = tmp_path / "out"
    frame = spark.read.format("ripsaw").option("partitionBytes", 1 << 20).load(str(bundles))
    tasks = frame.rdd.getNumPartitions()
    assert tasks > 20
    write = frame.mapInArrow(held, frame.schema).write.partitionBy("pipeline")
    failures: list[BaseException] = []

    def run() -> None:
        try:
            write.parquet(str(out))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: bool(failures) or len(list(marks.glob("held-*"))) == 2, "a task on each worker")
        assert not failures
        executors = workers.workers[1].kill()
        assert len(executors) == 1
    finally:
        go.touch()
        thread.join()
    assert not failures, failures
    expected = command(bundles, tmp_path / "all.parquet")
    assert expected.num_rows > 10_000
    assert sum(1 for error in expected["parse_error"].to_pylist() if error) >= 3
    assert_equal(read_parquet(out), expected)
    pipelines = {path.parent.name for path in out.rglob("*.parquet")}
    assert len(pipelines) == 4, pipelines


def test_entries(spark: SparkSession, bundles: Path, tmp_path: Path) -> None:
    out = tmp_path / "entries"
    read = spark.read.format("ripsaw").option("table", "entries").option("partitionBytes", 1 << 20)
    read.load(str(bundles)).write.parquet(str(out))
    expected = command(bundles, tmp_path / "entries.parquet", "--table", "entries")
    assert_equal(read_parquet(out), expected, ("bundle", "file"))


def test_options(spark: SparkSession, tmp_path: Path) -> None:
    read = spark.read.format("ripsaw").option("columns", "step, message").option("level", "ERROR+")
    frame = read.option("where", "contains(message, 'Error')").load(str(FIXTURES / "d*.zip"))
    assert frame.columns == ["step", "message"]
    expected = ripsaw.scan(
        FIXTURES / "deploy.zip", columns=["step", "message"], level="ERROR+", where="contains(message, 'Error')"
    ).to_pyarrow()
    assert sorted(map(tuple, frame.collect())) == sorted(zip(*(column.to_pylist() for column in expected.columns)))
    paths = [str(FIXTURES / name) for name in ("odd.zip", "deploy.zip")]
    count = ripsaw.scan(paths).to_pyarrow().num_rows
    assert spark.read.format("ripsaw").load(paths).count() == count
    assert spark.read.format("ripsaw").option("paths", ",".join(paths)).load().count() == count
    for options, reason in [
        ({"path": str(tmp_path / "none")}, "does not exist"),
        ({"path": "s3://bucket/logs"}, "mount it, or copy the files"),
        ({"path": paths[0], "colums": "step"}, "unknown option 'colums'"),
        ({"path": paths[0], "columns": "stepp"}, "unknown column"),
        ({"path": paths[0], "where": "stepp eq 'x'"}, "unknown column stepp"),
        ({"path": paths[0], "since": "-3h"}, "since is a date and time"),
    ]:
        with pytest.raises(Exception, match=reason):
            spark.read.format("ripsaw").options(**options).load()


def test_unreadable_archives_are_errors_unless_skipped(spark: SparkSession, tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "deploy.zip", tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 no archive")
    paths: list[Any] = [str(tmp_path / "*.zip"), [str(tmp_path / "a.zip"), str(tmp_path / "b.zip")]]
    for path in paths:
        with pytest.raises(Exception, match="cannot open the archive"):
            spark.read.format("ripsaw").load(path).count()
        assert spark.read.format("ripsaw").option("skipUnlisted", "true").load(path).count() == 1_332
    with pytest.raises(Exception, match="cannot open the archive"):
        spark.read.format("ripsaw").option("skipUnlisted", "true").load(str(tmp_path / "b.zip")).count()


def test_keys_are_columns_of_all_partitions(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    shutil.copy(FIXTURES / "app.ndjson", folder / "a.ndjson")
    shutil.copy(FIXTURES / "odd.zip", folder / "b.zip")
    rows = [{"time": "2026-03-09T10:00:00Z", "msg": "late", "status": "text", "new": 1}]
    (folder / "c.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows))
    keys = tmp_path / "keys.json"
    keys.write_text(ripsaw.scan(FIXTURES / "app.ndjson").key_schema or "")
    read = spark.read.format("ripsaw").option("partitionBytes", 1)
    pinned = read.option("schema", str(keys)).load(str(folder))
    assert pinned.rdd.getNumPartitions() > 2
    expected = command(folder, tmp_path / "pinned.parquet", "--schema", str(keys), "--columns", "all")
    found = [{**row.asDict(True)} for row in pinned.collect()]
    assert len(found) == expected.num_rows
    assert "pid" in pinned.columns and set(pinned.columns) == set(expected.column_names)
    for name in ("pid", "tags", "extra", "message", "ms"):
        assert sorted(map(repr, (row[name] for row in found))) == sorted(map(repr, expected[name].to_pylist())), name
    sampled = spark.read.format("ripsaw").option("keys", "sample").load(str(folder))
    assert "new" in sampled.columns


@pytest.fixture(scope="module")
def odd_logs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Logs with names and times at which filters may differ."""
    folder = tmp_path_factory.mktemp("odd")
    epoch = datetime.datetime(1970, 1, 1)
    about = [(datetime.datetime(2026, 3, 9, 10) - epoch) // datetime.timedelta(seconds=1) * 10**9 + 1000, -1000]
    lines = []
    for center in about:
        for nanos in (-1001, -1000, -999, -1, 0, 1, 999, 1000, 1001):
            whole, part = divmod(center + nanos, 10**9)
            time = (epoch + datetime.timedelta(seconds=whole)).isoformat()
            lines.append({"level": "info", "pos": 0, "out": f"{nanos} ü", "time": f"{time}.{part:09}Z", "args": None})
    lines.append({"level": "loud", "pos": 1, "out": "", "time": None, "args": {"a": "b", "c": None}})
    text = "".join(json.dumps(line) + "\n" for line in lines) + "{broken\n"
    with zipfile.ZipFile(folder / "odd.zip", "w") as bundle:
        for step in ("it's [a*]?", "Lint", "a*"):
            bundle.writestr(f"acc/acc/pipeline/Pipe/7/-exec/Build/{step}", text)
        bundle.writestr("notes.log", "no record\n")
    return [str(folder / "odd.zip"), str(FIXTURES / "deploy.zip")]


@pytest.fixture(scope="module")
def whole(spark: SparkSession, odd_logs: list[str]) -> DataFrame:
    """All rows, whose filters Spark tests itself."""
    spark.conf.set("spark.sql.python.filterPushdown.enabled", "false")
    frame = spark.read.format("ripsaw").load(odd_logs).cache()
    assert frame.count() > 1332
    spark.conf.set("spark.sql.python.filterPushdown.enabled", "true")
    return frame


def rows_of(frame: DataFrame, test: str) -> list[str]:
    columns = ["bundle", "file", "line", "timestamp", "level", "step", "message"]
    return sorted(repr(tuple(row)) for row in frame.filter(test).select(*columns).collect())


def is_filtered(frame: DataFrame, test: str) -> bool:
    """Whether Spark tests rows itself."""
    plan = frame.filter(test)._jdf.queryExecution().executedPlan().toString()
    return re.search(r"[)-] Filter ", plan) is not None


@pytest.mark.parametrize("test", PUSHED + KEPT)
def test_filters(spark: SparkSession, odd_logs: list[str], whole: DataFrame, test: str) -> None:
    expected = rows_of(whole, test)
    read = spark.read.format("ripsaw").option("partitionBytes", 1 << 30).option("pushdown", "true")
    frame = read.load(odd_logs)
    assert rows_of(frame, test) == expected
    assert not (test in PUSHED and is_filtered(frame, test))


def test_pushdown_must_be_asked_for(spark: SparkSession, odd_logs: list[str]) -> None:
    read = spark.read.format("ripsaw")
    frame = read.load(odd_logs)
    assert is_filtered(frame, PUSHED[0])
    assert not is_filtered(read.option("pushdown", "true").load(odd_logs), PUSHED[0])
    # With it, Spark would give the filters of the second query to the third.
    count = frame.count()
    assert 0 < frame.filter("level = 'ERROR'").count() < count
    assert frame.count() == count == len(frame.collect())


def test_filters_and_options_both_hold(spark: SparkSession, odd_logs: list[str], whole: DataFrame) -> None:
    read = spark.read.format("ripsaw").option("pushdown", "true")
    read = read.option("level", "WARN+").option("since", "2026-03-09T09:15:00Z")
    test = "level in ('ERROR', 'INFO') and timestamp > timestamp'2026-03-09 09:00:00'"
    expected = rows_of(whole, f"{test} and level = 'ERROR' and timestamp >= timestamp'2026-03-09 09:15:00'")
    assert expected
    assert rows_of(read.load(odd_logs), test) == expected


def test_the_grid_has_rows_of_both_kinds(whole: DataFrame) -> None:
    """Filters that select nothing, or everything, would show little."""
    total = whole.count()
    counts = {test: whole.filter(test).count() for test in PUSHED}
    telling = [test for test, count in counts.items() if 0 < count < total]
    assert len(telling) > len(PUSHED) - 5, counts
