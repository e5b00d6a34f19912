// A model by a script: it speaks OpenAI's chat completions, in pieces, and calls the tools that its script says.
import http from "node:http";

/**
 * What it answers is decided by the last thing that the person said, and by how many tools have answered since.
 *
 * @typedef {{when: RegExp, steps: (match: RegExpMatchArray, results: string[]) => Step[]}} Scene
 * @typedef {{say?: string, call?: [string, object]}} Step
 */
export async function scriptedModel({ scenes, pieceMs = 5 }) {
  const known = [...scenes];
  const asked = [];
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    asked.push(body);
    const message = next(known, body.messages ?? []);
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const reason = message.tool_calls ? "tool_calls" : "stop";
    if (!body.stream) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: reason }], usage }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (value) => response.write(`data: ${JSON.stringify(value)}\n\n`);
    const piece = (delta, finish = null) => send({ choices: [{ index: 0, delta, finish_reason: finish }] });
    for (const word of message.content.split(/(?<=\s)/)) {
      if (response.destroyed) {
        return;
      }
      piece({ content: word });
      await new Promise((done) => setTimeout(done, message.slowly ? 100 : pieceMs));
    }
    if (message.tool_calls) {
      piece({ tool_calls: message.tool_calls.map((call, index) => ({ index, ...call })) });
    }
    piece({}, reason);
    send({ choices: [], usage });
    response.end("data: [DONE]\n\n");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}/v1`,
    asked,
    stop: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}

function next(scenes, messages) {
  const from = messages.findLastIndex(({ role }) => role === "user");
  const said = textOf(messages[from]?.content);
  const results = messages.slice(from + 1).filter(({ role }) => role === "tool").map(({ content }) => textOf(content));
  for (const { when, steps } of scenes) {
    const match = when.exec(said);
    if (match) {
      const step = steps(match, results)[results.length] ?? { say: "That is all." };
      const message = { role: "assistant", content: step.say ?? "", slowly: step.slowly };
      if (step.call) {
        const [name, given] = step.call;
        message.tool_calls = [{ id: `call_${messages.length}`, type: "function", function: { name, arguments: JSON.stringify(given) } }];
      }
      return message;
    }
  }
  return { role: "assistant", content: "Hello. What shall I look for?" };
}

const textOf = (content) => (Array.isArray(content) ? content.map(({ text }) => text ?? "").join("") : String(content ?? ""));

/** What the conversations of these checks are about. */
export const SCENES = [
  {
    when: /\bfind (.+)$/i,
    steps: (match, results) => [
      { say: "I look for it. ", call: ["search", { query: match[1] }] },
      { say: `I found this:\n\n- **${match[1]}**, in the workspace\n\n${results.length ? "The search has the rest." : ""}` },
    ],
  },
  {
    when: /\btrash ([0-9a-f-]{36})/i,
    steps: (match, results) => [
      { say: "I read it first. ", call: ["get_page", { page_id: match[1] }] },
      { say: "Now it can go. ", call: ["trash", { id: match[1] }] },
      { say: /in_trash\W+true/.test(results[1] ?? "") ? "It is in the trash." : "It stays where it is." },
    ],
  },
  {
    when: /\b(add|sum) (\d+) (?:and|to) (\d+)/i,
    steps: (match) => [
      { say: "", call: ["everything_get_sum", { a: Number(match[2]), b: Number(match[3]) }] },
      { say: `The sum is ${Number(match[2]) + Number(match[3])}.` },
    ],
  },
  { when: /\bslowly\b/i, steps: () => [{ say: Array.from({ length: 200 }, (_, place) => `word${place}`).join(" "), slowly: true }] },
  { when: /\bsay (.+)$/i, steps: (match) => [{ say: match[1] }] },
];
