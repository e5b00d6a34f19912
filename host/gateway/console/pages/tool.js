// One tool: what it does, its form, and its answer.

import { answerView } from "../answer/answer.js";
import { argumentsView } from "../answer/arguments.js";
import { button, whileBusy } from "../components/button.js";
import { dialog } from "../components/dialog.js";
import { facts, folded, pageHead } from "../components/layout.js";
import { accessBadge, empty, notice, waiting } from "../components/notice.js";
import { schemaForm } from "../form/form.js";
import { plain } from "../form/plain.js";
import { isOpen, runner } from "../form/runner.js";
import { givenArguments, sharing } from "../form/sharing.js";
import { catalog } from "../kit/catalog.js";
import { foreign, h, replace } from "../kit/element.js";
import { markdown } from "../kit/markdown.js";
import { onChange } from "../kit/live.js";
import { address, go as visit } from "../kit/router.js";
import { duration } from "../kit/words.js";
import { refusal } from "../answer/refusal.js";

/** @type {import("../kit/router.js").Show} */
export async function show({ parameters, query, signal, setTitle }) {
  const name = parameters.tool ?? "";
  const tool = (await catalog()).get(name);
  const back = { href: address("tools"), label: "Tools" };
  if (!tool) {
    return h("div", null, pageHead({ title: "No such tool", back }), empty(["There is no tool ", h("code", null, foreign(plain(name, 80))), " here, or it isn't for you."]));
  }
  const title = plain(tool.title || tool.name);
  setTitle(title);
  const given = givenArguments(query);
  const form = await schemaForm({ schema: tool.input_schema, value: given.value, tool: tool.name, provider: tool.provider, signal, onChange: () => shared.changed() });
  const outcome = h("section", { class: "section outcome-of-call", tabindex: "-1", "aria-label": "Answer" });
  const runs = runner(tool);
  /** @type {AbortController | null} */
  let running = null;
  signal.addEventListener("abort", () => tool.effect === "reads" && running?.abort());

  const go = button({ label: "Run", type: "submit", kind: tool.effect === "destroys" ? "danger" : "primary" });
  const stop = button({ label: tool.effect === "reads" ? "Cancel" : "Stop waiting", icon: "stop", press: () => running?.abort() });
  stop.hidden = true;
  const shared = sharing(tool.name, form.read);
  const changes = h("div");
  onChange("catalog", async () => {
    const now = (await catalog()).get(name);
    if (JSON.stringify(now) !== JSON.stringify(tool)) {
      replace(changes, now
        ? notice("info", "The tool has changed since this form was made.", button({ label: "Load the new form", press: () => visit(location.pathname + location.search, { replacing: true }) }))
        : notice("warning", "The tool is no longer there."));
    }
  }, signal, { every: 2_000 });
  const element = h("form", { novalidate: true, class: "stack", "aria-label": title, on: {
    submit: (event) => {
      event.preventDefault();
      whileBusy(go, () => submit());
    },
    keydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        element.requestSubmit();
      }
    },
  } }, form.element, h("div", { class: "actions" }, go, stop, shared.link, shared.said));

  async function submit() {
    if (!form.check()) {
      return;
    }
    const input = form.read();
    if (tool && tool.effect === "destroys" && !await asked(tool, input, form.called())) {
      return;
    }
    shared.noted(input);
    await run(input, []);
  }

  /** @param {Record<string, unknown>} input @param {Record<string, unknown>[]} before the arguments of the pages before this one */
  async function run(input, before) {
    if (!tool) {
      return;
    }
    const own = new AbortController();
    running = own;
    stop.hidden = false;
    replace(outcome, h("h2", null, "Answer"), waiting("Running"));
    try {
      const answer = await runs.run(input, own.signal);
      if (!signal.aborted) {
        said(answered(answer, input, before));
      }
    } catch (error) {
      if (!signal.aborted) {
        const isAtField = form.refuse(error);
        replace(outcome, failed(error, own.signal.aborted));
        if (!isAtField) {
          outcome.focus();
          outcome.scrollIntoView({ block: "nearest" });
        }
      }
    } finally {
      running = null;
      if (document.activeElement === stop) {
        go.focus();
      }
      stop.hidden = true;
    }
  }

  /** @param {import("../kit/element.js").Child} content */
  function said(content) {
    replace(outcome, content);
    const heading = outcome.querySelector("h2");
    heading?.focus();
    heading?.scrollIntoView({ block: "start" });
  }

  /** @param {import("../kit/api.js").Answer} answer @param {Record<string, unknown>} input @param {Record<string, unknown>[]} before */
  function answered({ result, content, meta }, input, before) {
    const canGoOn = (/** @type {Record<string, unknown>} */ more) => Object.keys(more).every((member) => tool?.input_schema?.properties?.[member]);
    const next = (/** @type {Record<string, unknown>} */ more) => run({ ...input, ...more }, [...before, input]);
    const last = before.at(-1);
    const job = result?.job_id && tool && !/^job_/.test(tool.name) ? notice("info", "It goes on as a job.", h("a", { href: address("jobs", String(result.job_id)) }, "See the job")) : null;
    return [
      h("h2", { tabindex: "-1" }, before.length ? `Answer, page ${before.length + 1}` : "Answer"),
      meta.replayed_of ? notice("info", "This was done before: the recorded answer is shown.") : null,
      job,
      answerView(result, { tool: title, outputSchema: tool?.output_schema, content, next: canGoOn({ [result?.next_cursor ? "cursor" : "offset"]: 1 }) ? next : undefined }),
      last ? h("div", { class: "actions" }, button({ label: "Previous page", icon: "back", press: () => run(last, before.slice(0, -1)) })) : null,
      h("p", { class: "quiet" }, typeof meta.duration_ms === "number" ? `Answered in ${duration(meta.duration_ms)}. ` : "", meta.request_id && tool?.effect !== "reads" ? h("a", { href: address("activity", meta.request_id) }, "See what it did") : null),
    ];
  }

  /** @param {unknown} error @param {boolean} isStopped */
  function failed(error, isStopped) {
    const heading = h("h2", { tabindex: "-1" }, "Answer");
    if (isStopped && tool?.effect === "reads") {
      return [heading, notice("info", "The call was cancelled.")];
    }
    if (isStopped) {
      return [heading, notice("warning", "Nobody waits for the call any more: the host carries it out to its end.", h("span", null, "Run the same again to be told what came of it: nothing is done twice. ", h("a", { href: address("activity") }, "See the activity")))];
    }
    const again = isOpen(error) && tool?.effect !== "reads" ? h("p", null, "Run the same again to be told what came of it: it has the same key, so that nothing is done twice.") : null;
    return [heading, refusal(error), again];
  }

  return h("div", { class: "tool-page" },
    pageHead({ title: foreign(title), back }),
    about(tool),
    changes,
    given.fault ? notice("warning", given.fault) : null,
    h("section", { class: "section", "aria-label": "Form" }, element),
    outcome,
    h("section", { class: "section" }, shared.copies));
}

/** @param {import("../kit/catalog.js").Tool} tool */
function about(tool) {
  return h("div", { class: "stack tool-about" },
    h("div", { class: "tool-facts" }, accessBadge(tool.effect), h("code", null, foreign(plain(tool.name, 80))), h("span", { class: "quiet" }, "from ", h("a", { href: `${address("tools")}?${new URLSearchParams({ provider: tool.provider })}` }, foreign(plain(tool.provider, 60))))),
    tool.description ? (tool.description.length > 20_000 ? h("p", null, foreign(tool.description)) : h("div", { class: "foreign" }, markdown(tool.description))) : null,
    tool.routes?.length ? folded("Addresses", () => facts([["REST", h("ul", { class: "plain-list" }, (tool.routes ?? []).slice(0, 20).map((route) => h("li", null, h("code", null, foreign(plain(route, 200))))))]])) : null);
}

/** Asks before a tool that destroys, with what it is told to do. @param {import("../kit/catalog.js").Tool} tool @param {Record<string, unknown>} input @param {Record<string, string>} names what ids are called */
const asked = (tool, input, names) => dialog({
  title: `Run “${plain(tool.title || tool.name, 60)}”?`,
  kind: "danger",
  label: "Run it",
  content: [h("p", null, "This can destroy what is there."), tool.description ? h("p", null, foreign(tool.description, { max: 600 })) : null, argumentsView(input, { schema: tool.input_schema, names })],
});
