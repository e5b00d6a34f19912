// Reads a document as LibreChat reads that of an Action, and compares what it understood with what is there.
import { readFileSync } from "node:fs";
import { openapiToFunction, validateAndParseOpenAPISpec } from "librechat-data-provider";

const text = readFileSync(process.argv[2], "utf8");
const parsed = validateAndParseOpenAPISpec(text);
if (!parsed.status || !parsed.spec) throw new Error(`refused: ${parsed.message}`);

const { functionSignatures, requestBuilders } = openapiToFunction(parsed.spec);
const operations = Object.entries(JSON.parse(text).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
if (functionSignatures.length !== operations.length) {
  throw new Error(`${functionSignatures.length} functions of ${operations.length} operations`);
}
for (const { path, method, operation } of operations) {
  const id = operation.operationId;
  const signature = functionSignatures.find((candidate) => candidate.name === id);
  if (!signature) throw new Error(`no function for ${id}`);
  // A file that is sent as it is has no properties.
  const body = operation.requestBody?.content["application/json"]?.schema.properties ?? {};
  const wanted = [...Object.keys(body), ...(operation.parameters ?? []).map((parameter) => parameter.name)];
  const understood = Object.keys(signature.parameters?.properties ?? {});
  for (const name of wanted) {
    if (!understood.includes(name)) throw new Error(`${id}: the argument ${name} was lost`);
  }
  const request = requestBuilders[id];
  if (request.path !== path || request.method.toLowerCase() !== method) {
    throw new Error(`${id}: understood as ${request.method} ${request.path}`);
  }
  if (request.isConsequential !== operation["x-openai-isConsequential"]) {
    throw new Error(`${id}: whether it is consequential was lost`);
  }
}
console.log(`${operations.length} operations understood`);
