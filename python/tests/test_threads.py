"""Other threads run while rows are awaited; Ctrl-C ends the wait; memory is bounded."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import ROOT, python

# How each library takes rows from standard input, of which the end does not come by itself.
TAKES = {
    "batches": "for batch in scan: print('batch', flush=True)",
    "pyarrow": "scan.to_pyarrow()",
    "stream": "import pyarrow; pyarrow.table(scan)",
    "reader": "for batch in scan.to_reader(): print('batch', flush=True)",
    "polars": "scan.to_polars()",
    "polars-stream": "polars.DataFrame(scan)",
    "duckdb-stream": "duckdb.sql('select count(*) from scan').fetchall()",
    "entries": "ripsaw.entries('-').to_pyarrow()",
    "duckdb": "scan.to_duckdb().fetchall()",
    "convert": "ripsaw.convert('-', sys.argv[1])",
}
# By Arrow's interface for C an error is a text, and each library has a class of its own for it.
RAISED = dict.fromkeys(("stream", "reader", "polars-stream", "duckdb", "duckdb-stream"), "BaseException")
HEAD = "import sys, threading, ripsaw, pyarrow, polars, duckdb\nimport pandas\n"


def await_thread(process: int, name: str) -> None:
    """Waits until a process has a thread of this name."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for thread in Path(f"/proc/{process}/task").iterdir():
            try:
                if (thread / "comm").read_text().strip() == name:
                    return
            except OSError:
                # It has ended meanwhile.
                continue
        time.sleep(0.01)
    raise AssertionError(f"no thread {name}")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at threads as Linux shows them")
@pytest.mark.parametrize("when", ["opening", "reading"])
@pytest.mark.parametrize("take", TAKES)
def test_ctrl_c_ends_a_wait(take: str, when: str, tmp_path: Path) -> None:
    out = tmp_path / "out.ndjson"
    scan = "" if take in ("entries", "convert") else "scan = ripsaw.scan('-')\n"
    body = textwrap.indent(f"print('ready', flush=True)\n{scan}{TAKES[take]}", "    ")
    code = f"{HEAD}try:\n{body}\nexcept {RAISED.get(take, 'KeyboardInterrupt')} as error:\n"
    code += "    assert isinstance(error, KeyboardInterrupt) or 'interrupted' in str(error).lower()\n    print('interrupted')\n    sys.exit(42)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(out)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == "ready\n"
        if when == "reading":
            process.stdin.write('{"message": "a"}\n' * 100)
            process.stdin.flush()
        else:
            # Nothing comes: it waits for its input to be opened.
            await_thread(process.pid, "ripsaw-open")
        if when == "reading":
            await_thread(process.pid, "ripsaw-0")
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 42, said
    assert "interrupted" in printed
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("take", TAKES)
def test_other_threads_run_during_a_wait(take: str, tmp_path: Path) -> None:
    # The thread ends the input: if it could not run, nothing would ever end.
    scan = "" if take in ("entries", "convert") else "scan = ripsaw.scan('-')\n"
    code = HEAD + "import os\n" + (
        "read, write = os.pipe(); os.dup2(read, 0); os.close(read)\n"
        "def feed():\n"
        "    for number in range(300):\n"
        "        os.write(write, b'{\"message\": \"a\"}\\n' * 10)\n"
        "    os.close(write)\n"
        "thread = threading.Thread(target=feed)\n"
        "os.write(write, b'{\"message\": \"a\"}\\n')\n"
        "thread.start()\n"
    ) + scan + TAKES[take] + "\nthread.join()\nprint('done')"
    done = python(code, str(tmp_path / "out.ndjson"), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("done\n")


@pytest.mark.parametrize("take", ["polars", "stream", "duckdb", "batches"])
def test_rows_may_be_taken_on_another_thread(take: str) -> None:
    code = HEAD + (
        "scan = ripsaw.scan('fixtures/deploy.zip')\n"
        f"def take():\n    {TAKES[take]}\n"
        "thread = threading.Thread(target=take)\nthread.start()\nthread.join()\n"
        "assert scan.rows == 1332, scan.rows\nprint('done')"
    )
    done = python(code, cwd=ROOT)
    assert done.returncode == 0 and done.stdout.endswith("done\n"), done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measures as Linux does")
@pytest.mark.parametrize("take", ["for batch in scan: rows += len(batch)",
                                  "for batch in scan.to_reader(): rows += len(batch)"])
def test_memory_is_bounded(take: str, large: Path) -> None:
    code = (
        "import resource, sys, pyarrow, ripsaw\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = peak()\n"
        "scan, rows = ripsaw.scan(sys.argv[1], threads=2, index=False), 0\n"
        f"{take}\n"
        "print(rows, peak() - before)"
    )
    done = python(code, str(large))
    assert done.returncode == 0, done.stderr
    rows, megabytes = map(int, done.stdout.split())
    assert rows > 500_000
    # The rows themselves would take more than 300 MB.
    assert megabytes < 150, megabytes


def test_a_reading_can_be_left_early(large: Path) -> None:
    code = (
        "import sys, ripsaw\n"
        "for _ in range(20):\n"
        "    assert len(next(iter(ripsaw.scan(sys.argv[1])))) > 0\n"
        "print('done')"
    )
    done = python(code, str(large))
    assert done.returncode == 0 and done.stdout == "done\n", done.stderr


def test_a_reading_is_not_continued_in_a_child() -> None:
    code = """
        import os, sys, ripsaw
        rows = iter(ripsaw.scan("fixtures/deploy.zip", threads=2))
        next(rows)
        child = os.fork()
        if child == 0:
            try:
                next(rows)
            except ripsaw.RipsawError as error:
                os._exit(7 if "another process" in str(error) else 8)
            os._exit(9)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, timeout=60)
    assert done.returncode == 7
