"""Nothing is read before it is used; each use reads anew."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

import ripsaw


def data_of(path: Path, number: int) -> tuple[int, int]:
    """Where the bytes of an entry are in an archive."""
    with zipfile.ZipFile(path) as archive:
        entry = archive.infolist()[number]
        with archive.open(entry):
            pass
    with path.open("rb") as file:
        file.seek(entry.header_offset + 26)
        name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
    start = entry.header_offset + 30 + name + extra
    return start, entry.compress_size


def write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def test_each_use_reads_anew(tmp_path: Path) -> None:
    path = Path(shutil.copy("fixtures/deploy.zip", tmp_path))
    scan = ripsaw.scan(path)
    assert scan.to_pyarrow().num_rows == 1332
    start, size = data_of(path, 0)
    whole = path.read_bytes()[start : start + size]
    # In the same file, after it was opened: what is read is what is there now.
    write(path, start, bytes(size))
    with pytest.warns(ripsaw.RipsawWarning):
        assert scan.to_pyarrow().num_rows < 1332
    write(path, start, whole)
    assert scan.to_pyarrow().num_rows == 1332
    assert scan.problems == []


def test_schemas_need_no_rows(tmp_path: Path) -> None:
    path = Path(shutil.copy("fixtures/deploy.zip", tmp_path))
    with zipfile.ZipFile(path) as archive:
        entries = len(archive.infolist())
    # Every entry is damaged but for its first bytes.
    for number in range(entries):
        start, size = data_of(path, number)
        write(path, start + size // 2, bytes(size - size // 2))
    scan = ripsaw.scan(path, columns=["line", "message"])
    assert scan.columns == ["line", "message"] and scan.problems is None
    assert repr(scan) == "<ripsaw.Scan: line, message>"


def test_readings_do_not_disturb_each_other() -> None:
    scan = ripsaw.scan("fixtures/deploy.zip", columns=["line"])
    readers = [iter(scan), iter(scan)]
    counts = [0, 0]
    for turn in range(200):
        batch = next(readers[turn % 2], None)
        counts[turn % 2] += len(batch) if batch else 0
    assert counts == [1332, 1332]


def test_a_reading_is_taken_once() -> None:
    reading = ripsaw.scan("fixtures/deploy.zip")._inputs.read(lambda *_: None)
    reading.__arrow_c_stream__()
    with pytest.raises(ValueError):
        reading.__arrow_c_stream__()
