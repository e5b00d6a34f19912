// Writes the type that holds every request and response type, for the schema generator.
import { operations } from "./operations.mjs"

const lines = operations.flatMap(([route, request, response]) => [
  ...(request ? [`  "${route} req": A.${request}`] : []),
  `  "${route} res": A.${response}`,
])
console.log('import type * as A from "@notionhq/client/build/src/api-endpoints"')
console.log(`export interface Oracle {\n${lines.join("\n")}\n}`)
