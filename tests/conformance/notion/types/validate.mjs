// Checks a record of exchanges against the schema: requests as well as answers. A record is lines of JSON, or what
// `GET /_emulator/record` of the emulator answers.
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import Ajv from "ajv"
import { isAsync, knownInAnswers, knownInRequests } from "./known.mjs"
import { operations } from "./operations.mjs"

const [file, option] = process.argv.slice(2)
const folder = dirname(fileURLToPath(import.meta.url))
const schema = JSON.parse(readFileSync(join(folder, "oracle.schema.json"), "utf8"))
const ajv = new Ajv({ strict: false, allErrors: false })
ajv.addSchema(schema, "oracle")
const compiled = new Map()
const validator = key => {
  if (!compiled.has(key)) {
    const pointer = encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))
    compiled.set(key, ajv.compile({ $ref: `oracle#/definitions/Oracle/properties/${pointer}` }))
  }
  return compiled.get(key)
}

// A record of another program may lack the route; it is found by the path then.
const patterns = operations
  .map(([route]) => [route, new RegExp("^" + route.split(" ")[1].replace(/\{\w+\}/g, "[^/]+") + "$")])
  .sort(([a], [b]) => a.split("{").length - b.split("{").length)
const routeOf = exchange => {
  const path = exchange.path.split("?")[0].replace(/\/$/, "")
  const fits = ([route, pattern]) => route.startsWith(exchange.method + " ") && pattern.test(path)
  return patterns.find(fits)?.[0]
}

// Codes and statuses that belong together.
const codes = {
  400: ["invalid_json", "invalid_request_url", "invalid_request", "validation_error", "missing_version", "invalid_beta"],
  401: ["unauthorized"],
  403: ["restricted_resource"],
  404: ["object_not_found"],
  409: ["conflict_error"],
  429: ["rate_limited"],
  500: ["internal_server_error"],
  503: ["service_unavailable", "database_connection_unavailable"],
  529: ["service_overload"],
}

let passed = 0
let failed = 0
const judge = (what, problem, sample) => {
  if (!problem) return void (passed += 1)
  failed += 1
  console.log(`FAIL ${what}: ${problem}\n     ${JSON.stringify(sample).slice(0, 600)}`)
}
const problemOf = (check, value) => {
  if (check(value)) return null
  // The error that got deepest says most.
  const [deepest] = [...check.errors].sort((a, b) => b.instancePath.length - a.instancePath.length)
  return `${deepest.instancePath || "/"} ${deepest.message}`
}
const apply = (known, route, body) => {
  const copy = structuredClone(body)
  known.filter(each => !each.route || each.route.test(route)).forEach(each => each.apply(copy))
  return copy
}

const read = text => {
  const [first] = text.split("\n", 1)
  const whole = first.startsWith('{"exchanges"') ? JSON.parse(text) : null
  if (whole?.lost) judge("record", `${whole.lost} exchanges were lost to its bounds`, null)
  return whole ? whole.exchanges : text.split("\n").filter(Boolean).map(line => JSON.parse(line))
}
const exchanges = read(readFileSync(file, "utf8"))
if (!exchanges.length) judge("record", "is empty", null)

const met = new Set()
for (const exchange of exchanges) {
  const route = routeOf(exchange)
  const operation = operations.find(([each]) => each === route)
  if (exchange.status >= 400) {
    const body = exchange.response_body
    const ok = body?.object === "error" && body.status === exchange.status && codes[exchange.status]?.includes(body.code)
    judge(`${exchange.status} ${route ?? exchange.path}`, ok ? null : "not an error of the API", body)
    continue
  }
  if (!operation) {
    judge(`${exchange.method} ${exchange.path}`, "no such operation", exchange)
    continue
  }
  met.add(route)
  const [, request, , parameters] = operation
  if (request) {
    const body = apply(knownInRequests, route, exchange.request_body ?? {})
    parameters.forEach(parameter => (body[parameter] = "placeholder"))
    judge(`request  ${route}`, problemOf(validator(`${route} req`), body), exchange.request_body)
  }
  if (!isAsync(exchange)) {
    const body = apply(knownInAnswers, route, exchange.response_body)
    judge(`response ${route}`, problemOf(validator(`${route} res`), body), exchange.response_body)
  } else {
    const task = exchange.response_body
    judge(`task     ${route}`, task?.object === "async_task" && task.status === "queued" ? null : "not a task", task)
  }
}
if (option === "--every-operation") {
  for (const [route] of operations) judge(`coverage ${route}`, met.has(route) ? null : "was not driven", null)
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
