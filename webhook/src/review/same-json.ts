/** Whether two JSON values are the same; the order of a map's fields does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  // A pair of positions at a time, on a list instead of the stack: depth is whatever was sent.
  const pairs: [unknown, unknown][] = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [one, other] = pair;
    if (one === other) continue;
    if (typeof one !== 'object' || typeof other !== 'object') return false;
    if (one === null || other === null || Array.isArray(one) !== Array.isArray(other)) return false;
    const keys = Object.keys(one);
    if (keys.length !== Object.keys(other).length) return false;
    for (const key of keys) {
      if (!Object.hasOwn(other, key)) return false;
      pairs.push([Reflect.get(one, key), Reflect.get(other, key)]);
    }
  }
  return true;
}
