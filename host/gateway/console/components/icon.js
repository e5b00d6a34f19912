// Pictures that go with words, never in their place.

const PATHS = /** @type {const} */ ({
  overview: "M3 11.5 12 4l9 7.5M5.5 10v9.5h13V10",
  tools: "M14.5 6.5a4 4 0 0 0-5.2 5.2L3.5 17.5l3 3 5.8-5.8a4 4 0 0 0 5.2-5.2l-2.6 2.6-2.4-.6-.6-2.4z",
  databases: "M4 6.5C4 5 7.6 4 12 4s8 1 8 2.5S16.4 9 12 9 4 8 4 6.5zm0 0v11C4 19 7.6 20 12 20s8-1 8-2.5v-11M4 12c0 1.500 3.6 2.500 8 2.500s8-1 8-2.500",
  activity: "M3 12h4l3-8 4 16 3-8h4",
  jobs: "M12 7v5l3.500 2M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17z",
  chat: "M4 5h16v11H9.500L5 20v-4H4z",
  plugins: "M9 4v4H5v4a3 3 0 0 1 0 6v2h14v-4a2 2 0 0 0 0-4V8h-4V4a3 3 0 0 0-6 0z",
  upstreams: "M12 4v7m0 0-6 4m6-4 6 4M4 15h4v5H4zm12 0h4v5h-4zM10 3h4v4h-4z",
  connections: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  tokens: "M15 4a5 5 0 0 0-4.700 6.700L4 17v3h3l1-1v-2h2v-2h2l1.300-1.300A5 5 0 1 0 15 4zm1.500 4.500h.01",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 8a8 8 0 0 1 16 0",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500 20 20",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.500 10 17.500 19.500 7",
  warning: "M12 4 2.500 20h19zM12 10v4.500m0 2.500v.01",
  error: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 8v4.500m0 3v.01",
  info: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 11v5m0-8v.01",
  next: "M9 5l7 7-7 7",
  back: "M15 5l-7 7 7 7",
  down: "M5 9l7 7 7-7",
  up: "M5 15l7-7 7 7",
  add: "M12 5v14M5 12h14",
  remove: "M5 12h14",
  outside: "M13 4h7v7M20 4l-9 9M18 14v6H4V6h6",
  stop: "M7 7h10v10H7z",
  again: "M4 12a8 8 0 1 1 2.500 5.800M4 20v-5h5",
  file: "M6 3.500h8l4 4v13H6zM14 3.500v4h4",
});

/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name */
export function icon(name) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [attribute, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" })) {
    drawing.setAttribute(attribute, value);
  }
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  drawing.append(path);
  return drawing;
}
