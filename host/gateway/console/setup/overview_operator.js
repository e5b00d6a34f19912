// The overview of somebody who administers.

import { pageHead, section } from "../components/layout.js";
import { watched } from "../components/watched.js";
import { get } from "../kit/api.js";
import { h } from "../kit/element.js";
import { onChange } from "../kit/live.js";
import { attention, attentionList } from "./attention.js";
import { firstSteps } from "./first_steps.js";
import { recent } from "./recent.js";
import { running, servers } from "./running.js";

/** How often a host that is still loading is asked, in milliseconds. */
const WHILE_LOADING = 2_000;

/** How often at most a host is asked because something was called there, in milliseconds. */
const WHILE_BUSY = 15_000;

/** @param {AbortSignal} signal */
export async function operatorOverview(signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  signal.addEventListener("abort", () => clearTimeout(later));

  /** @type {{element: HTMLElement, ready: Promise<void>, again: () => Promise<void>}} */
  const host = watched({
    load: async () => {
      const known = await asked(signal);
      // Counts of what has been read come without a change of the catalog, too.
      if (known.status.loading && !signal.aborted) {
        clearTimeout(later);
        later = setTimeout(() => host.again(), WHILE_LOADING);
      }
      return known;
    },
    signal,
    on: ["plugins", "catalog", "upstreams", "jobs"],
    every: 5_000,
    show: (known) => {
      const items = attention(known);
      const { status } = known;
      return h("div", null,
        items.length ? section("Needs attention", attentionList(items)) : null,
        firstSteps({ isConnected: status.counts.connections > 0, hasToken: status.counts.tokens > 0, hasCall: known.hasCall }),
        section("What runs", running(status)),
        servers(status.upstreams));
    },
  });
  // Connections and tokens come, end and go as events; most events are calls, which change nothing here.
  onChange("activity", () => document.hidden || host.again(), signal, { every: WHILE_BUSY });
  await host.ready;
  return h("div", null, pageHead({ title: "Overview", lead: "What this host is doing, and what it needs from you." }), host.element, recent({ everyone: true, signal }));
}

/** @param {AbortSignal} signal */
async function asked(signal) {
  const [status, { plugins }, { upstreams }, { connections }] = await Promise.all([
    get("/v1/administration/status", undefined, signal),
    get("/v1/administration/plugins", undefined, signal),
    get("/v1/administration/upstreams", undefined, signal),
    get("/v1/administration/connections", undefined, signal),
  ]);
  return { status, plugins, upstreams, connections, hasCall: plugins.some((/** @type {import("./shapes.js").Plugin} */ one) => one.calls?.count) || await hasEvent(signal) };
}

/** Whether a call that could write has ever ended. @param {AbortSignal} signal */
async function hasEvent(signal) {
  const { events } = await get("/v1/activity", { limit: 1, of: "everyone", kind: "call.ended" }, signal);
  return events.length > 0;
}
