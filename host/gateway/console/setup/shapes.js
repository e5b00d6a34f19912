// What the host tells of itself to who administers, as the addresses below /v1/administration and /v1/account answer it.

/** @typedef {"reads" | "writes" | "destroys"} Access */

/**
 * @typedef {object} Status
 * @property {string} version
 * @property {string} since
 * @property {string} [address]
 * @property {string} public_url
 * @property {"sqlite" | "postgresql"} database
 * @property {{read: number, all: number} | null} loading
 * @property {{live: number, refused: number}} plugins
 * @property {number} tools
 * @property {{connections: number, connections_to_renew: number, tokens: number, open_jobs: number}} counts
 * @property {Health[]} upstreams
 * @property {string | null} left_out
 */

/**
 * @typedef {object} Health
 * @property {string} name
 * @property {"connected" | "away" | "untried"} state
 * @property {string | null} since
 * @property {string | null} [last_failure]
 * @property {string | null} [last_failure_at]
 * @property {number | null} [p50_ms]
 * @property {number} [calls]
 */

/**
 * @typedef {Health & {transport: string, place: string, tools: number, changed: number, gone: number, has_accounts: boolean, start_url?: string}} Upstream
 */

/** @typedef {{part: string, before: unknown, now: unknown}} Difference */
/** @typedef {{name: string, published: string | null, state: "accepted" | "changed" | "gone", description?: string | null, differences?: Difference[]}} UpstreamTool */
/** @typedef {Omit<Upstream, "tools"> & {tools: UpstreamTool[], digest: string | null}} UpstreamDetails */

/**
 * @typedef {object} Connection
 * @property {string} id
 * @property {string} name
 * @property {"token" | "oauth"} [kind]
 * @property {string} [system] `notion`, or an MCP server's name
 * @property {string | null} [workspace_name]
 * @property {string | null} [broken_at]
 * @property {string | null} [created_at]
 */

/**
 * @typedef {object} Token
 * @property {string} id
 * @property {string} name
 * @property {Access} strongest
 * @property {"all" | string[]} tools
 * @property {"all" | string[]} connections
 * @property {string | null} default_connection
 * @property {"all" | string[]} within
 * @property {string[]} rates
 * @property {boolean} administers
 * @property {string | null} created_at
 * @property {string | null} expires_at
 * @property {string | null} last_used_at
 * @property {string | null} revoked_at
 */

/** @typedef {{name: string, place: string, text: string}} ClientText */
/** @typedef {{token: string, id: string, name: string, clients: ClientText[]}} CreatedToken */

/** @typedef {{capability: string, in_words: string, granted: boolean, from_configuration: boolean}} Asked */

/**
 * @typedef {object} Plugin
 * @property {string} name
 * @property {string | null} version
 * @property {"bundled" | "folder"} from
 * @property {string} status `live`, `idle`, `refused`
 * @property {string} file
 * @property {string | null} digest
 * @property {string[]} tools
 * @property {Asked[]} asked
 * @property {string[]} missing
 * @property {string | null} [reason]
 * @property {string | null} [fix]
 * @property {{version: string | null, asked: string[], tools: string[]} | null} [before]
 * @property {{memory_mib?: number, output_kib?: number, cpu_ms?: number, time_s?: number} | null} [limits]
 * @property {{count: number, refused: number, failures: number, total_ms: number, max_ms: number, last_at: string | null}} [calls]
 */

/** @typedef {{id: string, client_name: string, owner?: {id: string, name: string | null}, strongest: Access, connections: "all" | string[], created_at: string, used_at: string | null}} Grant */
/** @typedef {{sessions: number, grants: Grant[], connections: Connection[], servers: string[]}} Account */

export {};
