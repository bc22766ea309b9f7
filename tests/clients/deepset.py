"""deepset's own client against `ripsaw serve`: deepset.py URL TOKEN RECORDS, where RECORDS has one JSON record a line."""

import asyncio
import json
import sys
import types

# The package loads a model when it is imported, for searches that are not made here.
stub = types.ModuleType("model2vec")
stub.StaticModel = types.SimpleNamespace(from_pretrained=lambda *_: None)
sys.modules["model2vec"] = stub

from deepset_mcp.api.client import AsyncDeepsetClient  # noqa: E402
from deepset_mcp.tools.pipeline import get_pipeline_logs  # noqa: E402

URL, TOKEN, RECORDS = sys.argv[1:]
records = [json.loads(line) for line in open(RECORDS, encoding="utf-8")]
records.sort(key=lambda record: record["logged_at"], reverse=True)


def same(what, is_, should):
    if is_ != should:
        sys.exit(f"{what}: {is_!r}, not {should!r}")


async def main():
    async with AsyncDeepsetClient(api_key=TOKEN, base_url=f"{URL}/api") as client:
        pipeline = client.pipelines(workspace="production")
        for level in [None, "error"]:
            wanted = [record for record in records if level in (None, record["level"])]
            page = await pipeline.get_logs("search", limit=3, level=level)
            same("total", page.total, len(wanted))
            same("page", [log.log_id for log in page.data], [record["log_id"] for record in wanted[:3]])
            seen = [log async for log in page]
            same("ids", [log.log_id for log in seen], [record["log_id"] for record in wanted])
            for log, record in zip(seen, wanted):
                for member in ["message", "level", "origin", "extra_fields"]:
                    same(member, getattr(log, member), record[member])
                same("exceptions", [e.type for e in log.exceptions or []],
                     [e["type"] for e in record["exceptions"] or []])
        tool = await get_pipeline_logs(client=client, workspace="any", pipeline_name="search", limit=100)
        same("tool", [log.log_id for log in tool.data], [record["log_id"] for record in records])
        missing = await get_pipeline_logs(client=client, workspace="any", pipeline_name="none")
        same("no such pipeline", missing, "There is no pipeline named 'none' in workspace 'any'.")
        wrong = await get_pipeline_logs(client=client, workspace="any", pipeline_name="search", limit=101)
        assert "422" in wrong, wrong
        # Rows of another platform's logs, to the last page.
        pages = await client.pipelines(workspace="any").get_logs("deploy", limit=100)
        rows = [log.log_id async for log in pages]
        same("rows of a bundle", (len(rows), len(set(rows))), (pages.total, pages.total))
    async with AsyncDeepsetClient(api_key="wrong", base_url=f"{URL}/api") as client:
        refused = await get_pipeline_logs(client=client, workspace="any", pipeline_name="search")
        assert "401" in refused, refused
    print("deepset-mcp: as it should be")


asyncio.run(main())
