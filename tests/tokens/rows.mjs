// A hundred rows of a launch plan, with ten properties: every one of 25 tasks for each of four products. As in a plan
// that people keep, some cells are empty and some hold several values.

const PRODUCTS = [
  { name: "Atlas", slug: "atlas", kickoff: "2026-03-02", remark: "Finance wants to see the numbers before it goes out." },
  { name: "Harbor", slug: "harbor", kickoff: "2026-03-23", remark: "Two pilot customers have agreed to read a draft." },
  { name: "Juniper", slug: "juniper", kickoff: "2026-04-13", remark: "Depends on the new permission model being merged." },
  { name: "Meridian", slug: "meridian", kickoff: "2026-05-04", remark: "Same approach as for Atlas, with shorter deadlines." },
];

const TASKS = [
  ["Draft the migration guide for", "migration-guide", ["Documentation", "Support"], "High", 5, "Covers the three oldest plans first; screenshots come from the staging workspace."],
  ["Agree on prices and discounts for", "pricing", ["Sales", "Finance"], "High", 3, "Annual contracts keep their current price until renewal."],
  ["Record the product tour of", "product-tour", ["Marketing"], "Medium", 4, "Ninety seconds at most, with captions in English and German."],
  ["Run the load test of", "load-test", ["Engineering"], "High", 8, "Target is 400 requests a second with a p99 below 250 ms."],
  ["Translate the interface of", "translation", ["Localization", "Design"], "Medium", 13, "French and Spanish are done by the agency, Japanese in house."],
  ["Write the release notes of", "release-notes", ["Documentation"], "Medium", 2, "One paragraph per change, the breaking ones at the top."],
  ["Check the contrast of every screen in", "accessibility", ["Design"], "Medium", 5, "The audit found eleven screens below the minimum ratio."],
  ["Train the support team on", "support-training", ["Support"], "High", 3, "Two sessions, recorded for colleagues in Singapore."],
  ["Set up usage dashboards for", "dashboards", ["Data", "Engineering"], "Medium", 5, "Activation and weekly return first, revenue later."],
  ["Review the data processing terms of", "data-processing", ["Legal"], "High", 2, "Counsel asks for a list of subprocessors by region."],
  ["Interview five pilot customers of", "pilot-interviews", ["Research", "Product"], "High", 6, "Ask what they stopped using, not only what they like."],
  ["Prepare the rollback plan for", "rollback-plan", ["Engineering"], "High", 3, "Must work without a deploy; the switch is rehearsed on Thursday."],
  ["Update the sales deck for", "sales-deck", ["Sales", "Marketing"], "Low", 2, "Replace the comparison slide, which still shows last year's plans."],
  ["Clean up feature flags of", "feature-flags", ["Engineering"], "Low", 4, "Nineteen flags are older than six months and fully on."],
  ["Plan the launch webinar for", "webinar", ["Marketing", "Product"], "Medium", 5, "Moderated by the community team, questions are collected beforehand."],
  ["Import the sample workspace of", "sample-workspace", ["Product"], "Low", 3, "New accounts should see a finished example within a minute."],
  ["Verify backups and restore for", "backup-restore", ["Engineering", "Security"], "High", 5, "Restore took 47 minutes last time; the aim is half an hour."],
  ["Publish the status page of", "status-page", ["Support", "Engineering"], "Medium", 2, "Components follow the way customers name them."],
  ["Test sign-in with three identity providers for", "sign-in", ["Security"], "High", 6, "One provider sends the group names in another case."],
  ["Collect quotes from customers of", "customer-quotes", ["Marketing"], "Low", 2, "Legal needs a written approval for each logo."],
  ["Estimate hosting costs of", "hosting-costs", ["Finance", "Engineering"], "Medium", 3, "Storage grows faster than traffic, so tiers matter."],
  ["Shorten the onboarding checklist of", "onboarding", ["Product", "Design"], "Medium", 4, "Only four of nine steps predict that a team stays."],
  ["Decide on the retention of logs for", "log-retention", ["Security", "Legal"], "Medium", 1, "Thirty days for requests, a year for administrative actions."],
  ["Write the announcement of", "announcement", ["Marketing"], "High", 2, "The headline says what changes for the reader."],
  ["Hold the go or no-go meeting for", "go-no-go", ["Product", "Engineering", "Sales"], "High", 1, "Bring open incidents and the list of unanswered questions."],
];

export const TEAMS = [...new Set(TASKS.flatMap(([, , teams]) => teams))];

export const PEOPLE = [
  { name: "Amara Okafor", email: "amara.okafor@northwind.example" },
  { name: "Jonas Lindqvist", email: "jonas.lindqvist@northwind.example" },
  { name: "Priya Raman", email: "priya.raman@northwind.example" },
  { name: "Mateo Alvarez", email: "mateo.alvarez@northwind.example" },
  { name: "Hannah Weiss", email: "hannah.weiss@northwind.example" },
];

const STATUSES = ["Done", "In progress", "In progress", "Not started"];

function day(start, after) {
  return new Date(Date.parse(start) + after * 86_400_000).toISOString().slice(0, 10);
}

/** The rows in plain values; what is empty is null. */
export const ROWS = PRODUCTS.flatMap((product, column) =>
  TASKS.map(([work, slug, teams, priority, estimate, note], row) => {
    const number = column * TASKS.length + row;
    const due = day(product.kickoff, row * 2);
    const owner = PEOPLE[number % PEOPLE.length].name;
    const second = PEOPLE[(number + 2) % PEOPLE.length].name;
    return {
      Name: `${work} ${product.name}`,
      Status: STATUSES[(row + column) % STATUSES.length],
      Priority: priority,
      Teams: teams,
      Estimate: number % 12 === 5 ? null : estimate,
      Due: number % 10 === 3 ? null : { start: due, end: number % 8 === 2 ? day(due, 3) : null },
      Blocked: number % 7 === 4,
      Brief: number % 4 === 1 ? null : `https://intranet.northwind.example/briefs/${product.slug}/${slug}`,
      Owner: number % 11 === 6 ? [] : number % 6 === 0 ? [owner, second] : [owner],
      Notes: number % 9 === 7 ? null : `${note} ${product.remark}`,
    };
  }),
);
