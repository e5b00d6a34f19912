// Into the trash, and out of it again.

import { confirm } from "../components/dialog.js";
import { intent } from "./intent.js";
import { brief } from "./text.js";

/**
 * Asks, and then moves a page to the trash.
 *
 * @param {object} options
 * @param {string} options.id
 * @param {string} options.title
 * @param {"row" | "page"} options.kind
 * @param {string | undefined} options.connection
 * @returns {Promise<boolean>}
 */
export function trashed({ id, title, kind, connection }) {
  const write = intent(connection);
  return confirm({
    title: `Move the ${kind} to the trash?`,
    text: `“${brief(title, 120) || "Untitled"}” goes to Notion's trash, with all that is written on it and the pages inside it. It can be taken out of there again.`,
    label: "Move to trash",
    act: () => write.send("trash", { id }),
  });
}

/** @param {string} id @param {string | undefined} connection */
export function restorer(id, connection) {
  const write = intent(connection);
  return () => write.send("trash", { id, restore: true });
}
