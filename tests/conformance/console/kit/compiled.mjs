// What the hosts of other tests have compiled: a dozen plugins take a minute. Code is kept by digest and engine, so one that changed is compiled anew.
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SHARED = fileURLToPath(new URL("../../../../target/compiled-plugins", import.meta.url));

export const takeCompiled = (data) => copy(SHARED, path.join(data, "cache"));
export const giveCompiled = (data) => copy(path.join(data, "cache"), SHARED);

/** Copies what isn't there yet. A file appears whole or not at all. */
function copy(from, to) {
  if (!existsSync(from)) {
    return;
  }
  for (const engine of readdirSync(from)) {
    const folder = path.join(to, engine);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(path.join(from, engine)).filter((name) => /\.(cwasm|json)$/.test(name))) {
      const target = path.join(folder, name);
      if (!existsSync(target)) {
        const part = path.join(folder, `.${process.pid}-${name}.part`);
        put(path.join(from, engine, name), part);
        renameSync(part, target);
      }
    }
  }
}

/** The same file twice where one file system has both folders: it is written once and never changed. */
function put(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

let first;

/** Lets the first host compile alone: those that begin beside it find what it compiled. */
export async function afterFirst(begin) {
  if (!first) {
    first = begin();
    return first;
  }
  await first.catch(() => {});
  return begin();
}
