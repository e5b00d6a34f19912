// Numbers, times and our words for them.

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60],
]);

/** How long ago something was, in words. @param {string | number | Date} at */
export function ago(at) {
  const seconds = (new Date(at).getTime() - Date.now()) / 1_000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) {
      return relative.format(Math.round(seconds / length), unit);
    }
  }
  return Math.abs(seconds) < 10 ? "just now" : relative.format(Math.round(seconds), "second");
}

/** A moment, in this browser's time. @param {string | number | Date} at */
export const moment = (at) => new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds < 1_000) {
    return `${Math.round(milliseconds)} ms`;
  }
  if (milliseconds < 60_000) {
    return `${(milliseconds / 1_000).toFixed(1)} s`;
  }
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** @param {number} bytes */
export function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let place = 0;
  let left = bytes;
  while (left >= 1_024 && place < units.length - 1) {
    left /= 1_024;
    place += 1;
  }
  return `${place === 0 ? left : left.toFixed(1)} ${units[place]}`;
}

/** What an access means, for people. @type {Record<string, string>} */
export const ACCESS = { reads: "Reads", writes: "Writes", destroys: "Destroys" };

/** The ways in, for people. @type {Record<string, string>} */
export const SURFACES = {
  mcp: "MCP", rest: "REST", console: "Console", chat: "Chat", command_line: "Command line", job: "Job", tool: "Another tool", host: "The host",
};
