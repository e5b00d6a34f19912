"""Stop stops, and listeners hear, with unmodified Python clients of either line of the `mcp` package.

Environment: TOOLBAY_URL, TOOLBAY_TOKEN, TOOLBAY_PLUGIN_DIR, EMULATOR_URL. Prints one line a check.
"""

import asyncio
import importlib.metadata
import json
import os
import sys
import traceback
import urllib.request
from contextlib import asynccontextmanager
from pathlib import Path

VERSION = importlib.metadata.version("mcp")
ENDPOINT = os.environ["TOOLBAY_URL"].rstrip("/") + "/mcp"
HEADERS = {"Authorization": f"Bearer {os.environ['TOOLBAY_TOKEN']}"}
PLUGIN = Path(os.environ["TOOLBAY_PLUGIN_DIR"]) / "probe.wasm"
CREATE = "POST /v1/pages"
CREATES = 20
DELAYS = 1000


def emulator(method, control, body=None):
    request = urllib.request.Request(
        f"{os.environ['EMULATOR_URL'].rstrip('/')}/_emulator/{control}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def created():
    """How many creates have reached the emulator: each takes one of the delays that wait for them."""
    return DELAYS - next((fault["times"] for fault in emulator("GET", "faults")), DELAYS)


async def until(what, condition):
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.025)
    raise AssertionError(f"never: {what}")


async def settled():
    """The number of creates once nothing more comes."""
    before = -1
    while (now := created()) != before:
        before = now
        await asyncio.sleep(1)
    return before


if VERSION.startswith("1."):
    from mcp import ClientSession, types
    from mcp.client.streamable_http import streamablehttp_client

    @asynccontextmanager
    async def connected(hear=None):
        async with streamablehttp_client(ENDPOINT, headers=HEADERS) as (read, write, _):
            async with ClientSession(read, write, message_handler=hear) as session:
                await session.initialize()
                yield session

    async def give_up(session, call):
        """This line sends no cancellation by itself; who uses it sends one with the id of the last request."""
        params = types.CancelledNotificationParams(requestId=session._request_id - 1)
        cancelled = types.CancelledNotification(method="notifications/cancelled", params=params)
        await session.send_notification(types.ClientNotification(cancelled))
        call.cancel()

else:
    import httpx2
    import mcp
    from mcp.client.streamable_http import streamable_http_client

    @asynccontextmanager
    async def connected(hear=None):
        async with httpx2.AsyncClient(headers=HEADERS, timeout=30) as http:
            transport = streamable_http_client(ENDPOINT, http_client=http)
            async with mcp.Client(transport, mode="legacy", message_handler=hear) as client:
                yield client

    async def give_up(session, call):
        call.cancel()


async def stops():
    async with connected() as client:
        found = json.loads((await client.call_tool("search", {"object": "database"})).content[0].text)
        target = found["results"][0]["id"]
        ops = [
            {"op": "create_page", "args": {"database_id": target, "title": f"Stopped {number}"}}
            for number in range(CREATES)
        ]
        emulator("POST", "faults", {"route": CREATE, "kind": "delay", "delay_ms": 300, "times": DELAYS})
        try:
            call = asyncio.create_task(client.call_tool("bulk", {"ops": ops}))
            await until("the first create", lambda: created() > 0)
            await give_up(client, call)
            ended = (await asyncio.gather(call, return_exceptions=True))[0]
            sent = await settled()
        finally:
            emulator("DELETE", "faults")
        assert isinstance(ended, BaseException), f"answered {ended}"
        assert sent < CREATES, f"all {sent} creates were sent after Stop"


async def hears():
    heard = []

    async def hear(message):
        if "list_changed" in getattr(getattr(message, "root", message), "method", ""):
            heard.append(message)

    async with connected(hear) as client:
        await client.list_tools()
        # The client opens its stream by itself, some time after it has connected.
        await asyncio.sleep(1)
        away = PLUGIN.with_suffix(".away")
        PLUGIN.rename(away)
        try:
            await until("the change is heard", lambda: heard)
        finally:
            away.rename(PLUGIN)


async def main():
    failed = 0
    for name, check in {"a cancellation stops the call": stops, "a change of the tools is heard": hears}.items():
        try:
            await asyncio.wait_for(check(), 60)
            print(f"ok python {VERSION}, legacy: {name}", flush=True)
        except BaseException:
            failed += 1
            print(f"FAILED python {VERSION}, legacy: {name}\n{traceback.format_exc()}", flush=True)
    sys.exit(1 if failed else 0)


asyncio.run(main())
