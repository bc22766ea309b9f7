"""Data sets that the package writes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from conftest import python

import ripsaw

DEPLOY = "fixtures/deploy.zip"
ODD = "fixtures/odd.zip"


def files_of(folder: Path) -> dict[str, bytes]:
    """All files of a data set but the lock."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, []),
        ({"partition_by": ["pipeline", "date"]}, ["--partition-by", "pipeline,date"]),
        ({"partition_by": "level", "per_bundle": True}, ["--partition-by", "level", "--per-bundle"]),
        ({"file_size": 10_000, "row_group_size": 100}, ["--file-size", "10000", "--row-group-size", "100"]),
        ({"level": ["WARN+"], "step": "!Lint"}, ["--level", "WARN+", "--step", "!Lint"]),
        ({"where": "contains(message, 'e')", "tz": "Europe/Berlin"},
         ["--where", "contains(message, 'e')", "--tz", "Europe/Berlin"]),
        ({"schema": "scan", "compression": "none", "timestamp_unit": "ns"},
         ["--schema", "scan", "--compression", "none", "--timestamp-unit", "ns"]),
    ],
)
def test_files_are_the_commands(options: Any, words: list[str], command: Any, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    first, all = [DEPLOY, "fixtures/app.ndjson"], [DEPLOY, ODD, "fixtures/app.ndjson"]
    report = ripsaw.convert(first, f"{own}/", **options)
    assert command("convert", *first, "-o", f"{other}/", *words).returncode == 0
    assert files_of(own) == files_of(other)
    assert report.path == own and not report.is_dry and report.problems == []
    assert [os.path.basename(path) for path in report.added] == ["deploy.zip", "app.ndjson"]
    data = list(own.rglob("*.parquet"))
    assert report.rows == sum(pq.read_metadata(file).num_rows for file in data) == ripsaw.scan(own).to_pyarrow().num_rows
    assert report.files == len(data) and report.bytes == sum(file.stat().st_size for file in data)
    # Each continues what the other has begun: their settings are the same.
    assert ripsaw.convert(all, other, **options).unchanged == 2
    assert command("convert", *all, "-o", str(own), *words).returncode == 0
    assert files_of(own) == files_of(other)


def test_a_second_run_reads_what_is_new(tmp_path: Path) -> None:
    logs, out = tmp_path / "logs", tmp_path / "set"
    logs.mkdir()
    shutil.copy(DEPLOY, logs / "a.zip")
    shutil.copy(ODD, logs / "b.zip")
    first = ripsaw.convert(logs, out, partition_by="level")
    before = files_of(out)
    again = ripsaw.convert(logs, out)
    assert (again.rows, again.files, again.bytes, again.unchanged) == (0, 0, 0, 2)
    assert again.added == again.changed == again.removed == [] and files_of(out) == before
    # Entries are not read: damage in one that the list of the archive does not show goes unnoticed.
    data = bytearray((logs / "a.zip").read_bytes())
    data[400:420] = bytes(20)
    (logs / "a.zip").write_bytes(data)
    again = ripsaw.convert(logs, out)
    assert (again.unchanged, again.problems) == (2, []) and files_of(out) == before
    shutil.copy(ODD, logs / "a.zip")
    shutil.copy(DEPLOY, logs / "c.zip")
    (logs / "b.zip").unlink()
    real = os.path.realpath(logs)
    dry = ripsaw.convert(logs, out, prune=True, dry_run=True)
    assert (dry.added, dry.changed, dry.removed) == ([f"{real}/c.zip"], [f"{real}/a.zip"], [f"{real}/b.zip"])
    assert (dry.is_dry, dry.rows, dry.files, dry.unchanged) == (True, 0, 0, 0) and files_of(out) == before
    done = ripsaw.convert(logs, out, prune=True)
    assert (done.added, done.changed, done.removed) == (dry.added, dry.changed, dry.removed)
    assert done.rows == first.rows == ripsaw.scan(out).to_pyarrow().num_rows


def test_damaged_bundles_are_named_again(tmp_path: Path) -> None:
    bundle, out = shutil.copy("fixtures/corrupt.zip", tmp_path / "a.zip"), f"{tmp_path}/set/"
    with pytest.warns(ripsaw.RipsawWarning):
        first = ripsaw.convert(bundle, out)
    again = ripsaw.convert(bundle, out)
    assert first.problems and not first.damaged and again.damaged == [os.path.realpath(bundle)]


def test_a_dry_run_creates_nothing(tmp_path: Path) -> None:
    report = ripsaw.convert(DEPLOY, tmp_path / "set", dry_run=True)
    assert report.is_dry and report.added == [os.path.realpath(DEPLOY)] and report.path == tmp_path / "set"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"columns": ["message"]}, "cannot use columns: a data set has all columns"),
        ({"table": "entries"}, "cannot use table: a data set has the table of lines"),
        ({"to": "csv"}, "cannot use to: the files of a data set are Parquet"),
        ({"dedupe": "pos"}, "cannot use dedupe: runs do not know"),
        ({"csv_null": "-"}, "null"),
        ({"compression": "lzma"}, "unknown Parquet codec"),
        ({"partition_by": ["colour"]}, "colour"),
        ({"partition_by": ["message"]}, "message"),
        ({"where": "colour eq 'red'"}, "unknown column"),
    ],
)
def test_refusals(options: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ripsaw.RipsawValueError, match=reason):
        ripsaw.convert(DEPLOY, f"{tmp_path}/set/", **options)
    assert list(tmp_path.iterdir()) == []


def test_refusals_of_places(tmp_path: Path) -> None:
    out = tmp_path / "set"
    with pytest.raises(ripsaw.RipsawValueError, match="cannot use partition_by: it is for data sets") as caught:
        ripsaw.convert(DEPLOY, tmp_path / "a.parquet", partition_by="level")
    assert caught.value.hint == "name a directory, with / at its end"
    with pytest.raises(ripsaw.RipsawValueError, match="knows its bundles by their files"):
        ripsaw.convert("-", f"{out}/")
    with pytest.raises(ripsaw.RipsawFileNotFoundError):
        ripsaw.convert(tmp_path / "none.zip", f"{out}/")
    with pytest.raises(ripsaw.RipsawOSError):
        ripsaw.convert(DEPLOY, f"{tmp_path}/no/set/")
    with pytest.raises(ripsaw.RipsawValueError, match="it is inside the INPUT"):
        ripsaw.convert(tmp_path, f"{out}/")
    with pytest.raises(ripsaw.RipsawValueError, match="it is not a data set") as caught:
        ripsaw.compact(tmp_path)
    assert caught.value.bundle == str(tmp_path)
    assert list(tmp_path.iterdir()) == []
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(ripsaw.RipsawValueError, match="the directory has files"):
        ripsaw.convert(DEPLOY, f"{out}/")
    assert os.listdir(out) == ["mine.txt"]
    with pytest.raises(ValueError, match="file_size"):
        ripsaw.convert(DEPLOY, f"{tmp_path}/other/", file_size=0)
    with pytest.raises(ValueError, match="sort"):
        ripsaw.compact(out, sort="size")  # type: ignore[arg-type]


def test_runs_are_alike(tmp_path: Path) -> None:
    out = tmp_path / "set"
    ripsaw.convert("fixtures/app.ndjson", out, partition_by="level")
    before = files_of(out)
    keys = json.loads(ripsaw.scan("fixtures/app.ndjson").key_schema or "")
    for options, reason in [
        ({"partition_by": "step"}, "it is partitioned by level, not by step"),
        ({"per_bundle": True}, "its files hold several bundles"),
        ({"level": "WARN+"}, "and this run is with the filters"),
        ({"timestamp_unit": "ns"}, "--timestamp-unit"),
        ({"schema": {**keys, "keys": keys["keys"][:1]}}, "cannot use schema: the columns of a data set"),
    ]:
        with pytest.raises(ripsaw.RipsawValueError, match=reason):
            ripsaw.convert(DEPLOY, out, **options)  # type: ignore[arg-type]
    assert files_of(out) == before
    assert ripsaw.convert(DEPLOY, out, partition_by="level", schema=keys).rows == 1332


def test_a_filter_names_keys_that_new_bundles_may_not_have(tmp_path: Path) -> None:
    first = ripsaw.convert("fixtures/app.ndjson", f"{tmp_path}/set/", where="pid gt 3")
    again = ripsaw.convert(["fixtures/app.ndjson", DEPLOY], tmp_path / "set", where="pid gt 3")
    assert first.rows > 0 and (again.rows, len(again.added), again.unchanged) == (0, 1, 1)


def test_late_keys_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "late.ndjson"
    log.write_text('{"message": "a", "new": 1}\n{"message": "b"}\n')
    ripsaw.convert("fixtures/app.ndjson", tmp_path / "set/", per_bundle=True)
    report = ripsaw.convert(log, tmp_path / "set")
    assert (report.rows, report.late) == (2, 1)


def test_damage_is_in_the_report(tmp_path: Path) -> None:
    with pytest.warns(ripsaw.RipsawWarning):
        report = ripsaw.convert("fixtures/corrupt.zip", f"{tmp_path}/set/")
    assert report.problems and report.rows == ripsaw.scan(tmp_path / "set").to_pyarrow().num_rows


def test_compact(command: Any, tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    for path in (DEPLOY, ODD, "fixtures/app.ndjson"):
        ripsaw.convert(path, own, partition_by="level")
    shutil.copytree(own, other)
    rows = ripsaw.scan(own).to_pyarrow().num_rows
    files = len(list(own.rglob("*.parquet")))
    done = ripsaw.compact(own)
    assert command("compact", str(other)).returncode == 0 and files_of(own) == files_of(other)
    assert done.path == own and 0 < done.files < done.replaced <= files and 0 < done.rows <= rows
    assert ripsaw.scan(own).to_pyarrow().num_rows == rows
    assert (ripsaw.compact(own).rows, ripsaw.compact(own).files) == (0, 0)
    done = ripsaw.compact(own, sort="time", threads=1)
    assert command("compact", str(other), "--sort", "time").returncode == 0 and files_of(own) == files_of(other)
    assert done.rows == rows and done.bytes == sum(file.stat().st_size for file in own.rglob("*.parquet"))


def test_one_run_at_a_time(tmp_path: Path) -> None:
    ripsaw.convert(DEPLOY, f"{tmp_path}/set/")
    code = f"""if True:
        import fcntl, ripsaw
        lock = open({str(tmp_path / "set" / ".ripsaw" / "lock")!r}, "r+")
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            ripsaw.convert("fixtures/odd.zip", {str(tmp_path / "set")!r})
        except ripsaw.RipsawError as error:
            print(error.cause)
    """
    done = python(code)
    assert done.stdout == "another run is writing to it\n", done.stderr


def test_ctrl_c_leaves_things_as_they_were(large: Path, tmp_path: Path) -> None:
    """Another thread of Python sees that something is being written, so the interpreter's lock is free meanwhile."""
    code = f"""if True:
        import os, signal, threading, time, ripsaw
        from pathlib import Path

        out = Path({str(tmp_path / "set")!r})
        staging = out / ".ripsaw" / "staging"

        def interrupt():
            while not staging.is_dir() or not any(file.stat().st_size for file in staging.iterdir()):
                time.sleep(0.001)
            os.kill(os.getpid(), signal.SIGINT)

        def is_interrupted(work):
            thread = threading.Thread(target=interrupt)
            thread.start()
            try:
                work()
            except KeyboardInterrupt:
                return True
            finally:
                thread.join()

        convert = lambda: ripsaw.convert({str(large)!r}, out, partition_by="level", row_group_size=10_000)
        assert is_interrupted(convert)
        assert not out.exists()
        rows = convert().rows
        files = sorted(out.rglob("*.parquet"))
        assert is_interrupted(lambda: ripsaw.compact(out, sort="time"))
        assert sorted(out.rglob("*.parquet")) == files
        assert convert().unchanged == 1
        assert not staging.exists()
        done = ripsaw.compact(out, sort="time")
        assert done.rows == rows > 0
        print("done")
    """
    done = python(code)
    assert done.stdout == "done\n", done.stderr
