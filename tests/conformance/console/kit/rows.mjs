// Rows that a job adds, one after the other.

/** Operations of `bulk` that make rows with these names. @param {string} database @param {string} name @param {number} count */
export const additions = (database, name, count) => Array.from({ length: count }, (_, place) => ({
  op: "upsert", args: { database_id: database, unique: { property: "Name", value: `${name} ${place + 1}` } },
}));
