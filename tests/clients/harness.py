"""A client of Harness's API against `ripsaw serve`: harness.py URL TOKEN ZIP."""

import json
import sys
import zipfile

from harness_tui.api import HarnessClient
from harness_tui.api.logs import LogClient
from harness_tui.api.pipeline import PipelineClient

URL, TOKEN, ZIP = sys.argv[1:]
LogClient.BASE_URL = f"{URL}/gateway/log-service/"
PipelineClient.BASE_URL = f"{URL}/pipeline/api/"
bundle = zipfile.ZipFile(ZIP)
# Below the account's folder an entry's name is its key.
texts = {name.split("/", 1)[1]: bundle.read(name).decode() for name in bundle.namelist()}
account = next(iter(texts)).split("/")[0]
client = HarnessClient(TOKEN, account, "default", "shop")


def same(what, is_, should):
    if is_ != should:
        sys.exit(f"{what}: {is_!r}, not {should!r}")


def records(text):
    return [json.loads(line) for line in text.splitlines()]


executions = client.pipelines.reference("Release_Checkout").executions()
same("executions", [e.plan_execution_id for e in executions], ["aT5bV0yQTuKxw8mE2-Jc1Q"])
same("run", (executions[0].run_sequence, executions[0].status), (128, "Success"))
details = client.pipelines.reference("Release_Checkout").execution_details("aT5bV0yQTuKxw8mE2-Jc1Q")
nodes = details.execution_graph.node_map.values()
bases = {node.log_base_key for node in nodes if node.log_base_key}
for key in texts:
    # Services beside the steps of a stage are not in the graph.
    assert ":" in key.split("-commandUnit")[0] or any(
        key == base or key.startswith(f"{base}-commandUnit:") for base in bases), (key, bases)
    same(f"blob {key}", list(client.logs.blob(key)), records(texts[key]))
    same(f"stream {key}", list(client.logs.stream(key)), records(texts[key]))
same("missing blob", list(client.logs.blob(f"{account}/pipeline/none")), [])
print("harness-tui: as it should be")
