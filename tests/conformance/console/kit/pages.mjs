// All addresses of the console, as its own list of pages has them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { CONSOLE } from "../types.mjs";

/** The patterns of all addresses, such as `/console/tools/:tool`. */
export function patterns() {
  const text = readFileSync(path.join(CONSOLE, "pages.js"), "utf8");
  return [...text.matchAll(/\bpath: "([^"]+)"/g)].map(([, pattern]) => pattern);
}

/** A page of a world: its name in files, and where it is. @typedef {{name: string, path: string, needs?: "administers"}} Place */

/**
 * Where each page is in a world that has been furnished.
 *
 * @param {Record<string, string>} known what the addresses name, by the parameter's name
 * @returns {Place[]}
 */
export function places(known) {
  const made = [
    { name: "overview", pattern: "/console" },
    { name: "chat", pattern: "/console/chat" },
    { name: "conversation", pattern: "/console/chat/:conversation" },
    { name: "databases", pattern: "/console/databases" },
    { name: "database", pattern: "/console/databases/:database" },
    { name: "page", pattern: "/console/pages/:page" },
    { name: "write", pattern: "/console/write" },
    { name: "tools", pattern: "/console/tools" },
    { name: "tool", pattern: "/console/tools/:tool" },
    { name: "activity", pattern: "/console/activity", query: "of=everyone" },
    { name: "call", pattern: "/console/activity/:call" },
    { name: "jobs", pattern: "/console/jobs" },
    { name: "job", pattern: "/console/jobs/:job" },
    { name: "connections", pattern: "/console/connections" },
    { name: "plugins", pattern: "/console/plugins", needs: "administers" },
    { name: "plugin", pattern: "/console/plugins/:plugin", needs: "administers" },
    { name: "upstreams", pattern: "/console/upstreams", needs: "administers" },
    { name: "upstream", pattern: "/console/upstreams/:upstream", needs: "administers" },
    { name: "tokens", pattern: "/console/tokens", needs: "administers" },
    { name: "new-token", pattern: "/console/tokens", query: "new=claude", needs: "administers" },
    { name: "account", pattern: "/console/account" },
  ];
  const missing = patterns().filter((pattern) => pattern !== "/" && !made.some((place) => place.pattern === pattern));
  if (missing.length > 0) {
    throw new Error(`no check looks at ${missing.join(", ")}: name them in kit/pages.mjs`);
  }
  return made.map(({ pattern, query, ...place }) => ({
    ...place,
    path: pattern.replace(/:(\w+)/g, (_, name) => {
      if (!known[name]) {
        throw new Error(`the world has no ${name} for ${pattern}`);
      }
      return encodeURIComponent(known[name]);
    }) + (query ? `?${query}` : ""),
  }));
}
