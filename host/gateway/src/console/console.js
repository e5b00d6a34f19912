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
    showConnections(known.connections);
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
    showTools();
    showTool(tool);
  });
  return button;
}

function effect(tool) {
  return element("span", { className: `effect ${tool.effect}` }, tool.effect);
}

function showConnections(connections) {
  const items = connections.map((connection) => {
    const workspace = connection.workspace_name ? ` (${connection.workspace_name})` : "";
    return element("li", { title: connection.id }, connection.name + workspace);
  });
  const list = items.length ? element("ul", { className: "quiet" }, ...items) : element("p", { className: "quiet" }, "None yet.");
  find("connections").replaceChildren(element("h4", {}, "Connections"), list);
}

function showTool(tool) {
  const own = fields(tool.input_schema);
  const button = element("button", {}, "Call");
  const form = element("form", {}, ...own.map((field) => field.shown), button);
  const answer = element("div");
  const route = tool.route ? `${tool.route}  or  POST /v1/tools/${tool.name}` : `POST /v1/tools/${tool.name}`;
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
  const shown = envelope.ok ? envelope.result : envelope.error;
  place.replaceChildren(
    title,
    ...(shown === null ? [] : [pretty(shown)]),
    ...parts,
    element("p", { className: "quiet" }, `request ${envelope.meta.request_id}`),
  );
}
