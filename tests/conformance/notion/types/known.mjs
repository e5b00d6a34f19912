// Where the published types refuse what the API takes or gives. Each one changes a copy of the exchange
// into what the types expect; what is then still wrong is a failure.

const walk = (value, visit) => {
  if (Array.isArray(value)) value.forEach(item => walk(item, visit))
  else if (value && typeof value === "object") {
    visit(value)
    Object.values(value).forEach(item => walk(item, visit))
  }
}

const schemaless = ["button", "place", "verification"]

export const knownInAnswers = [
  {
    reason: "the types still require `archived`, which version 2026-03-11 renamed to `in_trash`",
    apply: body => walk(body, object => {
      if ("in_trash" in object && !("archived" in object)) object.archived = object.in_trash
    }),
  },
  {
    reason: "a schema is answered without buttons, places and verifications, which the types let it be made with",
    apply: body => walk(body, object => {
      if (object.object !== "data_source") return
      for (const [name, property] of Object.entries(object.properties)) {
        if (schemaless.includes(property.type)) delete object.properties[name]
      }
    }),
  },
]

export const knownInRequests = [
  {
    reason: "a title may be given as its rich text alone",
    apply: body => {
      const properties = body?.properties
      for (const [name, value] of Object.entries(properties ?? {})) {
        if (Array.isArray(value)) properties[name] = { title: value }
      }
    },
  },
  {
    reason: "the filter and the sorts of a view are typed as objects that have no members",
    route: /^(POST|PATCH) \/v1\/views/,
    apply: body => {
      if (body?.filter) body.filter = {}
      if (body?.sorts) body.sorts = []
    },
  },
]

// A write that is answered before it is done: 202, with a task in place of the object.
export const isAsync = exchange => exchange.status === 202
