"""What the tests share: fixtures, the command, and generated bundles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the repository; the caller's options of the command do not matter."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("RIPSAW_OPTIONS", raising=False)


@pytest.fixture(scope="session")
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the package's command."""

    def run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "ripsaw", *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=300, **more)

    return run


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of 200 MB of text."""
    path = tmp_path_factory.mktemp("large") / "large.zip"
    line = [sys.executable, "-m", "ripsaw", "bench", "--generate", "200MB", "-o", str(path), "--entries", "40"]
    # Not beside the sources, which have no extension module.
    subprocess.run(line, check=True, capture_output=True, timeout=600, cwd=ROOT)
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of an NDJSON file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def python(code: str, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program in a process of its own."""
    line = [sys.executable, "-c", code, *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, env={**os.environ, **more.pop("env", {})}, **more)
