// A picture of a page with the colours that it needs: a browser writes each dot with all of its colours, which is thrice as much as documentation has to weigh.
import { deflateSync, inflateSync } from "node:zlib";

/** How far the colours of letters' edges may be from what they were, the nearest first: what is large keeps the colour that it has. */
const STEPS = [4, 8, 12, 16];
const MAX_COLOURS = 256;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param {Buffer} png of 8 bits a colour, as browsers write them @returns {Buffer} the same with a palette, or as it was where it has too many colours */
export function small(png) {
  const { width, height, channels, dots } = read(png);
  const counts = new Map();
  for (let at = 0; at < dots.length; at += channels) {
    const colour = (dots[at] << 16) | (dots[at + 1] << 8) | dots[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = STEPS.map((step) => paletteOf(counts, step)).find(({ colours }) => colours.length <= MAX_COLOURS);
  if (!palette) {
    return png;
  }
  const rows = Buffer.alloc((width + 1) * height);
  for (let dot = 0; dot < width * height; dot += 1) {
    const at = dot * channels;
    rows[dot + Math.floor(dot / width) + 1] = palette.places.get((dots[at] << 16) | (dots[at + 1] << 8) | dots[at + 2]);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", colours), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

/** The colours that are used most of those that lie close together, and which of them stands for each. @param {Map<number, number>} counts */
function paletteOf(counts, step) {
  const near = new Map();
  const places = new Map();
  const colours = [];
  for (const [colour] of [...counts].sort(([, one], [, other]) => other - one)) {
    const key = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff].map((part) => Math.round(part / step)).join();
    if (!near.has(key)) {
      near.set(key, colours.push(colour) - 1);
    }
    places.set(colour, near.get(key));
  }
  return { colours, places };
}

/** The dots of a picture, row by row. */
function read(png) {
  const parts = [];
  let head;
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const content = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      head = content;
    } else if (kind === "IDAT") {
      parts.push(content);
    }
    at += length + 12;
  }
  const [width, height, channels] = [head.readUInt32BE(0), head.readUInt32BE(4), head[9] === 6 ? 4 : 3];
  return { width, height, channels, dots: unfiltered(inflateSync(Buffer.concat(parts)), width * channels, height, channels) };
}

/** Each row is written as what it has otherwise than what is left of it and above it. */
function unfiltered(rows, length, height, channels) {
  const dots = Buffer.alloc(length * height);
  for (let y = 0; y < height; y += 1) {
    const kind = rows[y * (length + 1)];
    for (let x = 0; x < length; x += 1) {
      const left = x >= channels ? dots[y * length + x - channels] : 0;
      const above = y > 0 ? dots[(y - 1) * length + x] : 0;
      const corner = x >= channels && y > 0 ? dots[(y - 1) * length + x - channels] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][kind];
      dots[y * length + x] = rows[y * (length + 1) + 1 + x] + guess;
    }
  }
  return dots;
}

function paeth(left, above, corner) {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, place) => {
  let value = place;
  for (let bit = 0; bit < 8; bit += 1) {
    value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return value;
});

function chunk(kind, content) {
  const made = Buffer.alloc(content.length + 12);
  made.writeUInt32BE(content.length, 0);
  made.write(kind, 4, "latin1");
  content.copy(made, 8);
  let check = 0xffffffff;
  for (const byte of made.subarray(4, content.length + 8)) {
    check = TABLE[(check ^ byte) & 0xff] ^ (check >>> 8);
  }
  made.writeUInt32BE((check ^ 0xffffffff) >>> 0, content.length + 8);
  return made;
}
