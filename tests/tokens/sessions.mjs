// Whole sessions: what a model reads and writes from the list of tools to the last answer.

import { plant } from "./day-workspace.mjs";

/** Asks the emulator, past every server. */
export function asker({ url, token }) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "notion-version": "2026-03-11" };
  return async (method, path, body) => {
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(said)}`);
    return said;
  };
}

/**
 * Carries out requests by a server, each in the workspace that those before it left, and looks up what came of each. `way`
 * is the requests' member with what is sent to this server. What a server is known to be unable to do is counted as it is.
 */
export async function carriedOut(requests, way, server, emulator, count) {
  const ids = await plant(emulator);
  const steps = [];
  for (const request of requests) {
    const step = { name: request.name, calls: 0, written: 0, read: 0 };
    const ask = async (name, given) => {
      const { texts } = await server.call(name, given);
      step.calls += 1;
      step.written += count(JSON.stringify({ name, arguments: given }));
      step.read += texts.map(count).reduce((total, one) => total + one, 0);
      return texts;
    };
    let said;
    try {
      said = await request[way](ask, ids);
      if (!request.unable?.[way]) await request.check(emulator, ids, said);
    } catch (error) {
      throw new Error(`${way}, "${request.name}": ${error.message}: ${said}`);
    }
    if (way === "toolbay" && step.calls > (request.most ?? 2)) throw new Error(`"${request.name}" took ${step.calls} calls`);
    steps.push(step);
  }
  return steps;
}
