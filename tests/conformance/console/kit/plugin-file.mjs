// A plugin's file with another manifest in it: the same program as another version. The manifest is a section of its own (docs/writing-a-plugin.md).
const SECTION = "toolbay:manifest";

/** @param {Buffer} component @param {(manifest: string) => string} edit */
export function withManifest(component, edit) {
  const parts = [component.subarray(0, 8)];
  let isFound = false;
  for (let at = 8; at < component.length;) {
    const [size, from] = number(component, at + 1);
    const end = from + size;
    const [length, name] = component[at] === 0 ? number(component, from) : [0, from];
    if (component[at] === 0 && component.toString("utf8", name, name + length) === SECTION) {
      isFound = true;
      const manifest = Buffer.from(edit(component.toString("utf8", name + length, end)));
      const content = Buffer.concat([encoded(length), component.subarray(name, name + length), manifest]);
      parts.push(Buffer.from([0]), encoded(content.length), content);
    } else {
      parts.push(component.subarray(at, end));
    }
    at = end;
  }
  if (!isFound) {
    throw new Error("the file has no manifest");
  }
  return Buffer.concat(parts);
}

/** A number in LEB128, and where it ends. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    value |= (bytes[at] & 0x7f) << shift;
    if (bytes[at] < 0x80) {
      return [value, at + 1];
    }
  }
}

function encoded(value) {
  const bytes = [];
  do {
    bytes.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}
