"""Tables that are printed, kept, and written into the documents between marks.

A block of a document is written again by its name:

    <!-- benches/compare: NAME -->
    ...
    <!-- end -->
"""

import json
import os
import platform
import re
import sys

FILE = "tables.json"
BLOCK = r"(<!-- benches/compare: {} -->\n).*?(<!-- end -->)"


def machine(threads):
    """The processor and the number of threads that were used."""
    with open("/proc/cpuinfo") as lines:
        facts = dict(re.split(r"\s*:\s*", line.strip(), maxsplit=1) for line in lines if ": " in line)
    clock = float(facts.get("cpu MHz", 0)) / 1000
    return f"{threads} threads of a {facts.get('model name', 'processor')} ({clock:.1f} GHz), {platform.system()}"


def keep(work, name, text, numbers=None):
    """Prints a block and keeps it, with the medians it was made from, until `write`."""
    print(text + "\n", flush=True)
    kept = read(work)
    kept[name] = {"text": text, "numbers": numbers or {}}
    with open(os.path.join(work, FILE), "w") as file:
        json.dump(kept, file, indent=1)


def read(work):
    path = os.path.join(work, FILE)
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return json.load(file)


def summary(kept):
    """The table of the README: its rows are some of the two long ones."""
    conversions, searches = kept["conversions"]["numbers"], kept["searches"]["numbers"]
    best = conversions["best"]
    rows = [
        ("**ripsaw, zip to Parquet**", conversions["ripsaw, zip"], None),
        ("**ripsaw, directory to Parquet**", conversions["ripsaw, directory"], None),
        (f"ripunzip + {best}", conversions["unzipped"], conversions["ripsaw, zip"]),
        ("Polars, directory", conversions["Polars, directory"], conversions["ripsaw, directory"]),
        ("DuckDB, directory", conversions["DuckDB, directory"], conversions["ripsaw, directory"]),
        ("**ripsaw grep, zip, one literal**", searches["zip"], None),
        ("`unzip -p` into ripgrep", searches["unzipped"], searches["zip"]),
    ]
    head = f"| {conversions['text']}, {conversions['threads']} threads | wall s | CPU s | faster by |\n|---|---|---|---|\n"
    lines = [
        f"| {name} | {run[0]:.2f} | {run[1]:.2f} | {f'{run[0] / own[0]:.1f}x' if own else ''} |"
        for name, run, own in rows
    ]
    return head + "\n".join(lines)


def write(work, documents):
    kept = read(work)
    if "conversions" in kept and "searches" in kept:
        kept["summary"] = {"text": summary(kept)}
    for document in documents:
        with open(document) as file:
            text = file.read()
        for name, block in kept.items():
            inner = f"\n{block['text']}\n\n"
            text = re.sub(BLOCK.format(name), lambda found: found[1] + inner + found[2], text, flags=re.S)
        with open(document, "w") as file:
            file.write(text)


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2:])
