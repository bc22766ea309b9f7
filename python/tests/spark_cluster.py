"""A standalone cluster of Spark on this host, whose processes can be ended one by one."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyspark

#: How long anything of the cluster may take.
PATIENCE = 120.0

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"

#: Small heaps: they have little to do beside Python's work.
HEAP = "512m"


def until(is_so: Callable[[], bool], what: str) -> None:
    """Waits for something that is sure to happen."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.05)


class Process:
    """A daemon of Spark and what it has started."""

    def __init__(self, folder: Path, name: str, *words: str) -> None:
        self.log = folder / f"{name}.log"
        home = Path(pyspark.__file__).parent
        environment = {
            **os.environ,
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_NO_DAEMONIZE": "1",
            "SPARK_DAEMON_MEMORY": HEAP,
            "PYSPARK_PYTHON": sys.executable,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [home / "bin" / "spark-class", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=folder,
            )

    def waited_for(self, pattern: str) -> str:
        """What a pattern finds in the log, once it does."""
        found: list[str] = []

        def is_there() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text(errors="replace"))
            found[:] = re.findall(pattern, self.log.read_text(errors="replace"))[:1]
            return bool(found)

        until(is_there, pattern)
        return found[0]

    def below(self) -> list[int]:
        """The processes that it has started, and theirs."""
        found, rest = [], [self.process.pid]
        while rest:
            own = children(rest.pop())
            found += own
            rest += own
        return found

    def executors(self) -> list[int]:
        """Its executors."""
        return [pid for pid in children(self.process.pid) if "CoarseGrainedExecutorBackend" in command_of(pid)]

    def kill(self) -> list[int]:
        """Ends it and its executors without warning; returns those."""
        executors = self.executors()
        for pid in [self.process.pid, *executors]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return executors

    def stop(self) -> None:
        """Ends it and all that it has started."""
        started = self.below()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in started:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def children(parent: int) -> list[int]:
    """The processes that one has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                # The name, in parentheses, may have blanks.
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[1]) == parent:
                found.append(int(entry.name))
    return found


def command_of(pid: int) -> str:
    """The command line of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


class Cluster:
    """A master and workers of one processor each."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        here = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        self.master = Process(folder, "master", MASTER, *here)
        self.workers: list[Process] = []
        try:
            self.url = self.master.waited_for(r"Starting Spark master at (spark://[0-9.:]+)")
            for number in range(workers):
                work = folder / f"work{number}"
                words = (*here, "--cores", "1", "--memory", "1g", "--work-dir", str(work), self.url)
                self.workers.append(Process(folder, f"worker{number}", WORKER, *words))
            for worker in self.workers:
                worker.waited_for(r"Successfully registered with master")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends all that is left of it."""
        for process in [*self.workers, self.master]:
            process.stop()


def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster for as long as it is needed."""
    own = Cluster(folder, workers)
    try:
        yield own
    finally:
        own.stop()
