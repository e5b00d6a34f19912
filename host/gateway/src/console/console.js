// The console: lists the tools that a token may use, and calls them over REST.
import { argumentsOf, element, fields, pretty } from "./form.js";

const find = (id) => document.getElementById(id);
let token = "";
let tools = [];
let current = null;

for (const code of document.querySelectorAll("code[data-path]")) {
  code.textContent = location.origin + code.dataset.path;
}

/** One request to this host: the envelope, whatever the status. */
async function ask(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: "omit" });
  return answer.json();
}

// Where the browser comes back to after Notion's page, with what came of it.
const outcome = new URLSearchParams(location.search);
if (outcome.has("connection_id") || outcome.has("error")) {
  const said = outcome.has("error") ? `Not connected: ${outcome.get("error")}.` : "Connected. Show the tools to use it.";
  find("outcome").textContent = said;
  find("outcome").hidden = false;
  history.replaceState(null, "", location.pathname);
}

async function result(path) {
  const envelope = await ask("GET", path);
  if (envelope.ok) return envelope.result;
  throw new Error([envelope.error.message, envelope.error.hint].filter(Boolean).join(": "));
}

find("token-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  token = find("token").value.trim();
  const error = find("door-error");
  try {
    const [meta, listed, known] = await Promise.all(["/v1/meta", "/v1/tools", "/v1/connections"].map(result));
    tools = listed.tools;
    find("token").value = "";
    find("version").textContent = `version ${meta.version}, as ${meta.principal}`;
    showConnections(known);
    showTools();
    find("bench").hidden = false;
    error.hidden = true;
  } catch (problem) {
    error.textContent = problem.message;
    error.hidden = false;
  }
});

find("filter").addEventListener("input", showTools);

function showTools() {
  const wanted = find("filter").value.toLowerCase();
  const shown = tools.filter((tool) => `${tool.name} ${tool.title}`.toLowerCase().includes(wanted));
  const providers = Map.groupBy
    ? Map.groupBy(shown, (tool) => tool.provider)
    : shown.reduce((all, tool) => all.set(tool.provider, [...(all.get(tool.provider) ?? []), tool]), new Map());
  const groups = [...providers].flatMap(([provider, own]) => [
    element("h4", {}, provider),
    element("ul", {}, ...own.map((tool) => element("li", {}, entry(tool)))),
  ]);
  find("tools").replaceChildren(...(groups.length ? groups : [element("p", { className: "quiet" }, "No tool fits.")]));
}

function entry(tool) {
  const button = element("button", { type: "button", title: tool.title }, tool.name, effect(tool));
  button.setAttribute("aria-current", tool === current);
  button.addEventListener("click", () => {
    current = tool;
    // The list stays as it is, and the focus with it.
    for (const other of find("tools").querySelectorAll("button")) other.setAttribute("aria-current", other === button);
    showTool(tool);
  });
  return button;
}

function effect(tool) {
  return element("span", { className: `effect ${tool.effect}` }, tool.effect);
}

function showConnections({ connections, next_cursor: more }) {
  const items = connections.map((connection) => {
    const workspace = connection.workspace_name ? ` (${connection.workspace_name})` : "";
    return element("li", { title: connection.id }, connection.name + workspace);
  });
  if (more) items.push(element("li", {}, "and more"));
  const list = items.length ? element("ul", { className: "quiet" }, ...items) : element("p", { className: "quiet" }, "None yet.");
  const connect = element("button", { type: "button", className: "connect" }, "Connect a workspace");
  const refusal = element("p", { className: "error", role: "alert", hidden: true });
  connect.addEventListener("click", () => connectWorkspace(connect, refusal));
  find("connections").replaceChildren(element("h4", {}, "Connections"), list, connect, refusal);
}

/** Goes to Notion's page. The answer sets a cookie, which the way back needs. */
async function connectWorkspace(button, refusal) {
  button.disabled = true;
  const query = new URLSearchParams({ return_url: `${location.origin}/` });
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
  try {
    const answer = await fetch(`/oauth/start?${query}`, { headers, credentials: "same-origin" });
    const envelope = await answer.json();
    if (envelope.ok) {
      location.assign(envelope.result.authorize_url);
      return;
    }
    refusal.textContent = [envelope.error.message, envelope.error.hint].filter(Boolean).join(": ");
  } catch (problem) {
    refusal.textContent = problem.message;
  }
  refusal.hidden = false;
  button.disabled = false;
}

function showTool(tool) {
  const own = fields(tool.input_schema);
  const button = element("button", {}, "Call");
  const form = element("form", {}, ...own.map((field) => field.shown), button);
  const answer = element("div");
  const route = tool.routes ? `${tool.routes[0]}  or  POST /v1/tools/${tool.name}` : `POST /v1/tools/${tool.name}`;
  form.addEventListener("input", () => calm(button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (tool.effect === "destroys" && !button.classList.contains("warned")) {
      button.classList.add("warned");
      button.textContent = "This removes or replaces. Call it?";
      return;
    }
    calm(button);
    button.disabled = true;
    try {
      const sent = argumentsOf(own);
      showAnswer(answer, await ask("POST", `/v1/tools/${tool.name}`, sent));
    } catch (problem) {
      answer.replaceChildren(element("p", { className: "error" }, problem.message));
    } finally {
      button.disabled = false;
    }
  });
  find("tool").replaceChildren(
    element("h3", {}, tool.title, " ", effect(tool)),
    element("code", { className: "quiet" }, route),
    element("p", { className: "description" }, tool.description),
    form,
    answer,
  );
}

/** What happened and what would help, as people read. */
function explained(error) {
  const texts = [element("p", {}, error.message)];
  if (error.hint) texts.push(element("p", {}, `Hint: ${error.hint}`));
  return texts;
}

function calm(button) {
  button.classList.remove("warned");
  button.textContent = "Call";
}

function showAnswer(place, envelope) {
  const time = envelope.meta.duration_ms === undefined ? "" : ` in ${envelope.meta.duration_ms} ms`;
  const title = element("h2", {}, envelope.ok ? `Answer${time}` : `${envelope.error.code}${time}`);
  if (!envelope.ok) title.className = "error";
  const parts = (envelope.content ?? []).map((part) => {
    if (part.type === "image") return element("img", { src: `data:${part.mime_type};base64,${part.data}`, alt: "" });
    return part.text === undefined ? pretty({ type: part.type, mime_type: part.mime_type }) : element("pre", {}, part.text);
  });
  const shown = envelope.ok ? envelope.result : envelope.error.details;
  place.replaceChildren(
    title,
    ...(envelope.ok ? [] : explained(envelope.error)),
    ...(shown === null || shown === undefined ? [] : [pretty(shown)]),
    ...parts,
    element("p", { className: "quiet" }, `request ${envelope.meta.request_id}`),
  );
}
