// The editor of a date: a day or a time of one, perhaps until another; by a calendar or in words.

import { checkbox, field } from "../../components/field.js";
import { dateInput } from "../../form/date.js";
import { h, replace } from "../../kit/element.js";
import { endsOf, momentOf, withOffset } from "../dates.js";
import { brief } from "../text.js";
import { helpOf, nameOf } from "./simple.js";

/** The time of a day that stands there first. */
const FIRST_TIME = "09:00";

/** A value with or without the time of the day; words stay. @param {string} text @param {boolean} hasTime */
function turned(text, hasTime) {
  const moment = momentOf(text);
  if (!moment || Boolean(moment.time) === hasTime) {
    return text;
  }
  return hasTime ? withOffset(moment.day, FIRST_TIME) : moment.day;
}

/** @param {import("../schema.js").Column} column @param {unknown} value @returns {import("./index.js").Editor} */
export function date(column, value) {
  const name = nameOf(column);
  const ends = endsOf(value);
  const isTimed = (/** @type {string} */ text) => Boolean(momentOf(text)?.time);
  const timed = checkbox("With a time", { checked: isTimed(ends.start), on: { change: retime } });
  const ranged = checkbox("Until another date", { checked: Boolean(ends.end), on: { change: reach } });
  const make = (/** @type {string} */ text, /** @type {string} */ label) => dateInput({ label, value: turned(text, timed.box.checked), time: timed.box.checked, words: true });
  let start = make(ends.start, name);
  let end = make(ends.end, `${name}: until`);
  const place = h("div");
  const until = h("div", { class: "field until" });

  function fill() {
    replace(place, start.element);
    replace(until, h("span", { class: "label" }, "Until"), end.element);
    until.hidden = !ranged.box.checked;
  }
  function retime() {
    start = make(start.read(), name);
    end = make(end.read(), `${name}: until`);
    fill();
  }
  function reach() {
    until.hidden = !ranged.box.checked;
    if (ranged.box.checked && !end.read()) {
      end.write(start.read());
    }
  }
  fill();
  const zone = ends.zone ? `Times are those of ${brief(ends.zone)}.` : null;
  const made = field({ label: name, control: place, help: helpOf(column, zone) });
  made.element.append(h("div", { class: "row checks" }, timed.element, ranged.element), until);

  /** A moment as it is sent; beside a time zone without an offset of its own. @param {string} text */
  const said = (text) => (ends.zone && isTimed(text) ? text.slice(0, 16) : text);
  return {
    ...made,
    get control() {
      return start.control;
    },
    read: () => {
      const [first, last] = [said(start.read()), ranged.box.checked ? said(end.read()) : ""];
      if (!first) {
        return null;
      }
      if (ends.zone && isTimed(first)) {
        return { start: first, ...(last ? { end: last } : {}), time_zone: ends.zone };
      }
      return last ? `${first}/${last}` : first;
    },
    problem: () => {
      if (start.read() === "?" || (ranged.box.checked && end.read() === "?")) {
        return "This is no whole date.";
      }
      return !start.read() && ranged.box.checked && end.read() ? "Say when it starts." : "";
    },
  };
}
