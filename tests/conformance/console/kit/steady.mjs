// What differs from one run to the next, as what it might be: moments, times, ids, addresses, digests. Runs in the page.
export function steady({ path }) {
  const REPLACED = [
    [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "0192f3a0-7c41-7b2e-9d05-3f6a1c8e2b74"],
    [/\b[0-9a-f]{64}\b/g, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    [new RegExp(path.replace(/^\w+:\/\//, "").replace(/[.]/g, "\\."), "g"), "127.0.0.1:8700"],
    [/127\.0\.0\.1:(?!8700\b)\d+/g, "127.0.0.1:3001"],
    [/\b\d+(\.\d+)? ms\b/g, "24 ms"],
    [/\b\d+(\.\d+)? s\b/g, "1.2 s"],
    [/\b\d{1,2} \w{3,4} 20\d\d, \d\d:\d\d:\d\d\b/g, "2 Mar 2026, 09:41:00"],
    [/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, "2026-03-02T09:41:00.000Z"],
    [/\/tmp\/[\w./-]+/g, "/var/lib/toolbay"],
  ];
  for (const time of document.querySelectorAll("time")) {
    if (/\bago$|^just now$/.test(time.textContent)) {
      time.textContent = "2 minutes ago";
    }
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    let words = text.data;
    for (const [pattern, now] of REPLACED) {
      words = words.replace(pattern, now);
    }
    if (words !== text.data) {
      text.data = words;
    }
  }
  for (const field of document.querySelectorAll("input[type=date], input[type=datetime-local]")) {
    field.value = field.type === "date" && field.value ? "2026-03-02" : field.value;
  }
}
