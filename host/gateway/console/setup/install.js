// Installing a plugin: its file is chosen, or dropped here.

import { button, whileBusy } from "../components/button.js";
import { ask } from "../kit/api.js";
import { h } from "../kit/element.js";
import { size } from "../kit/words.js";
import { short } from "./named.js";

/** Largest file that a host takes, in bytes. */
const MAX_FILE = 8 * 1024 * 1024;

/**
 * @param {object} options
 * @param {ReturnType<typeof import("../components/outcome.js").outcome>} options.said where a refusal is told
 * @param {(installed: {name: string, version: string | null}) => unknown} options.onInstalled
 */
export function installer({ said, onInstalled }) {
  const input = h("input", { type: "file", accept: ".wasm,application/wasm", hidden: true, tabindex: "-1", "aria-label": "A plugin's file", on: { change: () => {
    const file = input.files?.[0];
    // The same file can be chosen again, once it has been mended.
    input.value = "";
    take(file);
  } } });
  const choose = button({ label: "Install a plugin", icon: "file", kind: "primary" });
  choose.addEventListener("click", () => choose.getAttribute("aria-busy") !== "true" && input.click());
  const zone = h("div", { class: "drop-zone", on: {
    dragover: (event) => {
      event.preventDefault();
      zone.classList.add("over");
    },
    dragleave: () => zone.classList.remove("over"),
    drop: (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      take(event.dataTransfer?.files[0]);
    },
  } },
  h("p", null, "Drop a plugin's file here (NAME.wasm), or choose one. It replaces the plugin of the same name."),
  h("p", { class: "quiet" }, "It runs in a sandbox, and can do nothing that it wasn't granted: what it asks for is shown once it is there."),
  h("div", { class: "actions" }, choose, input));

  /** @param {File | undefined} file */
  const take = (file) => file && whileBusy(choose, () => install(file));

  /** @param {File} file */
  async function install(file) {
    const name = short(file.name);
    if (!file.name.toLowerCase().endsWith(".wasm")) {
      said.refuse(`${name} is no plugin.`, "A plugin is one file that ends in .wasm.");
      return;
    }
    if (file.size > MAX_FILE) {
      said.refuse(`${name} is too large: it has ${size(file.size)}.`, `A plugin has at most ${size(MAX_FILE)}.`);
      return;
    }
    await said.attempt(async () => {
      said.busy(`${name} is being checked and compiled. That takes some seconds.`);
      const body = new Blob([await file.arrayBuffer()], { type: "application/wasm" });
      const { result } = await ask("/v1/administration/plugins", { method: "POST", body, headers: { "Content-Type": "application/wasm" } });
      await onInstalled(result);
    });
  }
  return zone;
}
