// Adds the bearer token that the conformance suite has no option for. Everything else passes unchanged, Host and Origin
// included, so that it is the host that is tested.
//
// Usage: node proxy.mjs UPSTREAM_ORIGIN   (token in TOOLBAY_TOKEN; prints its own origin)

import http from "node:http";
import https from "node:https";

const upstream = new URL(process.argv[2]);
const { request } = upstream.protocol === "https:" ? https : http;
const agent = new (upstream.protocol === "https:" ? https : http).Agent({ keepAlive: true });

const server = http.createServer((incoming, outgoing) => {
  const onward = request(
    {
      agent,
      hostname: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers: [...incoming.rawHeaders, "Authorization", `Bearer ${process.env.TOOLBAY_TOKEN}`],
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    },
  );
  // A client that goes must be seen to go.
  outgoing.on("close", () => onward.destroy());
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
