// Dates as Notion's tools say them, in words.

import { h } from "../kit/element.js";

/** @typedef {{day: string, time: string, at: Date}} Moment a day, and the time of a day where there is one, in this browser's time */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
/** Days that are said as how far off they are. */
const NEAR = 6;

const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
/** @param {Date} at */
const dayOf = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/**
 * One end of a date; none where the text is no moment.
 *
 * @param {unknown} text
 * @returns {Moment | null}
 */
export function momentOf(text) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})(T\d{2}:\d{2}.*)?$/.exec(String(text ?? ""));
  if (!parts) {
    return null;
  }
  if (!parts[4]) {
    const at = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
    return Number.isNaN(at.getTime()) ? null : { day: String(text), time: "", at };
  }
  const at = new Date(String(text));
  return Number.isNaN(at.getTime()) ? null : { day: dayOf(at), time: `${two(at.getHours())}:${two(at.getMinutes())}`, at };
}

/**
 * The ends of a date's value, which is a text, `start/end`, or an object where it names a time zone.
 *
 * @param {unknown} value
 * @returns {{start: string, end: string, zone: string}}
 */
export function endsOf(value) {
  if (typeof value === "object" && value !== null) {
    const { start, end, time_zone: zone } = /** @type {any} */ (value);
    return { start: String(start ?? ""), end: String(end ?? ""), zone: String(zone ?? "") };
  }
  const [start = "", end = ""] = String(value ?? "").split("/");
  return { start, end, zone: "" };
}

/** @param {Moment} moment */
function words({ at, time }) {
  const today = new Date();
  const days = Math.round((new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime() - new Date(today.getFullYear(), today.getMonth(), today.getDate()).getTime()) / 86_400_000);
  const isThisYear = at.getFullYear() === today.getFullYear();
  const day = Math.abs(days) <= NEAR
    ? relative.format(days, "day")
    : at.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) });
  return time ? `${day}, ${time}` : day;
}

/** @param {Moment} moment */
const whole = ({ at, time }) => `${at.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" })}${time ? `, ${time}` : ""}`;

/** @param {string} text @param {string} [zone] */
function one(text, zone = "") {
  const moment = momentOf(text);
  if (!moment) {
    return h("bdi", { class: "foreign" }, text.slice(0, 60));
  }
  const beside = moment.time && zone ? ` (${zone.slice(0, 60)})` : "";
  return h("time", { datetime: text.slice(0, 40), title: `${whole(moment)}${beside}` }, words(moment), beside);
}

/** A date's value in words; the whole date is its title. @param {unknown} value */
export function dateInWords(value) {
  const { start, end, zone } = endsOf(value);
  return end ? h("span", null, one(start), " – ", one(end, zone)) : one(start, zone);
}

/** Whether a text is a date, as those that formulas come to. @param {unknown} text */
export const isDate = (text) => typeof text === "string" && /^\d{4}-\d{2}-\d{2}([T/]|$)/.test(text) && momentOf(endsOf(text).start) !== null;

/** A moment of this browser's clocks, with the offset that they have then. @param {string} day @param {string} time */
export function withOffset(day, time) {
  const minutes = -new Date(`${day}T${time}`).getTimezoneOffset();
  return `${day}T${time}${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}
