// Notion's own objects: what they are called, where they are and what they look like.

/** @typedef {{kind: "page" | "database" | "workspace" | "block", id: string}} Parent */

/** @param {any} rich */
const plainText = (rich) => (Array.isArray(rich) ? rich.map((part) => part?.plain_text ?? part?.text?.content ?? "").join("") : "");

/** The title of a page, database or data source. @param {any} object @returns {string} */
export function titleOf(object) {
  if (Array.isArray(object?.title)) {
    return plainText(object.title);
  }
  const own = Object.values(object?.properties ?? {}).find((/** @type {any} */ property) => property?.type === "title");
  return plainText(/** @type {any} */ (own)?.title);
}

/** @param {any} object */
export const descriptionOf = (object) => plainText(object?.description);

/** The icon, where it is a sign: pictures would be asked of other hosts. @param {any} object @returns {string} */
export const emojiOf = (object) => (object?.icon?.type === "emoji" && typeof object.icon.emoji === "string" ? object.icon.emoji.slice(0, 16) : "");

/**
 * What holds an object; of a data source, what holds its database.
 *
 * @param {any} object
 * @returns {Parent | null}
 */
export function parentOf(object) {
  const parent = object?.database_parent ?? object?.parent;
  switch (parent?.type) {
    case "page_id":
      return { kind: "page", id: parent.page_id };
    case "data_source_id":
      return { kind: "database", id: parent.data_source_id };
    case "database_id":
      return { kind: "database", id: parent.database_id };
    case "block_id":
      return { kind: "block", id: parent.block_id };
    case "workspace":
      return { kind: "workspace", id: "" };
    default:
      return null;
  }
}
