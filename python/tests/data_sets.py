"""Data sets for readers other than ripsaw, and what they must find in them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parents[2]

#: How data sets are divided. Paths of bundles have slashes.
PARTITIONS = ["pipeline,level", "date", "step", "bundle,level", "run,date"]

#: Names that must be escaped in folders, or look like something else.
STEPS = ["Run it", "a=b", "50%", "c:d?", "Grüße", "7", "2026-03-09", "x%20y", "{a}*[b]"]

#: The values of a partition as texts; ``None`` is null.
Values = tuple[Optional[str], ...]


def command(*words: str) -> str:
    """Runs the command, and returns what it says."""
    # Not beside the sources, which have no extension module.
    line = [sys.executable, "-m", "ripsaw", *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stderr


def generate(path: Path, seed: int) -> None:
    """Writes a bundle of 200 kB."""
    command("bench", "--generate", "200kB", "--seed", str(seed), "--entries", "4", "-o", str(path))


def bundles(folder: Path) -> list[str]:
    """Several bundles, of which the path of one has a space and ``=``."""
    folder.mkdir()
    for seed in range(3):
        generate(folder / f"run {seed}=x.zip", seed)
    with zipfile.ZipFile(folder / "steps.zip", "w") as bundle:
        for number, step in enumerate(STEPS):
            lines = [
                {"level": "info", "pos": row, "out": f"{step} {row}\n", "time": f"2026-03-0{number + 1}T23:59:59.{row}Z"}
                for row in range(number + 1)
            ]
            text = "".join(json.dumps(line) + "\n" for line in lines) + "no record\n"
            bundle.writestr(f"acc/acc/pipeline/Pipe = 1/7/-exec/Build/{step}", text)
    fixtures = [str(ROOT / "fixtures" / name) for name in ("deploy.zip", "odd.zip", "app.ndjson")]
    return [*sorted(map(str, folder.iterdir())), *fixtures]


class Expected:
    """The rows of bundles, as the command writes them as NDJSON."""

    def __init__(self, paths: list[str], out: Path) -> None:
        command("convert", *paths, "-o", str(out), "--columns", "all", "-q")
        with out.open(encoding="utf-8") as lines:
            self.rows: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def counts(self, names: list[str]) -> Counter[Values]:
        """The number of rows of each partition."""
        return Counter(tuple(text_of(value_of(row, name)) for name in names) for row in self.rows)

    def filled(self) -> dict[str, int]:
        """The number of rows in which a column is not null."""
        return {name: sum(row[name] is not None for row in self.rows) for name in self.rows[0]}

    def lines(self) -> list[tuple[Any, ...]]:
        """What identifies rows, and their text."""
        return sorted((row["bundle"], row["file"], row["line"], row["message"]) for row in self.rows)


def value_of(row: dict[str, Any], name: str) -> Any:
    """A value that divides rows: the date is that of the time in UTC."""
    if name != "date":
        return row[name]
    time = row["timestamp"]
    assert time is None or time.endswith("Z")
    return None if time is None else time[:10]


def text_of(value: Any) -> Optional[str]:
    """A value of a folder, which readers may take for a number or a date."""
    return None if value is None else str(value)
