// A host with an emulator, a model by a script, an MCP server of npm's and people, on free ports and in a folder of its own.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterFirst, giveCompiled, takeCompiled } from "./kit/compiled.mjs";
import { SCENES, scriptedModel } from "./kit/model.mjs";
import { withManifest } from "./kit/plugin-file.mjs";
import { freePort, output, start } from "./kit/process.mjs";
import { until } from "./kit/report.mjs";
import { inCache } from "./packages.mjs";

const EVERYTHING = inCache("upstream-node/node_modules/@modelcontextprotocol/server-everything/dist/index.js");

export class World {
  /** What to end, the last first. */
  #parts = [];

  /**
   * @param {string} name of its folder, for logs that stay
   * @param {object} [options]
   * @param {string} [options.configuration] more of toolbay.toml
   * @param {string[]} [options.plugins] files to begin with, without `.wasm`; all without it
   * @param {string[]} [options.without] files that aren't there at the beginning
   * @param {import("./kit/model.mjs").Scene[]} [options.scenes] what the model does besides
   * @param {boolean} [options.everything] whether npm's MCP server runs
   * @param {Record<string, string>} [options.environment] of the host, besides
   */
  static async begin(name, { configuration = "", plugins, without = [], scenes = [], everything = false, environment = {} } = {}) {
    const world = new World();
    world.folder = mkdtempSync(path.join(tmpdir(), `toolbay-console-${name.replaceAll("/", "-")}-`));
    world.name = name;
    try {
      await world.#emulator();
      world.model = world.#keep(await scriptedModel({ scenes: [...scenes, ...SCENES] }));
      if (everything) {
        await world.#everything();
      }
      await afterFirst(() => world.#host(configuration, plugins, without, environment));
      return world;
    } catch (error) {
      const log = world.host?.log().slice(-3_000) ?? "";
      await world.stop();
      throw new Error(`the world "${name}" doesn't begin: ${error.message}\n${log}`);
    }
  }

  #keep(part) {
    this.#parts.push(part);
    return part;
  }

  async #emulator() {
    const listen = `127.0.0.1:${await freePort()}`;
    this.emulator = `http://${listen}`;
    const env = { PATH: process.env.PATH, EMULATOR_LISTEN: listen, EMULATOR_RATE_LIMIT: "off" };
    this.#keep(start(process.env.EMULATOR_BINARY, [], { env, log: path.join(this.folder, "emulator.log"), cwd: this.folder }));
    this.ids = (await until("the emulator answers", () => this.control("state").catch(() => null))).ids;
  }

  async #everything() {
    const port = await freePort();
    const env = { PATH: process.env.PATH, PORT: String(port) };
    this.everything = `http://127.0.0.1:${port}/mcp`;
    this.#keep(start(process.execPath, [EVERYTHING, "streamableHttp"], { env, log: path.join(this.folder, "everything.log"), cwd: this.folder }));
    await until("the MCP server answers", () => fetch(this.everything).then(() => true, () => false));
  }

  async #host(configuration, plugins, without, environment) {
    const listen = `127.0.0.1:${await freePort()}`;
    this.url = `http://${listen}`;
    this.plugins = path.join(this.folder, "plugins");
    mkdirSync(this.plugins);
    const all = readdirSync(process.env.TOOLBAY_PLUGIN_DIR).filter((name) => name.endsWith(".wasm")).map((name) => name.slice(0, -".wasm".length));
    (plugins ?? all).filter((name) => !without.includes(name)).forEach((name) => this.dropPlugin(name));
    this.configuration = path.join(this.folder, "toolbay.toml");
    writeFileSync(this.configuration, `[chat]\nbase_url = "${this.model.url}"\nmodel = "scripted"\n${configuration}`);
    this.environment = {
      PATH: process.env.PATH,
      HOME: this.folder,
      TOOLBAY_DATA_DIR: path.join(this.folder, "data"),
      TOOLBAY_PLUGIN_DIR: this.plugins,
      TOOLBAY_LISTEN: listen,
      TOOLBAY_GRANT_ON_DROP: "notion.read,notion.write,notion.destroy,tools.call,state",
      NOTION_API_URL: this.emulator,
      NOTION_REQUESTS_PER_MINUTE: "60000",
      NOTION_OAUTH_CLIENT_ID: "emulator-client",
      NOTION_OAUTH_CLIENT_SECRET: "secret_emulator_client",
      NOTION_OAUTH_PEOPLE: "anybody",
      ...environment,
    };
    mkdirSync(this.environment.TOOLBAY_DATA_DIR, { mode: 0o700 });
    takeCompiled(this.environment.TOOLBAY_DATA_DIR);
    this.host = this.#keep(start(process.env.TOOLBAY_BIN, ["--config", this.configuration, "serve"], {
      env: this.environment, log: path.join(this.folder, "host.log"), cwd: this.folder,
    }));
    await until("the host is ready", async () => {
      if (this.host.hasEnded()) {
        throw new Error("the host has ended");
      }
      return fetch(`${this.url}/readyz`).then(({ ok }) => ok, () => false);
    }, { seconds: 180 });
    giveCompiled(this.environment.TOOLBAY_DATA_DIR);
    this.#nothingRefused();
  }

  /** A host goes on without a plugin that it refuses, such as one that takes too long to compile; a check that goes on without it fails for no reason. */
  #nothingRefused() {
    const refused = this.host.log().split("\n").filter((line) => /plugin\.refused|start_goes_on/.test(line));
    if (refused.length > 0) {
      throw new Error(refused.join("\n"));
    }
  }

  /**
   * Puts a plugin's file into the folder that the host watches.
   *
   * @param {string} name
   * @param {(manifest: string) => string} [edit] what it says of itself otherwise than its file
   */
  dropPlugin(name, edit = (manifest) => manifest) {
    const component = readFileSync(path.join(process.env.TOOLBAY_PLUGIN_DIR, `${name}.wasm`));
    const part = path.join(this.folder, `${name}.part`);
    writeFileSync(part, withManifest(component, edit));
    renameSync(part, path.join(this.plugins, `${name}.wasm`));
  }

  /** Waits until a version of a plugin is live: compiling it takes as long as it takes, and isn't what a check looks at. */
  async live(name, version) {
    const { token } = await this.#administrator();
    await until(`${name} ${version} is live`, async () => (await this.ask(token, "/v1/administration/plugins")).result.plugins
      .some((plugin) => plugin.name === name && plugin.version === version && plugin.status === "live"), { seconds: 180 });
  }

  /** Waits until a grant, or taking it back, is in force, which is within a second (docs/administration.md); a machine that has much to do takes longer. */
  async inForce(name, capability, isGranted) {
    const { token } = await this.#administrator();
    await until(`${capability} of ${name} is ${isGranted ? "granted" : "taken back"}`, async () => (await this.ask(token, "/v1/administration/plugins")).result.plugins
      .some((plugin) => plugin.name === name && plugin.asked.some((asked) => asked.capability === capability && asked.granted === isGranted)), { seconds: 5, every: 50 });
  }

  /** What a command of `toolbay` answers. */
  async command(given, input) {
    const text = await output(process.env.TOOLBAY_BIN, ["--json", "--config", this.configuration, ...given], { env: this.environment, input, cwd: this.folder });
    return JSON.parse(text);
  }

  /** A link that signs the operator in once. */
  async link() {
    const said = await this.command(["session", "link"]);
    return said.link ?? said.url ?? said.address;
  }

  /** A token, made as an operator makes one, and who it is. */
  token(name, ...options) {
    return this.command(["token", "create", name, ...(options.includes("--strongest") ? [] : ["--strongest", "destroys"]), ...options]);
  }

  /** Adds a workspace by an internal integration's token, as an operator does. */
  connection(name, token = "secret_emulator") {
    return this.command(["connection", "add", name], token);
  }

  /** Has a workspace that tokens may work in, where a check isn't about connecting one. What a person has connected is theirs alone. */
  async workspace() {
    const { token } = await this.#administrator();
    const isThere = async () => (await this.call(token, "connections", {})).connections.length > 0;
    if (!(await isThere())) {
      await this.connection("Workshop");
      // Another process has added it: the host knows of it a moment later.
      await until("the workspace is there", isThere, { seconds: 10 });
    }
  }

  /** Has an MCP server behind the host, as an operator does by the command line, unless it is there. */
  async serve(name, url) {
    const { token } = await this.#administrator();
    const known = await this.ask(token, "/v1/administration/upstreams");
    if (!known.result.upstreams.some((upstream) => upstream.name === name)) {
      const added = await this.ask(token, "/v1/administration/upstreams", { name, url, allow_private: true });
      if (!added.ok) {
        throw new Error(`the MCP server ${name} can't be added: ${JSON.stringify(added.error)}`);
      }
    }
    await until(`the tools of ${name} are there`, async () => (await this.ask(token, "/v1/tools")).result.tools.some((tool) => tool.name.startsWith(`${name}_`)));
  }

  /** Whether the host has a tool of this name. */
  async hasTool(name) {
    const { token } = await this.#administrator();
    return (await this.ask(token, "/v1/tools")).result.tools.some((tool) => tool.name === name);
  }

  /** Grants every plugin that is there what it asks for. */
  async grantAll() {
    const { token } = await this.#administrator();
    const { plugins } = (await this.ask(token, "/v1/administration/plugins")).result;
    for (const { name, asked } of plugins) {
      for (const { capability } of asked.filter(({ granted }) => !granted)) {
        const answer = await this.ask(token, `/v1/administration/plugins/${name}/grants`, { capability });
        if (!answer.ok) {
          throw new Error(`${capability} can't be granted to ${name}: ${JSON.stringify(answer.error)}`);
        }
      }
    }
  }

  /** A token of a program that administers the host. */
  #administrator() {
    this.administrator ??= this.token("Administration", "--administers");
    return this.administrator;
  }

  /** Asks the host in a session of the operator's, as a browser does. */
  async asOperator() {
    const link = new URL(await this.link());
    const entered = await fetch(`${this.url}/sign-in`, {
      method: "POST", redirect: "manual", body: new URLSearchParams({ link: link.searchParams.get("link") }), headers: { origin: this.url, "sec-fetch-site": "same-origin" },
    });
    const cookie = entered.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
    const headers = { cookie, origin: this.url, "sec-fetch-site": "same-origin", "content-type": "application/json" };
    const session = await (await fetch(`${this.url}/v1/session`, { headers: { cookie, "sec-fetch-site": "same-origin" } })).json();
    return async (method, address, body) => {
      const response = await fetch(this.url + address, { method, headers: { ...headers, "x-form-token": session.result.form_token }, body: JSON.stringify(body) });
      return response.json();
    };
  }

  /** Asks the host over REST. */
  async ask(token, address, body, { method, headers } = {}) {
    const response = await fetch(this.url + address, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return response.json();
  }

  /** Calls a tool as the bearer of a token; what is refused fails the check. */
  async call(token, tool, given) {
    const answer = await this.ask(token, `/v1/tools/${tool}`, given);
    if (!answer.ok) {
      throw new Error(`${tool} is refused: ${JSON.stringify(answer.error)}`);
    }
    return answer.result;
  }

  /** A control of the emulator. */
  async control(name, body, method) {
    const response = await fetch(`${this.emulator}/_emulator/${name}`, {
      method: method ?? (body === undefined ? "GET" : "POST"), body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) {
      throw new Error(`the emulator refuses ${name}: ${JSON.stringify(answer).slice(0, 500)}`);
    }
    return answer;
  }

  /** Adds to the emulator's workspace, and answers the ids. */
  seed = (body) => this.control("seed", body);

  async stop() {
    if (this.environment) {
      giveCompiled(this.environment.TOOLBAY_DATA_DIR);
    }
    for (const part of this.#parts.reverse()) {
      await part.stop();
    }
    if (process.env.CONSOLE_KEEP) {
      cpSync(path.join(this.folder, "host.log"), path.join(process.env.CONSOLE_KEEP, `${this.name.replaceAll("/", "-")}.log`), { force: true });
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
