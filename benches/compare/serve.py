"""Measures `ripsaw serve` and `ripsaw fetch`: serve.py RIPSAW FOLDER ROUNDS."""

import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import zipfile
import zlib

RIPSAW, FOLDER, ROUNDS = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])


class Served:
    """A server on a port of its own."""

    def __init__(self, *inputs):
        command = [RIPSAW, "serve", "-q", *map(str, inputs), "--listen", "127.0.0.1:0", "--print-url"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def memory(self):
        """Resident bytes that are not of mapped files."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) << 10
        return 0


class Connection:
    """A connection that is kept, and as little else as possible."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.buffer = bytearray(1 << 20)

    def get(self, path, each=None):
        """Gives the seconds to the first byte of the body, and its length."""
        start = time.perf_counter()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(65536)
        head, body = head.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: "))
        if each and body:
            each(body)
        left = length - len(body)
        first = time.perf_counter() - start if body else None
        while left:
            read = self.socket.recv_into(self.buffer)
            assert read, "the connection was closed early"
            first = first or time.perf_counter() - start
            if each:
                each(memoryview(self.buffer)[:read])
            left -= read
        return first or time.perf_counter() - start, length


def keys(zip_path):
    """Paths of single logs, with their lengths and CRCs."""
    for info in zipfile.ZipFile(zip_path).infolist():
        account, key = info.filename.split("/", 1)
        query = urllib.parse.urlencode({"accountID": account, "key": key})
        yield f"/gateway/log-service/blob?{query}", info.file_size, info.CRC


def stream():
    """A large entry: speed and memory."""
    [(path, size, crc)] = keys(FOLDER / "one.zip")
    with Served(FOLDER / "one.zip") as server:
        connection = Connection(server.port)
        idle = server.memory()
        seen = [0]
        connection.get(path, lambda part: seen.__setitem__(0, zlib.crc32(part, seen[0])))
        assert seen[0] == crc, "other bytes"
        peak, is_over = [0], threading.Event()

        def watch():
            while not is_over.wait(0.005):
                peak[0] = max(peak[0], server.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        seconds = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            _, length = connection.get(path)
            seconds.append(time.perf_counter() - start)
            assert length == size
        is_over.set()
        watcher.join()
    yield f"an entry of {size / 1e9:.2f} GB", f"{size / 1e9 / statistics.median(seconds):.2f} GB/s"
    yield "memory above idle", f"{(peak[0] - idle) / (1 << 20):.1f} MiB"


def first_bytes():
    """Every log of an indexed bundle: the time to its first byte."""
    with Served(FOLDER / "many.zip") as server:
        connection = Connection(server.port)
        times = []
        for path, size, crc in keys(FOLDER / "many.zip"):
            if not times:
                connection.get(path)
            first, length = connection.get(path)
            assert length == size
            times.append(first * 1000)
    yield f"first byte of {len(times)} logs, median and slowest", f"{statistics.median(times):.2f}, {max(times):.2f} ms"


def small(folder):
    """1,000 small logs of runs, with their texts."""
    logs = {}
    for number in range(1000):
        run = f"RUNRUNRUNRUNR{number:04}"
        text = "".join(f"2026-03-09T10:{n // 60:02}:{n % 60:02}.000Z INFO  line {n} of {number}\n" for n in range(20))
        (folder / f"{run}.log").write_text(text)
        logs[run] = text
    return logs


def requests(server, logs):
    """Small logs, from 8 connections of one client."""
    paths = [(f"/v2/logs/{run}?raw=1", len(text)) for run, text in logs.items()]
    connection = Connection(server.port)
    for (path, _), text in zip(paths, logs.values()):
        parts = []
        connection.get(path, lambda part: parts.append(bytes(part)))
        assert b"".join(parts).decode() == text, path

    def ask(mine):
        own = Connection(server.port)
        for path, length in mine:
            assert own.get(path)[1] == length

    rates = []
    for _ in range(ROUNDS):
        threads = [threading.Thread(target=ask, args=(paths[number::8],)) for number in range(8)]
        start = time.perf_counter()
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        rates.append(len(paths) / (time.perf_counter() - start))
    yield "small logs", f"{statistics.median(rates):.0f} requests/s"


def fetches(server, logs, folder):
    """The same by `ripsaw fetch`, from the list of runs."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    [actor] = [item["id"] for item in json.load(direct.open(f"{server.url}/v2/actors"))["data"]["items"]]
    for arguments in (["--actor", actor], list(logs)):
        seconds = []
        for round_ in range(ROUNDS):
            out = folder / f"fetched{round_}"
            command = [RIPSAW, "fetch", "apify", *arguments, "--raw", "-q", "--rate", "0", "--jobs", "8"]
            start = time.perf_counter()
            subprocess.run([*command, "--base-url", server.url, "-o", str(out)], check=True)
            seconds.append(time.perf_counter() - start)
            for run, text in logs.items():
                assert (out / f"{run}.log").read_text() == text, run
            shutil.rmtree(out)
        how = "listed" if arguments[0] == "--actor" else "by their ids"
        yield f"fetch of 1,000 small logs, {how}", f"{statistics.median(seconds):.2f} s"


def main():
    rows = [*stream(), *first_bytes()]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "runs").mkdir()
        logs = small(folder / "runs")
        with Served(folder / "runs") as server:
            rows += [*requests(server, logs), *fetches(server, logs, folder)]
    print(f"{os.cpu_count()} threads, medians of {ROUNDS} rounds\n")
    print("| | |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


main()
