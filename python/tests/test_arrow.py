"""What is handed over: types, and buffers that are not copied."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import ripsaw

DEPLOY = "fixtures/deploy.zip"


def types_of(schema: pa.Schema) -> list[pa.DataType]:
    """All types, those within others too."""
    found: list[pa.DataType] = []
    todo = [field.type for field in schema]
    while todo:
        kind = todo.pop()
        found.append(kind)
        if isinstance(kind, pa.BaseExtensionType):
            todo.append(kind.storage_type)
        elif pa.types.is_dictionary(kind):
            todo.append(kind.value_type)
        elif pa.types.is_nested(kind):
            todo.extend(kind.field(number).type for number in range(kind.num_fields))
    return found


@pytest.mark.parametrize("path", [DEPLOY, "fixtures/formats/ndjson/input"])
@pytest.mark.parametrize("table", [ripsaw.scan, ripsaw.entries])
def test_types_can_be_chosen(path: str, table: Any) -> None:
    usual = table(path).to_pyarrow()
    assert not any(pa.types.is_run_end_encoded(kind) for kind in types_of(usual.schema))
    assert pa.timestamp("ns", "UTC") in types_of(usual.schema)
    assert any(pa.types.is_dictionary(kind) for kind in types_of(usual.schema))
    other = table(path, timestamp_unit="us", dictionaries=False).to_pyarrow()
    kinds = types_of(other.schema)
    assert pa.timestamp("us", "UTC") in kinds and pa.timestamp("ns", "UTC") not in kinds
    assert not any(pa.types.is_dictionary(kind) for kind in kinds)
    assert other.column_names == usual.column_names
    for name in usual.column_names:
        own, expected = other[name], usual[name]
        if pa.types.is_timestamp(own.type):
            # All of these are after 1970: towards the past is towards zero.
            expected = expected.cast(own.type, safe=False)
        assert own.equals(expected.cast(own.type)), name


def test_microseconds_are_rounded_towards_the_past(tmp_path: Any) -> None:
    log = tmp_path / "old.ndjson"
    times = ["1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00.000000001Z", "1969-12-31T23:59:59.999999Z"]
    log.write_text("".join(f'{{"time": "{time}", "message": "x"}}\n' for time in times))
    table = ripsaw.scan(log, columns=["timestamp"], timestamp_unit="us").to_pyarrow()
    assert table["timestamp"].cast(pa.int64()).to_pylist() == [-1, 0, -1]


def test_schema_is_that_of_the_batches() -> None:
    for options in ({}, {"timestamp_unit": "us", "dictionaries": False}, {"columns": ["message", "line"]}):
        for table in (ripsaw.scan, ripsaw.entries):
            if table is ripsaw.entries and "columns" in options:
                continue
            scan = table(DEPLOY, **options)
            schema = pa.schema(scan.schema)
            assert schema.names == scan.columns == scan.schema.names
            assert len(scan.schema.types) == len(scan.schema)
            assert scan.to_pyarrow().schema.equals(schema, check_metadata=True)
            for batch in scan:
                assert pa.record_batch(batch).schema.equals(schema)
                assert batch.schema == scan.schema


def addresses(batch: pa.RecordBatch) -> list[int]:
    return [buffer.address for column in batch.columns for buffer in column.buffers() if buffer is not None]


def test_buffers_are_shared() -> None:
    before = pa.total_allocated_bytes()
    count = 0
    for batch in ripsaw.scan(DEPLOY):
        one, other = pa.record_batch(batch), pa.record_batch(batch)
        # The same memory twice: neither is a copy.
        assert addresses(one) == addresses(other)
        assert len(addresses(one)) > 24
        count += one.num_rows
    assert count == 1332
    table = ripsaw.scan(DEPLOY).to_pyarrow()
    assert table.nbytes > 100_000
    # pyarrow has allocated nothing: the text and the numbers are in ripsaw's memory.
    assert pa.total_allocated_bytes() - before < 1_000


def test_rows_outlive_the_scan() -> None:
    batches = [pa.record_batch(batch) for batch in ripsaw.scan(DEPLOY)]
    expected = ripsaw.scan(DEPLOY).to_pyarrow()
    assert pa.Table.from_batches(batches).equals(expected)


@pytest.mark.parametrize("path", [DEPLOY, "fixtures/formats/ndjson/input", "fixtures/formats/harness/input"])
@pytest.mark.parametrize("table", [ripsaw.scan, ripsaw.entries])
@pytest.mark.parametrize("options", [{}, {"timestamp_unit": "us", "dictionaries": False}])
def test_every_library_takes_every_column(path: str, table: Any, options: dict[str, Any]) -> None:
    scan = table(path, **options)
    expected = scan.to_pyarrow()
    rows, names = expected.num_rows, expected.column_names
    assert scan.to_reader().read_all().equals(expected)
    frame = scan.to_polars()
    assert (frame.height, frame.columns) == (rows, names)
    pandas = scan.to_pandas()
    assert (len(pandas), list(pandas.columns)) == (rows, names)
    with duckdb.connect() as connection:
        relation = scan.to_duckdb(connection)
        assert relation.columns == names
        assert len(relation.fetchall()) == rows
        # Each query reads anew.
        assert relation.aggregate("count(*)").fetchall() == [(rows,)]


def test_polars_has_the_values() -> None:
    columns = ["step", "level", "timestamp", "message", "run"]
    scan = ripsaw.scan(DEPLOY, columns=columns)
    frame, table = scan.to_polars(), scan.to_pyarrow()
    assert frame["message"].to_list() == table["message"].to_pylist()
    assert frame["level"].cast(pl.String).to_list() == table["level"].to_pylist()
    assert frame["step"].cast(pl.String).to_list() == table["step"].to_pylist()
    assert frame["timestamp"].to_physical().to_list() == table["timestamp"].cast(pa.int64()).to_pylist()
    assert frame.select(pl.col("run").sum()).item() == pc.sum(table["run"]).as_py()


def test_extra_is_json_for_duckdb_and_text_for_others() -> None:
    scan = ripsaw.scan("fixtures/app.ndjson", schema="extra", columns=["extra"])
    with duckdb.connect() as connection:
        keys = scan.to_duckdb(connection).project("json_keys(extra)").fetchall()
    assert len(keys) == scan.rows and keys[0][0]
    assert str(scan.to_pyarrow()["extra"].type.storage_type) == "string"
    texts = scan.to_polars()["extra"]
    assert texts.dtype == pl.String
    assert [json.loads(text).keys() for text in texts] == [dict.fromkeys(one).keys() for (one,) in keys]


def test_level_is_ordered() -> None:
    level = ripsaw.scan(DEPLOY, columns=["level"]).to_pyarrow().schema.field("level").type
    assert level.ordered


def test_level_is_ordered_in_polars() -> None:
    frame = ripsaw.scan(DEPLOY).to_polars()
    assert frame.filter(pl.col("level") >= "WARN").height == ripsaw.scan(DEPLOY, level="WARN+").to_pyarrow().num_rows
    assert frame["level"].max() == "FATAL"
    # Also of no rows.
    none = ripsaw.scan(DEPLOY, level="TRACE").to_polars()
    assert none.height == 0 and none.schema == frame.schema
