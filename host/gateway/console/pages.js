// Every page of the console: its address, its name, and where it is in the menu.

/**
 * @typedef {import("./kit/router.js").Page & {menu?: {label: string, icon: import("./components/icon.js").IconName, group: "use" | "watch" | "run", needs?: "administers" | "chat"}}} MenuPage
 */

/** @type {MenuPage[]} */
export const PAGES = [
  { path: "/", title: "Overview", load: () => import("./pages/overview.js") },
  { path: "/console", title: "Overview", load: () => import("./pages/overview.js"), menu: { label: "Overview", icon: "overview", group: "use" } },
  { path: "/console/chat", title: "Chat", load: () => import("./pages/chat.js"), menu: { label: "Chat", icon: "chat", group: "use", needs: "chat" } },
  { path: "/console/chat/:conversation", title: "Chat", load: () => import("./pages/chat.js") },
  { path: "/console/databases", title: "Databases", load: () => import("./pages/databases.js"), menu: { label: "Databases", icon: "databases", group: "use" } },
  { path: "/console/databases/:database", title: "Database", load: () => import("./pages/database.js") },
  { path: "/console/pages/:page", title: "Page", load: () => import("./pages/page.js") },
  { path: "/console/write", title: "New page", load: () => import("./pages/write.js") },
  { path: "/console/tools", title: "Tools", load: () => import("./pages/tools.js"), menu: { label: "Tools", icon: "tools", group: "use" } },
  { path: "/console/tools/:tool", title: "Tool", load: () => import("./pages/tool.js") },
  { path: "/console/activity", title: "Activity", load: () => import("./pages/activity.js"), menu: { label: "Activity", icon: "activity", group: "watch" } },
  { path: "/console/activity/:call", title: "Call", load: () => import("./pages/call.js") },
  { path: "/console/jobs", title: "Jobs", load: () => import("./pages/jobs.js"), menu: { label: "Jobs", icon: "jobs", group: "watch" } },
  { path: "/console/jobs/:job", title: "Job", load: () => import("./pages/job.js") },
  { path: "/console/connections", title: "Connections", load: () => import("./pages/connections.js"), menu: { label: "Connections", icon: "connections", group: "run" } },
  { path: "/console/plugins", title: "Plugins", load: () => import("./pages/plugins.js"), menu: { label: "Plugins", icon: "plugins", group: "run", needs: "administers" } },
  { path: "/console/plugins/:plugin", title: "Plugin", load: () => import("./pages/plugin.js") },
  { path: "/console/upstreams", title: "MCP servers", load: () => import("./pages/upstreams.js"), menu: { label: "MCP servers", icon: "upstreams", group: "run", needs: "administers" } },
  { path: "/console/upstreams/:upstream", title: "MCP server", load: () => import("./pages/upstream.js") },
  { path: "/console/tokens", title: "Tokens", load: () => import("./pages/tokens.js"), menu: { label: "Tokens", icon: "tokens", group: "run", needs: "administers" } },
  { path: "/console/account", title: "Account", load: () => import("./pages/account.js"), menu: { label: "Account", icon: "account", group: "run" } },
];

/** The groups of the menu. */
export const GROUPS = { use: "Work", watch: "Watch", run: "Set up" };
