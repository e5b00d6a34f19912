// Connecting a workspace, or an account at an MCP server: the person agrees at the other's page and comes back.

import { post } from "../kit/api.js";
import { safeAddress } from "../kit/element.js";
import { note } from "../kit/router.js";
import { short } from "./named.js";

/** How long a button stays busy while the browser is on its way, in milliseconds: pressed again, it would begin anew. */
const ON_THE_WAY = 8_000;

/** @param {{upstream?: string, returnTo?: string}} [options] */
export async function connect({ upstream, returnTo = "/console/connections" } = {}) {
  const { authorize_url: to } = await post("/v1/connections/authorize", { upstream, return_to: returnTo });
  location.assign(safeAddress(String(to)));
  await new Promise((done) => {
    setTimeout(done, ON_THE_WAY);
  });
}

/** Why somebody came back without a connection, and what would help. A map, since anybody can write the address. @type {Map<string, [string, string]>} */
const PROBLEMS = new Map([
  ["forbidden", ["Nothing was connected: it was not agreed to, or you may not connect this one.", "Try again, and choose at least one page where you are asked which ones may be used."]],
  ["access_denied", ["Nothing was connected: it was not agreed to.", "Try again, and choose at least one page where you are asked which ones may be used."]],
  ["conflict", ["Nothing was connected: this attempt was over already.", "Begin again here, and finish in the same browser within ten minutes."]],
  ["invalid_input", ["Nothing was connected: this attempt was not begun in this browser, or is over.", "Begin again here, and finish in the same browser within ten minutes."]],
  ["unauthenticated", ["Nothing was connected: you were signed out meanwhile.", "Begin again here."]],
  ["rate_limited", ["Nothing was connected: there were too many attempts.", "Wait a minute and begin again."]],
  ["unavailable", ["Nothing was connected: the other side can't answer at the moment.", "Try again in a minute."]],
  ["temporarily_unavailable", ["Nothing was connected: the other side can't answer at the moment.", "Try again in a minute."]],
  ["upstream_failed", ["Nothing was connected: the other side failed.", "Try again. If it goes on, the host's log says what it answered."]],
]);

/**
 * Says what came of it to somebody who has come back, once: the address forgets it.
 *
 * @param {URLSearchParams} query
 * @param {import("./shapes.js").Connection[]} connections
 * @param {ReturnType<typeof import("../components/outcome.js").outcome>} said
 */
export function tellOutcome(query, connections, said) {
  const id = query.get("connected");
  const code = query.get("problem");
  if (!id && !code) {
    return;
  }
  query.delete("connected");
  query.delete("problem");
  note(query);
  if (id) {
    const connection = connections.find((one) => one.id === id);
    said.done(connection ? `${short(connection.workspace_name ?? connection.name)} is connected.` : "It is connected.", "Tools can work there now.");
  } else {
    const [text, hint] = PROBLEMS.get(code ?? "") ?? ["Nothing was connected.", "Try again. If it goes on, the host's log says why."];
    said.refuse(text, hint);
  }
}
