// What changes at the host, as it happens. A browser has few streams for one host: of all tabs one listens, and tells the others.

import { get } from "./api.js";
import { signedOut } from "./session.js";

const NAMES = ["catalog", "activity", "jobs", "plugins", "upstreams", "signed-out"];

/** @type {Map<string, Set<(data: any) => void>>} */
const listeners = new Map();
const others = "BroadcastChannel" in self ? new BroadcastChannel("toolbay-changes") : null;

/**
 * Tells of changes of a kind until the signal ends. Several that come close together are told once.
 *
 * @param {string} kind
 * @param {(data: any) => void} tell
 * @param {AbortSignal} signal
 * @param {{every?: number}} [options] at most once in so many milliseconds
 */
export function onChange(kind, tell, signal, { every = 500 } = {}) {
  let last = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  const gathered = (/** @type {any} */ data) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      last = Date.now();
      tell(data);
    }, Math.max(0, last + every - Date.now()));
  };
  const known = listeners.get(kind) ?? new Set();
  listeners.set(kind, known.add(gathered));
  signal.addEventListener("abort", () => {
    clearTimeout(waiting);
    known.delete(gathered);
  });
}

/** @param {string} kind @param {any} data */
function tellAll(kind, data) {
  if (kind === "signed-out") {
    signedOut();
    return;
  }
  for (const tell of listeners.get(kind) ?? []) {
    tell(data);
  }
}

/** Begins to listen, for as long as the tab is open. */
export function listen() {
  others?.addEventListener("message", ({ data }) => tellAll(data.kind, data.data));
  // A tab that has the lock listens for all; when it closes, another one gets the lock.
  if (navigator.locks && others) {
    navigator.locks.request("toolbay-changes", () => stream());
  } else {
    stream();
  }
}

/** Listens until nobody is signed in any more. */
function stream() {
  return new Promise((ended) => {
    const source = new EventSource("/v1/changes");
    const end = () => {
      source.close();
      ended(undefined);
    };
    for (const kind of NAMES) {
      source.addEventListener(kind, (event) => {
        let data = {};
        try {
          data = JSON.parse(event.data);
        } catch {
          // An event without data says that something has changed, which is enough.
        }
        others?.postMessage({ kind, data });
        tellAll(kind, data);
      });
    }
    source.addEventListener("error", async () => {
      if (source.readyState !== EventSource.CLOSED) {
        return;
      }
      // The host has refused the stream: perhaps the session is over, and asking says so; else it is tried again later.
      await get("/v1/session").catch(() => {});
      setTimeout(() => stream().then(ended), 5_000);
    });
    addEventListener("toolbay:signed-out", () => {
      others?.postMessage({ kind: "signed-out", data: {} });
      end();
    });
  });
}
