"""Files: conversions, indexes, and plans of spans."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, rows_of

import ripsaw

DEPLOY = "fixtures/deploy.zip"


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.arrows", "a.csv", "a.ndjson"])
@pytest.mark.parametrize("table", ["lines", "entries"])
def test_files_are_the_commands(name: str, table: Any, command: Any, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    report = ripsaw.convert(DEPLOY, own / name, table=table)
    assert command("convert", DEPLOY, "-o", str(other / name), "--table", table).returncode == 0
    assert (own / name).read_bytes() == (other / name).read_bytes()
    assert report.path == own / name and report.bytes == (own / name).stat().st_size
    assert report.problems == [] and report.malformed == 0 and report.seconds > 0
    assert report.rows == (1332 if table == "lines" else ripsaw.entries(DEPLOY).to_pyarrow().num_rows)


def test_options_of_files(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    report = ripsaw.convert(
        DEPLOY, file, columns=["timestamp", "message"], level="WARN+", timestamp_unit="ns",
        row_group_size=5, compression="none",
    )
    found = pq.ParquetFile(file)
    assert found.schema_arrow.field("timestamp").type == pa.timestamp("ns", "UTC")
    assert found.metadata.num_row_groups > 1 and found.metadata.num_rows == report.rows < 1332
    assert found.metadata.row_group(0).column(0).compression == "UNCOMPRESSED"
    ripsaw.convert(DEPLOY, tmp_path / "a.txt", to="ndjson", omit_nulls=True, columns=["message", "stage"])
    assert all(set(row) <= {"message", "stage"} for row in rows_of(tmp_path / "a.txt"))
    ripsaw.convert(DEPLOY, tmp_path / "a.csv", csv_null="NULL")
    assert "NULL" in (tmp_path / "a.csv").read_text()


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    log = tmp_path / "app.ndjson"
    log.write_text('{"message": "a"}\n' * 5 + "{]\n")
    out = tmp_path / "out" / "a.csv"
    out.parent.mkdir()
    out.write_text("before")
    with pytest.raises(ripsaw.RipsawError) as caught:
        ripsaw.convert(log, out, strict=True)
    assert caught.value.line == 6
    assert out.read_text() == "before" and os.listdir(out.parent) == ["a.csv"]
    for wrong, options in (("a.nothing", {}), ("a.csv", {"compression": "zstd"}), ("a.csv", {"to": "nothing"}), ("no/a.csv", {})):
        with pytest.raises(ripsaw.RipsawError):
            ripsaw.convert(log, tmp_path / "out" / wrong, **options)  # type: ignore[arg-type]
    assert out.read_text() == "before" and os.listdir(out.parent) == ["a.csv"]


def test_an_output_is_not_an_input(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "app.ndjson"
    log.parent.mkdir()
    log.write_text('{"message": "a"}\n')
    for out in (log, log.parent / "new.ndjson"):
        with pytest.raises(ripsaw.RipsawError, match="cannot write"):
            ripsaw.convert([log.parent], out)
    assert log.read_text() == '{"message": "a"}\n' and os.listdir(log.parent) == ["app.ndjson"]


def test_damage_is_in_the_report(tmp_path: Path) -> None:
    with pytest.warns(ripsaw.RipsawWarning):
        report = ripsaw.convert("fixtures/corrupt.zip", tmp_path / "a.parquet")
    assert report.problems and report.rows == pq.read_metadata(tmp_path / "a.parquet").num_rows


def test_indexes(tmp_path: Path) -> None:
    log = tmp_path / "a.zip"
    log.write_bytes(Path(DEPLOY).read_bytes())
    (written,) = ripsaw.index(log)
    assert written.path.exists() and written.bytes == written.path.stat().st_size
    assert written.entries == ripsaw.entries(DEPLOY).to_pyarrow().num_rows and written.unread == 0
    assert ripsaw.index(log) == [] and len(ripsaw.index(log, force=True)) == 1
    for index in (True, False):
        found = ripsaw.grep("make", log, columns=["message"], index=index).to_pyarrow()
        assert found.equals(ripsaw.grep("make", DEPLOY, columns=["message"]).to_pyarrow()), index
    folder = tmp_path / "indexes"
    (written,) = ripsaw.index(log, index=folder)
    assert written.path.parent == folder
    assert ripsaw.scan(log, index=folder).to_pyarrow().num_rows == 1332


def test_standard_input_has_no_index() -> None:
    with pytest.raises(ripsaw.RipsawValueError, match="it is in no file"):
        ripsaw.index("-")


def test_an_index_of_another_log_is_said(tmp_path: Path) -> None:
    log = tmp_path / "a.zip"
    log.write_bytes(Path(DEPLOY).read_bytes())
    ripsaw.index(log)
    log.write_bytes(Path("fixtures/odd.zip").read_bytes())
    with pytest.warns(ripsaw.RipsawWarning, match="index"):
        scan = ripsaw.scan(log)
    assert scan.to_pyarrow().num_rows == ripsaw.scan("fixtures/odd.zip").to_pyarrow().num_rows


def read(group: bytes) -> list[str]:
    os.chdir(ROOT)
    return list(ripsaw.read_spans([DEPLOY, "fixtures/odd.zip"], group, columns="message").to_pyarrow()["message"].to_pylist())


def test_spans_are_read_by_other_processes() -> None:
    paths = [DEPLOY, "fixtures/odd.zip"]
    groups = pickle.loads(pickle.dumps(ripsaw.plan(paths, target_bytes=30_000)))
    assert len(groups) > 5 and all(json.loads(group) for group in groups)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        parts = pool.map(read, groups)
    expected = ripsaw.scan(paths, columns="message").to_pyarrow()["message"].to_pylist()
    assert [message for part in parts for message in part] == expected
    # Several groups at once, and each as often as wanted.
    whole = ripsaw.read_spans(paths, groups, columns="message")
    for _ in range(2):
        assert whole.to_pyarrow()["message"].to_pylist() == expected


def test_spans_have_the_rows_that_are_selected() -> None:
    options: Any = {"step": "Helm*", "level": "INFO", "columns": ["step", "message"], "dictionaries": False}
    groups = ripsaw.plan(DEPLOY, target_bytes=1, **options)
    assert 0 < len(groups) < len(ripsaw.plan(DEPLOY, target_bytes=1))
    parts = pa.concat_tables([ripsaw.read_spans(DEPLOY, group, **options).to_pyarrow() for group in groups])
    assert parts.equals(ripsaw.scan(DEPLOY, **options).to_pyarrow())


def test_spans_of_other_inputs_are_refused() -> None:
    (group, *_) = ripsaw.plan(DEPLOY)
    with pytest.raises(ripsaw.RipsawError) as caught:
        ripsaw.read_spans("fixtures/odd.zip", group).to_pyarrow()
    assert caught.value.hint
