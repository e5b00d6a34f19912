// Stop stops, and listeners hear, with unmodified TypeScript clients: an AbortSignal ends a bulk of slow creates before
// they are all sent, and a change of the catalog reaches a client that has only connected.
//
// Usage: node stop.mjs v1|v2   in a folder with the SDK of that line.
// Environment: TOOLBAY_URL, TOOLBAY_TOKEN, TOOLBAY_PLUGIN_DIR, EMULATOR_URL. Prints one line a check.

import { rename } from "node:fs/promises";

const CREATES = 20;
const DELAYS = 1_000;
const CREATE = "POST /v1/pages";
const line = process.argv[2];
const endpoint = new URL("/mcp", process.env.TOOLBAY_URL);
const requestInit = { headers: { Authorization: `Bearer ${process.env.TOOLBAY_TOKEN}` } };

const sdk =
  line === "v1"
    ? {
        ...(await import("@modelcontextprotocol/sdk/client/index.js")),
        ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
        changed: (await import("@modelcontextprotocol/sdk/types.js")).ToolListChangedNotificationSchema,
      }
    : { ...(await import("@modelcontextprotocol/client")), changed: "notifications/tools/list_changed" };

async function connected(options) {
  const client = new sdk.Client({ name: "stop", version: "1" }, options);
  await client.connect(new sdk.StreamableHTTPClientTransport(endpoint, { requestInit }));
  return client;
}

function call(client, name, args, options) {
  const params = { name, arguments: args };
  return line === "v1" ? client.callTool(params, undefined, options) : client.callTool(params, options);
}

async function emulator(method, control, body) {
  const answer = await fetch(new URL(`/_emulator/${control}`, process.env.EMULATOR_URL), {
    method,
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${control}: ${await answer.text()}`);
  return answer.json();
}

/** How many creates have reached the emulator: each takes one of the delays that wait for them. */
const created = async () => DELAYS - ((await emulator("GET", "faults"))[0]?.times ?? DELAYS);
const pause = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));

/** Waits until `condition` holds. */
async function until(what, condition) {
  for (let turn = 0; turn < 600; turn++) {
    if (await condition()) return;
    await pause(25);
  }
  throw new Error(`never: ${what}`);
}

/** The number of creates once nothing more comes. */
async function settled() {
  let before = -1;
  for (let now = await created(); now !== before; now = await created()) {
    before = now;
    await pause(1_000);
  }
  return before;
}

async function stops(options) {
  const client = await connected(options);
  const found = JSON.parse((await call(client, "search", { object: "database" })).content[0].text);
  const ops = Array.from({ length: CREATES }, (_, number) => ({
    op: "create_page",
    args: { database_id: found.results[0].id, title: `Stopped ${number}` },
  }));
  await emulator("POST", "faults", { route: CREATE, kind: "delay", delay_ms: 300, times: DELAYS });
  const stop = new AbortController();
  const ended = call(client, "bulk", { ops }, { signal: stop.signal }).then(
    (answer) => `answered ${JSON.stringify(answer).slice(0, 500)}`,
    () => "aborted",
  );
  await until("the first create", async () => (await created()) > 0);
  stop.abort("the person pressed Stop");
  const how = await ended;
  const sent = await settled();
  await emulator("DELETE", "faults");
  await client.close();
  if (how !== "aborted") throw new Error(how);
  if (sent >= CREATES) throw new Error(`all ${sent} creates were sent after Stop`);
}

async function hears() {
  const client = await connected();
  let heard = 0;
  client.setNotificationHandler(sdk.changed, () => void heard++);
  // The client opens its stream by itself, some time after it has connected.
  const file = `${process.env.TOOLBAY_PLUGIN_DIR}/probe.wasm`;
  await pause(1_000);
  await rename(file, `${file}.away`);
  try {
    await until("the change is heard", () => heard > 0);
  } finally {
    await rename(`${file}.away`, file);
    await client.close();
  }
}

const checks = { [`typescript ${line}, legacy: an abort stops the call`]: () => stops() };
if (line !== "v1") {
  const modern = { versionNegotiation: { mode: { pin: "2026-07-28" } } };
  checks[`typescript ${line}, modern: an abort stops the call`] = () => stops(modern);
}
checks[`typescript ${line}, legacy: a change of the tools is heard`] = hears;

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}\n${error.stack}`);
  }
}
process.exit(failed && 1);
