// The two servers, each behind the same MCP client.

import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";

class Server {
  static async connect(transport) {
    const server = new Server();
    server.client = new Client({ name: "toolbay-bench", version: "1.0.0" });
    await server.client.connect(transport);
    return server;
  }

  // The client's own methods drop members that its types don't know; a model's client may not.
  #ask(method, params) {
    return this.client.request({ method, params }, ResultSchema);
  }

  /** All pages of `tools/list`, as one array. */
  async tools() {
    const tools = [];
    let cursor;
    do {
      const page = await this.#ask("tools/list", cursor ? { cursor } : {});
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor);
    return tools;
  }

  async call(name, given) {
    const result = await this.#ask("tools/call", { name, arguments: given });
    const texts = result.content.filter((block) => block.type === "text").map((block) => block.text);
    if (result.isError || texts.length !== result.content.length) {
      throw new Error(`${name} answered ${JSON.stringify(result).slice(0, 2000)}`);
    }
    return { texts, structured: result.structuredContent };
  }

  /** What the server tells a model about itself. */
  instructions() {
    return this.client.getInstructions() ?? "";
  }

  close() {
    return this.client.close();
  }
}

/** Toolbay, over streamable HTTP, as a host that several clients share is asked. */
export function toolbay({ url, token }, profile) {
  const address = new URL("/mcp", url);
  if (profile) address.searchParams.set("profile", profile);
  return Server.connect(
    new StreamableHTTPClientTransport(address, { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
  );
}

/** A server of npm over standard input and output, as its README starts it. */
function ofPackage(name, program, environment) {
  const file = new URL(program, import.meta.resolve(`${name}/package.json`));
  const env = { PATH: process.env.PATH, ...environment };
  return Server.connect(new StdioClientTransport({ command: process.execPath, args: [fileURLToPath(file)], env }));
}

/** Notion's own server. */
export function official(emulator) {
  return ofPackage("@notionhq/notion-mcp-server", "bin/cli.mjs", { NOTION_TOKEN: emulator.token, BASE_URL: emulator.url });
}

/** The most capable of the others that npm has. It speaks an older version of Notion's API, so only its list is asked for. */
export function other(emulator) {
  return ofPackage("notion-mcp-server", "build/index.js", { NOTION_TOKEN: emulator.token, NOTION_PAGE_ID: "unused" });
}
