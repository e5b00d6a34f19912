"""Clients that sign in by OAuth, unmodified, while a browser does the person's part.

Environment: TOOLBAY_URL; PERSON: a program that opens an address as the person (see person.mjs); BROWSER: the same, which
comes back at once; MCP_REMOTE: mcp-remote's program. Prints one line a check, and ends with status 1 when one failed.
"""

import asyncio
import os
import sys
import tempfile
import traceback
from urllib.parse import parse_qs, urlsplit

import httpx2
import mcp
from fastmcp import Client as FastClient
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

ENDPOINT = os.environ["TOOLBAY_URL"].rstrip("/") + "/mcp"
TIME = 120


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


async def use(client):
    """What a client that has signed in can do: see the tools, and read the workspace that the person opened."""
    names = {tool.name for tool in (await client.list_tools()).tools}
    expect({"search", "query"} <= names, f"tools/list has {names}")
    found = await client.call_tool("search", {"query": "Tasks"})
    text = " ".join(block.text for block in found.content if block.type == "text")
    expect(not found.is_error and "Tasks" in text, f"search answered {found}")


class Memory:
    """Where the client of the SDK keeps what it got."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Callback:
    """The page to which the client has the browser come back."""

    def __init__(self):
        self.came = asyncio.get_running_loop().create_future()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/callback"
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def answer(self, reader, writer):
        target = (await reader.readline()).split()[1].decode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nDone")
        await writer.drain()
        writer.close()
        if target.startswith("/callback") and not self.came.done():
            self.came.set_result({name: values[0] for name, values in parse_qs(urlsplit(target).query).items()})


async def person(address):
    process = await asyncio.create_subprocess_exec(os.environ["PERSON"], address)
    expect(await process.wait() == 0, "the person did not come through")


async def python_sdk(mode):
    async with Callback() as callback:

        async def came_back():
            query = await callback.came
            return AuthorizationCodeResult(code=query["code"], state=query.get("state"), iss=query.get("iss"))

        metadata = OAuthClientMetadata(client_name="Python SDK", redirect_uris=[callback.address])
        memory = Memory()
        provider = OAuthClientProvider(ENDPOINT, metadata, memory, person, came_back)
        async with httpx2.AsyncClient(auth=provider, timeout=TIME) as http:
            async with mcp.Client(streamable_http_client(ENDPOINT, http_client=http), mode=mode) as client:
                await use(client)
        expect(memory.tokens.refresh_token, "it got a refresh token")


async def fastmcp():
    async with FastClient(ENDPOINT, auth="oauth") as client:
        names = {tool.name for tool in await client.list_tools()}
        expect({"search", "query"} <= names, f"tools/list has {names}")
        found = await client.call_tool("search", {"query": "Tasks"})
        expect("Tasks" in str(found.content), f"search answered {found}")


async def mcp_remote():
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MCP_REMOTE_CONFIG_DIR": folder}
        arguments = [os.environ["MCP_REMOTE"], ENDPOINT, "--allow-http"]
        server = StdioServerParameters(command="node", args=arguments, env=environment)
        async with mcp.Client(server, mode="legacy") as client:
            await use(client)


async def main():
    checks = {f"mcp, {mode}": lambda mode=mode: python_sdk(mode) for mode in ("auto", "legacy")}
    checks |= {"fastmcp": fastmcp, "mcp-remote": mcp_remote}
    failed = 0
    for name, check in checks.items():
        try:
            await asyncio.wait_for(check(), TIME)
            print(f"ok {name} signs in", flush=True)
        except BaseException:
            failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failed else 0)


asyncio.run(main())
