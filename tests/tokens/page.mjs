// A page of 50 blocks, as teams write them: the review of an incident.

const plain = (content) => ({ type: "text", text: { content } });
const styled = (content, annotations) => ({ ...plain(content), annotations });
const bold = (content) => styled(content, { bold: true });
const code = (content) => styled(content, { code: true });
const link = (content, url) => ({ type: "text", text: { content, link: { url } } });

function block(type, parts, more = {}) {
  const rich_text = parts.map((part) => (typeof part === "string" ? plain(part) : part));
  return { object: "block", type, [type]: { rich_text, ...more } };
}
const heading = (level, text) => block(`heading_${level}`, [text]);
const paragraph = (...parts) => block("paragraph", parts);
const bullet = (parts, children) => block("bulleted_list_item", parts, children ? { children } : {});
const step = (...parts) => block("numbered_list_item", parts);
const todo = (checked, ...parts) => block("to_do", parts, { checked });
const row = (...cells) => ({ object: "block", type: "table_row", table_row: { cells: cells.map((cell) => [plain(cell)]) } });
const divider = { object: "block", type: "divider", divider: {} };

export const TITLE = "Incident review: invoices delayed on 12 February";

export const BLOCKS = [
  block("callout", ["Final. Questions go to the billing channel; actions are tracked in the launch plan."], {
    icon: { type: "emoji", emoji: "📌" },
    color: "gray_background",
  }),
  heading(1, "Summary"),
  paragraph(
    "Between 06:10 and 09:25 UTC, ",
    bold("1,240 invoices"),
    " were created but not sent. No customer was charged twice, and every invoice went out by noon.",
  ),
  paragraph(
    "A migration changed the type of a column that the mail worker reads. The worker retried each message and filled its queue, as ",
    link("the dashboard of that morning", "https://metrics.northwind.example/d/billing-mail"),
    " shows.",
  ),
  heading(2, "Impact"),
  bullet(["Customers on annual plans received their invoice up to five hours late."]),
  bullet(["Support answered 37 tickets, most of them before the status page was updated."]),
  bullet(["Two customers paused a renewal:"], [
    bullet(["Brightwater Logistics, resolved the same day"]),
    bullet(["Kestrel Foods, resolved after a call with their accountant"]),
  ]),
  heading(2, "Timeline"),
  {
    object: "block",
    type: "table",
    table: {
      table_width: 3,
      has_column_header: true,
      has_row_header: false,
      children: [
        row("Time (UTC)", "What happened", "Who"),
        row("05:58", "Migration 0412 is deployed with the nightly release", "Release bot"),
        row("06:10", "First message fails and is retried", "Mail worker"),
        row("07:45", "Alert on queue length wakes the engineer on call", "Priya Raman"),
        row("08:20", "Cause found in the log of the worker", "Priya Raman, Jonas Lindqvist"),
        row("09:25", "Fix deployed, queue begins to drain", "Jonas Lindqvist"),
      ],
    },
  },
  heading(2, "Cause"),
  paragraph("The column ", code("amount_due"), " became a decimal, and the worker read it as an integer:"),
  block(
    "code",
    ["let cents: i64 = row.get(\"amount_due\");\nlet total = Money::from_cents(cents);\nmailer.send(invoice.render(total)).await?;"],
    { language: "rust" },
  ),
  paragraph("The test of the worker uses a table of its own, which was not migrated. It passed, and so did the release."),
  block("quote", ["We had a test for the query and a test for the schema, but none for both at once. (Jonas)"]),
  heading(3, "Why it took two hours to notice"),
  paragraph("The alert watches the length of the queue, not the age of its oldest message. Retries are fast, so the queue grew slowly."),
  block("toggle", ["Log of the first failure"], {
    children: [
      paragraph("Message 88213 of the invoice queue, first attempt at 06:10:04."),
      block("code", ["error: column amount_due: expected int8, found numeric\n  at worker/src/invoice.rs line 118"], { language: "plain text" }),
    ],
  }),
  heading(2, "What went well"),
  bullet(["The queue kept every message, so nothing had to be created again."]),
  bullet(["The status page was accurate once it was updated."]),
  bullet(["Handing over between Singapore and Stockholm took four minutes."]),
  heading(2, "What went badly"),
  bullet(["The release went out at night, when nobody looks at the mail worker."]),
  bullet(["Customers asked before we told them."]),
  bullet(["The runbook named a command that no longer exists."]),
  {
    object: "block",
    type: "image",
    image: {
      type: "external",
      external: { url: "https://metrics.northwind.example/snapshots/queue-length-12-february.png" },
      caption: [plain("Length of the queue that morning")],
    },
  },
  heading(2, "How we fixed it"),
  step("Stopped the worker, to keep the retries from filling the queue."),
  step("Deployed a version that reads both types of the column."),
  step("Sent the oldest hundred messages by hand and compared them with the ledger."),
  step("Let the worker drain the rest, at half its usual rate."),
  divider,
  heading(2, "Actions"),
  todo(true, "Alert on the age of the oldest message, not only on the length of the queue"),
  todo(true, "Run the worker's tests against a migrated copy of the schema"),
  todo(false, bold("Amara"), ": refuse migrations that change the type of a column in one step"),
  todo(false, bold("Mateo"), ": update the status page from the alert, with a person confirming"),
  paragraph("The next review is on 12 March. Until then the worker runs with twice the memory."),
  paragraph("See also: ", link("runbook of the mail worker", "https://runbooks.northwind.example/billing/mail-worker")),
];

const childrenOf = (each) => each[each.type].children ?? [];

/** Every block, those inside others too. */
export const ALL = BLOCKS.flatMap(function withChildren(each) {
  return [each, ...childrenOf(each).flatMap(withChildren)];
});

/** What a reader of the page must find in it, line by line. */
export const TEXTS = ALL.flatMap((each) => {
  const inside = each[each.type];
  const parts = [...(inside.rich_text ?? []), ...(inside.caption ?? []), ...(inside.cells ?? []).flat()];
  return [...parts.flatMap((part) => [part.text.content, part.text.link?.url]), inside.external?.url]
    .filter(Boolean)
    .flatMap((text) => text.split("\n"))
    .map((line) => line.trim());
});
