"""Independent Python clients against a running host: each lists the tools and calls some of the fixtures.

Environment: TOOLBAY_URL, TOOLBAY_TOKEN; with TOOLBAY_BIN also over stdio (`$TOOLBAY_BIN mcp`).
Prints one line a check, and ends with status 1 when one failed.
"""

import asyncio
import json
import os
import sys
import traceback

import httpx2
import mcp
from agents.mcp import MCPServerStreamableHttp
from fastmcp import Client as FastClient
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

ENDPOINT = os.environ["TOOLBAY_URL"].rstrip("/") + "/mcp"
HEADERS = {"Authorization": f"Bearer {os.environ['TOOLBAY_TOKEN']}"}
WANTED = {"echo", "test_simple_text", "test_error_handling", "test_tool_with_progress"}
SAID = {"message": "hello"}


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def texts(result):
    return " ".join(block.text for block in result.content if block.type == "text")


async def use(client):
    """What every client of the `mcp` package must see."""
    names = [tool.name for tool in (await client.list_tools()).tools]
    expect(WANTED <= set(names), f"tools/list has {names}")
    expect(names == sorted(names), "the tools are in order")
    echoed = await client.call_tool("echo", SAID)
    expect(not echoed.is_error and "hello" in texts(echoed), f"echo answered {echoed}")
    expect(json.loads(texts(echoed)) == echoed.structured_content, "the text is the data")
    failed = await client.call_tool("test_error_handling", {})
    expect(failed.is_error and texts(failed), f"the failing tool answered {failed}")
    heard = []

    async def hear(progress, total, message):
        heard.append(progress)

    await client.call_tool("test_tool_with_progress", {}, progress_callback=hear)
    expect(len(heard) >= 3 and heard == sorted(set(heard)), f"progress was {heard}")
    try:
        await client.call_tool("no_such_tool", {})
    except mcp.MCPError as error:
        expect(error.error.code == -32602, f"an unknown tool is {error.error.code}")
    else:
        raise AssertionError("an unknown tool was called")


async def mcp_http(mode):
    async with httpx2.AsyncClient(headers=HEADERS, timeout=30) as http:
        async with mcp.Client(streamable_http_client(ENDPOINT, http_client=http), mode=mode) as client:
            await use(client)


async def mcp_sse():
    async with mcp.Client(sse_client(ENDPOINT.removesuffix("mcp") + "sse", headers=HEADERS), mode="legacy") as client:
        await use(client)


async def mcp_stdio(mode):
    server = StdioServerParameters(command=os.environ["TOOLBAY_BIN"], args=["mcp"], env=dict(os.environ))
    async with mcp.Client(server, mode=mode) as client:
        await use(client)


async def fastmcp(mode):
    async with FastClient(StreamableHttpTransport(ENDPOINT, headers=HEADERS), mode=mode) as client:
        names = {tool.name for tool in await client.list_tools()}
        expect(WANTED <= names, f"tools/list has {names}")
        echoed = await client.call_tool("echo", SAID)
        expect("hello" in texts(echoed), f"echo answered {echoed}")


async def openai_agents():
    async with MCPServerStreamableHttp(params={"url": ENDPOINT, "headers": HEADERS}) as server:
        names = {tool.name for tool in await server.list_tools()}
        expect(WANTED <= names, f"tools/list has {names}")
        echoed = await server.call_tool("echo", SAID)
        expect("hello" in texts(echoed), f"echo answered {echoed}")


async def main():
    checks = {f"mcp over http, {mode}": mcp_http(mode) for mode in ("auto", "legacy", "2026-07-28")}
    checks["mcp over the transport of 2024-11-05"] = mcp_sse()
    if os.environ.get("TOOLBAY_BIN"):
        checks |= {f"mcp over stdio, {mode}": mcp_stdio(mode) for mode in ("auto", "legacy", "2026-07-28")}
    checks |= {f"fastmcp, {mode}": fastmcp(mode) for mode in ("auto", "legacy")}
    checks["openai-agents"] = openai_agents()
    failed = 0
    for name, check in checks.items():
        try:
            await asyncio.wait_for(check, 60)
            print(f"ok {name}", flush=True)
        except BaseException:
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failed else 0)


asyncio.run(main())
