// Whether two values of JSON say the same: the order of an object's members says nothing.

/** @param {any} one @param {any} other @returns {boolean} */
export function same(one, other) {
  if (one === other) {
    return true;
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null || Array.isArray(one) !== Array.isArray(other)) {
    return false;
  }
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return names.length === others.length && names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}
