// A small MCP server over Streamable HTTP, whose tools a check makes up.
import { randomUUID } from "node:crypto";
import http from "node:http";

const REVISION = "2025-06-18";
/** Tools in one answer of tools/list. */
const PER_PAGE = 500;

/**
 * @param {object} options
 * @param {string} options.name
 * @param {() => object[]} options.tools as tools/list has them
 * @param {(name: string, given: any) => any} options.call the result of tools/call; what it throws is an error of the protocol
 */
export async function mcpServer({ name, tools, call }) {
  const answers = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion: protocolVersion < REVISION ? protocolVersion : REVISION,
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name, version: "1.0.0" },
    }),
    ping: () => ({}),
    "tools/list": ({ cursor }) => {
      const from = Number(cursor ?? 0);
      const all = tools();
      const next = from + PER_PAGE;
      return { tools: all.slice(from, next), ...(next < all.length ? { nextCursor: String(next) } : {}) };
    },
    "tools/call": (given) => call(given.name, given.arguments ?? {}),
  };
  const listening = new Set();
  const server = http.createServer(async (request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      listening.add(response);
      response.on("close", () => listening.delete(response));
      return;
    }
    if (request.method !== "POST") {
      response.writeHead(200).end();
      return;
    }
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const message = JSON.parse(Buffer.concat(chunks).toString());
    if (message.id === undefined) {
      response.writeHead(202).end();
      return;
    }
    const answer = { jsonrpc: "2.0", id: message.id };
    const known = answers[message.method];
    try {
      Object.assign(answer, known ? { result: await known(message.params ?? {}) } : { error: { code: -32601, message: `No method ${message.method}.` } });
    } catch (error) {
      Object.assign(answer, { error: { code: -32603, message: error.message } });
    }
    const session = message.method === "initialize" ? { "mcp-session-id": randomUUID() } : {};
    response.writeHead(200, { "content-type": "application/json", ...session }).end(JSON.stringify(answer));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/mcp`,
    /** Tells whoever listens that the tools have changed. */
    changed() {
      const message = JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
      listening.forEach((response) => response.write(`event: message\ndata: ${message}\n\n`));
    },
    stop: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}
