"""Searches of one bundle by ripsaw and its peers, in turns; a Markdown table of medians."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ripsaw, work, bundle, rounds, threads = sys.argv[1:]
rounds = int(rounds)
rg = os.path.join(work, "bin", "rg")
LITERAL = "connection refused"
RARE = "not found"


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


def main():
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
        jobs[f"unzip -p, then ripgrep, `{LITERAL}`"] = f"unzip -p {bundle} | {rg} -c '{LITERAL}'"
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
    print(f"{size / 1e9:.2f} GB of NDJSON, {threads} threads, medians of {rounds} interleaved rounds.\n")
    print("| search | wall s | CPU s | hits |\n|---|---|---|---|")
    for job in jobs:
        wall, cpu = (statistics.median(values) for values in zip(*times[job]))
        print(f"| {job} | {wall:.3f} | {cpu:.2f} | {found[job]:,} |")


main()
