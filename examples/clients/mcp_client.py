"""Lists and calls tools over MCP, with the Python SDK: pip install mcp

    TOOLBAY_TOKEN=… python mcp_client.py http://127.0.0.1:8700/mcp search '{"query": "Tasks"}'
"""

import asyncio
import json
import os
import sys

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, tool: str, arguments: str) -> None:
    headers = {"Authorization": f"Bearer {os.environ['TOOLBAY_TOKEN']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        async with mcp.Client(streamable_http_client(url, http_client=http)) as client:
            for known in (await client.list_tools()).tools:
                print(f"{known.name}: {known.description}")
            answer = await client.call_tool(tool, json.loads(arguments))
            print(json.dumps(answer.structured_content, indent=2))


asyncio.run(main(*sys.argv[1:4]))
