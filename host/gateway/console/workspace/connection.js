// The connection that a page works on. Whoever has several chooses one; the address keeps it.

import { among, combobox } from "../components/combobox.js";
import { field, select } from "../components/field.js";
import { get } from "../kit/api.js";
import { foreign, h } from "../kit/element.js";
import { go } from "../kit/router.js";

/** @typedef {{id: string, name: string, workspace_name?: string, upstream?: string}} Connection */

/** Connections that are read for the choice; whoever has more names one in the address. */
const MAX_CONNECTIONS = 500;
/** Connections up to which a plain list does. */
const MAX_IN_LIST = 20;

/**
 * @typedef {object} Chosen
 * @property {string | undefined} id what the tools are given; none where there is only one
 * @property {HTMLElement | null} picker
 * @property {boolean} isNone whether nothing is connected
 */

/** @param {AbortSignal} signal @returns {Promise<Connection[]>} */
async function all(signal) {
  /** @type {Connection[]} */
  const found = [];
  let cursor;
  do {
    const page = await get("/v1/connections", { limit: 100, cursor }, signal);
    found.push(...page.connections);
    cursor = page.next_cursor;
  } while (cursor && found.length < MAX_CONNECTIONS);
  // Accounts at other servers have nothing that is shown here.
  return found.filter(({ upstream }) => !upstream);
}

/**
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 * @param {{onChoose?: (id: string) => void}} [options] what a choice does; without it the page is shown anew
 * @returns {Promise<Chosen>}
 */
export async function chooseConnection(query, signal, { onChoose } = {}) {
  const connections = await all(signal);
  const wanted = query.get("connection") ?? "";
  if (connections.length < 2) {
    // One that is named all the same is for the host to refuse: nothing is shown of another in its place.
    return { id: wanted || undefined, picker: null, isNone: connections.length === 0 };
  }
  const current = connections.find(({ id, name }) => id === wanted || name === wanted)
    ?? (wanted ? null : connections.find(({ name }) => name === "default") ?? connections[0]);
  const choose = (/** @type {string} */ id) => {
    if (onChoose) {
      onChoose(id);
      return;
    }
    const changed = new URLSearchParams(location.search);
    changed.set("connection", id);
    changed.delete("cursor");
    go(`${location.pathname}?${changed}`, { replacing: true });
  };
  const label = (/** @type {Connection} */ { name, workspace_name }) => (workspace_name && workspace_name !== name ? `${name} (${workspace_name})` : name);
  const options = connections.map((one) => ({ value: one.id, label: label(one).slice(0, 120) }));
  const unknown = current ? [] : [{ value: wanted, label: "Choose a connection" }];
  const control = options.length <= MAX_IN_LIST
    ? select([...unknown, ...options], { value: current?.id ?? wanted, on: { change: (/** @type {any} */ event) => choose(event.target.value) } })
    : combobox({
      label: "Connection",
      find: among(options),
      chosen: options.find(({ value }) => value === current?.id) ?? null,
      onChange: (option) => option && choose(option.value),
      signal,
    }).element;
  const picker = h("div", { class: "connection-picker" }, field({
    label: "Connection",
    control,
    help: current ? null : foreign(`The address names a connection that you don't have: ${wanted}`, { max: 160 }),
  }).element);
  return { id: current?.id ?? wanted, picker, isNone: false };
}
