// Programs that people let act for them, and taking that back.

import { button } from "../components/button.js";
import { confirm } from "../components/dialog.js";
import { when } from "../components/layout.js";
import { accessBadge } from "../components/notice.js";
import { kept } from "../components/watched.js";
import { remove } from "../kit/api.js";
import { h } from "../kit/element.js";
import { inWords, named, short } from "./named.js";

/** @typedef {import("./shapes.js").Grant} Grant */

/**
 * The columns of a list of them.
 *
 * @param {object} options
 * @param {boolean} options.withOwner whether it is told for whom they act
 * @param {Map<string, string>} options.names of connections, by their ids
 * @param {(grant: Grant) => void} options.withdraw
 * @returns {import("../components/table.js").Column<Grant>[]}
 */
export const grantColumns = ({ withOwner, names, withdraw }) => [
  { name: "Program", show: (grant) => named(grant.client_name) },
  ...(withOwner ? [{ name: "For", show: (/** @type {Grant} */ grant) => named(grant.owner?.name) }] : []),
  { name: "May", show: (grant) => accessBadge(grant.strongest) },
  { name: "Where", show: (grant) => (grant.connections === "all" ? "All workspaces" : inWords(grant.connections.map((id) => names.get(id) ?? "a removed workspace"))) },
  { name: "Since", show: (grant) => when(grant.created_at) },
  { name: "Last used", show: (grant) => when(grant.used_at) },
  { name: "Actions", kind: "actions", show: (grant) => h("div", { class: "actions" }, kept(button({ label: "Withdraw", describes: short(grant.client_name), press: () => withdraw(grant) }), `withdraw-${grant.id}`)) },
];

/**
 * Asks, and takes it back.
 *
 * @param {Grant} grant
 * @param {string} address of the grants
 */
export const withdrawn = (grant, address) => confirm({
  title: `Withdraw what ${short(grant.client_name)} may do?`,
  text: `It can do nothing here from now on${grant.owner ? ` for ${short(grant.owner.name)}` : ""}: its calls are refused within seconds, and its jobs end. To use this host again, it has to ask again.`,
  label: "Withdraw",
  act: () => remove(`${address}/${encodeURIComponent(grant.id)}`),
});
