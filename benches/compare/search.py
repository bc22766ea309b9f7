"""Searches of one bundle by ripsaw and its peers, in turns; a Markdown table of medians."""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

import tables

ripsaw, work, bundle, rounds, threads = sys.argv[1:]
rounds = int(rounds)
rg = os.path.join(work, "bin", "rg")
LITERAL = "connection refused"
RARE = "not found"
UNZIPPED = f"unzip -p, then ripgrep, `{LITERAL}`"


def extracted():
    """The bundle as a directory, in memory where there is room."""
    root = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()
    tree = tempfile.mkdtemp(prefix="ripsaw-search-", dir=root)
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tree)
    return tree


def run(command, shell=False):
    """Seconds, CPU seconds, and how many lines were found."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, shell=shell, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    text = done.stdout.decode("utf-8", "replace")
    return wall, cpu, text


def total(text):
    """The sum of counts `name:count`, or the number of lines."""
    counts = [line.rsplit(":", 1)[-1] for line in text.splitlines()]
    if counts and all(count.isdigit() for count in counts):
        return sum(map(int, counts))
    return len(counts)


FLAGS = [
    [], ["-i"], ["-S"], ["-w"], ["-x"], ["-v"], ["-F"], ["-c"], ["-l"], ["-o"], ["-m2"], ["-N"],
    ["-A1"], ["-B2"], ["-C1"], ["-C3", "-i"], ["-v", "-A1"], ["-o", "-i"], ["-c", "-v"], ["-l", "-i"],
    ["-w", "-i", "-C1"], ["-x", "-v"], ["-e", "Warn"],
]
PATTERNS = [
    "error", "Error", "the", "e", "^a", "d$", "[0-9]+", "a.c", "(ab|cd)", "no such thing",
    r"\bin\b", "x*", "^", "[A-Z]{2,}", "foo bar", "é",
]


def same_as_ripgrep():
    """Where the meaning is the same, so is the output: plain messages, one a line.

    It is another for -o and empty matches, and for matches in the context behind the last of -m: there
    ripsaw does as grep does.
    """
    words = "error Error the in warn abc acd foo bar WARN d 17 404 é Éa x failed cab".split()
    state = 1
    with tempfile.TemporaryDirectory() as folder:
        for entry in range(12):
            lines = []
            for _ in range(40):
                message = []
                for _ in range(1 + state % 6):
                    state = (state * 1103515245 + 12345) % 2**31
                    message.append(words[(state >> 8) % len(words)])
                lines.append(" ".join(message))
            for kind in ["plain", "records"]:
                os.makedirs(os.path.join(folder, kind), exist_ok=True)
                with open(os.path.join(folder, kind, f"{entry:02}"), "w") as file:
                    for line in lines:
                        record = {"level": "info", "pos": 0, "out": line + "\n"}
                        text = json.dumps(record, separators=(",", ":"))
                        file.write((line if kind == "plain" else text) + "\n")
        compared = 0
        for flags in FLAGS:
            for pattern in PATTERNS:
                if "-o" in flags and pattern in ["x*", "^"]:
                    continue
                theirs = [rg, "--no-heading", "-n", "-H", "--sort", "path", "--color", "never"]
                theirs += flags + [pattern, os.path.join(folder, "plain")]
                own = [ripsaw, "grep"] + flags + [pattern, os.path.join(folder, "records")]
                if "-e" in flags:
                    # The pattern behind it would be an input.
                    theirs.remove(pattern)
                    own.remove(pattern)
                theirs = subprocess.run(theirs, stdout=subprocess.PIPE)
                own = subprocess.run(own, stdout=subprocess.PIPE)
                expected = theirs.stdout.replace(b"/plain/", b"/records/")
                assert (own.returncode, own.stdout) == (theirs.returncode, expected), (flags, pattern)
                compared += 1
    print(f"{compared} searches print what ripgrep prints.\n")


def main():
    same_as_ripgrep()
    tree = extracted()
    try:
        compare(tree)
    finally:
        shutil.rmtree(tree)


def compare(tree):
    own = [ripsaw, "grep", "-c", "--threads", threads]
    peer = [rg, "-c", "--no-ignore", "--hidden", "-j", threads]
    jobs = {}
    for literal in [LITERAL, RARE]:
        jobs[f"ripsaw, zip, `{literal}`"] = own + [literal, bundle]
        jobs[f"ripsaw, directory, `{literal}`"] = own + [literal, tree]
        jobs[f"ripgrep, directory, `{literal}`"] = peer + [literal, tree]
    if shutil.which("unzip"):
        jobs[UNZIPPED] = f"unzip -p {bundle} | {rg} -c '{LITERAL}'"
    if shutil.which("ugrep"):
        jobs[f"ugrep -z, zip, `{LITERAL}`"] = ["ugrep", "-z", "-c", LITERAL, bundle]
    else:
        print("ugrep is not on the PATH: left out", file=sys.stderr)
    level = ["--level", "ERROR+", "--threads", threads]
    jobs["ripsaw, directory, level ERROR+"] = [ripsaw, "grep", "-c", "", tree] + level
    jobs["ripsaw, directory, level ERROR+, by time"] = [ripsaw, "cat", tree, "--sort", "time"] + level
    if shutil.which("hl"):
        jobs["hl, directory, level ERROR+"] = f"hl -l e $(find {tree} -type f)"
    else:
        print("hl is not on the PATH: left out", file=sys.stderr)
    jobs["ripsaw, zip, first hit (-q)"] = [ripsaw, "grep", "-q", LITERAL, bundle]

    times = {job: [] for job in jobs}
    found = {}
    for _ in range(rounds):
        for job, command in jobs.items():
            wall, cpu, text = run(command, shell=isinstance(command, str))
            times[job].append((wall, cpu))
            found[job] = total(text)
    for literal in [LITERAL, RARE]:
        counts = {found[job] for job in jobs if f"`{literal}`" in job}
        assert len(counts) == 1, (literal, {job: found[job] for job in jobs})
        assert counts != {0}, literal
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(tree) for f in fs)
    median = {job: [statistics.median(values) for values in zip(*runs)] for job, runs in times.items()}
    lines = [f"{size / 1e9:.2f} GB of NDJSON, {threads} threads, medians of {rounds} interleaved rounds.\n",
             "| search | wall s | CPU s | hits |", "|---|---|---|---|"]
    for job, (wall, cpu) in median.items():
        lines.append(f"| {job} | {wall:.3f} | {cpu:.2f} | {found[job]:,} |")
    numbers = {"zip": median[f"ripsaw, zip, `{LITERAL}`"], "unzipped": median.get(UNZIPPED)}
    tables.keep(work, "searches", "\n".join(lines), numbers)


if __name__ == "__main__":
    main()
