// The form of a tool, made from its input schema alone; JSON is a second way for the whole of it.

import { notice } from "../components/notice.js";
import { foreign, h, replace } from "../kit/element.js";
import { check } from "./check.js";
import { jsonInput } from "./json.js";
import { membersInput } from "./object.js";
import { labelOf, plain } from "./plain.js";
import { faultsOf } from "./refusals.js";
import { same } from "./same.js";
import { slot } from "./slot.js";
import * as sources from "./sources.js";

/** @typedef {Record<string, unknown>} Values */

/**
 * @param {object} options
 * @param {import("./schema.js").Schema} options.schema
 * @param {Values} [options.value] what is filled in already
 * @param {string} [options.tool] whose form it is
 * @param {string} [options.provider] of the tool
 * @param {() => void} [options.onChange]
 * @param {AbortSignal} [options.signal]
 */
export async function schemaForm({ schema, value = {}, tool, provider, onChange, signal }) {
  const changed = () => onChange?.();
  const chosen = await chooser(schema, { tool, provider, changed, signal });
  const on = { connection: () => /** @type {string | undefined} */ (chosen?.read()) };
  const input = membersInput({ schema, name: "", label: "Arguments", required: true, changed, context: { tool, sources: await allSources(on, provider), on, scope: null, columns: null, slot, signal } }, { isTool: true });
  const raw = jsonInput({ label: "Arguments as JSON", onChange: () => {
    replace(wrong);
    changed();
  }, rows: 12 });
  const wrong = h("p", { class: "wrong", id: `${tool ?? "form"}-json-wrong`, role: "alert" });
  const summary = h("div");
  const place = h("div");
  let isJson = false;
  const ways = ["Form", "JSON"].map((name, at) => h("button", { type: "button", class: "plain", on: { click: () => turn(at === 1) } }, name));
  const hasNone = Object.keys(schema.properties ?? {}).length === 0;
  const element = h("div", { class: "form tool-form" },
    h("div", { class: "ways", role: "group", "aria-label": "Fill in as" }, ways),
    summary, place);

  function show() {
    ways.forEach((way, at) => way.setAttribute("aria-pressed", String((at === 1) === isJson)));
    replace(place, isJson
      ? h("div", { class: "stack tight" }, raw.element, wrong)
      : h("div", { class: "stack" }, chosen?.element, hasNone && schema.additionalProperties === false ? h("p", { class: "quiet" }, "This tool takes no arguments.") : input.element));
  }

  const read = () => /** @type {Values} */ (isJson ? raw.read() ?? {} : { .../** @type {Values} */ (input.read() ?? {}), ...(chosen?.read() === undefined ? {} : { connection_id: chosen.read() }) });

  /** @param {Values} next */
  function writeForm(next) {
    const { connection_id: at, ...rest } = next;
    const own = chosen ? rest : next;
    chosen?.write(at);
    if (!input.write(own)) {
      return false;
    }
    // What is required and was not given may be there all the same, without anything in it.
    const shown = Object.entries(input.read() ?? {}).filter(([name, one]) => Object.hasOwn(own, name) || !isEmpty(one));
    return same(Object.fromEntries(shown), own) && (!chosen || chosen.read() === at);
  }

  /** Changes between the form and JSON; what was entered goes with it. @param {boolean} toJson */
  function turn(toJson) {
    if (toJson === isJson) {
      return;
    }
    if (toJson) {
      const broken = input.nested?.().flatMap(([, one]) => one.faults()) ?? [];
      const rest = input.fault?.() ?? "";
      if (rest) {
        replace(summary, notice("error", rest));
        return;
      }
      if (broken.length) {
        tell(broken);
        return;
      }
      raw.write(read());
    } else {
      const fault = raw.fault?.() || (typeof raw.read() !== "object" || raw.read() === null || Array.isArray(raw.read()) ? "Arguments are an object: { … }" : "");
      if (fault && (raw.read() !== undefined || raw.fault?.())) {
        replace(wrong, fault);
        raw.controls[0]?.focus();
        return;
      }
      if (!writeForm(/** @type {Values} */ (raw.read() ?? {}))) {
        replace(wrong, "The form can't show all of this without changing it: it stays JSON.");
        return;
      }
    }
    replace(summary);
    replace(wrong);
    isJson = toJson;
    show();
    changed();
  }

  /** Says at each field what is wrong, and goes to the first. @param {{slot: import("./slot.js").Slot, text: string, where?: string, isMissing?: boolean}[]} faults */
  function tell(faults) {
    const first = faults.filter(({ slot: one }, at) => faults.findIndex((other) => other.slot === one) === at);
    first.forEach(({ slot: one, text, isMissing }) => one.refuse(text, isMissing));
    replace(summary, first.length > 1 ? notice("error", `${first.length} fields need another value:`, h("ul", { class: "fault-list" }, first.slice(0, 20).map(({ slot: one, text, where }) => h("li", null,
      h("a", { href: `#${one.id}`, on: { click: (event) => {
        event.preventDefault();
        one.focus();
      } } }, foreign(plain(where ?? one.label, 80))), ": ", foreign(plain(text, 160)))))) : null);
    first[0]?.slot.focus();
  }

  /** @param {import("./check.js").Fault[]} faults */
  function placed(faults) {
    return faults.flatMap(({ path, text, isMissing }) => {
      const [name, ...rest] = path;
      const top = (input.nested?.() ?? []).find(([key]) => key === name)?.[1] ?? (name === "connection_id" ? chosen : undefined);
      if (!top) {
        return [];
      }
      const found = top.at(rest);
      return [{ slot: found.slot, where: rest.length ? [top.label, ...rest.map((step) => (typeof step === "number" ? step + 1 : labelOf(step)))].join(", ") : top.label, text: found.rest.length ? `${found.rest.join(".")}: ${text}` : text, isMissing: isMissing && found.rest.length === 0 }];
    });
  }

  function clear() {
    replace(summary);
    replace(wrong);
    const each = (/** @type {[string | number, import("./slot.js").Slot][]} */ slots) => slots.forEach(([, one]) => one.refuse(""));
    each(input.nested?.() ?? []);
  }

  show();
  if (!writeForm(value)) {
    raw.write(value);
    isJson = true;
    show();
  }
  return {
    element,
    read,
    /** What the values are called that were chosen from lists. @returns {Record<string, string>} */
    called: () => Object.assign({}, chosen?.called(), ...(input.nested?.() ?? []).map(([, one]) => one.called())),
    /** Whether all can be sent. What can't is told at its field, and the first one has the focus. */
    check() {
      clear();
      if (isJson) {
        const given = raw.read();
        const fault = raw.fault?.() || (given !== undefined && (typeof given !== "object" || given === null || Array.isArray(given)) ? "Arguments are an object: { … }" : "")
          || check(given ?? {}, schema).map(({ path, text }) => (path.length ? `${path.join(".")}: ${text}` : text)).slice(0, 5).join(" ");
        replace(wrong, fault ? foreign(fault) : null);
        if (fault) {
          raw.controls[0]?.focus();
        }
        return !fault;
      }
      const broken = (input.nested?.() ?? []).flatMap(([, one]) => one.faults());
      const found = check(read(), schema);
      const faults = inOrder([...broken, ...placed(found)], element);
      const rest = input.fault?.() ?? "";
      const lost = [...found.filter(({ path }) => path.length === 0), ...(rest ? [{ text: rest }] : [])];
      if (faults.length) {
        tell(faults);
      } else if (lost.length) {
        replace(summary, notice("error", foreign(lost.map(({ text }) => text).join(" "))));
      }
      return faults.length === 0 && lost.length === 0;
    },
    /** Shows what the host refused at the fields that it names, and answers whether it named any. @param {unknown} error */
    refuse(error) {
      const faults = faultsOf(/** @type {any} */ (error), Object.keys(schema.properties ?? {}));
      if (isJson) {
        replace(wrong, faults.length ? foreign(faults.map(({ path, text }) => (path.length ? `${path.join(".")}: ${text}` : text)).join(" ")) : null);
        return false;
      }
      const told = inOrder(placed(faults), element);
      if (told.length) {
        tell(told);
      }
      return told.length > 0;
    },
  };
}

/** @param {unknown} value */
const isEmpty = (value) => typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** In the order of the page. @template {{slot: import("./slot.js").Slot}} One @param {One[]} faults @param {HTMLElement} inside @returns {One[]} */
const inOrder = (faults, inside) => faults.filter(({ slot: one }) => inside.contains(one.element))
  .sort((one, other) => (one.slot.element.compareDocumentPosition(other.slot.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));

/** The connection, on top, where there is a choice. @param {import("./schema.js").Schema} schema @param {{tool?: string, provider?: string, changed: () => void, signal?: AbortSignal}} options */
async function chooser(schema, { tool = "", provider, changed, signal }) {
  const own = schema.properties?.connection_id;
  if (!own || schema.required?.includes("connection_id")) {
    return null;
  }
  const upstream = /\bNotion\b/.test(own.description ?? "") ? undefined : provider;
  const known = await sources.connectionsOf(upstream).catch(() => []);
  // What is about a connection itself says which.
  if (known.length < 2 && !/^connection_/.test(tool)) {
    return null;
  }
  const source = await sources.connections(upstream);
  return slot({ schema: own, name: "connection_id", label: "Connection", changed, context: { tool, sources: { connections: source }, on: {}, scope: null, columns: null, slot, signal } });
}

/** @param {import("./sources.js").On} on @param {string | undefined} provider */
async function allSources(on, provider) {
  const none = () => null;
  const [databases, pages, pagesAndDatabases, people, connections, tools, jobs] = await Promise.all([
    sources.databases(on).catch(none), sources.pages(on).catch(none), sources.pagesAndDatabases(on).catch(none), sources.people(on).catch(none),
    sources.connections(undefined).catch(none), sources.tools().catch(none), sources.jobs().catch(none),
  ]);
  return { databases, pages, pagesAndDatabases, people, connections, tools, jobs };
}
