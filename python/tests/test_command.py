"""The command that the package ships."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

import ripsaw

SCRIPT = shutil.which("ripsaw", path=str(Path(sys.executable).parent))
LINES = [[sys.executable, "-m", "ripsaw"]] + ([[SCRIPT]] if SCRIPT else [])


@pytest.mark.parametrize("line", LINES)
def test_exit_codes(line: list[str]) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*line, *words], capture_output=True, text=True, timeout=60)

    done = run("cat", "fixtures/deploy.zip")
    assert done.returncode == 0 and "Happy Helming!" in done.stdout
    assert run("grep", "nothing of this", "fixtures/deploy.zip").returncode == 1
    assert run("cat", "nothing.zip").returncode == 2
    assert run("--nothing").returncode == 2
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("ripsaw ")
    assert run("--help").stdout.count("Usage: ripsaw ") == 1


@pytest.mark.parametrize("line", LINES)
def test_a_closed_pipe_is_quiet(line: list[str]) -> None:
    process = subprocess.Popen([*line, "cat", "fixtures/deploy.zip"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("line", LINES)
def test_ctrl_c(line: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    process = subprocess.Popen(
        [*line, "convert", "-", "-o", str(out)], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin and process.stderr
    process.stdin.write(b'{"message": "a"}\n' * 100_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    said = process.stderr.read().decode()
    # Sent before the command was there, it ends Python, whose report says so.
    assert process.wait(timeout=60) in (130, -signal.SIGINT, 1), said
    assert "Traceback" not in said or "KeyboardInterrupt" in said
    assert not list(tmp_path.iterdir())


def test_the_version_is_the_packages(command: Any) -> None:
    from importlib.metadata import version

    assert command("--version").stdout.split()[1] == version("ripsaw")


def test_the_environment_is_the_commands(command: Any) -> None:
    done = command("convert", "fixtures/deploy.zip", "-o", os.devnull, "--to", "csv", env={**os.environ, "RIPSAW_OPTIONS": "--quiet"})
    assert done.returncode == 0 and done.stderr == ""
    assert ripsaw.scan("fixtures/deploy.zip").to_pyarrow().num_rows == 1332
