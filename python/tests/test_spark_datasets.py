"""Data sets that the command wrote, as Spark reads them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_spark import why_not

if why_not():
    pytest.skip(f"Spark: {why_not()}", allow_module_level=True)

from data_sets import PARTITIONS, Expected, bundles, command, generate, text_of  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    options: dict[str, Any] = {
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }
    session = SparkSession.builder.master("local[2]").appName("data sets").config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return bundles(tmp_path_factory.mktemp("inputs") / "logs")


def check(spark: SparkSession, folder: Path, names: list[str], expected: Expected) -> None:
    frame = spark.read.parquet(str(folder))
    found = Counter[Any]()
    for row in frame.groupBy(*names).count().collect():
        found[tuple(text_of(row[name]) for name in names)] = row["count"]
    assert found == expected.counts(names)
    own = expected.filled()
    assert set(frame.columns) - set(own) <= {"date"}
    filled = frame.selectExpr([f"count(`{name}`) AS `{name}`" for name in own]).collect()[0].asDict()
    assert filled == own
    lines = frame.select("bundle", "file", "line", "message").collect()
    assert sorted(map(tuple, lines)) == expected.lines()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_spark_finds_the_rows(spark: SparkSession, inputs: list[str], partition: str, tmp_path: Path) -> None:
    folder, names = tmp_path / "set", partition.split(",")
    command("convert", *inputs, "-o", f"{folder}/", "--partition-by", partition)
    check(spark, folder, names, Expected(inputs, tmp_path / "all.ndjson"))
    generate(Path(inputs[0]), 77 + PARTITIONS.index(partition))
    assert "1 changed" in command("convert", *inputs, "-o", str(folder))
    changed = Expected(inputs, tmp_path / "changed.ndjson")
    check(spark, folder, names, changed)
    command("compact", str(folder), "--sort", "time")
    check(spark, folder, names, changed)
