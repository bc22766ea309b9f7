"""Apify's client for Python against `ripsaw serve`: apify.py URL TOKEN FOLDER."""

import re
import sys
from pathlib import Path

from apify_client import ApifyClient
from apify_client.errors import ApifyApiError

URL, TOKEN, FOLDER = sys.argv[1:]
client = ApifyClient(TOKEN, api_url=URL)
logs = {path.name: path.read_bytes() for path in Path(FOLDER).rglob("*") if path.is_file()}


def same(what, is_, should):
    if is_ != should:
        sys.exit(f"{what}: {is_!r}, not {should!r}")


# The log of a run: as it was, and without escape sequences.
raw = logs["Vd5KqYw0TzJ3nMb8e.txt"]
same("raw log", client.log("Vd5KqYw0TzJ3nMb8e").get_as_bytes(raw=True), raw)
plain = re.sub(rb"\x1b\[[0-9;]*m", b"", raw)
assert plain != raw
same("log", client.log("Vd5KqYw0TzJ3nMb8e").get_as_bytes(), plain)
same("text of a log", client.log("Qm4tXz81LkWbN7vRs").get(), logs["run-Qm4tXz81LkWbN7vRs.log"].decode())
same("log of the document", client.log("HG7ML7M8z78YcAPEB").get(), logs["HG7ML7M8z78YcAPEB.log"].decode())

# The same log by other ways, and as a stream.
same("log of a run", client.run("Vd5KqYw0TzJ3nMb8e").log().get_as_bytes(raw=True), raw)
same("log of a build", client.build("7hPq2WcYt9KdRm3Zx").log().get_as_bytes(),
     logs["Qm4tXz81LkWbN7vRs-of-7hPq2WcYt9KdRm3Zx-dockerfilebuilder.log"])
with client.log("Vd5KqYw0TzJ3nMb8e").stream(raw=True) as stream:
    same("stream", b"".join(stream.iter_bytes()), raw)

# What is not there.
same("missing log", client.log("0000000000000Zz0A").get(), None)
same("missing run", client.run("0000000000000Zz0A").get(), None)
try:
    ApifyClient("wrong", api_url=URL).log("Vd5KqYw0TzJ3nMb8e").get()
    sys.exit("a wrong token was accepted")
except ApifyApiError as error:
    same("refusal", (error.status_code, error.type), (401, "invalid-token"))

# Lists, in pages.
actor = client.actor("archive/apify")
same("actor", actor.get().name, "apify")
page = actor.runs().list()
same("runs", page.total, len(logs))
ids = {run.id for run in page.items}
assert {"Vd5KqYw0TzJ3nMb8e", "Qm4tXz81LkWbN7vRs", "HG7ML7M8z78YcAPEB", "c6LxRr2Gp9HsUe4Wk"} <= ids, ids
starts = [run.started_at for run in page.items]
same("order", starts, sorted(starts))
paged, offset = [], 0
while offset < page.total:
    items = actor.runs().list(limit=2, offset=offset, desc=True).items
    paged += [run.id for run in items]
    offset += len(items)
same("pages", (len(paged), set(paged)), (page.total, ids))
same("iteration", {run.id for run in client.runs().iterate()}, {run.id for run in client.runs().list().items})
same("no such status", actor.runs().list(status="FAILED").total, 0)
same("status", actor.runs().list(status=["SUCCEEDED", "ABORTED"]).total, page.total)
same("later runs", actor.runs().list(started_after="2026-01-14T10:30:00Z").total,
     sum(start.isoformat() >= "2026-01-14T10:30" for start in starts))

run = client.run("Qm4tXz81LkWbN7vRs").get()
same("run", (run.status, run.started_at.isoformat()), ("SUCCEEDED", "2026-01-14T09:30:02.118000+00:00"))
same("build", client.build("7hPq2WcYt9KdRm3Zx").get().status, "SUCCEEDED")
same("user", client.user("me").get().username, "archive")
assert "apify" in {actor.name for actor in client.actors().list().items}
print("apify-client for Python: as it should be")
