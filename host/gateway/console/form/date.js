// Days and times: the browser's picker, and words such as "today" where they are taken.

import { freshId, h, replace } from "../kit/element.js";

/** Words that are offered; the documentation of the API has all of them. */
const WORDS = ["today", "tomorrow", "yesterday", "now", "+7d", "-2w", "+1m", "this_week", "last_month", "next_quarter", "start of month", "end of next quarter", "tomorrow 09:30", "2026-Q4", "today/+7d"];

/** @param {string} text */
const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text);

/** A moment in the form that the picker takes, in this browser's time; none where the text is no moment. @param {string} text */
function forPicker(text) {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/.test(text)) {
    return null;
  }
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) {
    return null;
  }
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What the picker says, as a moment with this browser's zone. @param {string} picked */
function fromPicker(picked) {
  const minutes = -new Date(picked).getTimezoneOffset();
  const two = (/** @type {number} */ number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  return `${picked}:00${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/**
 * @param {object} options
 * @param {string} [options.label] its accessible name, where no label element names it
 * @param {string} [options.value]
 * @param {boolean} [options.time] whether it is a time of a day
 * @param {boolean} [options.words] whether words such as "today" are taken
 * @param {() => void} [options.onChange]
 */
export function dateInput({ label, value = "", time = false, words = false, onChange }) {
  const listId = freshId("words");
  let given = value;
  const tell = () => onChange?.();
  const picker = h("input", { type: time ? "datetime-local" : "date", "aria-label": label, on: { input: () => {
    given = picker.value ? (time ? fromPicker(picker.value) : picker.value) : "";
    tell();
  } } });
  const text = h("input", { type: "text", autocomplete: "off", spellcheck: "false", list: listId, placeholder: words ? "today, +7d, start of month" : "2026-01-31", "aria-label": label, on: { input: () => {
    given = text.value.trim();
    tell();
  } } });
  const list = h("datalist", { id: listId }, words ? WORDS.map((word) => h("option", { value: word })) : null);
  const other = h("button", { type: "button", class: "link other-way", on: { click: () => {
    show(!isText);
    control().focus();
  } } });
  const place = h("div", { class: "date-place" });
  const element = h("div", { class: "date-input" }, place, other, list);
  let isText = false;

  const control = () => (isText ? text : picker);
  /** @param {boolean} asText */
  function show(asText) {
    isText = asText;
    const fits = time ? forPicker(given) : isDay(given) ? given : null;
    if (asText) {
      text.value = given;
    } else {
      // What the picker can't show is left behind only when the person picks something.
      picker.value = fits ?? "";
    }
    replace(place, control());
    replace(other, asText ? "Pick in a calendar" : words ? "Say it in words" : "Type it");
  }
  const write = (/** @type {string} */ next) => {
    given = next;
    show(Boolean(given) && (time ? forPicker(given) === null : !isDay(given)));
  };
  write(value);
  return {
    element,
    get control() {
      return control();
    },
    /** What was entered; empty when there is nothing. */
    read: () => (given === "" && picker.validity.badInput && !isText ? "?" : given),
    write,
  };
}
