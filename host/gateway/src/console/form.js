// A form from a tool's input schema, and the arguments that were filled in.

/** An element with properties and children; text is never read as markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function control(id, schema) {
  if (schema.enum) {
    const options = schema.enum.map((choice) => element("option", { value: choice }, String(choice)));
    return element("select", { id }, element("option", { value: "" }, ""), ...options);
  }
  switch (schema.type) {
    case "boolean":
      return element("select", { id }, ...["", "true", "false"].map((value) => element("option", { value }, value)));
    case "integer":
      return element("input", { id, type: "number", step: "1" });
    case "number":
      return element("input", { id, type: "number", step: "any" });
    case "string":
      return element("input", { id, type: "text", spellcheck: false });
    default:
      return element("textarea", { id, spellcheck: false, placeholder: schema.type === "array" ? "[ ... ]" : "{ ... }" });
  }
}

/** The fields of a schema: an element each, and how to read the value that is in it. */
export function fields(schema) {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const id = `argument-${name}`;
    const input = control(id, property);
    const isRequired = required.includes(name);
    input.required = isRequired && property.type !== "string";
    const label = element("label", { htmlFor: id, className: isRequired ? "required" : "" }, name);
    const shown = element("div", { className: "field" }, label);
    if (property.description) shown.append(element("small", {}, property.description));
    shown.append(input);
    return { name, shown, read: () => value(name, property, isRequired, input.value) };
  });
}

/** The value of a field; undefined when it was left empty. */
function value(name, schema, isRequired, text) {
  if (text === "") return isRequired && schema.type === "string" ? "" : undefined;
  if (schema.enum) return schema.enum.find((choice) => String(choice) === text);
  if (schema.type === "string") return text;
  try {
    return JSON.parse(text);
  } catch (problem) {
    throw new Error(`${name} is not JSON: ${problem.message}`);
  }
}

/** The arguments that a form holds. */
export function argumentsOf(form) {
  const read = form.map((field) => [field.name, field.read()]);
  return Object.fromEntries(read.filter(([, found]) => found !== undefined));
}

/** JSON as people read it, with its keys and texts told apart. */
export function pretty(found) {
  const shown = element("pre");
  const text = JSON.stringify(found, null, 2);
  const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let end = 0;
  for (const match of text.matchAll(token)) {
    const kind = match[2] ? "key" : match[1] ? "text" : "plain";
    shown.append(text.slice(end, match.index), element("span", { className: kind }, match[0]));
    end = match.index + match[0].length;
  }
  shown.append(text.slice(end));
  return shown;
}
